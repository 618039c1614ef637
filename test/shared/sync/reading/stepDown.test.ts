import { UpstreamError } from '../../../../shared/errors';
import type { ObservedIncident } from '../../../../shared/model/incident';
import type { Time7 } from '../../../../shared/model/time7';
import { beginning } from '../../../../shared/model/time7';
import type { HeldWhole } from '../../../../shared/sync/reading/stepDown';
import { steppingDown } from '../../../../shared/sync/reading/stepDown';
import { idsOf, second, shownList, upTo } from './shownList';

const none: HeldWhole = () => Promise.resolve(new Set<ObservedIncident>());
const wholeOf = (incidents: readonly ObservedIncident[]) => idsOf(incidents.filter(({ complete }) => complete));

/** A page of Graph's, one incident a second unless `timeOf` says otherwise. */
const pageOf = (timeOf: (id: number) => Time7 = second, count = 50) => {
  const list = shownList({ paging: 'keyset', now: second(3_600) });
  for (const id of upTo(count)) list.put(id, timeOf(id));
  return list;
};
const read = (list: ReturnType<typeof pageOf>, held: HeldWhole = none) =>
  steppingDown(list.source, held)({ from: beginning, by: 'updated' });

test('a page without poison costs one call', async () => {
  const list = pageOf();
  const page = await read(list);
  expect(wholeOf(page.incidents)).toEqual(upTo(50));
  expect(page).toMatchObject({ poisoned: [], nameless: 0, last: second(49), more: true });
  expect(list.queries).toHaveLength(1);
});

test('of a page with one poisoned the others are whole at once, and it keeps its header', async () => {
  const list = pageOf();
  list.poison(17, { alone: true });
  const page = await read(list);
  expect(idsOf(page.incidents)).toEqual(upTo(50));
  expect(wholeOf(page.incidents)).toEqual(upTo(50).filter((id) => id !== 17));
  expect(page.poisoned).toEqual([
    {
      incidentId: '17',
      version: second(17),
      stage: 'alerts',
      reason: 'Its alerts cannot be read: Defender answers with an error whenever they are asked for.',
    },
  ]);
  expect(page.last).toBe(second(49));
  // With and without alerts, then two halves at each of six steps.
  expect(list.queries.length).toBeLessThanOrEqual(2 + 2 * 6);
  expect(list.asked).toEqual(['alerts 17']);
});

test('one whose alerts can be had apart is whole', async () => {
  const list = pageOf();
  list.poison(17);
  const page = await read(list);
  expect(wholeOf(page.incidents)).toEqual(upTo(50));
  expect(page.poisoned).toEqual([]);
});

test.each([
  ['the first', [0]],
  ['the last', [49]],
  ['two neighbours', [20, 21]],
  ['three, scattered', [3, 14, 33]],
])('of %s the rest of the page is whole', async (_, ids) => {
  const list = pageOf();
  for (const id of ids) list.poison(id, { alone: true });
  const page = await read(list);
  expect(idsOf(page.incidents)).toEqual(upTo(50));
  expect(wholeOf(page.incidents)).toEqual(upTo(50).filter((id) => !ids.includes(id)));
  expect(page.poisoned.map(({ incidentId }) => Number(incidentId))).toEqual(ids);
  expect(list.queries.length).toBeLessThanOrEqual(2 + ids.length * 12);
});

test.each([
  ['five, scattered', [3, 14, 15, 33, 48]],
  ['every other', upTo(50).filter((id) => id % 2 === 0)],
])(
  'of %s no more calls are spent than one page may take: all are shown, and whatever is not whole waits in quarantine',
  async (_, ids) => {
    const list = pageOf();
    for (const id of ids) list.poison(id, { alone: true });
    const page = await read(list);
    expect(idsOf(page.incidents)).toEqual(upTo(50));
    const whole = wholeOf(page.incidents);
    const waiting = page.poisoned.map(({ incidentId }) => Number(incidentId));
    expect([...whole, ...waiting].sort((a, b) => a - b)).toEqual(upTo(50));
    expect(waiting).toEqual(expect.arrayContaining(ids));
    expect(list.queries.length + list.asked.length).toBeLessThanOrEqual(44);
  },
);

test('in order of time stays in order of time', async () => {
  const list = pageOf();
  list.poison(17, { alone: true });
  const { incidents } = await read(list);
  expect(incidents.map(({ version }) => version)).toEqual([...upTo(50)].map(second));
});

test('among incidents of one instant each is asked for alone, ten at the most; the others wait in quarantine', async () => {
  const list = pageOf((id) => second(id < 30 ? 5 : id));
  list.poison(12, { alone: true });
  const page = await read(list);
  expect(idsOf(page.incidents)).toEqual(upTo(50));
  expect(list.asked.length).toBeLessThanOrEqual(20);
  const poisoned = page.poisoned.map(({ incidentId }) => Number(incidentId));
  expect(poisoned).toContain(12);
  expect(wholeOf(page.incidents)).toEqual(upTo(50).filter((id) => !poisoned.includes(id)));
  expect(
    upTo(50)
      .slice(30)
      .filter((id) => poisoned.includes(id)),
  ).toEqual([]);
});

test('a page of one instant with one poisoned ends, with bounded calls', async () => {
  const list = pageOf(() => second(5), 50);
  list.poison(4, { alone: true });
  const page = await read(list);
  expect(idsOf(page.incidents)).toEqual(upTo(50));
  expect(list.queries.length + list.asked.length).toBeLessThanOrEqual(22);
});

test('what is held whole is not asked for again', async () => {
  const list = pageOf();
  list.poison(17, { alone: true });
  const held: HeldWhole = (incidents) => Promise.resolve(new Set(incidents));
  const page = await read(list, held);
  expect(idsOf(page.incidents)).toEqual(upTo(50));
  expect(page.poisoned).toEqual([]);
  expect(list.queries).toHaveLength(2);
  expect(list.asked).toEqual([]);
});

test('only what is not held is asked for', async () => {
  const list = pageOf();
  list.poison(17, { alone: true });
  const held: HeldWhole = (incidents) =>
    Promise.resolve(new Set(incidents.filter(({ header }) => !['17', '18'].includes(header.incidentId))));
  const page = await read(list, held);
  expect(page.poisoned.map(({ incidentId }) => incidentId)).toEqual(['17']);
  expect(wholeOf(page.incidents)).toEqual([18]);
  expect(list.queries.length).toBeLessThanOrEqual(4);
});

test('a page that fails without alerts too is an outage, and is thrown', async () => {
  let calls = 0;
  const list = shownList({
    paging: 'keyset',
    now: second(3_600),
    before: () => {
      calls += 1;
      throw new UpstreamError('503');
    },
  });
  await expect(read(list)).rejects.toBeInstanceOf(UpstreamError);
  expect(calls).toBe(2);
});

test('a back end without alerts apart has nothing to step down to', async () => {
  const list = shownList({ paging: 'slices', now: second(3_600) });
  list.put(1, second(1));
  list.poison(1);
  await expect(read(list)).rejects.toBeInstanceOf(UpstreamError);
  expect(list.queries).toHaveLength(1);
});

test('one that moved on in between is left out: it is shown later, under its newer time', async () => {
  const list = shownList({
    paging: 'keyset',
    now: second(3_600),
    after: ({ alerts }, moving) => {
      if (alerts === false) moving.put(30, second(3_000));
    },
  });
  for (const id of upTo(50)) list.put(id, second(id));
  list.poison(17, { alone: true });
  const page = await read(list);
  expect(idsOf(page.incidents)).toEqual(upTo(50).filter((id) => id !== 30));
  expect(page.last).toBe(second(49));
});

test('broken rows are told apart, those without an id are counted', async () => {
  const list = pageOf();
  list.breakRow(3);
  list.breakRow(4, { nameless: true });
  const page = await read(list);
  expect(idsOf(page.incidents)).toEqual(upTo(50).filter((id) => id !== 3 && id !== 4));
  expect(page.poisoned).toEqual([{ incidentId: '3', version: undefined, stage: 'whole', reason: 'broken' }]);
  expect(page.nameless).toBe(1);
});

test('of two pages that fail at once one is read to its end before the other, or neither might be within a run', async () => {
  const list = pageOf(second, 100);
  for (const id of [3, 17, 60, 84]) list.poison(id, { alone: true });
  const readPage = steppingDown(list.source, none);
  const [older, newer] = await Promise.all([
    readPage({ from: beginning, to: second(49), by: 'updated' }),
    readPage({ from: second(50), to: second(99), by: 'updated' }),
  ]);
  expect([older, newer].map(({ poisoned }) => poisoned.map(({ incidentId }) => incidentId))).toEqual([
    ['3', '17'],
    ['60', '84'],
  ]);
  const isNewer = list.queries.map(({ from }) => from >= second(50));
  expect(isNewer.slice(0, 2)).toEqual([false, true]);
  const rest = isNewer.slice(2);
  expect(rest).toEqual([...rest].sort());
});
