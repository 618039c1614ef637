import '../../shared/http/quietTestMode';
import { deliveries, replayDeliveries, replayDelivery } from '../../../functions/api/deliveries';
import type { DeliveryState, OutboxEvent } from '../../../shared/model/outbox';
import { mustBeTime7 } from '../../../shared/model/time7';
import { deadLetters } from '../../../shared/store/deadLetters';
import { openLanes } from '../../../shared/store/openLanes';
import { toEventRow } from '../../../shared/store/outbox';
import type { HttpWorld } from '../../shared/http/httpWorld';
import { admin, startHttpWorld } from '../../shared/http/httpWorld';

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld();
});
afterAll(() => world.stop());

const mine = 'dddddddd-0000-4000-8000-000000000001';
const ours = '99999999-1111-4999-8999-000000000001';
const also = '99999999-1111-4999-8999-000000000002';
const hidden = '99999999-1111-4999-8999-000000000003';

const put = async (
  tenantId: string,
  incidentId: string,
  state: DeliveryState,
  minute: number,
  connectionId = 'desk',
) => {
  const version = mustBeTime7(`2026-11-19T08:${String(minute).padStart(2, '0')}:00Z`, 'version');
  const event: OutboxEvent = {
    eventId: `evt_${tenantId.slice(-1)}_${incidentId}_${minute}_${connectionId}`,
    ...{ tenantId, connectionId, incidentId, version },
    type: 'created',
    watchedDigest: 'w',
  };
  const { index, incidents } = world.services.storage;
  if (state === 'pending') await openLanes(index).add(tenantId, [{ targetId: connectionId, incidentId }]);
  if (state === 'dead') await deadLetters(index).add([event]);
  const tried =
    state === 'dead'
      ? { attempts: 10, lastAt: '2026-11-19T09:00:00.000Z', lastStatus: 400, lastReason: 'refused' }
      : {};
  await incidents.write({ kind: 'insert', row: { ...toEventRow(event), state, ...tried } });
};

beforeAll(async () => {
  await world.putTenant({ tenantId: ours, groups: [mine] });
  await world.putTenant({ tenantId: also, groups: [mine] });
  await world.putTenant({ tenantId: hidden, groups: ['eeeeeeee-0000-4000-8000-000000000001'] });
  for (let incident = 1; incident <= 5; incident += 1) {
    await put(ours, `${incident}`, 'pending', 1);
    await put(ours, `${incident}`, 'pending', 2);
    await put(ours, `${incident}`, 'dead', 3);
    await put(also, `${incident}`, 'delivered', 1, 'all.desk');
    await put(also, `${incident}`, 'dead', 2, 'hook');
    await put(hidden, `${incident}`, 'dead', 1);
    await put(hidden, `${incident}`, 'pending', 2);
  }
});

const ask = (query: Record<string, string>) => world.ask(deliveries, 'GET', { as: { groups: [mine] }, query });

const walk = async (query: Record<string, string>) => {
  const items: Readonly<Record<string, unknown>>[] = [];
  let next: string | null = null;
  do {
    const { status, json } = await ask({ ...query, ...(next === null ? {} : { continue: next }) });
    expect(status).toBe(200);
    items.push(...json.items);
    next = json.continue;
  } while (next !== null);
  return items;
};

const rowOf = async (tenantId: string, eventId: string) => {
  const found = await walk({ tenantId });
  return found.find((item) => item.eventId === eventId);
};

describe('deliveries', () => {
  test('in all states, of the tenants in sight alone, with every key', async () => {
    const items = await walk({ limit: '7' });
    expect(items).toHaveLength(25);
    expect(new Set(items.map(({ eventId }) => eventId)).size).toBe(25);
    expect(items.some(({ tenantId }) => tenantId === hidden)).toBe(false);
    expect(items.find(({ eventId }) => eventId === 'evt_1_1_3_desk')).toEqual({
      eventId: 'evt_1_1_3_desk',
      tenantId: ours,
      scope: ours,
      connectionId: 'desk',
      incidentId: '1',
      type: 'created',
      state: 'dead',
      attempts: 10,
      nextAttempt: null,
      lastOutcome: { at: '2026-11-19T09:00:00.000Z', status: 400, reason: 'refused' },
    });
  });

  test.each(['1', '3', '200'])('what waits and what was given up is found by its index, %s a page', async (limit) => {
    const pending = await walk({ state: 'pending', limit });
    expect(pending).toHaveLength(10);
    expect(new Set(pending.map(({ eventId }) => eventId)).size).toBe(10);
    const dead = await walk({ state: 'dead', limit });
    expect(dead).toHaveLength(10);
    expect(new Set(dead.map(({ eventId }) => eventId)).size).toBe(10);
    expect([...pending, ...dead].some(({ tenantId }) => tenantId === hidden)).toBe(false);
  });

  test('by tenant and connection, whether it is the tenant’s own or one of all', async () => {
    expect(await walk({ tenantId: also, connectionId: 'desk' })).toHaveLength(5);
    expect((await walk({ connectionId: 'desk', state: 'delivered' })).map(({ scope }) => scope)).toEqual(
      Array.from({ length: 5 }, () => '_all'),
    );
    expect(await walk({ tenantId: hidden })).toEqual([]);
    expect(await walk({ tenantId: 'nonsense' })).toEqual([]);
  });

  test('a token of another list or caller is refused', async () => {
    const { json } = await ask({ state: 'dead', limit: '2' });
    const token = String(json.continue);
    expect((await ask({ state: 'pending', limit: '2', continue: token })).status).toBe(400);
    expect((await ask({ state: 'nonsense' })).status).toBe(400);
  });
});

describe('replay', () => {
  const params = (tenantId: string, eventId?: string) => ({ tenantId, ...(eventId === undefined ? {} : { eventId }) });

  test('of one id brings it back whatever its state', async () => {
    const given = { as: admin, params: params(also, 'evt_2_1_1_all.desk') };
    const { status, json } = await world.ask(replayDelivery, 'POST', given);
    expect([status, json]).toEqual([202, { count: 1, more: false }]);
    expect(await rowOf(also, 'evt_2_1_1_all.desk')).toMatchObject({ state: 'pending', attempts: 0 });
    const lanes = [];
    for await (const page of openLanes(world.services.storage.index).ofTenant(also)) lanes.push(...page);
    expect(lanes.map(({ targetId }) => targetId)).toContain('all.desk');
  });

  test('of an id that is not there is 404, and a Reader may not', async () => {
    expect((await world.ask(replayDelivery, 'POST', { as: admin, params: params(also, 'evt_none') })).status).toBe(404);
    const asReader = { as: { groups: [mine] }, params: params(also, 'evt_2_1_1_all.desk') };
    expect((await world.ask(replayDelivery, 'POST', asReader)).status).toBe(403);
  });

  test('of a range brings back what was not delivered, of one connection', async () => {
    const range = { from: '2026-11-19T08:02:00Z', to: '2026-11-19T08:03:00Z' };
    const body = { ...range, connectionId: 'desk', state: 'dead' };
    const { status, json } = await world.ask(replayDeliveries, 'POST', { as: admin, params: params(ours), body });
    expect([status, json]).toEqual([202, { count: 5, more: false }]);
    expect((await walk({ tenantId: ours, state: 'dead' })).length).toBe(0);
    const left = await walk({ state: 'dead' });
    expect(left.map(({ tenantId }) => tenantId)).toEqual(Array.from({ length: 5 }, () => also));
    const other = { ...range, connectionId: 'desk' };
    const none = await world.ask(replayDeliveries, 'POST', { as: admin, params: params(also), body: other });
    expect(none.json).toEqual({ count: 0, more: false });
    const reversed = { from: range.to, to: range.from };
    const wrong = await world.ask(replayDeliveries, 'POST', { as: admin, params: params(ours), body: reversed });
    expect(wrong.status).toBe(400);
  });
});
