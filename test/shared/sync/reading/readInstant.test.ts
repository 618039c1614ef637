import type { ObservedIncident } from '../../../../shared/model/incident';
import type { Time7 } from '../../../../shared/model/time7';
import type { ChangedQuery } from '../../../../shared/ports';
import { readInstant } from '../../../../shared/sync/reading/readInstant';
import type { PageReader, SteppedPage } from '../../../../shared/sync/reading/stepDown';
import { idsOf, shown, upTo } from './shownList';

const at = '2026-11-20T07:00:00.0000000Z' as Time7;
const later = '2026-11-20T07:30:00.0000000Z' as Time7;
const serverTime = '2026-11-20T08:00:00.0000000Z' as Time7;

const numbered = (count: number): ObservedIncident[] => upTo(count).map((id) => shown(id, at));
const slice = { from: at, to: undefined, by: 'updated' } as const;

/** Graph over a list that `change` may alter after each answer. */
const listOf = (
  start: readonly ObservedIncident[],
  change: (list: ObservedIncident[], call: number) => void = () => undefined,
) => {
  const list = [...start];
  const queries: ChangedQuery[] = [];
  const pageAt = (skip: number): SteppedPage => {
    const incidents = list.slice(skip, skip + 50);
    return { incidents, poisoned: [], nameless: 0, last: at, serverTime, more: list.length > skip + 50 };
  };
  return {
    queries,
    first: pageAt(0),
    readPage: (query: ChangedQuery): Promise<SteppedPage> => {
      queries.push(query);
      const page = pageAt(query.skip ?? 0);
      change(list, queries.length);
      return Promise.resolve(page);
    },
  };
};
const inDoubt = [{ from: at, to: at, reason: 'more incidents share one update time than the list serves' }];

test('an instant of many pages is read whole, each page beginning with the last row of the one before', async () => {
  const { readPage, first, queries } = listOf(numbered(120));
  const read = await readInstant(readPage, slice, at, first);
  expect(idsOf(read.incidents)).toEqual(upTo(120));
  expect(read).toMatchObject({ through: at, doubts: [], serverTime, complete: false });
  expect(queries).toEqual([
    { from: at, to: at, by: 'updated', skip: 0 },
    { from: at, to: at, by: 'updated', skip: 49 },
    { from: at, to: at, by: 'updated', skip: 98 },
  ]);
});

test('rows of another time on the first page are left to the next request', async () => {
  const { readPage, first } = listOf([...numbered(49), shown(900, later)]);
  const inside: PageReader = async (query) => {
    const page = await readPage(query);
    return { ...page, incidents: page.incidents.filter(({ version }) => version === at), more: false };
  };
  const read = await readInstant(inside, slice, at, first);
  expect(idsOf(read.incidents)).toEqual(upTo(49));
});

test('a row that leaves the instant between two pages costs a new walk and no row', async () => {
  const { readPage, first, queries } = listOf(numbered(120), (list, call) => {
    if (call === 1) list.shift();
  });
  const read = await readInstant(readPage, slice, at, first);
  expect(idsOf(read.incidents)).toEqual(upTo(120));
  expect(read.doubts).toEqual([]);
  expect(queries.map(({ skip }) => skip)).toEqual([0, 49, 0, 49, 98]);
});

test('an instant that never holds still becomes a gap', async () => {
  const { readPage, first } = listOf(numbered(300), (list) => void list.shift());
  const read = await readInstant(readPage, slice, at, first);
  expect(read).toMatchObject({ through: at, doubts: inDoubt });
});

test('more rows than the list serves are read as far as it goes, and the instant becomes a gap', async () => {
  const { readPage, first, queries } = listOf(numbered(700));
  const read = await readInstant(readPage, slice, at, first);
  expect(read).toMatchObject({ through: at, doubts: inDoubt });
  expect(Math.max(...queries.map(({ skip }) => skip ?? 0))).toBeLessThanOrEqual(500);
  expect(idsOf(read.incidents)).toEqual(upTo(read.incidents.length));
  expect(read.incidents.length).toBeGreaterThanOrEqual(500);
});

test('an incomplete page does not count as read', async () => {
  const { readPage, first } = listOf(numbered(120));
  const incomplete: PageReader = async (query) => ({ ...(await readPage(query)), incomplete: '206' });
  const read = await readInstant(incomplete, slice, at, first);
  expect(read.doubts).toEqual(inDoubt);
});

test('a full page of nothing ends the walk instead of going round for ever', async () => {
  const calls = { made: 0 };
  const empty: PageReader = () => {
    calls.made += 1;
    return Promise.resolve({ incidents: [], poisoned: [], nameless: 0, last: undefined, serverTime, more: true });
  };
  const read = await readInstant(empty, slice, at, listOf(numbered(60)).first);
  expect(read.doubts).toEqual(inDoubt);
  expect(calls.made).toBe(3);
});

test('a broken row among them is told apart, and costs none of the others', async () => {
  const list = numbered(180);
  const readPage: PageReader = ({ skip = 0 }) => {
    const rows = list.slice(skip, skip + 50);
    return Promise.resolve({
      incidents: rows.filter(({ header }) => header.incidentId !== '30' && header.incidentId !== '98'),
      poisoned: rows
        .filter(({ header }) => header.incidentId === '30' || header.incidentId === '98')
        .map(({ header }) => ({ incidentId: header.incidentId, version: undefined, stage: 'whole', reason: 'r' })),
      nameless: 0,
      last: at,
      serverTime,
      more: list.length > skip + 50,
    });
  };
  const read = await readInstant(readPage, slice, at, await readPage({ from: at }));
  expect(read.doubts).toEqual([]);
  expect(idsOf(read.incidents)).toEqual(upTo(180).filter((id) => id !== 30 && id !== 98));
  expect(read.poisoned.map(({ incidentId }) => incidentId)).toEqual(['30', '98']);
});

test('a row of the instant without a readable id leaves it in doubt', async () => {
  const { readPage, first } = listOf(numbered(120));
  const nameless: PageReader = async (query) => ({ ...(await readPage(query)), nameless: 1 });
  expect((await readInstant(nameless, slice, at, first)).doubts).toEqual(inDoubt);
});
