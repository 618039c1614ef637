import { TargetError, UpstreamError } from '../../../shared/errors';
import type { Connection } from '../../../shared/model/connection';
import { targetIdOf } from '../../../shared/model/connection';
import { mustBeTime7 } from '../../../shared/model/time7';
import { linkStore } from '../../../shared/store/links';
import { rehearse } from '../../../shared/ticketing/rehearse/rehearse';
import type { DeliveryWorld } from './deliveryWorld';
import { connectionOf, deliveryWorld, tenant, tenantId } from './deliveryWorld';

const minuteMs = 60_000;
const limit = { count: 3, minutes: 10 };

const begin = async (change: Partial<Connection> = {}): Promise<DeliveryWorld> => {
  const world = deliveryWorld();
  await world.put(connectionOf({ storm: limit, ...change }));
  return world;
};

/** Incidents in so many minutes each after the one before, ids from 100. */
const bring = async (world: DeliveryWorld, minutes: readonly number[], severity = 'medium', from = 100) => {
  for (const [at, minute] of minutes.entries()) {
    const stepMs = 10_000;
    for (let passed = 0; passed < minute * minuteMs; passed += stepMs) {
      world.clock.advance(Math.min(stepMs, minute * minuteMs - passed));
      await world.drain();
    }
    await world.store({ id: `${from + at}`, updated: new Date(world.clock.now()).toISOString(), severity });
    await world.drain();
  }
};

/** What stands in the tool: ids with a ticket of their own, and by ticket those that a storm's lists. */
const ticketsIn = ({ tool }: DeliveryWorld) => {
  const all = [...tool.tickets.values()];
  const own = all.filter(({ key }) => !key.includes(':storm:')).map(({ key }) => Number(key.split(':')[1]));
  const storms = all
    .filter(({ key }) => key.includes(':storm:'))
    .map(({ comments }) => comments.map((text) => Number(/incident (\d+) of/.exec(text)?.[1])).sort());
  return { own: own.sort(), storms };
};

const many = (count: number, minute: number): readonly number[] => Array.from({ length: count }, () => minute);

test('of a storm that grows slowly the first keep their tickets, and all that come after are in one of the storm, at once', async () => {
  const world = await begin();
  await bring(world, many(8, 2));
  expect(ticketsIn(world)).toEqual({ own: [100, 101, 102], storms: [[103, 104, 105, 106, 107]] });
  await world.live(15);
  // It is over: what comes now is like any other.
  await bring(world, [0, 2, 2], 'medium', 200);
  await world.live(2);
  expect(ticketsIn(world)).toEqual({ own: [100, 101, 102, 200, 201, 202], storms: [[103, 104, 105, 106, 107]] });
});

test('of a burst none gets a ticket of its own but those of high severity', async () => {
  const world = await begin();
  await bring(world, many(6, 0.1));
  await bring(world, many(2, 0.1), 'high', 200);
  await world.live(2);
  expect(ticketsIn(world)).toEqual({ own: [200, 201], storms: [[100, 101, 102, 103, 104, 105]] });
});

test('what came in a storm goes into its ticket, though the tool is back only when that is over and another came', async () => {
  const world = await begin();
  world.tool.fault = () => {
    throw new UpstreamError('away');
  };
  await bring(world, many(6, 0.1));
  await world.live(60);
  await bring(world, [0], 'medium', 200);
  await world.live(60);
  await bring(world, many(5, 0.1), 'medium', 300);
  await world.live(60);
  expect(world.tool.tickets.size).toBe(0);
  world.tool.fault = undefined;
  await world.live(30);
  expect(ticketsIn(world)).toEqual({
    own: [200],
    storms: expect.arrayContaining([
      [100, 101, 102, 103, 104, 105],
      [300, 301, 302, 303, 304],
    ]) as unknown,
  });
  expect(world.tool.tickets.size).toBe(3);
  expect(world.states()).toEqual({ delivered: 12 });
});

test('a failure on the way into the ticket of a storm does not lead out of it', async () => {
  const world = await begin({ storm: { count: 3, minutes: 1 } });
  await bring(world, many(5, 0.1));
  let failures = 0;
  world.tool.fault = (what, when) => {
    if (what !== 'update' || when !== 'before' || failures >= 2) return;
    failures += 1;
    throw new UpstreamError('away');
  };
  await bring(world, [3], 'medium', 200);
  await world.live(60);
  expect(failures).toBe(2);
  expect(ticketsIn(world)).toEqual({ own: [200], storms: [[100, 101, 102, 103, 104]] });
});

test('who was refused with the first ticket of a storm is listed in it with its next version', async () => {
  const world = await begin({ settleSeconds: 30 });
  let refused = 0;
  world.tool.fault = (what, when) => {
    if (what !== 'create' || when !== 'before' || refused > 0) return;
    refused += 1;
    throw new TargetError('too large', 'tooLarge', 413);
  };
  await bring(world, many(5, 0.1));
  await world.live(10);
  expect(world.states()).toEqual({ delivered: 4, dead: 1 });
  const [{ incidentId } = { incidentId: '' }] = world.incidents
    .rows()
    .filter(({ state }) => state === 'dead')
    .map((row) => ({ incidentId: String(row.incidentId) }));
  await world.store({ id: incidentId, updated: new Date(world.clock.now()).toISOString(), type: 'updated' });
  await world.live(5);
  expect(ticketsIn(world)).toEqual({ own: [], storms: [[100, 101, 102, 103, 104]] });
});

test('the list of a storm names each incident once, though the answer was lost and it has another name since', async () => {
  const world = await begin();
  let lost = 0;
  world.tool.fault = (what, when) => {
    if (what !== 'update' || when !== 'after' || lost > 0) return;
    lost += 1;
    throw new UpstreamError('reset');
  };
  await bring(world, many(5, 0.1));
  expect(lost).toBe(1);
  for (const id of [100, 101, 102, 103, 104])
    await world.store({
      id: `${id}`,
      updated: new Date(world.clock.now()).toISOString(),
      type: 'updated',
      title: `Renamed ${id}`,
    });
  await world.live(10);
  expect(ticketsIn(world)).toEqual({ own: [], storms: [[100, 101, 102, 103, 104]] });
});

test('the ticket of a storm says what holds of an incident, though the answer to what it said before was lost', async () => {
  const world = await begin();
  await bring(world, many(5, 0.1));
  await world.live(2);
  const lineOf = (): string | undefined =>
    world.tool.tickets.get('T1')?.comments.findLast((text) => text.includes('incident 102 of'));
  const now = () => new Date(world.clock.now()).toISOString();
  world.tool.fault = (what, when) => {
    if (what === 'update' && when === 'after') throw new UpstreamError('reset');
  };
  await world.store({ id: '102', updated: now(), type: 'resolved', status: 'resolved' });
  await world.drain();
  expect(lineOf()).toMatch(/^Resolved: incident 102/);
  world.clock.advance(1_000);
  await world.store({ id: '102', updated: now(), type: 'reopened' }, { hint: false });
  world.tool.fault = undefined;
  await world.live(10);
  expect(lineOf()).toMatch(/^Open again: incident 102/);
  const calls = world.tool.calls.length;
  await world.store({ id: '102', updated: now(), type: 'updated', title: 'Renamed' });
  await world.live(5);
  expect(world.tool.calls).toHaveLength(calls);
});

test('the ticket of a storm that was closed is not looked into: what comes then is listed in another', async () => {
  const world = await begin();
  await bring(world, many(5, 0.1));
  await world.live(2);
  const { incidents, tickets } = world.delivery.lane;
  const connection = connectionOf();
  const of = await tickets.find(connection, 'T1');
  const links = linkStore(tenantId, incidents);
  const found = await links.get(targetIdOf(connection), of?.incidentId ?? '');
  expect(found?.link.tickets).toMatchObject([{ ticketId: 'T1', state: 'open' }]);
  if (found === undefined) throw new Error('no link');
  // As a webhook of the tool tells it.
  const closed = { ...found.link, tickets: found.link.tickets.map((each) => ({ ...each, state: 'closed' as const })) };
  await links.claim(closed, found.etag, 'receive');
  await bring(world, many(3, 0.1), 'medium', 200);
  await world.live(2);
  expect(ticketsIn(world)).toEqual({
    own: [],
    storms: [
      [100, 101, 102, 103, 104],
      [200, 201, 202],
    ],
  });
  expect(new Set([...world.tool.tickets.values()].map(({ key }) => key)).size).toBe(2);
});

test('hints that come twice, to two processes at once, count an incident once', async () => {
  const world = await begin();
  for (const id of ['1', '2', '3'])
    await world.store({ id, updated: new Date(world.clock.now()).toISOString() }, { hint: false });
  const hint = { tenantId, targetId: 'desk', incidentIds: ['1', '2', '3'] };
  const [one, other] = [world.delivery, world.restart()];
  await Promise.all([one.take(hint), other.take(hint)]);
  await one.take(hint);
  world.clock.advance(minuteMs);
  await world.drain();
  expect(ticketsIn(world)).toEqual({ own: [1, 2, 3], storms: [] });
});

test('with a limit of thousands, and as many that wait', async () => {
  const world = await begin({ storm: { count: 10_000, minutes: 1_440 } });
  const ids = Array.from({ length: 1_300 }, (_, at) => `${1_000 + at}`);
  for (const id of ids) await world.store({ id, updated: new Date(world.clock.now()).toISOString() }, { hint: false });
  await world.delivery.take({ tenantId, targetId: 'desk', incidentIds: ids });
  world.clock.advance(minuteMs);
  await world.drain();
  expect(world.states()).toEqual({ delivered: 1_300 });
});

test.each([
  ['slow', many(12, 2)],
  ['fast', many(12, 0.1)],
  ['fast, then slow, then nothing, then fast', [...many(5, 0.2), ...many(4, 3), 40, ...many(5, 0.5)]],
  ['below the limit', many(6, 4)],
])('a rehearsal of what came shows what was made: %s', async (_, minutes) => {
  const world = await begin();
  await bring(world, minutes);
  await bring(world, [0.2], 'high', 300);
  await world.live(30);
  const { incidents, bodies } = world.delivery.lane;
  const told = await rehearse(
    { incidents, bodies, clock: world.clock },
    {
      connection: connectionOf({ storm: limit }),
      tenant,
      delivers: 'state',
      range: { from: mustBeTime7('2026-11-20T00:00:00Z', 'from'), to: mustBeTime7('2026-11-21T00:00:00Z', 'to') },
    },
  );
  const { own, storms } = ticketsIn(world);
  const alone = told.items.filter(({ kind }) => kind === 'ticket').map(({ incidentId }) => Number(incidentId));
  expect([alone.sort(), told.made, told.joined]).toEqual([
    own,
    own.length + storms.length,
    storms.reduce((sum, listed) => sum + listed.length - 1, 0),
  ]);
});
