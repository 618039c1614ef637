import { newTenantState } from '../../../shared/model/tenantState';
import type { Time7 } from '../../../shared/model/time7';
import { isHeldByAnother } from '../../../shared/sync/lease';

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
