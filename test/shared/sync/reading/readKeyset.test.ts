import { ContractError } from '../../../../shared/errors';
import { beginning, justBefore } from '../../../../shared/model/time7';
import { readKeyset } from '../../../../shared/sync/reading/readKeyset';
import type { PageReader } from '../../../../shared/sync/reading/stepDown';
import { toStepped } from '../../../../shared/sync/reading/stepDown';
import type { Slice, Stretch } from '../../../../shared/sync/reading/stretch';
import type { ShownList, ShownListOptions } from './shownList';
import { idsOf, second, shown, shownList, upTo } from './shownList';

const open: Slice = { from: beginning, to: undefined, by: 'updated' };

const listOf = (count: number, options: Partial<ShownListOptions> = {}): ShownList => {
  const list = shownList({ paging: 'keyset', now: second(3_600), ...options });
  for (const id of upTo(count)) list.put(id, second(id));
  return list;
};
const reading =
  ({ source }: ShownList): PageReader =>
  async (query) =>
    toStepped(await source.listChanged(query), query);

const readAll = async (list: ShownList, slice: Slice = open): Promise<Stretch[]> => {
  const stretches: Stretch[] = [];
  for await (const stretch of readKeyset(reading(list), { ...slice })) stretches.push(stretch);
  return stretches;
};
const seen = (stretches: readonly Stretch[]) => idsOf(stretches.flatMap(({ incidents }) => incidents));

test('an open slice is read to the newest, each row once, each page from the last row on', async () => {
  const list = listOf(120);
  const stretches = await readAll(list);
  expect(seen(stretches)).toEqual(upTo(120));
  expect(list.queries.map(({ from, to, skip }) => [from, to, skip])).toEqual([
    [beginning, undefined, undefined],
    [second(49), undefined, undefined],
    [second(98), undefined, undefined],
  ]);
  expect(stretches.map(({ through, complete }) => [through, complete])).toEqual([
    [second(49), false],
    [second(98), false],
    [second(119), true],
  ]);
});

test('a closed slice is read to its end, and no further', async () => {
  const list = listOf(120);
  const stretches = await readAll(list, { from: second(10), to: second(69.5), by: 'updated' });
  expect(seen(stretches)).toEqual(upTo(70).slice(10));
  expect(stretches.at(-1)).toMatchObject({ through: second(69.5), complete: true });
});

test('an empty slice is one call', async () => {
  const list = listOf(0);
  expect(await readAll(list)).toMatchObject([{ incidents: [], through: undefined, complete: true }]);
  expect(list.queries).toHaveLength(1);
});

test('state and list by creation are asked for as the slice says', async () => {
  const list = listOf(3);
  await readAll(list, { from: second(1), to: second(9), by: 'created', status: 'active' });
  expect(list.queries).toEqual([{ from: second(1), to: second(9), by: 'created', status: 'active' }]);
});

test('equal times over a page’s edge are read once each', async () => {
  const list = listOf(0);
  for (const id of upTo(100)) list.put(id, second(id < 40 ? id : id < 60 ? 40 : id));
  const stretches = await readAll(list);
  expect(stretches.flatMap(({ incidents }) => incidents)).toHaveLength(100);
  expect(seen(stretches)).toEqual(upTo(100));
});

test('more equal times than a page are walked, and what follows them is read', async () => {
  const list = listOf(0);
  for (const id of upTo(300)) list.put(id, second(id < 40 ? id : id < 240 ? 40 : id));
  const stretches = await readAll(list);
  expect(seen(stretches)).toEqual(upTo(300));
  expect(stretches.flatMap(({ doubts }) => doubts)).toEqual([]);
});

test('an instant of more than the list serves is in doubt, and what follows it is read', async () => {
  const list = listOf(0);
  for (const id of upTo(700)) list.put(id, second(id < 620 ? 40 : id));
  const stretches = await readAll(list);
  expect(stretches.flatMap(({ doubts }) => doubts)).toMatchObject([{ from: second(40), to: second(40) }]);
  expect(seen(stretches).filter((id) => id >= 620)).toEqual(upTo(700).slice(620));
});

test('an instant that fills a slice to its end is the end of it, with its doubt', async () => {
  const list = listOf(0);
  for (const id of upTo(620)) list.put(id, second(40));
  const stretches = await readAll(list, { from: second(40), to: second(40), by: 'updated' });
  expect(stretches).toHaveLength(1);
  expect(stretches[0]).toMatchObject({ complete: true, doubts: [{ from: second(40), to: second(40) }] });
});

test('rows that move on while the list is read are read again under their newer time', async () => {
  const list = listOf(120, {
    after: (_, moving) => {
      if (moving.queries.length === 1) for (const id of [5, 51, 52]) moving.put(id, second(500 + id));
    },
  });
  expect(seen(await readAll(list))).toEqual([...upTo(120), 5].sort((a, b) => a - b));
});

test('the next page is asked for before the last one is taken in', async () => {
  const list = listOf(120);
  const stretches = readKeyset(reading(list), { ...open });
  await stretches.next();
  expect(list.queries).toHaveLength(2);
  await stretches.return(undefined);
});

test('a page asked for ahead that fails costs nothing of what was read before', async () => {
  const list = listOf(120, {
    before: () => {
      if (list.queries.length === 2) throw new ContractError('broken');
      return undefined;
    },
  });
  const stretches = readKeyset(reading(list), { ...open });
  expect((await stretches.next()).value).toMatchObject({ through: second(49) });
  await expect(stretches.next()).rejects.toBeInstanceOf(ContractError);
});

test('what another reader took over is left to it', async () => {
  const list = listOf(300);
  const slice: Slice = { ...open };
  const stretches: Stretch[] = [];
  for await (const stretch of readKeyset(reading(list), slice)) {
    stretches.push(stretch);
    if (stretches.length === 1) slice.to = second(80);
  }
  expect(seen(stretches).filter((id) => id <= 80)).toEqual(upTo(81));
  expect(stretches.at(-1)).toMatchObject({ through: second(80), complete: true });
  expect(list.queries.length).toBeLessThanOrEqual(3);
});

describe('a part that was left out', () => {
  test('of a page with more after it lies before its last row, which the next page shows again', async () => {
    const list = listOf(120, { before: () => (list.queries.length === 2 ? '206 Warning' : undefined) });
    const [, stretch] = await readAll(list);
    // The row at 98 s is among those left out.
    expect(stretch?.doubts).toEqual([{ from: second(49), to: justBefore(second(97)), reason: '206 Warning' }]);
  });

  test('of the last page of an open slice reaches to the server’s time', async () => {
    const list = listOf(20, { before: () => '206' });
    expect((await readAll(list)).at(-1)?.doubts).toEqual([{ from: beginning, to: second(3_600), reason: '206' }]);
  });

  test('of the last page of a closed slice reaches to its end', async () => {
    const list = listOf(20, { before: () => '206' });
    const [stretch] = await readAll(list, { from: second(3), to: second(15), by: 'updated' });
    expect(stretch?.doubts).toEqual([{ from: second(3), to: second(15), reason: '206' }]);
  });

  test('never ends before it begins, whatever the server’s clock says', async () => {
    const list = listOf(20, { before: () => '206' });
    const [stretch] = await readAll(list, { from: second(4_000), to: undefined, by: 'updated' });
    expect(stretch?.doubts).toEqual([{ from: second(4_000), to: second(4_000), reason: '206' }]);
  });

  test('is where a row without a readable id stood', async () => {
    const list = listOf(20);
    list.breakRow(7, { nameless: true });
    expect((await readAll(list)).flatMap(({ doubts }) => doubts)).toEqual([
      { from: beginning, to: second(3_600), reason: 'an incident without a readable id' },
    ]);
  });
});

test('a broken row with an id is told apart and leaves nothing in doubt', async () => {
  const list = listOf(120);
  for (const id of [0, 49, 60, 119]) list.breakRow(id);
  const stretches = await readAll(list);
  expect(seen(stretches)).toEqual(upTo(120).filter((id) => ![0, 49, 60, 119].includes(id)));
  expect(new Set(stretches.flatMap(({ poisoned }) => poisoned.map(({ incidentId }) => incidentId)))).toEqual(
    new Set(['0', '49', '60', '119']),
  );
  expect(stretches.flatMap(({ doubts }) => doubts)).toEqual([]);
});

test.each([
  ['newer before older', [shown(1, second(5)), shown(2, second(4))]],
  ['what is older than asked for', [shown(1, second(1))]],
])('a list that shows %s is refused', async (_, incidents) => {
  const page = { incidents, poisoned: [], nameless: 0, last: second(5), serverTime: second(9), more: false };
  const stretches = readKeyset(() => Promise.resolve(page), { from: second(2), to: undefined, by: 'updated' });
  await expect(stretches.next()).rejects.toMatchObject({ code: 'ERR_CONTRACT' });
});

test('a page without a readable row that says more follows is refused: there is no place to go on from', async () => {
  const page = { incidents: [], poisoned: [], nameless: 0, last: undefined, serverTime: second(9), more: true };
  const stretches = readKeyset(() => Promise.resolve(page), { ...open });
  await expect(stretches.next()).rejects.toMatchObject({ code: 'ERR_CONTRACT' });
});
