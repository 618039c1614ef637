import type { ReadingShare } from '../../../../shared/access/check/readingPermits';
import { readingPermits } from '../../../../shared/access/check/readingPermits';
import { CallsSpent, ThrottledError } from '../../../../shared/errors';
import { pendingAccess } from '../../../../shared/model/access';
import { noCalls } from '../../../../shared/model/tenantState';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const clock = { now: () => nowMs, elapsedMs: () => 0 };
const share = (change: Partial<ReadingShare>): ReadingShare => ({
  ...{ tenantId: '11111111-0000-4000-8000-000000000001', backend: 'defender', access: pendingAccess, nowMs, clock },
  state: { calls: noCalls },
  pause: () => Promise.resolve(),
  waits: { leftMs: () => 0 },
  ...change,
});

test('a check makes four calls at the most', async () => {
  const permits = readingPermits(share({}));
  for (let call = 0; call < 4; call += 1) await permits.take();
  await expect(permits.take()).rejects.toBeInstanceOf(CallsSpent);
});

test('what runs used of the tenant’s limit leaves a check nothing', async () => {
  const minute = Math.floor(nowMs / 10) - 100;
  const permits = readingPermits(share({ state: { calls: { hundredths: [[minute, 40]], minutes: [] } } }));
  await expect(permits.take()).rejects.toBeInstanceOf(CallsSpent);
});

test.each([
  ['the tenant’s row', { access: { ...pendingAccess, state: 'granted', blockedUntil: '2026-11-20T08:00:30.000Z' } }],
  [
    'the row of a blocked tenant',
    {
      access: {
        ...pendingAccess,
        state: 'blocked',
        blockedUntil: '2026-11-20T08:15:00.000Z',
        throttledUntil: '2026-11-20T08:00:30.000Z',
      },
    },
  ],
  ['this process', { waits: { leftMs: () => 30_000 } }],
] as const)('no call is made inside a wait that %s knows of', async (_, change) => {
  const error: unknown = await readingPermits(share(change))
    .take()
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ThrottledError);
  expect((error as ThrottledError).retryAfterMs).toBe(30_000);
});

test('a blocked tenant’s next probe is no wait: who asks may ask at once', async () => {
  const access = { ...pendingAccess, state: 'blocked', blockedUntil: '2026-11-20T08:15:00.000Z' } as const;
  await expect(readingPermits(share({ access })).take()).resolves.toBeUndefined();
});
