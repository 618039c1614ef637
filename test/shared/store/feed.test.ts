import type { IncidentHeader } from '../../../shared/model/incident';
import type { Time7 } from '../../../shared/model/time7';
import type { Feed } from '../../../shared/store/feed';
import { incidentFeed } from '../../../shared/store/feed';
import type { AzuriteStorage } from '../../support/azuriteStorage';
import { startStorage } from '../../support/azuriteStorage';

let storage: AzuriteStorage;
let feed: Feed;
beforeAll(async () => {
  storage = await startStorage();
  feed = incidentFeed(storage.index);
});
afterAll(() => storage.stop());

/** SHA-256 of this id begins with 2. */
const tenantId = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const at = (second: number): Time7 => `2026-11-20T07:00:${second.toString().padStart(2, '0')}.0000000Z` as Time7;
const entry = (id: string, second: number, change: Partial<IncidentHeader> = {}) => ({
  incidentId: id,
  version: at(second),
  header: {
    incidentId: id,
    displayName: `Incident ${id}`,
    status: 'active',
    severity: 'high',
    classification: null,
    determination: null,
    assignedTo: null,
    createdDateTime: null,
    lastUpdateDateTime: at(second),
    redirectIncidentId: null,
    incidentWebUrl: null,
    alertsCount: 3,
    ...change,
  },
});
const hintsOf = async (after?: string, where: Parameters<Feed['pages']>[2] = [], pageSize = 1000) => {
  const hints = [];
  for await (const page of feed.pages('2', after, where, pageSize)) hints.push(...page);
  return hints;
};
const idsOf = async (...asked: Parameters<typeof hintsOf>): Promise<string[]> =>
  (await hintsOf(...asked)).map(({ incidentId }) => incidentId);
beforeEach(async () => {
  await feed.remove(tenantId, await hintsOf());
});

test('hints come newest update first, with what a list filters by', async () => {
  await feed.add(tenantId, [entry('1', 1), entry('2', 30, { assignedTo: "o'brien" }), entry('x/y', 20)]);
  const hints = await hintsOf();
  expect(hints.map(({ incidentId }) => incidentId)).toEqual(['2', 'x/y', '1']);
  expect(hints[0]).toMatchObject({
    tenantId,
    version: '2026-11-20T07:00:30.0000000Z',
    displayName: 'Incident 2',
    status: 'active',
    severity: 'high',
    assignedTo: "o'brien",
  });
  expect(hints[1]!.assignedTo).toBeNull();
});

test('more than a hundred hints are written, in batches, and adding them again changes nothing', async () => {
  const entries = Array.from({ length: 250 }, (_, id) => entry(`${id}`, id % 60));
  await feed.add(tenantId, entries);
  await feed.add(tenantId, entries);
  expect(new Set(await idsOf()).size).toBe(250);
  expect(await hintsOf()).toHaveLength(250);
});

test('adding none is no call and no error', async () => {
  await feed.add(tenantId, []);
  await feed.remove(tenantId, []);
  expect(await hintsOf()).toEqual([]);
});

test('reading goes on after a hint, with none twice and none left out', async () => {
  await feed.add(
    tenantId,
    Array.from({ length: 25 }, (_, id) => entry(`${id}`, id)),
  );
  const all = await idsOf();
  for (const stop of [0, 9, 24]) {
    const after = (await hintsOf())[stop]!.rowKey;
    expect(await idsOf(after)).toEqual(all.slice(stop + 1));
  }
});

test('conditions are put to the service', async () => {
  await feed.add(tenantId, [entry('1', 1, { status: 'resolved' }), entry('2', 2), entry('3', 3, { severity: 'low' })]);
  expect(await idsOf(undefined, [{ column: 'status', op: 'eq', value: 'active' }])).toEqual(['3', '2']);
  expect(await idsOf(undefined, [{ column: 'version', op: 'ge', value: at(2) }])).toEqual(['3', '2']);
});

test('removing takes the version named and leaves a newer one', async () => {
  await feed.add(tenantId, [entry('1', 1), entry('1', 2), entry('2', 1)]);
  await feed.remove(tenantId, [{ incidentId: '1', version: at(1) }]);
  expect((await hintsOf()).map(({ incidentId, version }) => [incidentId, version])).toEqual([
    ['1', at(2)],
    ['2', at(1)],
  ]);
});

test('removing goes on where one of many is gone already', async () => {
  await feed.add(tenantId, [entry('1', 1), entry('2', 2)]);
  const gone = { incidentId: '9', version: at(9) };
  await feed.remove(tenantId, [{ incidentId: '1', version: at(1) }, gone, { incidentId: '2', version: at(2) }]);
  expect(await hintsOf()).toEqual([]);
});
