import '../../shared/http/quietTestMode';
import { app, InvocationContext } from '@azure/functions';
import type * as QueueFile from '../../../functions/receive/queue';
import { answerGraph } from '../../../local/microsoft/graph/answer';
import { createApplying } from '../../../shared/changes/createApplying';
import { createWritePermits } from '../../../shared/changes/writePermits';
import { writerFor } from '../../../shared/incidents/writerFor';
import { newLink } from '../../../shared/model/link';
import type { Send } from '../../../shared/ports';
import { applyTicketChange } from '../../../shared/receive/applyTicketChange';
import { connectionStore } from '../../../shared/store/connections';
import { dueIndex } from '../../../shared/store/due';
import { inbox } from '../../../shared/store/inbox';
import { readJournal } from '../../../shared/store/journal';
import { linkStore, toLinkRow } from '../../../shared/store/links';
import { tenantRegistry } from '../../../shared/store/tenants';
import { ticketIndex } from '../../../shared/store/ticketIndex';
import { ticketPolls } from '../../../shared/store/ticketPolls';
import { createHeardWaits } from '../../../shared/sync/limits/heardWaits';
import { servicenow } from '../../../shared/ticketing/servicenow';
import { createTestCloud, firstTenant } from '../../local/microsoft/testCloud';
import { ticketOf } from '../../shared/changes/applyWorld';
import type { AzuriteStorage } from '../../support/azuriteStorage';
import { startStorage } from '../../support/azuriteStorage';
import { plainConnection } from '../../support/plainConnection';
import { plainTenant } from '../../support/plainTenant';

let storage: AzuriteStorage;
beforeAll(async () => {
  storage = await startStorage();
});
afterAll(() => storage.stop());

const load = (): { file: typeof QueueFile; registered: unknown[][] } => {
  const spy = jest.spyOn(app, 'storageQueue');
  try {
    const file = jest.requireActual<typeof QueueFile>('../../../functions/receive/queue');
    return { file, registered: spy.mock.calls };
  } finally {
    spy.mockRestore();
  }
};

test('the inbox queue of the data account starts it, and a message that is not ours ends there', async () => {
  const { file, registered } = load();
  expect(registered).toEqual([
    ['applyTicketChange', expect.objectContaining({ queueName: 'inbox', connection: 'AzureWebJobsStorage' })],
  ]);
  const lines: string[] = [];
  const context = new InvocationContext({
    functionName: 'applyTicketChange',
    logHandler: (level, text) => void lines.push(`${level} ${String(text)}`),
  });
  for (const message of ['text', { inboxKey: 1 }, null]) await file.applyTicketChangeQueue(message, context);
  expect(lines).toEqual(Array.from({ length: 3 }, () => 'error A message of the inbox queue is not ours'));
});

test('a change goes its whole way over real storage, and leaves nothing behind but what is to be known', async () => {
  const cloud = await createTestCloud();
  const { tenantId } = firstTenant(cloud);
  const clock = { now: () => Date.now(), elapsedMs: () => performance.now() };
  const registry = tenantRegistry(storage.tenants);
  await registry.put(plainTenant(tenantId, { writeBack: true }));
  const connections = connectionStore(storage.connections, storage.index);
  const connection = { ...plainConnection, scope: tenantId };
  await connections.put(connection);
  const { incidentId } = cloud.world.apply({ kind: 'create', tenantId, severity: 'low' });
  const base = { status: 'active', classification: null, determination: null };
  const link = { ...newLink(tenantId, 'tickets', incidentId), tickets: [ticketOf('10')], base };
  await storage.incidents.write({ kind: 'insert', row: toLinkRow(link, null) });
  await ticketIndex(storage.index).put(connection, '10', { tenantId, incidentId });

  const send: Send = ({ method, url, headers, body = '' }) =>
    Promise.resolve(
      answerGraph(cloud, { method, url: url.replace('https://graph.invalid', ''), headers, body }, tenantId),
    );
  const tokens = {
    getToken: () => Promise.resolve({ token: 'in-process', tenantId, expiresAtMs: Number.MAX_SAFE_INTEGER }),
    forget: () => undefined,
  };
  const { incidents } = storage;
  const waits = createHeardWaits(clock);
  const received = inbox(storage.inbox);
  const changes = createApplying({
    ...{ storage, registry, connections, clock, inbox: received, due: dueIndex(storage.index) },
    tools: { servicenow },
    secrets: { auth: () => Promise.reject(new Error('none')), outbound: () => Promise.resolve([]) },
    targetSend: () => Promise.resolve({ status: 403, headers: {}, body: '' }),
    writing: {
      ...{ incidents, clock, waits },
      permitsFor: createWritePermits({ incidents, clock, waits, pause: () => Promise.resolve() }),
      writerFor: (tenant, options) =>
        writerFor(
          { endpoints: { graph: 'https://graph.invalid', defender: '' }, send, tokens, clock },
          tenant,
          options,
        ),
      registrationOf: () => ({ authority: 'https://login.invalid', clientId: 'writer' }),
    },
    randomId: () => 'attempt',
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  // Who we are in the tool is not known here: ledger and state decide.
  const applying = { ...changes, ownAccountOf: () => Promise.resolve(null) };
  const body = {
    ...{ type: 'ticket.closed', ticketId: '10', status: 'resolved', author: 'Bo Berg', version: 2 },
    ...{ occurredAt: new Date().toISOString(), comment: 'x'.repeat(2_000) },
  };
  await storage.received.put('blob', Buffer.from(JSON.stringify(body)));
  const entry = { scope: tenantId, connectionId: 'tickets', blob: 'blob', isWeak: false, deliveryId: null };
  const { inboxKey } = await received.add('hook', ['mark'], { ...entry, receivedAt: new Date().toISOString() });
  const message = { scope: tenantId, connectionId: 'tickets', inboxKey };
  expect(await applyTicketChange(applying, message)).toEqual({ is: 'done' });

  const incident = cloud.world.incidentsOf(firstTenant(cloud)).byId.get(incidentId)!;
  expect(incident.status).toBe('resolved');
  expect(incident.comments.length).toBe(2);
  const found = await linkStore(tenantId, incidents).get('tickets', incidentId);
  expect(found).toMatchObject({ claimedBy: null, link: { base: { status: 'resolved' } } });
  const keys: string[] = [];
  for await (const page of incidents.pages({ partition: tenantId })) keys.push(...page.map(({ row }) => row.rowKey));
  expect(keys.map((key) => key.split('_')[0]).sort()).toEqual(['a', 'a', 'a', 'access', 'b', 'l']);
  expect(await readJournal(tenantId, incidentId, incidents)).toEqual([]);
});

test('polls lie beside their connection, are read with it and go with it', async () => {
  const connections = connectionStore(storage.connections, storage.index);
  const polls = ticketPolls(storage.connections);
  for (const connectionId of ['poll-a', 'poll-a-2', 'poll-b'])
    await connections.put({ ...plainConnection, scope: 'polls', connectionId, tool: 'github' });
  const poll = { since: '2026-11-20T08:00:00.000Z', nextAt: '2026-11-20T08:15:00.000Z', edge: { '10': '2' } };
  await polls.write({ scope: 'polls', connectionId: 'poll-a' }, poll);
  const all = async () => {
    const found = [];
    for await (const page of polls.all()) found.push(...page);
    return found.filter(({ scope }) => scope === 'polls').map(({ connectionId, poll: own }) => [connectionId, own]);
  };
  expect(Object.fromEntries(await all())).toEqual({ 'poll-a': poll, 'poll-a-2': undefined, 'poll-b': undefined });
  expect(await connections.delete('polls', 'poll-a')).toBe(true);
  expect(Object.fromEntries(await all())).toEqual({ 'poll-a-2': undefined, 'poll-b': undefined });
});
