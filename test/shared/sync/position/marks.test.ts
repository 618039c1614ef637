import type { Cursor } from '../../../../shared/model/cursor';
import { emptyCursor } from '../../../../shared/model/cursor';
import { createMarks } from '../../../../shared/sync/position/marks';
import { randomSource } from '../../../support/randomSource';
import { second } from '../reading/shownList';

const headTo = (seconds: number) => (cursor: Cursor) => ({ ...cursor, head: second(seconds) });
const all = Number.POSITIVE_INFINITY;

test('a change waits for all that was queued before it', () => {
  const marks = createMarks(emptyCursor);
  marks.add(2, headTo(10));
  marks.add(5, headTo(20));
  expect(marks.expected.head).toBe(second(20));
  expect(marks.durable(1).cursor.head).toBeUndefined();
  expect(marks.durable(2).cursor.head).toBeUndefined();
  expect(marks.durable(3).cursor.head).toBe(second(10));
  expect(marks.durable(5).cursor.head).toBe(second(10));
  expect(marks.durable(6).cursor.head).toBe(second(20));
  expect(marks.durable(all).cursor.head).toBe(second(20));
});

test('a change before which nothing was queued holds at once', () => {
  const marks = createMarks(emptyCursor);
  marks.add(0, headTo(10));
  expect(marks.durable(1).cursor.head).toBe(second(10));
});

test('changes hold in the order in which they were added, each once', () => {
  const marks = createMarks({ ...emptyCursor, gaps: [] });
  const gap = (attempts: number) => ({ from: second(1), to: second(2), reason: 'r', attempts, nextTry: '' });
  for (const attempts of [1, 2, 3])
    marks.add(attempts, (cursor) => ({ ...cursor, gaps: [...cursor.gaps, gap(attempts)] }));
  const attemptsIn = ({ gaps }: Cursor) => gaps.map(({ attempts }) => attempts);
  expect(attemptsIn(marks.durable(3).cursor)).toEqual([1, 2]);
  marks.durable(3).saved();
  expect(attemptsIn(marks.durable(3).cursor)).toEqual([1, 2]);
  expect(attemptsIn(marks.durable(all).cursor)).toEqual([1, 2, 3]);
});

test('giving up leaves what was saved', () => {
  const marks = createMarks(emptyCursor);
  marks.add(1, headTo(10));
  marks.add(4, headTo(20));
  marks.durable(2).saved();
  marks.giveUp();
  expect(marks.expected.head).toBe(second(10));
  expect(marks.durable(all).cursor.head).toBe(second(10));
  marks.add(9, headTo(30));
  expect(marks.durable(9).cursor.head).toBe(second(10));
  expect(marks.durable(10).cursor.head).toBe(second(30));
});

/** Rows are queued under rising numbers, replaced in their places and written from the front; each change says that all so far is stored. */
test('whatever is queued, replaced and written, no change shows before its rows (300 seeds)', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = randomSource(seed);
    const marks = createMarks(emptyCursor);
    const queue = new Map<number, { readonly number: number; readonly rows: readonly number[] }>();
    const written = new Set<number>();
    const promised = new Map<string, readonly number[]>();
    let [number, row, changes] = [0, 0, 0];
    for (let step = 0; step < 60; step += 1) {
      if (random.below(3) > 0) {
        const key = random.below(6);
        // A later version takes the earlier one's place: with it, both count as stored.
        const replaced = queue.get(key);
        queue.set(key, {
          number: replaced?.number ?? (number += 1),
          rows: [...(replaced?.rows ?? []), (row += 1)],
        });
      }
      if (random.below(3) === 0) {
        changes += 1;
        const time = second(changes);
        promised.set(
          time,
          Array.from({ length: row }, (_, at) => at + 1),
        );
        marks.add(number, (cursor) => ({ ...cursor, head: time }));
      }
      if (random.below(4) > 0) continue;
      const batch = [...queue].slice(0, 1 + random.below(3));
      const rest = [...queue].slice(batch.length);
      const outstanding = rest[0]?.[1].number ?? all;
      const { head } = marks.durable(outstanding).cursor;
      const stored = new Set([...written, ...batch.flatMap(([, { rows }]) => rows)]);
      const missing = (promised.get(head ?? '') ?? []).filter((each) => !stored.has(each));
      expect({ seed, step, missing }).toEqual({ seed, step, missing: [] });
      marks.durable(outstanding).saved();
      batch.forEach(([key, { rows }]) => {
        queue.delete(key);
        rows.forEach((each) => written.add(each));
      });
    }
    marks.giveUp();
    const kept = promised.get(marks.durable(all).cursor.head ?? '') ?? [];
    expect({ seed, unwritten: kept.filter((each) => !written.has(each)) }).toEqual({ seed, unwritten: [] });
  }
});
