import { announce } from '../../../shared/sync/comparing/events';
import { UpstreamError } from '../../../shared/errors';
import { mustBeTime7 } from '../../../shared/model/time7';
import type { DeliveryWorld } from './deliveryWorld';
import { connectionOf, deliveryWorld, tenantId } from './deliveryWorld';

const at = (minute: number): string => new Date(Date.parse('2026-11-20T07:00:00Z') + minute * 60_000).toISOString();
const put = (world: DeliveryWorld): Promise<void> =>
  world.delivery.take({ announce: { scope: tenantId, connectionId: 'desk' } });

const stored = async (): Promise<DeliveryWorld> => {
  const world = deliveryWorld();
  for (let at_ = 0; at_ < 6; at_ += 1)
    await world.store({ id: `${at_}`, updated: at(at_), status: at_ % 2 === 0 ? 'active' : 'resolved', targets: [] });
  return world;
};

const events = (world: DeliveryWorld) => world.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('o_'));

test('a since in the past announces what was updated after it, whatever its state', async () => {
  const world = await stored();
  await world.put(connectionOf({ since: mustBeTime7(at(3), 'since') }));
  await put(world);
  expect(
    events(world)
      .map(({ incidentId }) => incidentId)
      .sort(),
  ).toEqual(['3', '4', '5']);
  await world.drain();
  expect(world.tool.tickets.size).toBe(3);
});

test('backlog open makes tickets for what is open, however old, and for nothing else', async () => {
  const world = await stored();
  await world.put(connectionOf({ since: mustBeTime7(at(60), 'since'), backlog: 'open' }));
  await put(world);
  await world.drain();
  expect([...world.tool.tickets.values()].map(({ key }) => key).sort()).toEqual(
    ['0', '2', '4'].map((id) => `${tenantId}:${id}`),
  );
});

test('neither: nothing; and a connection that is switched off: nothing', async () => {
  const world = await stored();
  await world.put(connectionOf({ since: mustBeTime7(at(60), 'since') }));
  await put(world);
  await world.put(connectionOf({ enabled: false }));
  await put(world);
  expect(events(world)).toEqual([]);
});

test('done again it changes nothing, and its events are those of a run', async () => {
  const world = await stored();
  await world.put(connectionOf({ since: mustBeTime7(at(5), 'since') }));
  await put(world);
  await put(world);
  await world.drain();
  expect(world.tool.tickets.get('T1')?.writes).toBe(1);
  const [row] = events(world);
  const version = mustBeTime7(at(5), 'updated');
  const incident = { header: { incidentId: '5', status: 'resolved' }, version };
  const judged = {
    incident,
    digests: { bodyDigest: 'b', watchedDigest: `w${at(5)}` },
    difference: 'new',
    known: undefined,
  };
  const made = announce(tenantId, judged as unknown as Parameters<typeof announce>[1], [
    { connectionId: 'desk', since: version },
  ]);
  expect(row?.eventId).toBe(made.events[0]?.eventId);
});

test('a connection that is put again is tried at once though it was down', async () => {
  const world = deliveryWorld();
  await world.put(connectionOf());
  world.tool.fault = () => {
    throw new UpstreamError('no answer');
  };
  await world.store({ id: '7', updated: at(0) });
  await world.live(20);
  expect(world.logged).toContain('connection down');
  world.tool.fault = undefined;
  await put(world);
  await world.drain();
  expect(world.tool.tickets.size).toBe(1);
});
