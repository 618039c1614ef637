import { sumShards } from '../../../../shared/sync/shards/sumShards';

const slot = '2026-11-20T08:05Z';
const result = (factor: number) => ({
  tenants: 50 * factor,
  complete: 40 * factor,
  failed: 3 * factor,
  new: 7 * factor,
  changed: 11 * factor,
  calls: 60 * factor,
  writes: 18 * factor,
});

test('counters are added up, and every shard is counted', () => {
  expect(
    sumShards(slot, [
      { ok: true, result: result(1) },
      { ok: true, result: result(10) },
    ]),
  ).toEqual({
    slot,
    shards: 2,
    lost: 0,
    tenants: 550,
    complete: 440,
    failed: 33,
    new: 77,
    changed: 121,
    calls: 660,
    writes: 198,
  });
});

test('a shard that ended without counters is lost and adds nothing', () => {
  expect(
    sumShards(slot, [
      { ok: false, code: 'ERR_CONFIG', message: 'm' },
      { ok: true, result: result(1) },
    ]),
  ).toEqual({ slot, shards: 2, lost: 1, ...result(1) });
});

test('the order of replies does not matter', () => {
  const replies = [1, 2, 3].map((factor) => ({ ok: true as const, result: result(factor) }));
  expect(sumShards(slot, replies)).toEqual(sumShards(slot, [...replies].reverse()));
});
