import { ConflictError } from '../../../../shared/errors';
import { newTenantState } from '../../../../shared/model/tenantState';
import type { Time7 } from '../../../../shared/model/time7';
import { createLease, isHeldByAnother } from '../../../../shared/sync/limits/lease';
import { virtualClock } from '../../../support/inProcessRelay';

const written = '2026-11-20T08:00:00.5000000Z' as Time7;
const fence = (leaseOwner: string | undefined, readAt: string | undefined, writtenAt: Time7 | undefined = written) => ({
  state: { ...newTenantState, leaseOwner },
  etag: 'e',
  writtenAt,
  readAt: readAt as Time7 | undefined,
});

test('another run’s lease holds for 120 s of the storage’s clock', () => {
  expect(isHeldByAnother(fence('run-a', '2026-11-20T08:00:00.5000000Z'), 'run-b')).toBe(true);
  expect(isHeldByAnother(fence('run-a', '2026-11-20T08:02:00.4999999Z'), 'run-b')).toBe(true);
  expect(isHeldByAnother(fence('run-a', '2026-11-20T08:02:00.5000000Z'), 'run-b')).toBe(false);
});

test('a read dated before the write, as clocks cut to seconds show it, is held', () => {
  expect(isHeldByAnother(fence('run-a', '2026-11-20T08:00:00.0000000Z'), 'run-b')).toBe(true);
});

test('a run’s own lease does not hold it off, and no lease holds nobody', () => {
  expect(isHeldByAnother(fence('run-a', '2026-11-20T08:00:01.0000000Z'), 'run-a')).toBe(false);
  expect(isHeldByAnother(fence(undefined, '2026-11-20T08:00:01.0000000Z'), 'run-b')).toBe(false);
});

test('without the storage’s times a lease is not believed: the fence decides', () => {
  expect(isHeldByAnother(fence('run-a', undefined), 'run-b')).toBe(false);
  expect(isHeldByAnother({ ...fence('run-a', written), writtenAt: undefined }, 'run-b')).toBe(false);
});

describe('a run’s own lease', () => {
  const held = (write: () => Promise<void> = () => Promise.resolve()) => {
    const clock = virtualClock('2026-11-20T08:00:00.000Z');
    const at: { writtenMs?: number; writes: number } = { writes: 0 };
    const lease = createLease({
      clock,
      writtenAtMs: () => at.writtenMs,
      write: async (isDue) => {
        if (!isDue()) return;
        at.writes += 1;
        await write();
        at.writtenMs = clock.elapsedMs();
      },
    });
    return { clock, at, lease };
  };

  test('is due before the third call, and then when a third of it is over', async () => {
    const { clock, at, lease } = held();
    clock.advance(500_000);
    expect([0, 1, 2, 3].map((calls) => lease.isDue(calls))).toEqual([false, false, true, true]);
    await lease.renew();
    expect(at.writes).toBe(1);
    clock.advance(40_000);
    expect(lease.isDue(3)).toBe(false);
    clock.advance(1);
    expect(lease.isDue(3)).toBe(true);
  });

  test('of a run that wrote a batch after fewer calls is renewed all the same', () => {
    const { clock, at, lease } = held();
    at.writtenMs = 0;
    clock.advance(40_001);
    expect(lease.isDue(1)).toBe(true);
  });

  test('is written once for all who wait for it', async () => {
    const { at, lease } = held();
    await Promise.all([lease.renew(), lease.renew(), lease.renew()]);
    expect(at.writes).toBe(1);
  });

  test('is lost where it cannot be written, whatever the reason', async () => {
    const { lease } = held(() => Promise.reject(new ConflictError('another run has the fence')));
    await lease.renew();
    expect(lease.isLost).toBe(true);
  });

  test('does not hide a bug', async () => {
    const { lease } = held(() => Promise.reject(new TypeError('no such thing')));
    await expect(lease.renew()).rejects.toBeInstanceOf(TypeError);
  });
});
