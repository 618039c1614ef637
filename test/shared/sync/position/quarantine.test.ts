import type { Poisoned } from '../../../../shared/model/quarantine';
import { createQuarantine } from '../../../../shared/sync/position/quarantine';
import { second, shown } from '../reading/shownList';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const minuteMs = 60_000;
const poisoned = (change: Partial<Poisoned> = {}): Poisoned => ({
  incidentId: '7',
  version: second(1),
  stage: 'alerts',
  reason: 'r',
  ...change,
});

test('one that enters is tried again after 15 minutes', () => {
  const quarantine = createQuarantine([]);
  expect(quarantine.enter(poisoned(), nowMs)).toEqual({
    ...poisoned(),
    attempts: 0,
    nextTry: '2026-11-20T08:15:00.000Z',
    since: '2026-11-20T08:00:00.000Z',
  });
  expect(quarantine.size).toBe(1);
  expect(quarantine.due(nowMs + 15 * minuteMs - 1)).toEqual([]);
  expect(quarantine.due(nowMs + 15 * minuteMs)).toHaveLength(1);
});

test('what stands there already is not entered again', () => {
  const quarantine = createQuarantine([]);
  quarantine.enter(poisoned(), nowMs);
  expect(quarantine.enter(poisoned({ reason: 'another' }), nowMs + minuteMs)).toBeUndefined();
});

test.each([
  ['at another version', poisoned({ version: second(2) })],
  ['at another stage', poisoned({ stage: 'whole' })],
])('met %s it begins anew, and keeps since when it is there', (_, next) => {
  const quarantine = createQuarantine([]);
  const first = quarantine.enter(poisoned(), nowMs)!;
  quarantine.again(first, 'r', nowMs + minuteMs);
  expect(quarantine.enter(next, nowMs + 60 * minuteMs)).toMatchObject({
    attempts: 0,
    nextTry: '2026-11-20T09:15:00.000Z',
    since: '2026-11-20T08:00:00.000Z',
  });
  expect(quarantine.size).toBe(1);
});

test('its waits double from 15 minutes to a day', () => {
  const quarantine = createQuarantine([]);
  let entry = quarantine.enter(poisoned(), nowMs)!;
  const waits = Array.from({ length: 9 }, () => {
    entry = quarantine.again(entry, 'r', nowMs);
    return (Date.parse(entry.nextTry) - nowMs) / minuteMs;
  });
  expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1_440, 1_440, 1_440]);
  expect(entry.attempts).toBe(9);
});

test('the longest waiting is tried first', () => {
  const quarantine = createQuarantine([]);
  for (const [minutes, incidentId] of [
    [3, 'c'],
    [1, 'a'],
    [2, 'b'],
  ] as const)
    quarantine.enter(poisoned({ incidentId }), nowMs + minutes * minuteMs);
  expect(quarantine.due(nowMs + 60 * minuteMs).map(({ incidentId }) => incidentId)).toEqual(['a', 'b', 'c']);
});

test('only for want of its alerts, and at that very version, is nothing more to be had of it', () => {
  const quarantine = createQuarantine([]);
  quarantine.enter(poisoned(), nowMs);
  quarantine.enter(poisoned({ incidentId: '8', stage: 'stored' }), nowMs);
  expect(quarantine.holds(shown(7, second(1)))).toBe(true);
  expect(quarantine.holds(shown(7, second(2)))).toBe(false);
  expect(quarantine.holds(shown(8, second(1)))).toBe(false);
  expect(quarantine.holds(shown(9, second(1)))).toBe(false);
});

test('it leaves once', () => {
  const quarantine = createQuarantine([]);
  quarantine.enter(poisoned(), nowMs);
  expect([quarantine.leave('7'), quarantine.leave('7')]).toEqual([true, false]);
  expect(quarantine.incidentIds()).toEqual([]);
});
