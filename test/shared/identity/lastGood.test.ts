import { AuthError, UpstreamError } from '../../../shared/errors';
import { lastGood } from '../../../shared/identity/lastGood';
import { virtualClock } from '../../support/inProcessRelay';

const minute = 60_000;
const hour = 60 * minute;

/** A vault that counts reads, and is away or denies where told. */
const secretIn = (start = 'one') => {
  const vault = { value: start, reads: 0, fault: undefined as Error | undefined };
  const clock = virtualClock('2026-11-20T08:00:00.000Z');
  const read = async (): Promise<string> => {
    vault.reads += 1;
    await Promise.resolve();
    if (vault.fault !== undefined) throw vault.fault;
    return vault.value;
  };
  return { vault, clock, secret: lastGood(read, clock, (one, other) => one === other) };
};
const away = new UpstreamError('the vault is away');

test('many callers at once cost one read', async () => {
  const { vault, secret } = secretIn();
  expect(await Promise.all(Array.from({ length: 64 }, () => secret.current()))).toEqual(Array(64).fill('one'));
  expect(vault.reads).toBe(1);
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

test('the last good value serves through an outage of ten minutes, at one read a minute', async () => {
  const { vault, clock, secret } = secretIn();
  await secret.current();
  clock.advance(2 * hour);
  vault.fault = away;
  for (let second = 0; second < 600; second += 1) {
    expect(await secret.current()).toBe('one');
    clock.advance(1_000);
  }
  expect(vault.reads).toBe(11);
  expect(secret.trouble()).toBe(away);
  vault.fault = undefined;
  vault.value = 'two';
  clock.advance(minute);
  expect(await secret.current()).toBe('two');
  expect(secret.trouble()).toBeUndefined();
});

test('a secret that was disabled or removed is told, and the last good one serves on', async () => {
  const { vault, clock, secret } = secretIn();
  await secret.current();
  clock.advance(hour);
  vault.fault = new AuthError('disabled', 'Disabled', { reason: 'credentialMissing' });
  expect(await secret.current()).toBe('one');
  expect(secret.trouble()).toBe(vault.fault);
});

test('without any value the vault’s trouble rises, is told for a minute without another read, and heals', async () => {
  const { vault, clock, secret } = secretIn();
  vault.fault = new AuthError('denied', '403');
  for (let tenant = 0; tenant < 500; tenant += 1) await expect(secret.current()).rejects.toBe(vault.fault);
  expect(vault.reads).toBe(1);
  clock.advance(minute);
  vault.fault = undefined;
  expect(await secret.current()).toBe('one');
  expect(vault.reads).toBe(2);
});

test('many callers at once share one failed read, too', async () => {
  const { vault, secret } = secretIn();
  vault.fault = away;
  const all = await Promise.allSettled(Array.from({ length: 64 }, () => secret.current()));
  expect(all.map(({ status }) => status)).toEqual(Array(64).fill('rejected'));
  expect(vault.reads).toBe(1);
});

describe('a refused secret', () => {
  test('is read again, and where the vault holds another that one serves', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    vault.value = 'two';
    clock.advance(minute);
    expect(await secret.instead('one')).toBe('two');
    expect(await secret.current()).toBe('two');
    expect(vault.reads).toBe(2);
  });

  test('that the vault still holds has no successor', async () => {
    const { clock, secret } = secretIn();
    await secret.current();
    clock.advance(minute);
    expect(await secret.instead('one')).toBeUndefined();
  });

  test('is read again at most once a minute', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    clock.advance(minute - 1);
    expect(await secret.instead('one')).toBeUndefined();
    expect(vault.reads).toBe(1);
    clock.advance(1);
    for (let tenant = 0; tenant < 20; tenant += 1) expect(await secret.instead('one')).toBeUndefined();
    expect(vault.reads).toBe(2);
    clock.advance(minute);
    await secret.instead('one');
    expect(vault.reads).toBe(3);
  });

  test('of many tenants at once is read again once, and all of them get the new one', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    vault.value = 'two';
    clock.advance(minute);
    const all = await Promise.all(Array.from({ length: 64 }, () => secret.instead('one')));
    expect(all).toEqual(Array(64).fill('two'));
    expect(vault.reads).toBe(2);
  });

  test('that was replaced meanwhile needs no read', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    vault.value = 'two';
    clock.advance(minute);
    await secret.instead('one');
    expect(await secret.instead('one')).toBe('two');
    expect(vault.reads).toBe(2);
  });

  test('while the vault is away is the vault’s trouble, not a verdict', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    clock.advance(minute);
    vault.fault = away;
    await expect(secret.instead('one')).rejects.toBe(away);
    expect(await secret.current()).toBe('one');
  });

  test('that has just been put there gives way to the one before it, and is tried again after a minute', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    vault.value = 'two';
    clock.advance(hour);
    expect(await secret.current()).toBe('two');
    // Not all of Entra knows it yet.
    expect(await secret.instead('two')).toBe('one');
    expect(await secret.current()).toBe('one');
    clock.advance(minute);
    expect(await secret.current()).toBe('two');
    expect(vault.reads).toBe(2);
  });

  test('whose predecessor is refused as well leaves none', async () => {
    const { vault, clock, secret } = secretIn();
    await secret.current();
    vault.value = 'two';
    clock.advance(hour);
    await secret.current();
    expect(await secret.instead('two')).toBe('one');
    expect(await secret.instead('one')).toBeUndefined();
    expect(await secret.instead('two')).toBeUndefined();
    expect(await secret.current()).toBe('two');
  });

  test('before anything was read has none in its place', async () => {
    const { vault, secret } = secretIn();
    expect(await secret.instead('one')).toBeUndefined();
    expect(vault.reads).toBe(0);
  });
});
