import { readJoined } from '../../../../shared/sync/reading/readJoined';
import { toStepped } from '../../../../shared/sync/reading/stepDown';
import type { Slice, Stretch } from '../../../../shared/sync/reading/stretch';
import { beginning } from '../../../../shared/model/time7';
import type { ShownList, ShownListOptions } from './shownList';
import { idsOf, second, shownList, upTo } from './shownList';

const listOf = (count: number, options: Partial<ShownListOptions> = {}): ShownList => {
  const list = shownList({ paging: 'slices', now: second(3_600), ...options });
  for (const id of upTo(count)) list.put(id, second(id));
  return list;
};

const readAll = async ({ source }: ShownList, slice: Slice) => {
  const stretches: Stretch[] = [];
  const reader = readJoined(async (query) => toStepped(await source.listChanged(query), query), source.pageSize, slice);
  for (;;) {
    const { done, value } = await reader.next();
    if (done === true) return { stretches, end: value };
    stretches.push(value);
  }
};
const seen = (stretches: readonly Stretch[]) => idsOf(stretches.flatMap(({ incidents }) => incidents));
const open = (): Slice => ({ from: beginning, to: undefined, by: 'updated' });
const closed = (to: number): Slice => ({ from: second(0), to: second(to), by: 'updated' });

test('a slice that fits one page is read with it, open or closed', async () => {
  const list = listOf(99);
  const { stretches, end } = await readAll(list, open());
  expect(end).toBeUndefined();
  expect(seen(stretches)).toEqual(upTo(99));
  expect(stretches).toMatchObject([{ through: second(3_600), complete: true }]);
  expect((await readAll(list, closed(50))).stretches).toMatchObject([{ through: second(50), complete: true }]);
});

test('a full page alone proves nothing', async () => {
  const { stretches } = await readAll(listOf(100), closed(200));
  expect(stretches[0]).toMatchObject({ complete: false, through: undefined });
});

test('an open slice of more than a page is closed at the server’s time', async () => {
  const slice = open();
  const { stretches, end } = await readAll(listOf(250), slice);
  expect(slice.to).toBe(second(3_600));
  expect(end).toBeUndefined();
  expect(seen(stretches)).toEqual(upTo(250));
  expect(stretches.map(({ complete }) => complete)).toEqual([false, false, true]);
});

test('each page begins with the last row of the one before, and that row is taken in once', async () => {
  const list = listOf(250);
  const { stretches } = await readAll(list, closed(300));
  expect(list.queries.map(({ skip }) => skip)).toEqual([undefined, 99, 198]);
  expect(stretches.flatMap(({ incidents }) => incidents)).toHaveLength(250);
});

test.each([
  ['a row leaves the slice', (list: ShownList) => list.put(240, second(3_000))],
  ['a row is deleted', (list: ShownList) => list.remove(240)],
  ['a row comes late', (list: ShownList) => list.put(900, second(240.5))],
])('where %s between two pages they do not join, and the slice is read again in two parts', async (_, move) => {
  const list = listOf(250, {
    after: (__, moving) => {
      if (moving.queries.length === 1) move(moving);
    },
  });
  const { stretches, end } = await readAll(list, closed(300));
  expect(stretches.some(({ complete }) => complete)).toBe(false);
  expect(end?.middle).toBeDefined();
  expect(end!.middle! > second(0) && end!.middle! < second(300)).toBe(true);
});

test('what is incomplete does not count as read', async () => {
  const { stretches, end } = await readAll(listOf(250, { before: () => '206' }), closed(300));
  expect(stretches.some(({ complete }) => complete)).toBe(false);
  expect(end?.middle).toBeDefined();
});

test('an incomplete page that is the only one leaves the slice in doubt', async () => {
  const { stretches } = await readAll(listOf(50, { before: () => '206' }), closed(300));
  expect(stretches).toMatchObject([{ complete: true, doubts: [{ from: second(0), to: second(300), reason: '206' }] }]);
});

test('a slice of very many pages is divided as soon as that is known', async () => {
  const list = listOf(3_000);
  const { end } = await readAll(list, closed(3_000));
  expect(end?.middle).toBeDefined();
  expect(list.queries).toHaveLength(1);
});

test('a slice that proves half as large again as one reader takes on is read to its end', async () => {
  const list = listOf(1_750);
  const { end } = await readAll(list, closed(1_749));
  expect(end).toBeUndefined();
  expect(list.queries).toHaveLength(18);
});

test('where a list is two and a half times sparser than its first page tells, no page is asked for in vain', async () => {
  const list = shownList({ paging: 'slices', now: second(3_600) });
  for (const id of upTo(100)) list.put(id, second(900 + id));
  for (const id of upTo(360)) list.put(100 + id, second(id * 2.5));
  const { end } = await readAll(list, closed(999));
  expect(end).toBeUndefined();
  expect(list.queries).toHaveLength(5);
});

test('one instant of more than the pages of a slice cannot be divided', async () => {
  const list = shownList({ paging: 'slices', now: second(3_600) });
  for (const id of upTo(1_600)) list.put(id, second(40));
  const { end } = await readAll(list, { from: second(40), to: second(40), by: 'updated' });
  expect(end).toEqual({ middle: undefined });
});

test('more than a page changed within the second of the answer: the slice is closed and read again', async () => {
  const list = shownList({ paging: 'slices', now: second(3_600.9) });
  for (const id of upTo(150)) list.put(id, second(3_600.1 + id / 1_000));
  const slice = { ...open(), from: second(100) };
  const { end } = await readAll(list, slice);
  expect(slice.to).toBe(second(3_600));
  expect(end?.middle).toBeDefined();
});

test('a back end that ignores the filter is refused', async () => {
  const list = listOf(300);
  const ignoring = {
    ...list,
    source: { ...list.source, listChanged: () => list.source.listChanged({ from: second(0) }) },
  };
  await expect(readAll(ignoring, closed(50))).rejects.toMatchObject({ code: 'ERR_CONTRACT' });
});

test('pages that the slice surely holds are asked for side by side, none that it does not hold', async () => {
  const list = listOf(1_000);
  const { end } = await readAll(list, closed(999));
  expect(end).toBeUndefined();
  expect(list.queries).toHaveLength(11);
});
