import { listMachines, getMachine } from '../../../shared/endpoint/machines';
import { listAlerts, getAlert } from '../../../shared/endpoint/alerts';
import type { EndpointQuery } from '../../../shared/endpoint/endpointPage';
import { listMachineActions, getMachineAction } from '../../../shared/endpoint/machineActions';
import type { MachineField } from '../../../shared/endpoint/machines';
import { ConsentError, ContractError, RequestError, ThrottledError } from '../../../shared/errors';
import { machinesOf } from '../../../local/microsoft/world/people';
import { firstTenant, listPage } from '../../local/microsoft/testCloud';
import { answer, givenAnswers } from '../incidents/givenAnswers';
import type { InProcess, Stage } from './inProcess';
import { createStage, inProcess } from './inProcess';

const readRoles = ['Machine.Read.All', 'Alert.Read.All'];
let stage: Stage;
let access: InProcess;
beforeEach(async () => {
  stage = await createStage();
  access = inProcess(stage.state, readRoles);
});

/** An API that gives these answers, one a call. */
const given = (...answers: Parameters<typeof answer>[]) => ({
  ...givenAnswers(answers.map((each) => answer(...each))),
  endpoint: 'https://mde.example',
});

describe('machines', () => {
  test('are those the incidents name: every device of an incident can be read by its id and by its name', async () => {
    const devices = listPage(stage.state, { $expand: 'alerts' }).value.flatMap(({ alerts = [] }) =>
      alerts.flatMap(({ evidence }) =>
        (evidence as { mdeDeviceId?: string; deviceDnsName?: string }[]).filter((item) => item.deviceDnsName),
      ),
    );
    const ids = [...new Set(devices.map(({ mdeDeviceId }) => mdeDeviceId!))];
    expect(ids.length).toBeGreaterThan(5);
    for (const id of ids) {
      const machine = await getMachine(access, id);
      const { deviceDnsName } = devices.find(({ mdeDeviceId }) => mdeDeviceId === id)!;
      expect(machine).toMatchObject({ id, computerDnsName: deviceDnsName });
      expect(machine!.body).not.toHaveProperty(['@odata.context']);
    }
    expect((await getMachine(access, devices[0]!.deviceDnsName!))!.id).toBe(devices[0]!.mdeDeviceId);
    expect(await getMachine(access, 'f'.repeat(40))).toBeUndefined();
  });

  test('come in pages by top and skip, each call by a permit, until one is short', async () => {
    const seen: string[] = [];
    for (let skip = 0; ; skip += 15) {
      const { items, broken, more } = await listMachines(access, { top: 15, skip });
      expect(broken).toEqual([]);
      seen.push(...items.map(({ id }) => id));
      if (!more) break;
    }
    expect(seen.toSorted()).toEqual(
      machinesOf(firstTenant(stage.state))
        .map(({ mdeDeviceId }) => mdeDeviceId)
        .toSorted(),
    );
    expect(access.taken()).toBe(3);
  });

  test.each<EndpointQuery<MachineField>>([
    { where: [{ field: 'osPlatform', value: 'Windows11' }] },
    { where: [{ field: 'healthStatus', op: 'ne', value: 'Active' }] },
    { where: [{ field: 'machineTags', value: "O'Hara's desk" }] },
    { where: [{ field: 'lastSeen', op: 'ge', value: '2026-11-16T00:00:00Z' }] },
    {
      where: [
        { field: 'riskScore', value: 'High' },
        { field: 'rbacGroupId', op: 'gt', value: 20 },
      ],
    },
  ])('are filtered by %j, as a plain reading of all rows selects', async ({ where = [] }) => {
    const { items: all } = await listMachines(access);
    const { items } = await listMachines(access, { where });
    const expected = all.filter(({ body }) =>
      where.every(({ field, op = 'eq', value }) => {
        const shown = body[field] as string | number | null | readonly string[];
        if (op === 'ne') return shown !== value;
        if (op === 'ge') return (shown as string) >= String(value);
        if (op === 'gt') return shown !== null && Number(shown) > Number(value);
        return typeof shown === 'object' ? shown?.includes(String(value)) : shown === value;
      }),
    );
    expect(items.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect(items.length).toBeGreaterThan(0);
    expect(items.length).toBeLessThan(all.length);
  });

  test('that were not seen of late are an empty list, though the API says 404', async () => {
    expect(await listMachines(given(['', { status: 404 }]))).toMatchObject({ items: [], more: false });
  });

  test('that cannot be read cost the others nothing, and half a page says so', async () => {
    const rows = [{ id: 'a'.repeat(40) }, { id: 7 }, null, 'x', { id: 'b', computerDnsName: ['odd'], new: 1 }];
    const page = await listMachines(given([{ value: rows }, { status: 206 }]));
    expect(page.items).toMatchObject([{ id: 'a'.repeat(40) }, { id: 'b', computerDnsName: null, body: { new: 1 } }]);
    expect(page.broken.map(({ id }) => id)).toEqual([undefined, undefined, undefined]);
    expect(page.incomplete).toBe('206');
    await expect(listMachines(given(['{"value":7}']))).rejects.toBeInstanceOf(ContractError);
  });

  test('a nextLink says that more follows and is never followed', async () => {
    const api = given([{ value: [], '@odata.nextLink': 'https://evil.example/x' }]);
    expect((await listMachines(api)).more).toBe(true);
    expect(api.calls.map(({ url }) => url)).toEqual(['https://mde.example/api/machines?$top=1000']);
  });

  test.each<EndpointQuery<MachineField>>([
    { top: 0 },
    { top: 10_001 },
    { skip: -1 },
    { where: [{ field: 'lastSeen', value: 'yesterday' }] },
    { where: [{ field: 'rbacGroupId', value: '1 or 1 eq 1' }] },
    { where: [{ field: 'machineTags', op: 'gt', value: 'x' }] },
    { where: [{ field: 'computerDnsName', value: 'x'.repeat(2_000) }] },
  ])('are not asked for by %j', async (query) => {
    await expect(listMachines(access, query)).rejects.toBeInstanceOf(RequestError);
    expect(access.calls).toEqual([]);
  });

  test.each(['', '..', '.', '\ud800'])('none is asked for by the id %j', async (id) => {
    await expect(getMachine(access, id)).rejects.toBeInstanceOf(RequestError);
    expect(access.calls).toEqual([]);
  });

  test('an id cannot lead to another path', async () => {
    expect(await getMachine(access, 'x/isolate?y=1')).toBeUndefined();
    expect(access.calls[0]!.url).toMatch(/\/api\/machines\/x%2Fisolate%3Fy%3D1$/);
  });
});

describe('Endpoint’s alerts', () => {
  test('are those of the incidents, under the same ids, with evidence where it is asked for', async () => {
    const ofIncidents = listPage(stage.state, { $expand: 'alerts' }).value.flatMap(({ id, alerts = [] }) =>
      alerts
        .filter(({ serviceSource }) => serviceSource === 'microsoftDefenderForEndpoint')
        .map((alert) => ({ id: alert.id as string, incidentId: id, title: alert.title })),
    );
    const { items } = await listAlerts(access, { evidence: true });
    expect(items).toEqual(expect.arrayContaining(ofIncidents.map((alert) => expect.objectContaining(alert) as object)));
    expect(items.some(({ evidence }) => evidence.length > 0)).toBe(true);
    const [first] = items;
    const shown = await getAlert(access, first!.id);
    expect(shown).toMatchObject({ id: first!.id, machineId: first!.machineId, evidence: [] });
    const where = [{ field: 'incidentId', value: first!.incidentId! }] as const;
    const { items: ofOne } = await listAlerts(access, { where });
    expect(new Set(ofOne.map(({ incidentId }) => incidentId))).toEqual(new Set([first!.incidentId]));
    expect(await getAlert(access, 'da1_1')).toBeUndefined();
  });

  test('of another tenant throw their whole page out', async () => {
    const rows = [{ id: 'a' }, { id: 'b', aadTenantId: '99999999-9999-4999-8999-999999999999' }];
    await expect(listAlerts(given([{ value: rows }]))).rejects.toBeInstanceOf(ContractError);
    await expect(getAlert(given([rows[1]]), 'b')).rejects.toBeInstanceOf(ContractError);
  });
});

describe('machine actions', () => {
  test('tell who asked for what, are found by machine and by state, and one by its id', async () => {
    const { items } = await listMachineActions(access);
    expect(items).toHaveLength(12);
    for (const { requestor, createdAt, machineId } of items) {
      expect(requestor).toMatch(/@/);
      expect([createdAt, machineId]).not.toContain(null);
    }
    const { machineId, id } = items[0]!;
    const where = [
      { field: 'machineId', value: machineId! },
      { field: 'status', value: items[0]!.status! },
    ] as const;
    const found = await listMachineActions(access, { where });
    expect(found.items.map((action) => action.id)).toContain(id);
    expect(new Set(found.items.map((action) => action.machineId))).toEqual(new Set([machineId]));
    expect(await getMachineAction(access, id)).toEqual(items[0]);
    expect(await getMachineAction(access, 'nobody')).toBeUndefined();
  });
});

test('each resource has a permission of its own, and the tenant is the token’s', async () => {
  const { state } = stage;
  await expect(listMachines(inProcess(state, ['Alert.Read.All']))).rejects.toMatchObject({ reason: 'roleMissing' });
  await expect(listAlerts(inProcess(state, ['Machine.Read.All']))).rejects.toBeInstanceOf(ConsentError);
  await expect(listMachineActions(inProcess(state, ['Alert.Read.All']))).rejects.toBeInstanceOf(ConsentError);
  const other = inProcess(state, readRoles, { tenant: state.world.tenants[1]! });
  const [mine, theirs] = [await listMachines(access), await listMachines(other)];
  const ids = new Set(mine.items.map(({ id }) => id));
  expect(theirs.items.filter(({ id }) => ids.has(id))).toEqual([]);
});

test('a throttle names its wait, a tenant without licence is told as such', async () => {
  const { state } = stage;
  state.behaviour.change({ rates: { endpoint: { perMinute: 1 } } });
  await listMachines(access);
  await expect(listMachines(access)).rejects.toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: 60_000 });
  await expect(listMachines(access)).rejects.toBeInstanceOf(ThrottledError);
  state.behaviour.change({ rates: { endpoint: null } });
  state.behaviour.setCondition(access.tenantId, 'noLicence');
  await expect(listMachines(access)).rejects.toMatchObject({ reason: 'licenceMissing' });
});
