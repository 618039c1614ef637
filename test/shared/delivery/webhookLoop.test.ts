import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookReceiver } from '../../../local/tools/webhook';
import { startWebhookReceiver } from '../../../local/tools/webhook';
import { createDelivery } from '../../../shared/delivery/createDelivery';
import { guardedSend } from '../../../shared/delivery/guardedSend';
import type { Connection } from '../../../shared/model/connection';
import type { OutboxEvent } from '../../../shared/model/outbox';
import { mustBeTime7 } from '../../../shared/model/time7';
import { applyTicketChange } from '../../../shared/receive/applyTicketChange';
import { packBody } from '../../../shared/store/body';
import { connectionStore } from '../../../shared/store/connections';
import { inbox } from '../../../shared/store/inbox';
import { toIncidentRow } from '../../../shared/store/incidents';
import { toEventRow } from '../../../shared/store/outbox';
import { webhook } from '../../../shared/ticketing/webhook';
import { memoryBlobs } from '../../support/inProcessRelay';
import { memoryTable } from '../../support/memoryTable';
import type { ApplyWorld } from '../changes/applyWorld';
import { applyWorld } from '../changes/applyWorld';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** What a receiver sends, as it came. */
const startHooks = async () => {
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      bodies.push(Buffer.concat(parts));
      response.writeHead(202).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ bodies, url: `http://127.0.0.1:${port}/` },
    stop: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
};

let receiver: WebhookReceiver;
let hooks: Awaited<ReturnType<typeof startHooks>>;
let world: ApplyWorld;

beforeEach(async () => {
  [world, hooks] = await Promise.all([applyWorld({}, { tool: 'webhook', connectionId: 'siem' }), startHooks()]);
  receiver = await startWebhookReceiver({ secret, now: () => world.clock.now() });
  receiver.onWebhook({ url: hooks.url, secret });
});
afterEach(() => Promise.all([receiver.stop(), hooks.stop()]));

/** The real delivery to the real receiver over HTTP, and what it sends back into the simulated Defender. */
const loop = async () => {
  const { clock, tenant, incidents, index } = world;
  const { tenantId } = tenant;
  const connection: Connection = { ...world.connection, url: receiver.url };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const connectionsTable = memoryTable();
  const connections = connectionStore(connectionsTable, index);
  await connections.put(connection);
  const messages: unknown[] = [];
  const delivery = createDelivery({
    storage: {
      ...{ incidents, index, connections: connectionsTable, bodies: memoryBlobs() },
      deliverQueue: { send: (message) => Promise.resolve(void messages.push(message)) },
    },
    registry: {
      get: () => Promise.resolve(tenant),
      pages: async function* () {
        await Promise.resolve();
        yield [tenant];
      },
    },
    ...{ connections, clock, log, tools: { webhook } },
    secrets: { auth: () => Promise.reject(new Error('none')), outbound: () => Promise.resolve([secret]) },
    send: guardedSend({ allowPrivateTargets: true, log }),
    randomId: () => `by-${clock.now()}-${Math.random()}`,
  });
  const received = inbox(memoryTable(() => clock.now()));
  const blobs = memoryBlobs();
  let [announced, taken] = [0, 0];
  return {
    connection,
    /** As a run tells of the incident as Defender has it now. */
    announce: async (incidentId: string): Promise<void> => {
      const incident = [...world.state.world.incidentsOf(world.state.world.tenants[0]!).byId.values()].find(
        ({ id }) => id === incidentId,
      )!;
      const updated = new Date(clock.now() + (announced += 1)).toISOString();
      const version = mustBeTime7(updated, 'updated');
      const { status, classification, determination } = incident;
      const header = {
        ...{ incidentId, displayName: 'Phishing', status, severity: 'low', classification, determination },
        ...{ assignedTo: null, createdDateTime: updated, lastUpdateDateTime: updated, redirectIncidentId: null },
        ...{ incidentWebUrl: null, alertsCount: 0 },
      };
      const body = { id: incidentId, displayName: 'Phishing', status, severity: 'low', classification, determination };
      const packed = packBody(body, 'none');
      const stored = { tenantId, header, version, complete: true, asOf: version };
      const digests = { bodyDigest: updated, watchedDigest: updated };
      const event: OutboxEvent = {
        ...{ eventId: `evt_${announced}`, tenantId, connectionId: 'siem', incidentId, version },
        ...{ type: announced === 1 ? 'created' : 'updated', watchedDigest: updated },
      };
      await delivery.announcing.ahead(tenantId, [event]);
      await incidents.writeBatch([
        { kind: 'upsert', row: { ...toIncidentRow(stored, digests), ...packed.columns } },
        { kind: 'upsert', row: toEventRow(event, packed) },
      ]);
      await delivery.announcing.after(tenantId, [event]);
      for (const message of messages.splice(0)) await delivery.take(message);
    },
    /** What the receiver sent back since. */
    takeIn: async (): Promise<void> => {
      await receiver.settled();
      for (const body of hooks.bodies.splice(0)) {
        const blob = `blob-${(taken += 1)}`;
        await blobs.put(blob, body);
        const entry = { scope: tenantId, connectionId: 'siem', blob, isWeak: false, deliveryId: null };
        const at = new Date(clock.now()).toISOString();
        const { inboxKey } = await received.add('hook', [`mark-${taken}`], { ...entry, receivedAt: at });
        const deps = { ...world.applying, inbox: received, received: blobs, tools: { webhook }, connections };
        const applying = { ...deps, ownAccountOf: () => Promise.resolve(null) };
        expect(await applyTicketChange(applying, { scope: tenantId, connectionId: 'siem', inboxKey })).toEqual({
          is: 'done',
        });
      }
    },
  };
};

test('a receiver sends back the ticket id of the page, and its word reaches the incident: closed, opened again, closed again', async () => {
  const { announce, takeIn } = await loop();
  const incident = world.fresh();
  await announce(incident.id);
  const [ticket] = receiver.tickets();
  expect(ticket?.ticketId).toBe(`${world.tenant.tenantId}:${incident.id}`);
  const ticketId = ticket?.ticketId ?? '';
  const comment = { text: 'Mail removed', visibility: 'public' as const };
  for (const [status, expected] of [
    ['resolved', 'resolved'],
    ['inProgress', 'inProgress'],
    ['resolved', 'resolved'],
  ] as const) {
    world.clock.advance(10 * 60_000);
    await receiver.change(ticketId, { status, comment: { ...comment, text: `${comment.text} ${status}` } });
    await takeIn();
    expect(incident.status).toBe(expected);
    world.clock.advance(60_000);
    await announce(incident.id);
  }
  expect(incident.comments.some(({ comment: text }) => text.includes('Mail removed'))).toBe(true);
  expect(receiver.events()).toHaveLength(4);
  expect(receiver.tickets()).toMatchObject([{ status: 'resolved', writes: 4 }]);
});

test('what Defender moved after the receiver had closed it can be closed by it once more', async () => {
  const { announce, takeIn } = await loop();
  const incident = world.fresh();
  const { tenantId } = world.tenant;
  await announce(incident.id);
  const ticketId = `${tenantId}:${incident.id}`;
  await receiver.change(ticketId, { status: 'resolved' });
  await takeIn();
  await announce(incident.id);
  world.clock.advance(10 * 60_000);
  world.state.world.apply({ kind: 'reopen', tenantId, incidentId: incident.id });
  expect(incident.status).not.toBe('resolved');
  await announce(incident.id);
  world.clock.advance(10 * 60_000);
  await receiver.change(ticketId, { status: 'resolved' });
  await takeIn();
  expect(incident.status).toBe('resolved');
});

test('the id of an incident that this connection was never told of leads nowhere', async () => {
  const { takeIn } = await loop();
  const incident = world.fresh();
  await receiver.change(`${world.tenant.tenantId}:${incident.id}`, { status: 'resolved' });
  await takeIn();
  expect(incident.status).toBe('active');
});
