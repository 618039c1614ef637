import { replayOne, replayRange } from '../../../shared/delivery/replay';
import { TargetError } from '../../../shared/errors';
import { mustBeTime7 } from '../../../shared/model/time7';
import { findEvent } from '../../../shared/store/outbox';
import type { DeliveryWorld } from './deliveryWorld';
import { connectionOf, deliveryWorld, tenantId } from './deliveryWorld';

const at = (minute: number): string => new Date(Date.parse('2026-11-20T07:00:00Z') + minute * 60_000).toISOString();
const hook = connectionOf({ connectionId: 'hook', tool: 'webhook' });

const begin = async (): Promise<DeliveryWorld> => {
  const world = deliveryWorld();
  await world.put(connectionOf());
  await world.put(hook);
  return world;
};

const deps = ({ incidents, delivery, queued, clock }: DeliveryWorld): Parameters<typeof replayOne>[0] => ({
  incidents,
  lanes: delivery.lanes,
  dead: delivery.dead,
  queue: {
    send: (message, { delayMs = 0 } = {}) =>
      Promise.resolve(void queued.push({ message, atMs: clock.now() + delayMs })),
  },
  clock,
});

const eventOf = async (world: DeliveryWorld, eventId: string) => {
  const found = await findEvent(tenantId, eventId, world.incidents);
  if (found === undefined) throw new Error(`no event ${eventId}`);
  return found;
};

test('one id is sent again under the same id though the receiver has it', async () => {
  const world = await begin();
  await world.store({ id: '7', updated: at(0), targets: [hook], keepsVersions: true });
  await world.drain();
  await world.store({ id: '7', updated: at(1), targets: [hook], keepsVersions: true, title: 'Later' });
  await world.drain();
  const eventId = `evt_7_${at(0)}_hook`;
  expect(await replayOne(deps(world), await eventOf(world, eventId))).toEqual({ count: 1, more: false });
  await world.drain();
  expect(world.receiver.taken.map(({ id }) => id)).toEqual([eventId, `evt_7_${at(1)}_hook`, eventId]);
  const bodies = world.receiver.taken.map(({ body }) => body);
  expect(bodies[2]).toBe(bodies[0]);
  expect((await eventOf(world, eventId)).event).toMatchObject({ state: 'delivered', isReplay: false });
});

test('a ticket is told all of it again, with the mapping as it is now', async () => {
  const world = await begin();
  await world.store({ id: '7', updated: at(0) });
  await world.drain();
  await world.put(connectionOf({ mapping: { title: 'Now: {{displayName}}' } }));
  world.clock.advance(10_000);
  await replayOne(deps(world), await eventOf(world, `evt_7_${at(0)}_desk`));
  await world.drain();
  expect(world.tool.tickets.size).toBe(1);
  expect(world.tool.tickets.get('T1')?.titles.at(-1)).toBe('Now: Incident 7');
});

test('a range brings what was given up back, and leaves what was delivered', async () => {
  const world = await begin();
  await world.store({ id: '1', updated: at(0) });
  await world.drain();
  world.tool.fault = () => {
    throw new TargetError('refused', 'refused', 400);
  };
  for (const id of ['2', '3', '4']) await world.store({ id, updated: at(Number(id)) });
  await world.drain();
  expect(world.states()).toEqual({ delivered: 1, dead: 3 });
  world.tool.fault = undefined;
  const range = { from: mustBeTime7(at(0), 'from'), to: mustBeTime7(at(3), 'to') };
  const replayed = await replayRange(deps(world), tenantId, {
    ...range,
    targetIds: ['desk'],
    states: ['pending', 'dead'],
  });
  expect(replayed).toEqual({ count: 2, more: false });
  await world.drain();
  expect(world.states()).toEqual({ delivered: 3, dead: 1 });
  expect(world.tool.tickets.size).toBe(3);
  expect(world.index.rows().filter(({ partitionKey }) => partitionKey.startsWith('dead_'))).toHaveLength(1);
});
