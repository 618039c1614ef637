import { AuthError, UpstreamError } from '../../../shared/errors';
import type { Connection } from '../../../shared/model/connection';
import { secretKinds } from '../../../shared/model/connection';
import type { ConnectionSecrets } from '../../../shared/ticketing/connectionSecrets';
import { connectionSecrets } from '../../../shared/ticketing/connectionSecrets';
import { secretName, secretNames } from '../../../shared/ticketing/secretNames';
import type { VirtualClock } from '../../support/inProcessRelay';
import { virtualClock } from '../../support/inProcessRelay';

const scope = '11111111-1111-4111-8111-111111111111';
type Holder = Pick<Connection, 'scope' | 'connectionId' | 'secretsSetAt'>;
const holder: Holder = { scope, connectionId: 'tickets' };

let clock: VirtualClock;
let held: Map<string, string>;
let reads: number;
let failure: Error | undefined;
let secrets: ConnectionSecrets;

const vault = {
  getSecret: async (name: string): Promise<string> => {
    reads += 1;
    await Promise.resolve();
    if (failure !== undefined) throw failure;
    const value = held.get(name);
    if (value === undefined) throw new AuthError('none', 'NotFound', { reason: 'credentialMissing' });
    return value;
  },
  setSecret: async (name: string, value: string): Promise<void> => {
    await Promise.resolve();
    if (failure !== undefined) throw failure;
    held.set(name, value);
  },
  deleteSecret: async (name: string): Promise<boolean> => {
    await Promise.resolve();
    if (failure !== undefined) throw failure;
    return held.delete(name);
  },
};

beforeEach(() => {
  clock = virtualClock('2026-11-20T08:00:00.000Z');
  held = new Map();
  reads = 0;
  failure = undefined;
  secrets = connectionSecrets(vault, clock);
});

/** The connection as its row is after `kind` was put now. */
const setNow = (kind: 'auth' | 'inbound' | 'outbound'): Holder => ({
  ...holder,
  secretsSetAt: { [kind]: new Date(clock.now()).toISOString() },
});
const minutes = (count: number): void => clock.advance(count * 60_000);

test('names fit a vault, tell nothing, and are each connection’s own', () => {
  const holders = [holder, { scope: '_all', connectionId: 'tickets' }, { scope, connectionId: 'tickets-2' }];
  const names = holders.flatMap((each) => secretKinds.flatMap((kind) => secretNames(each, kind)));
  expect(new Set(names).size).toBe(15);
  for (const name of names) expect(name).toMatch(/^conn-[0-9a-f]{20}-(?:auth|(?:inbound|outbound)(?:-previous)?)$/);
});

test('what was never put is none, and for calling the tool an error that says so', async () => {
  expect(await secrets.inbound(holder)).toEqual([]);
  expect(await secrets.outbound(holder)).toEqual([]);
  await expect(secrets.auth(holder)).rejects.toMatchObject({ code: 'ERR_AUTH', reason: 'credentialMissing' });
});

test('a key that was replaced is good for a day beside the new one, and not a minute longer', async () => {
  await secrets.put(holder, { inbound: 'first' });
  await secrets.put(holder, { inbound: 'second' });
  const turned = setNow('inbound');
  expect(await secrets.inbound(turned)).toEqual(['second', 'first']);
  minutes(24 * 60 - 1);
  expect(await secrets.inbound(turned)).toEqual(['second', 'first']);
  minutes(1);
  expect(await secrets.inbound(turned)).toEqual(['second']);
  const restarted = connectionSecrets(vault, clock);
  expect(await restarted.inbound(turned)).toEqual(['second']);
});

test('putting the same again keeps the one before, so that a request sent twice loses nothing', async () => {
  await secrets.put(holder, { outbound: 'first' });
  await secrets.put(holder, { outbound: 'second' });
  await secrets.put(holder, { outbound: 'second' });
  expect(await secrets.outbound(setNow('outbound'))).toEqual(['second', 'first']);
});

test('a put that broke off between the two writes is repaired by the next', async () => {
  await secrets.put(holder, { inbound: 'first' });
  const set = vault.setSecret;
  const broken = connectionSecrets(
    {
      ...vault,
      setSecret: (name, value) =>
        name.endsWith('-previous') ? set(name, value) : Promise.reject(new UpstreamError('away')),
    },
    clock,
  );
  await expect(broken.put(holder, { inbound: 'second' })).rejects.toThrow('away');
  expect(await secrets.inbound(setNow('inbound'))).toEqual(['first']);
  await secrets.put(holder, { inbound: 'second' });
  minutes(1);
  expect(await secrets.inbound(setNow('inbound'))).toEqual(['second', 'first']);
});

test('the secret for calling has no predecessor', async () => {
  await secrets.put(holder, { auth: 'first' });
  await secrets.put(holder, { auth: 'second' });
  expect(await secrets.auth(setNow('auth'))).toBe('second');
  expect([...held.keys()]).toEqual([secretName(holder, 'auth')]);
});

test('the vault is asked once in five minutes, whoever asks', async () => {
  await secrets.put(holder, { auth: 'first' });
  const put = setNow('auth');
  reads = 0;
  await Promise.all(Array.from({ length: 50 }, () => secrets.auth(put)));
  expect(reads).toBe(1);
  minutes(4);
  await secrets.auth(put);
  expect(reads).toBe(1);
  minutes(1);
  await secrets.auth(put);
  expect(reads).toBe(2);
});

test('what another process put is seen at once, because the row tells of it', async () => {
  const elsewhere = connectionSecrets(vault, clock);
  await secrets.put(holder, { inbound: 'first' });
  const before = setNow('inbound');
  expect(await elsewhere.inbound(before)).toEqual(['first']);
  minutes(1);
  await secrets.put(holder, { inbound: 'second' });
  expect(await elsewhere.inbound(before)).toEqual(['first']);
  expect(await elsewhere.inbound(setNow('inbound'))).toEqual(['second', 'first']);
});

describe('while the vault is away', () => {
  test('the last good one serves, and the vault is asked once a minute', async () => {
    await secrets.put(holder, { auth: 'good', inbound: 'key' });
    const put = { ...holder, secretsSetAt: { auth: 'then', inbound: '2026-11-01T00:00:00.000Z' } };
    expect([await secrets.auth(put), await secrets.inbound(put)]).toEqual(['good', ['key']]);
    failure = new UpstreamError('away');
    minutes(10);
    reads = 0;
    for (let second = 0; second < 59; second += 1) {
      expect([await secrets.auth(put), await secrets.inbound(put)]).toEqual(['good', ['key']]);
      clock.advance(1_000);
    }
    expect(reads).toBe(2);
    failure = new AuthError('denied', '403', { reason: 'vaultDenied' });
    minutes(60);
    expect(await secrets.auth(put)).toBe('good');
    failure = undefined;
    held.set(secretName(holder, 'auth'), 'newer');
    minutes(2);
    expect(await secrets.auth(put)).toBe('newer');
  });

  test.each(['inbound', 'outbound'] as const)(
    'an %s key that was turned and cannot be read is not taken for the one known, nor for none',
    async (kind) => {
      await secrets.put(holder, { [kind]: 'first' });
      expect(await secrets[kind](setNow(kind))).toEqual(['first']);
      minutes(60);
      await connectionSecrets(vault, clock).put(holder, { [kind]: 'second' });
      const turned = setNow(kind);
      failure = new UpstreamError('away');
      await expect(secrets[kind](turned)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
      failure = undefined;
      const flaky = { ...vault, getSecret: (name: string) => vault.getSecret(name) };
      const elsewhere = connectionSecrets(flaky, clock);
      const before = { ...holder, secretsSetAt: { [kind]: new Date(clock.now() - 60 * 60_000).toISOString() } };
      await elsewhere[kind](before);
      flaky.getSecret = (name) =>
        name.endsWith('-previous') ? Promise.reject(new UpstreamError('away')) : vault.getSecret(name);
      await expect(elsewhere[kind](turned)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
      flaky.getSecret = vault.getSecret;
      expect(await elsewhere[kind](turned)).toEqual(['second', 'first']);
      expect(await secrets[kind](turned)).toEqual(['second', 'first']);
    },
  );

  test('what was never read fails, and nothing passes for "none is kept"', async () => {
    await secrets.put(holder, { inbound: 'key' });
    failure = new UpstreamError('away');
    await expect(secrets.inbound(setNow('inbound'))).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    await expect(secrets.auth(holder)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    failure = undefined;
    expect(await secrets.inbound(setNow('inbound'))).toEqual(['key']);
  });
});

describe('deleting', () => {
  test('takes all of them, those before too, and says what became of each', async () => {
    await secrets.put(holder, { auth: 'a', inbound: 'i1' });
    await secrets.put(holder, { inbound: 'i2' });
    const put = setNow('inbound');
    await secrets.inbound(put);
    expect((await secrets.delete(holder)).map(({ state }) => state)).toEqual([
      'deleted',
      'deleted',
      'deleted',
      'absent',
      'absent',
    ]);
    expect(held.size).toBe(0);
    expect(await secrets.inbound(put)).toEqual([]);
  });

  test('of one kind leaves the others', async () => {
    await secrets.put(holder, { auth: 'a', inbound: 'i1' });
    expect((await secrets.delete(holder, ['inbound'])).map(({ state }) => state)).toEqual(['deleted', 'absent']);
    expect([...held.keys()]).toEqual([secretName(holder, 'auth')]);
  });

  test('leaves to a person what the vault does not let us delete', async () => {
    failure = new AuthError('denied', '403', { reason: 'vaultDenied' });
    expect(new Set((await secrets.delete(holder)).map(({ state }) => state))).toEqual(new Set(['left']));
    failure = new UpstreamError('away');
    await expect(secrets.delete(holder)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
  });
});
