import { AuthError, UpstreamError } from '../../../shared/errors';
import { appSecret } from '../../../shared/identity/appSecret';
import { virtualClock } from '../../support/inProcessRelay';

const minute = 60_000;
const hour = 60 * minute;

/** A vault that counts reads, and is away or denies where told. */
const secretIn = (start = 'one') => {
  const vault = { value: start, reads: 0, names: new Set<string>(), fault: undefined as Error | undefined };
  const clock = virtualClock('2026-11-20T08:00:00.000Z');
  const getSecret = async (name: string): Promise<string> => {
    vault.reads += 1;
    vault.names.add(name);
    await Promise.resolve();
    if (vault.fault !== undefined) throw vault.fault;
    return vault.value;
  };
  return { vault, clock, secret: appSecret({ getSecret }, 'relay-app-secret', clock) };
};
const away = new UpstreamError('the vault is away');

test('many callers at once cost one read, of the secret named', async () => {
  const { vault, secret } = secretIn();
  expect(await Promise.all(Array.from({ length: 64 }, () => secret.current()))).toEqual(Array(64).fill('one'));
  expect(vault).toMatchObject({ reads: 1, names: new Set(['relay-app-secret']) });
});

test('the vault is read again after an hour, not before', async () => {
  const { vault, clock, secret } = secretIn();
  await secret.current();
  vault.value = 'two';
  clock.advance(hour - 1);
  expect(await secret.current()).toBe('one');
  clock.advance(1);
  expect(await secret.current()).toBe('two');
  expect(vault.reads).toBe(2);
});

test('the last good value serves while the vault is away', async () => {
  const { vault, clock, secret } = secretIn();
  await secret.current();
  clock.advance(2 * hour);
  vault.fault = away;
  expect(await secret.current()).toBe('one');
});

test('without any value the vault’s trouble rises, and the next call asks again', async () => {
  const { vault, secret } = secretIn();
  vault.fault = new AuthError('denied', '403');
  await expect(secret.current()).rejects.toBe(vault.fault);
  vault.fault = undefined;
  expect(await secret.current()).toBe('one');
});

describe('a refused secret', () => {
  test('is read again, and where the vault holds another that one serves', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    vault.value = 'two';
    clock.advance(minute);
    expect(await secret.refresh('one')).toBe(true);
    expect(await secret.current()).toBe('two');
    expect(vault.reads).toBe(2);
  });

  test('that the vault still holds has no successor', async () => {
    const { clock, secret } = secretIn();
    await secret.current();
    clock.advance(minute);
    expect(await secret.refresh('one')).toBe(false);
  });

  test('is read again at most once a minute', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    clock.advance(minute - 1);
    expect(await secret.refresh('one')).toBe(false);
    expect(vault.reads).toBe(1);
    clock.advance(1);
    for (let tenant = 0; tenant < 20; tenant += 1) expect(await secret.refresh('one')).toBe(false);
    expect(vault.reads).toBe(2);
    clock.advance(minute);
    await secret.refresh('one');
    expect(vault.reads).toBe(3);
  });

  test('of many tenants at once is read again once, and all of them get the new one', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    vault.value = 'two';
    clock.advance(minute);
    const all = await Promise.all(Array.from({ length: 64 }, () => secret.refresh('one')));
    expect(all).toEqual(Array(64).fill(true));
    expect(vault.reads).toBe(2);
  });

  test('that was replaced meanwhile needs no read', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    vault.value = 'two';
    clock.advance(minute);
    await secret.refresh('one');
    expect(await secret.refresh('one')).toBe(true);
    expect(vault.reads).toBe(2);
  });

  test('while the vault is away is the vault’s trouble, not a verdict', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    clock.advance(minute);
    vault.fault = away;
    await expect(secret.refresh('one')).rejects.toBe(away);
    expect(await secret.current()).toBe('one');
  });
});
