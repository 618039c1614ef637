import { createHeardWaits } from '../../../../shared/sync/limits/heardWaits';
import { virtualClock } from '../../../support/inProcessRelay';

const world = () => {
  const clock = virtualClock('2026-11-20T08:00:00.000Z');
  return { clock, waits: createHeardWaits(clock) };
};
const nowhere = (): Promise<void> => Promise.reject(new Error('storage is away'));

test('of several waits the longest binds, each tenant for itself', () => {
  const { clock, waits } = world();
  waits.hear('a', 60_000);
  waits.hear('a', 5_000);
  clock.advance(10_000);
  expect(waits.leftMs('a')).toBe(50_000);
  expect(waits.leftMs('b')).toBe(0);
  clock.advance(50_000);
  expect(waits.leftMs('a')).toBe(0);
});

test('a wait is told once, with what is left of it; one that was not, the next time', async () => {
  const { clock, waits } = world();
  const told: number[] = [];
  const tell = (): Promise<void> =>
    waits.tell('a', (leftMs) => {
      told.push(leftMs());
      return Promise.resolve();
    });
  await tell();
  waits.hear('a', 60_000);
  await expect(waits.tell('a', nowhere)).rejects.toThrow('storage is away');
  clock.advance(20_000);
  await tell();
  await tell();
  expect(told).toEqual([40_000]);
  waits.hear('a', 30_000);
  await tell();
  expect(told).toEqual([40_000]);
  waits.hear('a', 50_000);
  await tell();
  expect(told).toEqual([40_000, 50_000]);
});

test('a longer one heard while the first is being written is told, too', async () => {
  const { waits } = world();
  const told: number[] = [];
  waits.hear('a', 5_000);
  await waits.tell('a', (leftMs) => {
    told.push(leftMs());
    waits.hear('a', 60_000);
    return Promise.resolve();
  });
  await waits.tell('a', (leftMs) => {
    told.push(leftMs());
    return Promise.resolve();
  });
  expect(told).toEqual([5_000, 60_000]);
});

test('one that is over is told nobody', async () => {
  const { clock, waits } = world();
  waits.hear('a', 5_000);
  clock.advance(5_000);
  await waits.tell('a', nowhere);
  expect(waits.leftMs('a')).toBe(0);
});
