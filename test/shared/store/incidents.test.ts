import { createHash } from 'node:crypto';
import type { StoredIncident } from '../../../shared/model/incident';
import type { Time7 } from '../../../shared/model/time7';
import { packBody } from '../../../shared/store/body';
import type { HeaderConditions } from '../../../shared/store/incidents';
import { incidentStore, toIncidentRow } from '../../../shared/store/incidents';
import type { AzuriteStorage } from '../../support/azuriteStorage';
import { startStorage } from '../../support/azuriteStorage';
import { tenantIdOf } from '../../support/plainTenant';

let storage: AzuriteStorage;
beforeAll(async () => {
  storage = await startStorage();
});
afterAll(() => storage.stop());

const at = (second: number): Time7 => `2026-11-20T07:00:${second.toString().padStart(2, '0')}.0000000Z` as Time7;
const stored = (
  tenantId: string,
  id: string,
  change: Partial<StoredIncident['header']> = {},
  second = 1,
): StoredIncident => ({
  tenantId,
  version: at(second),
  complete: true,
  asOf: at(59),
  header: {
    incidentId: id,
    displayName: `Incident ${id}`,
    status: 'active',
    severity: 'high',
    classification: null,
    determination: 'malware',
    assignedTo: null,
    createdDateTime: '2026-11-19T00:00:00Z',
    lastUpdateDateTime: at(second),
    redirectIncidentId: null,
    incidentWebUrl: 'https://security.microsoft.com/incidents/1',
    alertsCount: 4,
    ...change,
  },
});
const put = async (incident: StoredIncident, body: Record<string, string> = {}): Promise<string> => {
  const packed = packBody(body, `${incident.tenantId}/${incident.header.incidentId}`);
  if (packed.blob !== undefined) await storage.bodies.put(packed.blob.name, packed.blob.content);
  const row = { ...toIncidentRow(incident, { bodyDigest: 'b1.x', watchedDigest: 'w1.y' }), ...packed.columns };
  return storage.incidents.write({ kind: 'upsert', row });
};
const storeOf = (tenantId: string) => incidentStore(tenantId, storage.incidents, storage.bodies);
let last = 0;
const freshTenant = (): string => tenantIdOf((last += 1));

test('a header comes back with its nulls and without its body', async () => {
  const tenantId = freshTenant();
  await put(stored(tenantId, '4711'), { secret: 'body' });
  expect(await storeOf(tenantId).header('4711')).toEqual(stored(tenantId, '4711'));
});

test('an incident comes back whole, from its row or from its blob', async () => {
  const tenantId = freshTenant();
  const noise = Array.from({ length: 9_000 }, (_, part) =>
    createHash('sha512').update(`${part}`).digest('base64url'),
  ).join('');
  await put(stored(tenantId, '1'), { note: 'small' });
  await put(stored(tenantId, '2'), { noise });
  expect(await storeOf(tenantId).whole('1')).toEqual({ incident: stored(tenantId, '1'), body: { note: 'small' } });
  expect((await storeOf(tenantId).whole('2'))!.body).toEqual({ noise });
  expect((await storeOf(tenantId).known(['2'])).get('2')!.bodyBlob).toBe(`${tenantId}/2`);
});

test('one tenant’s store never sees another’s rows', async () => {
  const [one, other] = [freshTenant(), freshTenant()];
  await put(stored(one, '7'));
  const store = storeOf(other);
  expect(await store.header('7')).toBeUndefined();
  expect(await store.whole('7')).toBeUndefined();
  expect((await store.known(['7', '8', '9'])).size).toBe(0);
  expect(await store.isEmpty()).toBe(true);
  expect(await storeOf(one).isEmpty()).toBe(false);
});

test('a tenant with nothing but its state row is empty', async () => {
  const tenantId = freshTenant();
  for (const rowKey of ['state', 'access', 'r_1', 'request'])
    await storage.incidents.write({ kind: 'insert', row: { partitionKey: tenantId, rowKey } });
  expect(await storeOf(tenantId).isEmpty()).toBe(true);
});

describe('what is known of many', () => {
  const etags = new Map<string, string>();
  const tenantId = tenantIdOf(9_999);
  beforeAll(async () => {
    for (let id = 1; id <= 120; id += 1) if (id % 3 > 0) etags.set(`${id}`, await put(stored(tenantId, `${id}`)));
    for (const id of ['900000', 'abc/é', '07']) etags.set(id, await put(stored(tenantId, id)));
  });

  test.each<[string, string[]]>([
    ['close together', Array.from({ length: 60 }, (_, at_) => `${at_ + 30}`)],
    ['far apart', ['1', '2', '3', '50', '900000', '900001']],
    ['no numbers', ['abc/é', '07', '7', 'nothing']],
    ['one', ['100']],
    ['none', []],
  ])('is the same whether ids are %s', async (_, ids) => {
    const known = await storeOf(tenantId).known(ids);
    expect([...known.keys()].filter((id) => ids.includes(id)).sort()).toEqual(ids.filter((id) => etags.has(id)).sort());
    for (const [id, { etag, version, bodyDigest, watchedDigest, status, bodyBlob }] of known)
      expect([etag, version, bodyDigest, watchedDigest, status, bodyBlob]).toEqual([
        etags.get(id),
        at(1),
        'b1.x',
        'w1.y',
        'active',
        null,
      ]);
  });
});

describe('headers', () => {
  const tenantId = tenantIdOf(8_888);
  beforeAll(async () => {
    await put(stored(tenantId, '9', { status: 'resolved' }, 10));
    await put(stored(tenantId, '10', { severity: 'low', assignedTo: "o'brien@x" }, 20));
    await put(stored(tenantId, '200', {}, 30));
    await put(stored(tenantId, 'x', {}, 40));
  });
  const idsOf = async (conditions: HeaderConditions): Promise<string[]> => {
    const ids: string[] = [];
    for await (const page of storeOf(tenantId).headers(conditions))
      ids.push(...page.map(({ header }) => header.incidentId));
    return ids;
  };

  test('come with the largest id first, others last', async () => {
    expect(await idsOf({})).toEqual(['200', '10', '9', 'x']);
  });

  test.each<[string, HeaderConditions, string[]]>([
    ['status', { status: 'active' }, ['200', '10', 'x']],
    ['severity', { severity: 'low' }, ['10']],
    ['owner, quotes included', { assignedTo: "o'brien@x" }, ['10']],
    ['update, its edge included', { updatedSince: at(20) }, ['200', '10', 'x']],
    ['all of them', { status: 'active', severity: 'high', updatedSince: at(35) }, ['x']],
  ])('are chosen by %s', async (_, conditions, ids) => {
    expect(await idsOf(conditions)).toEqual(ids);
  });
});
