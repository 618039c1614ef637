import { AccountAway } from '../../../shared/changes/ownAccounts';
import { applyTicketChange } from '../../../shared/receive/applyTicketChange';
import type { ApplyTicketDeps, InboxMessage } from '../../../shared/receive/applyTicketChange';
import type { OpenEntry } from '../../../shared/store/inbox';
import { inbox } from '../../../shared/store/inbox';
import { servicenow } from '../../../shared/ticketing/servicenow';
import type { Connection } from '../../../shared/model/connection';
import { memoryBlobs } from '../../support/inProcessRelay';
import { memoryTable } from '../../support/memoryTable';
import type { ApplyWorld } from '../changes/applyWorld';
import { applyWorld } from '../changes/applyWorld';

interface Received {
  readonly world: ApplyWorld;
  readonly deps: ApplyTicketDeps;
  /** Puts a body where the receiver puts it. @returns the message */
  readonly receive: (body: unknown) => Promise<InboxMessage>;
  readonly isDone: (inboxKey: string) => Promise<boolean>;
  /** Of what is not done. */
  readonly hints: () => Promise<readonly OpenEntry[]>;
}

const receiving = async (change: Partial<Connection> = {}): Promise<Received> => {
  const world = await applyWorld({}, change);
  const table = inbox(memoryTable(() => world.clock.now()));
  const blobs = memoryBlobs();
  let count = 0;
  return {
    world,
    deps: {
      ...world.applying,
      ...{ inbox: table, received: blobs, tools: { servicenow } },
      connections: {
        get: (_, connectionId) => Promise.resolve(connectionId === 'tickets' ? world.connection : undefined),
      },
    },
    receive: async (body) => {
      const blob = `blob-${(count += 1)}`;
      await blobs.put(blob, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
      const { scope, connectionId } = world.connection;
      const entry = { scope, connectionId, blob, isWeak: false, deliveryId: null, receivedAt: '2026-11-20T11:59:00Z' };
      const { inboxKey } = await table.add('hook', [`mark-${count}`], entry);
      return { scope, connectionId, inboxKey };
    },
    isDone: async (inboxKey) => (await table.find(inboxKey))?.isDone ?? true,
    hints: async () => {
      const found: OpenEntry[] = [];
      for await (const page of table.open()) found.push(...page);
      return found;
    },
  };
};

/** The generic body, which ServiceNow's shipped Business Rule sends. */
const closing = (ticketId: string): object => ({
  ...{ type: 'ticket.closed', ticketId, status: 'resolved', author: 'Bo Berg' },
  ...{ occurredAt: '2026-11-20T11:59:00Z', version: 2, classification: 'falsePositive', determination: 'notMalicious' },
});

test('what a webhook brought reaches the incident, and is done then', async () => {
  const { world, deps, receive, isDone } = await receiving();
  const incident = await world.linked('10');
  const message = await receive(closing('10'));
  expect(await applyTicketChange(deps, message)).toEqual({ is: 'done' });
  expect(incident).toMatchObject({ status: 'resolved', classification: 'falsePositive' });
  expect(await isDone(message.inboxKey)).toBe(true);
  const { revision } = incident;
  expect(await applyTicketChange(deps, message)).toEqual({ is: 'done' });
  expect(incident.revision).toBe(revision);
});

test('what has to wait stays in the inbox, and is told with its time', async () => {
  const { world, deps, receive, isDone } = await receiving();
  const incident = await world.linked('10');
  const { tenantId } = world.tenant;
  world.state.behaviour.failNext({ service: 'graph', tenantId, status: 429, headers: { 'retry-after': '40' } });
  const message = await receive(closing('10'));
  const next = { ...message, turn: 1 };
  expect(await applyTicketChange(deps, message)).toEqual({ is: 'again', inMs: 40_000, message: next });
  expect(await isDone(message.inboxKey)).toBe(false);
  world.clock.advance(40_001);
  expect(await applyTicketChange(deps, next)).toEqual({ is: 'done' });
  expect(incident.status).toBe('resolved');
});

test('hints that the queue doubles again and again do not become more, however long there is to wait', async () => {
  const { world, deps, receive, isDone } = await receiving();
  const incident = await world.linked('10');
  const minuteMs = 60_000;
  const away = { ...deps, ownAccountOf: () => Promise.reject(new AccountAway('away', 5 * minuteMs)) };
  const message = await receive(closing('10'));
  let hints: readonly InboxMessage[] = [message];
  for (let waited = 0; waited < 60; waited += 5) {
    // One process ends before it says that it is done; another is handed the same at the same time.
    const taken = await Promise.all([...hints, ...hints].map((hint) => applyTicketChange(away, hint)));
    taken.push(...(await Promise.all(hints.map((hint) => applyTicketChange(away, hint)))));
    hints = taken.flatMap((each) => (each.is === 'again' ? [each.message] : []));
    expect(hints).toHaveLength(1);
    world.clock.advance(5 * minuteMs);
  }
  // Also one of long ago is worked off, and ends.
  expect(await applyTicketChange(away, message)).toEqual({ is: 'overtaken' });
  expect(await applyTicketChange(deps, message)).toEqual({ is: 'done' });
  expect([incident.status, await isDone(message.inboxKey)]).toEqual(['resolved', true]);
  expect(await applyTicketChange(away, hints[0] ?? message)).toEqual({ is: 'done' });
});

test.each<[string, Partial<Connection>, (ticketId: string) => unknown]>([
  ['a ticket nobody made', {}, () => closing('99')],
  ['a body that is no JSON', {}, () => '{"type": "ticket.closed",'],
  ['a body nobody understands', {}, () => ({ type: 'ticket.closed', ticketId: ['10'] })],
  ['a connection whose tool this release does not know', { tool: 'pagerduty' }, closing],
])('%s is done for good, without a word to Microsoft', async (_, change, bodyOf) => {
  const { world, deps, receive, isDone } = await receiving(change);
  await world.linked('10');
  const message = await receive(bodyOf('10'));
  expect(await applyTicketChange(deps, message)).toEqual({ is: 'done' });
  expect(await isDone(message.inboxKey)).toBe(true);
  expect(world.sent).toEqual([]);
});

test('what was received before its connection was switched off waits until it is on again', async () => {
  const { world, deps, receive, isDone } = await receiving();
  const incident = await world.linked('10');
  const message = await receive(closing('10'));
  const get = deps.connections.get;
  const off = { get: () => Promise.resolve({ ...world.connection, enabled: false }) };
  expect(await applyTicketChange({ ...deps, connections: off }, message)).toEqual({ is: 'left' });
  expect(await isDone(message.inboxKey)).toBe(false);
  expect(incident.status).toBe('active');
  expect(world.sent).toEqual([]);
  expect(await applyTicketChange({ ...deps, connections: { get } }, message)).toEqual({ is: 'done' });
  expect(incident.status).toBe('resolved');
});

test('what is about a tenant that is switched off waits until it is on again', async () => {
  const { world, deps, receive, isDone, hints } = await receiving();
  const incident = await world.linked('10');
  const message = await receive(closing('10'));
  const { tenant } = world;
  const off = { get: () => Promise.resolve({ ...tenant, enabled: false }) };
  expect(await applyTicketChange({ ...deps, registry: off }, message)).toEqual({ is: 'left' });
  expect(await isDone(message.inboxKey)).toBe(false);
  expect(await hints()).toMatchObject([{ inboxKey: message.inboxKey, off: { tenantId: tenant.tenantId } }]);
  expect(world.sent).toEqual([]);
  expect(await applyTicketChange(deps, message)).toEqual({ is: 'done' });
  expect(incident.status).toBe('resolved');
  expect(await hints()).toEqual([]);
});

test('a tenant that is gone leaves nothing waiting', async () => {
  const { world, deps, receive, isDone } = await receiving();
  await world.linked('10');
  const message = await receive(closing('10'));
  const gone = { get: () => Promise.resolve(undefined) };
  expect(await applyTicketChange({ ...deps, registry: gone }, message)).toEqual({ is: 'done' });
  expect(await isDone(message.inboxKey)).toBe(true);
});

test('a connection that is gone leaves nothing waiting', async () => {
  const { world, deps, receive } = await receiving({ connectionId: 'removed' });
  await world.linked('10');
  expect(await applyTicketChange(deps, await receive(closing('10')))).toEqual({ is: 'done' });
  expect(world.sent).toEqual([]);
});

test('a connection by shared header proposes, whatever the inbox remembers of it', async () => {
  const { world, deps, receive } = await receiving({
    inbound: { scheme: 'header', closes: { upTo: 'high', else: 'propose' }, reopens: true, comments: 'public' },
  });
  const incident = await world.linked('10');
  await applyTicketChange(deps, await receive(closing('10')));
  expect(incident.status).toBe('active');
  expect(world.rows('c_')).toMatchObject([{ kind: 'proposal' }]);
});

test('an incident never changes by what a body names itself', async () => {
  const { world, deps, receive } = await receiving();
  await world.linked('10');
  const other = world.fresh();
  const foreign = { tenantId: world.tenant.tenantId, incidentId: other.id };
  await applyTicketChange(deps, await receive({ ...closing('99'), ...foreign }));
  expect(other.status).toBe('active');
});
