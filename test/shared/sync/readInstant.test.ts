import type { ObservedIncident } from '../../../shared/model/incident';
import type { Time7 } from '../../../shared/model/time7';
import type { ChangedQuery, IncidentPage } from '../../../shared/ports';
import { createAllowance } from '../../../shared/sync/allowance';
import { readInstant } from '../../../shared/sync/readInstant';

const at = '2026-11-20T07:00:00.0000000Z' as Time7;
const later = '2026-11-20T07:30:00.0000000Z' as Time7;
const serverTime = '2026-11-20T08:00:00.0000000Z' as Time7;

const incident = (id: number, version: Time7 = at): ObservedIncident => ({
  header: {
    incidentId: `${id}`,
    displayName: null,
    status: 'active',
    severity: null,
    classification: null,
    determination: null,
    assignedTo: null,
    createdDateTime: null,
    lastUpdateDateTime: version,
    redirectIncidentId: null,
    incidentWebUrl: null,
    alertsCount: 0,
  },
  version,
  body: { id: `${id}` },
  complete: true,
  asOf: serverTime,
});
const numbered = (count: number): ObservedIncident[] => Array.from({ length: count }, (_, id) => incident(id));
const clock = { now: () => 0, elapsedMs: () => 0 };

/** Graph over a list that `change` may alter after each answer. */
const listOf = (
  start: readonly ObservedIncident[],
  change: (list: ObservedIncident[], call: number) => void = () => undefined,
) => {
  const list = [...start];
  const queries: ChangedQuery[] = [];
  const pageAt = (skip: number): IncidentPage => ({
    incidents: list.slice(skip, skip + 50),
    serverTime,
    more: list.length > skip + 50,
  });
  return {
    queries,
    first: pageAt(0),
    source: {
      listChanged: (query: ChangedQuery): Promise<IncidentPage> => {
        queries.push(query);
        const page = pageAt(query.skip ?? 0);
        change(list, queries.length);
        return Promise.resolve(page);
      },
    },
  };
};
const idsOf = (incidents: readonly ObservedIncident[]): number[] =>
  incidents.map(({ header }) => Number(header.incidentId)).sort((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

test('an instant of many pages is read whole, each page beginning with the last row of the one before', async () => {
  const { source, first, queries } = listOf(numbered(120));
  const read = await readInstant(
    source,
    at,
    first,
    createAllowance(clock, () => false),
  );
  expect(idsOf(read.incidents)).toEqual(upTo(120));
  expect(read).toMatchObject({ through: at, gap: undefined, serverTime, complete: false });
  expect(queries).toEqual([
    { from: at, to: at, skip: 0 },
    { from: at, to: at, skip: 49 },
    { from: at, to: at, skip: 98 },
  ]);
});

test('rows of another time on the first page are left to the next request', async () => {
  const { source, first } = listOf([...numbered(49), incident(900, later)]);
  const inside = {
    listChanged: async (query: ChangedQuery) => {
      const page = await source.listChanged(query);
      return { ...page, incidents: page.incidents.filter(({ version }) => version === at), more: false };
    },
  };
  const read = await readInstant(
    inside,
    at,
    first,
    createAllowance(clock, () => false),
  );
  expect(idsOf(read.incidents)).toEqual(upTo(49));
});

test('a row that leaves the instant between two pages costs a new walk and no row', async () => {
  const { source, first, queries } = listOf(numbered(120), (list, call) => {
    if (call === 1) list.shift();
  });
  const read = await readInstant(
    source,
    at,
    first,
    createAllowance(clock, () => false),
  );
  expect(idsOf(read.incidents)).toEqual(upTo(120));
  expect(read.gap).toBeUndefined();
  expect(queries.map(({ skip }) => skip)).toEqual([0, 49, 0, 49, 98]);
});

test('an instant that never holds still becomes a gap', async () => {
  const { source, first } = listOf(numbered(300), (list) => void list.shift());
  const read = await readInstant(
    source,
    at,
    first,
    createAllowance(clock, () => false),
  );
  expect(read).toMatchObject({ through: at, gap: { from: at, to: at } });
});

test('more rows than the list serves are read as far as it goes, and the instant becomes a gap', async () => {
  const { source, first, queries } = listOf(numbered(700));
  const read = await readInstant(
    source,
    at,
    first,
    createAllowance(clock, () => false),
  );
  expect(read).toMatchObject({ through: at, gap: { from: at, to: at } });
  expect(Math.max(...queries.map(({ skip }) => skip ?? 0))).toBeLessThanOrEqual(500);
  expect(idsOf(read.incidents)).toEqual(upTo(read.incidents.length));
  expect(read.incidents.length).toBeGreaterThanOrEqual(500);
});

test('an allowance that ends on the way says that nothing is certain, and keeps what was seen', async () => {
  const { source, first } = listOf(numbered(200));
  const read = await readInstant(
    source,
    at,
    first,
    createAllowance(clock, () => false, 2),
  );
  expect(read).toMatchObject({ through: undefined, gap: undefined });
  expect(read.incidents).toHaveLength(99);
});

test('an incomplete page does not count as read', async () => {
  const { source, first } = listOf(numbered(120));
  const incomplete = {
    listChanged: async (query: ChangedQuery) => ({ ...(await source.listChanged(query)), incomplete: '206' }),
  };
  const read = await readInstant(
    incomplete,
    at,
    first,
    createAllowance(clock, () => false),
  );
  expect(read.gap).toMatchObject({ from: at, to: at });
});

test('a full page of nothing ends the walk instead of going round for ever', async () => {
  const calls = { made: 0 };
  const empty = {
    listChanged: () => {
      calls.made += 1;
      return Promise.resolve({ incidents: [], serverTime, more: true });
    },
  };
  const read = await readInstant(
    empty,
    at,
    listOf(numbered(60)).first,
    createAllowance(clock, () => false),
  );
  expect(read.gap).toMatchObject({ from: at, to: at });
  expect(calls.made).toBe(3);
});
