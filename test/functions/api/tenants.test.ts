import '../../shared/http/quietTestMode';
import { tenant, tenantRun, tenants } from '../../../functions/api/tenants';
import { incidents, tenantIncident } from '../../../functions/api/incidents';
import { noCounts } from '../../../shared/model/run';
import { newTenantState } from '../../../shared/model/tenantState';
import { writeTenantRun } from '../../../shared/store/tenantRuns';
import { toStateRow } from '../../../shared/store/tenantState';
import type { Asked, HttpWorld, Reply } from '../../shared/http/httpWorld';
import { admin, startHttpWorld } from '../../shared/http/httpWorld';
import { appOnly } from '../../shared/http/callers/tokenIssuer';

const group = 'aaaaaaaa-0000-4000-8000-000000000001';

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld();
});
afterAll(() => world.stop());

let last = 0;
const newId = (): string => `77777777-7777-4777-8777-${(last += 1).toString(16).padStart(12, '0')}`;
const put = (tenantId: string, body: unknown, asked: Asked = {}): Promise<Reply> =>
  world.ask(tenant, 'PUT', { as: admin, params: { tenantId }, body, ...asked });
const get = (tenantId: string, as: Asked['as'] = {}): Promise<Reply> =>
  world.ask(tenant, 'GET', { as, params: { tenantId } });
const fieldsOf = ({ json }: Reply): string[] => json.errors.map(({ field }) => field).sort();

describe('PUT of a tenant', () => {
  test('makes it with 201 and defaults, and makes it due at once', async () => {
    const tenantId = newId();
    const reply = await put(tenantId.toUpperCase(), { name: '  Contoso ' });
    expect(reply.status).toBe(201);
    expect(reply.json).toMatchObject({
      tenantId,
      name: 'Contoso',
      cloud: 'public',
      backend: 'graph',
      enabled: true,
      groups: [],
      intervalSeconds: null,
    });
    expect((await get(tenantId.toUpperCase())).json).toEqual(reply.json);
    const due = await world.services.due.upTo(world.services.clock.now(), '000', undefined);
    expect(due.map((one) => one.tenantId)).toContain(tenantId);
  });

  test('replaces the whole body with 200', async () => {
    const tenantId = newId();
    const body = {
      name: 'A',
      groups: [group.toUpperCase(), group],
      sealed: true,
      intervalSeconds: 600,
      attributes: { sla: 'gold' },
      contract: { never: ['alerts.evidence'] },
    };
    expect((await put(tenantId, body)).json).toMatchObject({
      groups: [group],
      sealed: true,
      intervalSeconds: 600,
      attributes: { sla: 'gold' },
      contract: { never: ['alerts.evidence'] },
    });
    const second = await put(tenantId, { name: 'B', enabled: false });
    expect(second.status).toBe(200);
    expect(second.json).toMatchObject({
      name: 'B',
      groups: [],
      sealed: false,
      intervalSeconds: null,
      attributes: {},
      contract: { never: [] },
      enabled: false,
    });
  });

  test('names every field at fault, unknown ones too', async () => {
    const reply = await put(newId(), {
      name: '',
      cloud: 'mars',
      backend: 'sentinel',
      groups: ['no-guid'],
      sealed: 'yes',
      intervalSeconds: 0,
      enabled: 1,
      writeBack: 'yes',
      credential: { kind: 'secret' },
      attributes: { a: 5 },
      contract: { never: ['a..b', 'id'], more: 1 },
      tenantId: newId(),
      access: {},
    });
    expect(reply.status).toBe(400);
    expect(fieldsOf(reply)).toEqual([
      'access',
      'attributes.a',
      'backend',
      'cloud',
      'contract.more',
      'contract.never.0',
      'contract.never.1',
      'credential.clientId',
      'enabled',
      'groups.0',
      'intervalSeconds',
      'name',
      'sealed',
      'tenantId',
      'writeBack',
    ]);
  });

  test.each([
    ['no body', {}, ['name']],
    ['no JSON', { raw: '{"name":' }, ['body']],
    ['another content type', { raw: '{"name":"A"}', headers: { 'content-type': 'text/plain' } }, ['content-type']],
    ['a list', { body: [] }, ['body']],
    ['no UTF-8', { raw: Uint8Array.from([0x22, 0xff, 0x22]) }, ['body']],
    ['more than 256 KiB', { raw: `{"name":"${'x'.repeat(256 * 1024)}"}` }, ['body']],
    ['100,000 nested lists', { raw: '['.repeat(100_000) }, ['body']],
    ['__proto__ at the top', { raw: '{"name":"A","__proto__":{"sealed":true}}' }, ['__proto__']],
    ['__proto__ inside', { raw: '{"name":"A","attributes":{"__proto__":"x"}}' }, ['__proto__']],
    ['another cloud than home', { body: { name: 'A', cloud: 'usgov' } }, ['cloud']],
    ['control characters', { body: { name: 'A\u0000B' } }, ['name']],
    ['a query', { body: { name: 'A' }, query: { erase: 'true' } }, ['erase']],
  ])('answers 400 to %s', async (_name, asked: Asked, fields) => {
    const tenantId = newId();
    const reply = await world.ask(tenant, 'PUT', { as: admin, params: { tenantId }, ...asked });
    expect([reply.status, fieldsOf(reply)]).toEqual([400, fields]);
    expect((await get(tenantId)).status).toBe(404);
    expect(Object.hasOwn(Object.prototype, 'sealed')).toBe(false);
  });

  test('answers 404 to an id that is no GUID, before it looks at the body', async () => {
    expect((await put('not-a-guid', { bad: 1 })).status).toBe(404);
  });
});

describe('a tenant that is unknown, malformed or hidden', () => {
  test('answers the very same 404 on every route and method', async () => {
    const hidden = newId();
    await world.putTenant({ tenantId: hidden, groups: [group] });
    await world.store({ tenantId: hidden, id: '5', updated: '2026-11-19T00:00:00Z' });
    const ids = [
      hidden,
      hidden.toUpperCase(),
      newId(),
      'x',
      '',
      '..',
      `${hidden} `,
      `${hidden}/`,
      '__proto__',
      "' or PartitionKey ne '",
      '\u0000',
      'x'.repeat(5_000),
    ];
    for (const [one, more] of [
      [tenant, {}],
      [tenantRun, { runId: '1795161600000-abcdefgh' }],
      [tenantIncident, { incidentId: '5' }],
    ] as const) {
      const replies = await Promise.all(
        ids.map((tenantId) => world.ask(one, 'GET', { params: { tenantId, ...more }, query: { bad: '1' } })),
      );
      expect(replies.map(({ status }) => status)).toEqual(ids.map(() => 404));
      expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    }
    expect((await get(hidden, admin)).status).toBe(200);
  });

  test('is no different in the lists', async () => {
    const hidden = newId();
    await world.putTenant({ tenantId: hidden, groups: [group] });
    const ask = (tenantId: string) => world.ask(incidents, 'GET', { query: { tenantId } });
    expect((await ask(hidden)).text).toBe((await ask(newId())).text);
    expect((await ask('x')).text).toBe((await ask(hidden)).text);
    expect((await world.ask(tenants, 'GET', { query: { limit: '200' } })).text).not.toContain(hidden);
    expect((await world.ask(tenants, 'GET', { as: admin, query: { limit: '200' } })).text).toContain(hidden);
    expect(
      (await world.ask(tenants, 'GET', { as: { groups: [group.toUpperCase()] }, query: { limit: '200' } })).text,
    ).toContain(hidden);
  });

  test('is seen by an app that is listed, and by no other', async () => {
    const tenantId = newId();
    await world.putTenant({ tenantId, groups: [appOnly.oid] });
    expect((await get(tenantId, appOnly)).status).toBe(200);
    expect((await get(tenantId, { ...appOnly, oid: newId() })).status).toBe(404);
  });

  test('cannot be told apart by a caller whose groups are left out: all of them are 403, with a cure', async () => {
    const hidden = newId();
    const open = newId();
    await world.putTenant({ tenantId: hidden, groups: [group] });
    await world.putTenant({ tenantId: open });
    const as = { _claim_names: { groups: 'src1' } };
    for (const tenantId of [hidden, newId(), 'x']) {
      const { status, json } = await get(tenantId, as);
      expect([status, json.code]).toEqual([403, 'ERR_GROUPS_OVERAGE']);
      expect(json.detail).toContain('Entra');
    }
    expect((await get(open, as)).status).toBe(200);
    expect((await world.ask(incidents, 'GET', { as })).json.code).toBe('ERR_GROUPS_OVERAGE');
    expect((await get(hidden, { ...as, ...admin })).status).toBe(200);
  });

  test('kept to admins where RELAY_UNGROUPED_TENANTS says so', async () => {
    const tenantId = newId();
    await world.putTenant({ tenantId });
    world.configure({ ungroupedTenants: 'admins' });
    const replies = [await get(tenantId), await get(tenantId, admin)];
    world.configure({ ungroupedTenants: 'all' });
    expect(replies.map(({ status }) => status)).toEqual([404, 200]);
  });
});

describe('the list of tenants', () => {
  test('has every one once, page by page, in the shape of GET', async () => {
    const mine = 'bbbbbbbb-0000-4000-8000-000000000001';
    const ids = Array.from({ length: 7 }, newId);
    await Promise.all(ids.map((tenantId) => world.putTenant({ tenantId, groups: [mine] })));
    world.configure({ ungroupedTenants: 'admins' });
    const seen: unknown[] = [];
    let query: Record<string, string> = { limit: '3' };
    for (let pages = 0; pages < 10; pages += 1) {
      const { json } = await world.ask(tenants, 'GET', { as: { groups: [mine] }, query });
      seen.push(...json.items);
      if (json.continue === null) break;
      query = { limit: '3', continue: json.continue };
    }
    world.configure({ ungroupedTenants: 'all' });
    expect(seen.map((one) => (one as { tenantId: string }).tenantId).sort()).toEqual([...ids].sort());
    expect(seen).toContainEqual((await get(ids[0]!, admin)).json);
  });

  test.each(['0', '201', '-1', '1.5', 'x', ''])('refuses limit=%s', async (limit) => {
    expect(fieldsOf(await world.ask(tenants, 'GET', { query: { limit } }))).toEqual(['limit']);
  });
});

describe('a run', () => {
  test('is shown with its counters, and unknown or malformed ids are 404', async () => {
    const tenantId = newId();
    await world.putTenant({ tenantId });
    const run = {
      runId: '1795161600000-abcdefgh',
      tenantId,
      state: 'partial',
      startedAt: '2026-11-20T08:00:00.000Z',
      seconds: 2,
      counts: { ...noCounts, listed: 9 },
      code: null,
      reason: null,
    } as const;
    await writeTenantRun(world.services.storage.incidents, run);
    const ask = (runId: string) => world.ask(tenantRun, 'GET', { params: { tenantId, runId } });
    expect((await ask(run.runId)).json).toEqual(run);
    for (const runId of ['1795161600001-abcdefgh', 'x', '', '../state', 'x'.repeat(2_000)])
      expect((await ask(runId)).status).toBe(404);
  });
});

describe('DELETE of a tenant', () => {
  const remove = (tenantId: string, query: Record<string, string> = {}) =>
    world.ask(tenant, 'DELETE', { as: admin, params: { tenantId }, query });
  const oneIncident = (tenantId: string, incidentId: string) =>
    world.ask(tenantIncident, 'GET', { params: { tenantId, incidentId } });
  const state = (tenantId: string) => ({
    kind: 'upsert' as const,
    row: toStateRow(tenantId, { ...newTenantState, stored: 3 }),
  });

  test('answers a receipt and 404 from then on; what was kept is found when it is put again', async () => {
    const tenantId = newId();
    await put(tenantId, { name: 'Contoso' });
    await world.services.storage.incidents.write(state(tenantId));
    await world.store({ tenantId, id: '5', updated: '2026-11-19T00:00:00Z' });
    const receipt = await remove(tenantId);
    expect([receipt.status, receipt.json]).toEqual([
      200,
      {
        tenantId,
        name: 'Contoso',
        erased: { incidents: 0, rows: 0, blobs: 0 },
        kept: { incidents: 3 },
        credential: null,
        connections: [],
        pendingEvents: 0,
        consentLinks: 0,
        // Nobody answers for Entra here, so nothing is known of it.
        customerDeletes: [
          {
            name: null,
            clientId: '0f0e0d0c-0000-4000-8000-00000000c001',
            registrations: ['reader', 'writer', 'defender'],
            consented: null,
            link: `https://portal.azure.com/${tenantId}/#view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview`,
          },
        ],
        at: '2026-11-20T08:00:00.000Z',
      },
    ]);
    expect((await get(tenantId, admin)).status).toBe(404);
    expect((await oneIncident(tenantId, '5')).status).toBe(404);
    expect((await remove(tenantId)).status).toBe(404);
    expect((await put(tenantId, { name: 'Contoso' })).status).toBe(201);
    expect((await oneIncident(tenantId, '5')).status).toBe(200);
  });

  test('with erase=true leaves nothing of it, and everything of the others', async () => {
    const [tenantId, other] = [newId(), newId()];
    const { incidents: rows, index, bodies } = world.services.storage;
    for (const id of [tenantId, other]) {
      await put(id, { name: 'Contoso' });
      await rows.write(state(id));
      await Promise.all(
        Array.from({ length: 130 }, (_, n) =>
          world.store({ tenantId: id, id: `${n}`, updated: '2026-11-19T00:00:00Z' }),
        ),
      );
      await bodies.put(`${id}/blob`, Buffer.from('big'));
      await rows.write({
        kind: 'upsert',
        row: { partitionKey: id, rowKey: 'i_xbig', version: '2026-11-19T00:00:00.0000000Z', bodyBlob: `${id}/blob` },
      });
    }
    const receipt = await remove(tenantId, { erase: 'true' });
    // 131 incidents and the state; 130 hints and the due row.
    expect(receipt.json).toMatchObject({
      tenantId,
      erased: { incidents: 131, rows: 262, blobs: 1 },
      kept: { incidents: 0 },
    });

    const left = async (id: string): Promise<number> => {
      let count = 0;
      for await (const page of rows.pages({ partition: id })) count += page.length;
      for await (const page of index.pages({ where: [{ column: 'tenantId', op: 'eq', value: id }] }))
        count += page.length;
      return count;
    };
    expect([await left(tenantId), await bodies.get(`${tenantId}/blob`), (await get(tenantId, admin)).status]).toEqual([
      0,
      undefined,
      404,
    ]);
    expect([await left(other), (await bodies.get(`${other}/blob`))?.toString()]).toEqual([263, 'big']);
  });

  test('refuses erase=yes without deleting anything', async () => {
    const tenantId = newId();
    await put(tenantId, { name: 'Contoso' });
    expect(fieldsOf(await remove(tenantId, { erase: 'yes' }))).toEqual(['erase']);
    expect((await get(tenantId)).status).toBe(200);
  });
});
