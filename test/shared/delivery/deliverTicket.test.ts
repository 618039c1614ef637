import { deliverLane } from '../../../shared/delivery/deliverLane';
import { TargetError, ThrottledError, UpstreamError } from '../../../shared/errors';
import { newLink } from '../../../shared/model/link';
import { ticketIndex } from '../../../shared/store/ticketIndex';
import { connectionStore } from '../../../shared/store/connections';
import { linkStore } from '../../../shared/store/links';
import { planDelivery } from '../../../shared/ticketing/rules/planDelivery';
import { planInbound } from '../../../shared/ticketing/rules/planInbound';
import { deliveryOf, eventOf, inboundOf, incidentOf } from '../ticketing/rules/plain';
import type { DeliveryWorld } from './deliveryWorld';
import { connectionOf, deliveryWorld, tenantId } from './deliveryWorld';

const at = (minute: number): string => new Date(Date.parse('2026-11-20T07:00:00Z') + minute * 60_000).toISOString();

const begin = async (): Promise<DeliveryWorld> => {
  const world = deliveryWorld();
  await world.put(connectionOf());
  return world;
};

test('an announced incident becomes one ticket, which the index leads back to', async () => {
  const world = await begin();
  await world.store({ id: '7', updated: at(0) });
  await world.drain();
  expect([...world.tool.tickets.values()].map(({ key }) => key)).toEqual([`${tenantId}:7`]);
  expect(world.states()).toEqual({ delivered: 1 });
  expect(await ticketIndex(world.index).find(connectionOf(), 'T1')).toEqual({ tenantId, incidentId: '7' });
  const link = await linkStore(tenantId, world.incidents).get('desk', '7');
  expect(link?.claimedBy).toBeNull();
  expect(link?.link.intent).toBeNull();
  expect(link?.link.tickets.map(({ ticketId }) => ticketId)).toEqual(['T1']);
});

test('of several versions that wait the newest is told, in one write', async () => {
  const world = await begin();
  await world.store({ id: '7', updated: at(0) }, { hint: false });
  await world.store({ id: '7', updated: at(1), title: 'Second' }, { hint: false });
  await world.store({ id: '7', updated: at(2), title: 'Third', type: 'updated' });
  await world.drain();
  expect([...world.tool.tickets.values()].map(({ writes }) => writes)).toEqual([1]);
  expect(world.tool.tickets.get('T1')?.titles[0]).toContain('Third');
  expect(world.states()).toEqual({ delivered: 1, superseded: 2 });
  await world.store({ id: '7', updated: at(3), title: 'Fourth', type: 'updated' });
  await world.drain();
  expect(world.tool.tickets.get('T1')?.titles.at(-1)).toContain('Fourth');
  expect(world.tool.tickets.size).toBe(1);
});

test('an answer that was lost is looked for before another ticket is made', async () => {
  const world = await begin();
  let cuts = 1;
  world.tool.fault = (what, when) => {
    if (what !== 'create' || when !== 'after' || cuts === 0) return;
    cuts -= 1;
    throw new UpstreamError('cut');
  };
  await world.store({ id: '7', updated: at(0) });
  await world.drain();
  expect(world.states()).toEqual({ pending: 1 });
  await world.live(1);
  expect(world.tool.calls.map(({ what }) => what)).toEqual(['create', 'find']);
  expect(world.tool.tickets.size).toBe(1);
  expect(world.states()).toEqual({ delivered: 1 });
});

/** Defender's state, owner and comment of an incident whose ticket is cut off half made. */
const rich = {
  ...{ created: at(0), status: 'inProgress', assignedTo: 'anna@contoso.com' },
  comments: ['Looks like phishing'],
};

const cutOnce = (world: DeliveryWorld, what: string, when: 'within' | 'after', error: Error): void => {
  let cuts = 1;
  world.tool.fault = (asked, at) => {
    if (asked !== what || at !== when || cuts === 0) return;
    cuts -= 1;
    throw error;
  };
};

test.each([
  ['is cut off', new UpstreamError('cut')],
  ['is throttled', new ThrottledError('wait', 10_000)],
  ['is refused', new TargetError('no such state', 'refused', 400)],
])(
  'a create that %s between the ticket and its comments, state and owner is one ticket that says all of it',
  async (_, error) => {
    const world = deliveryWorld();
    await world.put(connectionOf({ mapping: { assignees: { 'anna@contoso.com': 'a1' } } }));
    cutOnce(world, 'create', 'within', error);
    await world.store({ id: '7', updated: at(0), ...rich });
    await world.drain();
    expect(world.tool.tickets.get('T1')).toMatchObject({ status: 'new', comments: [] });
    // What was refused for good is tried again with what happens next.
    if (world.states().dead === 1) await world.store({ id: '7', updated: at(1), type: 'updated', ...rich });
    await world.live(5);
    expect(world.tool.calls.map(({ what }) => what)).toEqual(['create', 'find', 'update']);
    expect([...world.tool.tickets.values()]).toMatchObject([{ status: 'inProgress', assignee: 'a1' }]);
    expect(world.tool.tickets.get('T1')?.comments).toHaveLength(1);
    expect(world.states()).toMatchObject({ delivered: 1 });
    const stored = await linkStore(tenantId, world.incidents).get('desk', '7');
    expect(stored?.link).toMatchObject({ intent: null, base: { status: 'inProgress' } });
    expect(await ticketIndex(world.index).find(connectionOf(), 'T1')).toEqual({ tenantId, incidentId: '7' });
    await world.store({ id: '7', updated: at(2), type: 'updated', ...rich });
    await world.drain();
    expect(world.tool.calls).toHaveLength(3);
  },
);

test('what changed while a create was cut off is said with the rest of it', async () => {
  const world = await begin();
  cutOnce(world, 'create', 'within', new UpstreamError('cut'));
  await world.store({ id: '7', updated: at(0), comments: ['First'] });
  await world.drain();
  const comments = ['First', 'Second'];
  await world.store({ id: '7', updated: at(1), type: 'updated', title: 'Grown', status: 'resolved', comments });
  await world.live(5);
  expect(world.tool.tickets.size).toBe(1);
  expect(world.tool.tickets.get('T1')?.status).toBe('resolved');
  expect(world.tool.tickets.get('T1')?.titles.at(-1)).toContain('Grown');
  expect(world.tool.tickets.get('T1')?.comments.map((text) => /First|Second/.exec(text)?.[0])).toEqual(comments);
});

test('what people set in a ticket before it was found and told the rest is not what it shows', async () => {
  const world = await begin();
  cutOnce(world, 'create', 'within', new UpstreamError('cut'));
  await world.store({ id: '7', created: at(0), updated: at(0), status: 'resolved' });
  await world.live(5);
  expect(world.tool.calls.map(({ what }) => what)).toEqual(['create', 'find', 'update']);
  const link = (await linkStore(tenantId, world.incidents).get('desk', '7'))!.link;
  const event = eventOf({ ticketId: 'T1', kind: 'reopened', status: 'inProgress', occurredAt: '2026-11-20T08:00:30Z' });
  const live = incidentOf({ incidentId: '7', status: 'resolved' });
  const heard = planInbound(inboundOf({ link, live, event }));
  expect(heard.update).toEqual({ status: 'inProgress' });
  const next = deliveryOf({ link: heard.link, incident: incidentOf({ incidentId: '7', status: 'inProgress' }, 12) });
  expect(planDelivery({ ...next, now: '2026-11-20T08:13:00Z' })).toMatchObject({
    do: 'update',
    change: { status: 'inProgress' },
  });
});

test('a ticket that is found and takes the rest never is linked all the same, and its comments are said later', async () => {
  const world = await begin();
  let refusals = 1;
  world.tool.fault = (what, when) => {
    if (what === 'create' && when === 'within') throw new UpstreamError('cut');
    if (what !== 'update' || when !== 'before' || refusals === 0) return;
    refusals -= 1;
    throw new TargetError('comments are off', 'refused', 400);
  };
  await world.store({ id: '7', updated: at(0), comments: ['First'] });
  await world.live(5);
  expect(world.states()).toEqual({ dead: 1 });
  await world.store({ id: '7', updated: at(1), type: 'updated', comments: ['First'] });
  await world.drain();
  expect(world.tool.tickets.get('T1')?.comments).toHaveLength(1);
  expect(world.tool.calls.map(({ what }) => what)).toEqual(['create', 'find', 'update', 'update']);
});

test('a ticket that is found and does not take its state and owner is told both with the next change', async () => {
  const world = deliveryWorld();
  await world.put(connectionOf({ mapping: { assignees: { 'anna@contoso.com': 'a1', 'ben@contoso.com': 'b1' } } }));
  const failures: Error[] = [new UpstreamError('cut'), new TargetError('too large', 'tooLarge', 413)];
  world.tool.fault = (what, when) => {
    const isItsTime = failures.length === 2 ? what === 'create' && when === 'within' : what === 'update';
    const failure = isItsTime ? failures.shift() : undefined;
    if (failure !== undefined) throw failure;
  };
  await world.store({ id: '7', updated: at(0), ...rich });
  await world.drain();
  const resolved = { ...rich, status: 'resolved', assignedTo: 'ben@contoso.com' };
  await world.store({ id: '7', updated: at(1), type: 'resolved', ...resolved });
  await world.live(5);
  expect(failures).toEqual([]);
  expect(world.states()).toEqual({ dead: 1, superseded: 1 });
  const links = linkStore(tenantId, world.incidents);
  expect((await links.get('desk', '7'))?.link.tickets).toMatchObject([{ state: 'open' }]);
  expect([...world.tool.tickets.values()]).toMatchObject([{ status: 'new', assignee: 'a1' }]);
  await world.store({ id: '7', updated: at(6), type: 'updated', ...resolved });
  await world.live(2);
  expect([...world.tool.tickets.values()]).toMatchObject([{ status: 'resolved', assignee: 'b1' }]);
  expect((await links.get('desk', '7'))?.link.tickets).toMatchObject([{ state: 'closed' }]);
});

test.each(['ticketClosed', 'ticketGone'] as const)(
  'a ticket that is found and takes no more (%s) leaves its comments to the next one',
  async (reason) => {
    const world = await begin();
    let cuts = 1;
    world.tool.fault = (what, when) => {
      if (what === 'create' && when === 'within' && cuts > 0) {
        cuts -= 1;
        throw new UpstreamError('cut');
      }
      if (what === 'update' && when === 'before' && world.tool.calls.at(-1)?.key === `${tenantId}:7`)
        throw new TargetError('takes no more', reason, 400);
    };
    const told = { id: '7', severity: 'high', comments: ['First'] };
    await world.store({ ...told, updated: at(0), created: at(0) });
    await world.live(5);
    await world.store({ ...told, updated: at(6), type: 'resolved', status: 'resolved' });
    await world.live(1);
    await world.store({ ...told, updated: at(8), type: 'reopened' });
    await world.live(1);
    expect([...world.tool.tickets.values()].map(({ key }) => key)).toEqual([`${tenantId}:7`, `${tenantId}:7:2`]);
    expect(world.tool.tickets.get('T1')?.comments).toEqual([]);
    const said = world.tool.tickets.get('T2')?.comments.filter((text) => text.includes('First'));
    expect(said).toHaveLength(1);
  },
);

describe('a ticket that was made closed with the answer lost, its incident open again by the time it is found', () => {
  const made = async (world: DeliveryWorld): Promise<string> => {
    const madeAt = new Date(world.clock.now()).toISOString();
    cutOnce(world, 'create', 'after', new UpstreamError('cut'));
    await world.store({ id: '7', updated: at(0), status: 'resolved' });
    await world.drain();
    expect(world.tool.tickets.get('T1')?.status).toBe('resolved');
    await world.store({ id: '7', updated: at(1), type: 'reopened' });
    return madeAt;
  };

  test('is followed by another where it stays closed', async () => {
    const world = await begin();
    await made(world);
    world.tool.fault = (what, when) => {
      if (what === 'update' && when === 'before') throw new TargetError('closed', 'ticketClosed', 400);
    };
    await world.live(5);
    expect([...world.tool.tickets.values()]).toMatchObject([
      { key: `${tenantId}:7`, status: 'resolved' },
      { key: `${tenantId}:7:2`, status: 'new' },
    ]);
    expect(world.states().pending ?? 0).toBe(0);
  });

  test('closes the incident by no word of its making', async () => {
    const world = await begin();
    const madeAt = await made(world);
    await world.live(5);
    expect([...world.tool.tickets.values()]).toMatchObject([{ status: 'new' }]);
    const link = (await linkStore(tenantId, world.incidents).get('desk', '7'))?.link;
    if (link === undefined) throw new Error('no link');
    const event = eventOf({ ticketId: 'T1', kind: 'closed', actor: null, status: 'resolved', occurredAt: madeAt });
    const live = incidentOf({ incidentId: '7', lastUpdateDateTime: at(1) });
    const now = new Date(world.clock.now()).toISOString();
    const plan = planInbound(inboundOf({ link, live, event, now }));
    expect(plan).toMatchObject({ ignored: 'echo', journal: [] });
    expect(plan.update).toBeUndefined();
  });
});

test('a follow-up that is cut off is found and told that it is one', async () => {
  const world = await begin();
  await world.store({ id: '7', updated: at(0), status: 'resolved' });
  await world.drain();
  let cuts = 1;
  world.tool.fault = (what, when) => {
    if (what === 'update' && when === 'before' && world.tool.calls.at(-1)?.key === `${tenantId}:7`)
      throw new TargetError('closed', 'ticketClosed', 400);
    if (what !== 'create' || when !== 'within' || cuts === 0) return;
    cuts -= 1;
    throw new UpstreamError('cut');
  };
  await world.store({ id: '7', updated: at(1), type: 'reopened' });
  await world.live(5);
  expect([...world.tool.tickets.values()].map(({ key }) => key)).toEqual([`${tenantId}:7`, `${tenantId}:7:2`]);
  expect(world.tool.tickets.get('T2')?.comments[0]).toContain('Follow-up of T1');
  expect(world.states().pending ?? 0).toBe(0);
});

test('a change whose answer was lost is sent again under the same write ids', async () => {
  const world = await begin();
  await world.store({ id: '7', updated: at(0) });
  await world.drain();
  cutOnce(world, 'update', 'after', new UpstreamError('cut'));
  await world.store({ id: '7', updated: at(1), type: 'updated', comments: ['First', 'Second'] });
  await world.live(2);
  const [first, second] = world.tool.calls.filter(({ what }) => what === 'update').map(({ writeIds }) => writeIds);
  expect(first).toHaveLength(2);
  expect(second).toEqual(first);
  expect(world.tool.tickets.get('T1')?.comments).toHaveLength(2);
});

test.each([
  ['after', 'tried again'],
  ['after', 'given up'],
  ['before', 'tried again'],
] as const)(
  'what a ticket was told with an answer lost %s the work is told as it is by then, be the first change %s',
  async (when, end) => {
    const world = await begin();
    const created = at(0);
    await world.store({ id: '7', created, updated: at(0), title: 'First' });
    await world.drain();
    const failures: Error[] = [new UpstreamError('cut')];
    if (end === 'given up') failures.push(new TargetError('too large', 'tooLarge', 413));
    world.tool.fault = (asked, now) => {
      const isItsTime = now === (failures[0] instanceof TargetError ? 'before' : when);
      const failure = asked === 'update' && isItsTime ? failures.shift() : undefined;
      if (failure !== undefined) throw failure;
    };
    await world.store({ id: '7', created, updated: at(1), type: 'resolved', status: 'resolved', title: 'Second' });
    await world.drain();
    if (end === 'given up') await world.live(3);
    expect(world.tool.tickets.get('T1')?.status).toBe(when === 'after' ? 'resolved' : 'new');
    expect(world.states().dead ?? 0).toBe(end === 'given up' ? 1 : 0);
    // As it was before: by what the ticket was told for certain there is nothing to tell.
    await world.store({ id: '7', created, updated: at(2), type: 'reopened', title: 'First' });
    await world.live(3);
    expect(failures).toEqual([]);
    const ticket = world.tool.tickets.get('T1');
    expect([ticket?.status, ticket?.titles.at(-1)]).toEqual(['new', 'First (Contoso)']);
    const calls = world.tool.calls.length;
    await world.store({ id: '7', created, updated: at(3), type: 'updated', title: 'First' });
    await world.live(3);
    expect(world.tool.calls).toHaveLength(calls);
    expect((await linkStore(tenantId, world.incidents).get('desk', '7'))?.link.unsure ?? {}).toEqual({});
  },
);

test('settings that fit no longer take the connection down, and what waits is sent when they are put again', async () => {
  const world = await begin();
  world.tool.unfit = new TargetError('mapping.settings of the connection do not fit: table', 'refused', null);
  for (const id of ['7', '8', '9']) await world.store({ id, updated: at(0) });
  await world.drain();
  expect(world.logged).toContain('connection down');
  expect(world.states()).toEqual({ pending: 3 });
  const { state } = await world.delivery.lane.states.get(connectionOf());
  expect(state.lastError?.reason).toContain('do not fit: table');
  world.tool.unfit = undefined;
  await world.put(connectionOf());
  await world.delivery.take({ announce: { scope: tenantId, connectionId: 'desk' } });
  await world.drain();
  expect(world.tool.tickets.size).toBe(3);
});

test('what the target refuses is given up at once with its reason, and a newer version is tried again', async () => {
  const world = await begin();
  world.tool.fault = (_, when) => {
    if (when === 'before') throw new TargetError('short_description is read-only', 'refused', 400);
  };
  await world.store({ id: '7', updated: at(0) });
  await world.drain();
  expect(world.states()).toEqual({ dead: 1 });
  const [row] = world.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('o_'));
  expect(row?.lastReason).toBe('short_description is read-only');
  expect(world.index.rows().filter(({ partitionKey }) => partitionKey.startsWith('dead_'))).toHaveLength(1);
  world.tool.fault = undefined;
  await world.store({ id: '7', updated: at(1), type: 'updated' });
  await world.drain();
  expect(world.states()).toEqual({ dead: 1, delivered: 1 });
});

test('a pause that the target asks for is no failed try, and nothing is sent before it is over', async () => {
  const world = await begin();
  let throttled = false;
  world.tool.fault = (_, when) => {
    if (when === 'after' || throttled) return;
    throttled = true;
    throw new ThrottledError('wait', 10 * 60_000);
  };
  await world.store({ id: '7', updated: at(0) });
  await world.store({ id: '8', updated: at(0) });
  await world.drain();
  await world.live(9);
  expect(world.tool.calls).toHaveLength(1);
  await world.live(2);
  expect(world.tool.tickets.size).toBe(2);
  const attempts = world.incidents
    .rows()
    .flatMap(({ rowKey, attempts: tries }) => (rowKey.startsWith('o_') ? [tries] : []));
  expect(attempts).toEqual([1, 1]);
});

test('410 switches the connection off and says why; its events wait', async () => {
  const world = await begin();
  world.tool.fault = () => {
    throw new TargetError('gone for good', 'gone', 410);
  };
  await world.store({ id: '7', updated: at(0) });
  await world.drain();
  const connection = await connectionStore(world.connectionsTable, world.index).get(tenantId, 'desk');
  expect(connection).toMatchObject({ enabled: false, disabledBecause: 'gone for good' });
  await world.store({ id: '8', updated: at(0) });
  await world.live(10);
  expect(world.tool.calls).toHaveLength(1);
  expect(world.states()).toEqual({ pending: 2 });
});

test('an event is tried ten times over about 75 hours and then given up', async () => {
  const world = await begin();
  const other = connectionOf();
  world.tool.fault = (_, when) => {
    // The connection stays up: others get through in between.
    if (when === 'before' && world.tool.calls.at(-1)?.key === `${tenantId}:7`) throw new UpstreamError('500');
  };
  await world.store({ id: '7', updated: at(0) });
  await world.drain();
  for (let turn = 0; turn < 180; turn += 1) {
    await world.store({ id: `1${turn}`, updated: at(turn), targets: [other] });
    await world.drain();
    await world.live(turn < 60 ? 1 : 60);
  }
  const tries = world.tool.calls.filter(({ key, what }) => key === `${tenantId}:7` && what !== 'create');
  const row = world.incidents.rows().find(({ rowKey }) => rowKey.startsWith('o_7_'));
  expect(row).toMatchObject({ state: 'dead', attempts: 10 });
  // The first is the create, the nine after it look for what it may have made.
  expect(tries).toHaveLength(9);
  const spanHours = ((tries.at(-1)?.at ?? 0) - Date.parse('2026-11-20T08:00:00Z')) / 3_600_000;
  expect(spanHours).toBeGreaterThan(60);
  expect(spanHours).toBeLessThan(91);
}, 60_000);

test('a lane that another attempt holds is left alone for two minutes of the storage, then taken over', async () => {
  const world = await begin();
  await world.store({ id: '7', updated: at(0) }, { hint: false });
  const links = linkStore(tenantId, world.incidents);
  await links.claim(newLink(tenantId, 'desk', '7'), undefined, 'someone');
  world.clock.advance(119_000);
  expect((await deliverLane(world.delivery.lane, world.lane('7'))).outcome).toBe('busy');
  world.clock.advance(2_000);
  expect((await deliverLane(world.delivery.lane, world.lane('7'))).outcome).toBe('done');
  expect(world.tool.tickets.size).toBe(1);
});

test('of two at once one delivers', async () => {
  const world = await begin();
  await world.store({ id: '7', updated: at(0) }, { hint: false });
  const results = await Promise.all([1, 2, 3].map(() => deliverLane(world.delivery.lane, world.lane('7'))));
  expect(results.map(({ outcome }) => outcome).sort()).toEqual(['busy', 'busy', 'done']);
  expect(world.tool.tickets.size).toBe(1);
});

test('the tickets of a connection that was removed and put again are led back to with their next change', async () => {
  const world = await begin();
  await world.store({ id: '7', updated: at(0) });
  await world.drain();
  const index = ticketIndex(world.index);
  await index.remove(connectionOf(), ['T1'], { tenantId, incidentId: '7' });
  world.clock.advance(60_000);
  await world.put(connectionOf({ createdAt: new Date(world.clock.now()).toISOString() }));
  await world.store({ id: '7', updated: at(1), type: 'updated', title: 'Grown' });
  await world.drain();
  expect(await index.find(connectionOf(), 'T1')).toEqual({ tenantId, incidentId: '7' });
});
