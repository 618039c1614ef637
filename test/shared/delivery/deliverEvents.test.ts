import { deliverLane } from '../../../shared/delivery/deliverLane';
import { TargetError, UpstreamError } from '../../../shared/errors';
import type { Table } from '../../../shared/ports';
import { linkStore } from '../../../shared/store/links';
import { ticketIndex } from '../../../shared/store/ticketIndex';
import type { DeliveryWorld } from './deliveryWorld';
import { connectionOf, deliveryWorld, tenantId } from './deliveryWorld';

const at = (minute: number): string => new Date(Date.parse('2026-11-20T07:00:00Z') + minute * 60_000).toISOString();
const hook = connectionOf({ connectionId: 'hook', tool: 'webhook' });

const begin = async (change: Parameters<typeof connectionOf>[0] = {}): Promise<DeliveryWorld> => {
  const world = deliveryWorld();
  await world.put({ ...hook, ...change });
  return world;
};

const store = (world: DeliveryWorld, minute: number, title: string, hint = true, id = '7'): Promise<void> =>
  world.store({ id, updated: at(minute), title, targets: [hook], keepsVersions: true }, { hint });

const titles = (world: DeliveryWorld): string[] =>
  world.receiver.taken.map(({ body }) => (JSON.parse(body) as { data: { displayName: string } }).data.displayName);

test('every version is sent, in order, each as it was', async () => {
  const world = await begin();
  await store(world, 0, 'one', false);
  await store(world, 1, 'two', false);
  await store(world, 2, 'three');
  await world.drain();
  expect(titles(world)).toEqual(['one', 'two', 'three']);
  expect(world.states()).toEqual({ delivered: 3 });
});

test('one that fails keeps the later ones of its incident waiting, and no other incident', async () => {
  const world = await begin();
  let failures = 2;
  world.receiver.fault = (id) => {
    if (!id.startsWith('evt_7_') || failures === 0) return;
    failures -= 1;
    throw new UpstreamError('500');
  };
  await store(world, 0, 'one', false);
  await store(world, 1, 'two');
  await store(world, 0, 'other', true, '8');
  await world.drain();
  expect(titles(world)).toEqual(['other']);
  await world.live(7);
  expect(titles(world)).toEqual(['other', 'one', 'two']);
  expect(new Set(world.receiver.taken.map(({ id }) => id)).size).toBe(3);
});

/** `table`, where `first` is done before each call. */
const after = (first: () => Promise<void>, table: Table): Table => ({
  ...table,
  get: (...asked) => first().then(() => table.get(...asked)),
  pages: async function* (query) {
    await first();
    yield* table.pages(query);
  },
  write: (operation) => first().then(() => table.write(operation)),
  writeBatch: (operations) => first().then(() => table.writeBatch(operations)),
});

/** Two events in one lane, where another attempt comes in before the call of that number to the table. */
const comingInBefore = async (moment: number) => {
  let [calls, isWatched] = [0, false];
  const comeIn = async (): Promise<void> => {
    if (!isWatched) return;
    calls += 1;
    if (calls !== moment) return;
    isWatched = false;
    await deliver();
    isWatched = true;
  };
  const world = deliveryWorld((table, name) => (name === 'incidents' ? after(comeIn, table) : table));
  const deliver = () => deliverLane(world.delivery.lane, world.lane('7', hook));
  await world.put(hook);
  await store(world, 0, 'one', false);
  await store(world, 1, 'two', false);
  isWatched = true;
  await deliver();
  isWatched = false;
  await world.live(10);
  return { isIn: calls >= moment, titles: titles(world) };
};

test('at whatever moment another attempt comes in, each event is sent once', async () => {
  let moments = 0;
  for (let isIn = true; isIn; moments += 1) {
    const came = await comingInBefore(moments + 1);
    expect([moments, ...came.titles]).toEqual([moments, 'one', 'two']);
    isIn = came.isIn;
  }
  expect(moments).toBeGreaterThan(5);
});

test('what is refused for good is given up, and the later ones are sent', async () => {
  const world = await begin();
  world.receiver.fault = (id) => {
    if (id.includes(at(0))) throw new TargetError('too large', 'tooLarge', 413);
  };
  await store(world, 0, 'one', false);
  await store(world, 1, 'two');
  await world.drain();
  expect(titles(world)).toEqual(['two']);
  expect(world.states()).toEqual({ dead: 1, delivered: 1 });
});

test('only what passes the filter is sent, and only the fields that may leave', async () => {
  const world = await begin({ filters: { severity: ['high'] }, contract: { send: ['id', 'severity'] } });
  await store(world, 0, 'secret title');
  await world.store({ id: '8', updated: at(0), severity: 'high', title: 'secret title', targets: [hook] });
  await world.drain();
  expect(world.receiver.taken.map(({ body }) => (JSON.parse(body) as { data: unknown }).data)).toEqual([
    { id: '8', severity: 'high' },
  ]);
  expect(world.states()).toEqual({ superseded: 1, delivered: 1 });
});

test('before the first event is sent its ticket id leads to the incident, by index and by link', async () => {
  const world = await begin();
  const ticketId = `${tenantId}:7`;
  const seen: unknown[] = [];
  world.receiver.fault = () => {
    const rows = [...world.index.rows(), ...world.incidents.rows()];
    seen.push(rows.filter((row) => row.ticketId === ticketId || String(row.tickets).includes(ticketId)).length);
  };
  await store(world, 0, 'one', false);
  await store(world, 1, 'two');
  await world.drain();
  expect(seen).toEqual([2, 2]);
  expect(await ticketIndex(world.index).find(hook, ticketId)).toEqual({ tenantId, incidentId: '7' });
  const found = await linkStore(tenantId, world.incidents).get('hook', '7');
  expect(found).toMatchObject({
    claimedBy: null,
    link: { tickets: [{ ticketId, number: ticketId, state: 'open', generation: 1 }], base: { status: 'active' } },
  });
});

test('what the receiver was told last is what its word is weighed against; an old version sent again changes nothing of it', async () => {
  const world = await begin();
  await store(world, 0, 'one');
  await world.drain();
  await world.store({ id: '7', updated: at(5), status: 'resolved', targets: [hook], keepsVersions: true });
  await world.drain();
  const link = async () => (await linkStore(tenantId, world.incidents).get('hook', '7'))?.link;
  const told = { base: { status: 'resolved' }, setAt: { status: '2026-11-20T07:05:00.0000000Z' } };
  expect(await link()).toMatchObject({ ...told, tickets: [{ state: 'closed' }] });
  await store(world, 0, 'one');
  await world.drain();
  expect(world.receiver.taken).toHaveLength(3);
  expect(await link()).toMatchObject({ ...told, tickets: [{ state: 'closed' }] });
});
