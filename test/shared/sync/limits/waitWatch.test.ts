import { createHeardWaits } from '../../../../shared/sync/limits/heardWaits';
import { createWaitWatch } from '../../../../shared/sync/limits/waitWatch';
import { virtualClock } from '../../../support/inProcessRelay';

const world = (isToldToWait: () => Promise<boolean>) => {
  const clock = virtualClock('2026-11-20T08:00:00.000Z');
  const waits = createHeardWaits(clock);
  return { clock, waits, watch: createWaitWatch({ tenantId: 'a', clock, waits, lookedAtMs: 0, isToldToWait }) };
};
const away = (): Promise<boolean> => Promise.reject(new Error('storage is away'));

test('what this process heard binds at once', () => {
  const { watch, waits, clock } = world(() => Promise.resolve(false));
  expect(watch.isHeldOff).toBe(false);
  waits.hear('a', 60_000);
  expect(watch.isHeldOff).toBe(true);
  clock.advance(60_000);
  expect(watch.isHeldOff).toBe(false);
});

test('the row is looked at again after ten seconds, counted from before the look', async () => {
  const { watch, clock } = world(() => {
    clock.advance(4_000);
    return Promise.resolve(false);
  });
  clock.advance(9_999);
  expect(watch.isStale).toBe(false);
  clock.advance(1);
  expect(watch.isStale).toBe(true);
  await watch.look();
  expect([watch.isStale, watch.isHeldOff]).toEqual([false, false]);
  clock.advance(6_000);
  expect(watch.isStale).toBe(true);
});

test('readers side by side look once', async () => {
  const { watch, clock } = world(() => Promise.resolve(true));
  clock.advance(10_000);
  await Promise.all([watch.look(), watch.look(), watch.look()]);
  expect([watch.looks, watch.isHeldOff]).toEqual([1, true]);
});

test('what the row said once binds the run to its end', async () => {
  let told = true;
  const { watch } = world(() => Promise.resolve(told));
  await watch.look();
  told = false;
  await watch.look();
  expect(watch.isHeldOff).toBe(true);
});

test('who cannot see the row twice makes no call', async () => {
  let tries = 0;
  const once = world(() => ((tries += 1) === 1 ? away() : Promise.resolve(false)));
  await once.watch.look();
  expect([once.watch.isHeldOff, once.watch.looks]).toEqual([false, 2]);
  const never = world(away);
  await never.watch.look();
  expect(never.watch.isHeldOff).toBe(true);
});
