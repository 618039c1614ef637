import { QueueClient } from '@azure/storage-queue';
import { startServicenow, servicenowAccount } from '../../../local/tools/servicenow';
import type { FakeTool } from '../../../local/tools/fakeTool';
import type { Delivery } from '../../../shared/delivery/createDelivery';
import { createDelivery } from '../../../shared/delivery/createDelivery';
import { guardedSend } from '../../../shared/delivery/guardedSend';
import type { Connection } from '../../../shared/model/connection';
import type { OutboxEvent } from '../../../shared/model/outbox';
import { mustBeTime7 } from '../../../shared/model/time7';
import { packBody } from '../../../shared/store/body';
import { connectionStore } from '../../../shared/store/connections';
import { toIncidentRow } from '../../../shared/store/incidents';
import { toEventRow } from '../../../shared/store/outbox';
import { tenantRegistry } from '../../../shared/store/tenants';
import { ticketIndex } from '../../../shared/store/ticketIndex';
import { tools } from '../../../shared/ticketing/registry';
import { connectionOf, tenant, tenantId } from '../../shared/delivery/deliveryWorld';
import type { AzuriteStorage } from '../../support/azuriteStorage';
import { startStorage } from '../../support/azuriteStorage';

const secret = 'the-password-of-the-account';
let storage: AzuriteStorage;
let tool: FakeTool;
let delivery: Delivery;
let desk: Connection;

beforeAll(async () => {
  [storage, tool] = await Promise.all([startStorage(), startServicenow({ secret })]);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const registry = tenantRegistry(storage.tenants);
  await registry.put(tenant);
  const connections = connectionStore(storage.connections, storage.index);
  desk = connectionOf({ url: tool.url, auth: { kind: 'basic', user: servicenowAccount } });
  await connections.put(desk);
  delivery = createDelivery({
    ...{ storage, registry, connections, tools, log },
    secrets: { auth: () => Promise.resolve(secret), outbound: () => Promise.resolve([]) },
    send: guardedSend({ allowPrivateTargets: true, log }),
    clock: { now: () => Date.now(), elapsedMs: () => performance.now() },
    randomId: () => `by${Math.random()}`,
  });
});
afterAll(() => Promise.all([storage.stop(), tool.stop()]));

/** As a run does it. */
const announce = async (incidentId: string, updated: string, title: string): Promise<void> => {
  const version = mustBeTime7(updated, 'updated');
  const header = {
    ...{
      incidentId,
      displayName: title,
      status: 'active',
      severity: 'high',
      classification: null,
      determination: null,
    },
    ...{ assignedTo: null, createdDateTime: updated, lastUpdateDateTime: updated, redirectIncidentId: null },
    ...{ incidentWebUrl: `https://security.microsoft.com/incidents/${incidentId}`, alertsCount: 0 },
  };
  const body = { id: incidentId, displayName: title, status: 'active', severity: 'high', alerts: [] };
  const stored = { tenantId, header, version, complete: true, asOf: version };
  const row = {
    ...toIncidentRow(stored, { bodyDigest: 'b', watchedDigest: updated }),
    ...packBody(body, 'none').columns,
  };
  const event: OutboxEvent = {
    eventId: `evt_${incidentId}_${updated}`,
    ...{ tenantId, connectionId: 'desk', incidentId, version },
    type: 'created',
    watchedDigest: updated,
  };
  await delivery.announcing.ahead(tenantId, [event]);
  await storage.incidents.writeBatch([
    { kind: 'upsert', row },
    { kind: 'upsert', row: toEventRow(event) },
  ]);
  await delivery.announcing.after(tenantId, [event]);
};

/** What a queue trigger is handed. */
const takeAll = async (): Promise<number> => {
  const queue = new QueueClient(storage.azurite.connectionString, 'deliver');
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  for (const { messageText, messageId, popReceipt } of receivedMessageItems) {
    await delivery.take(JSON.parse(Buffer.from(messageText, 'base64').toString('utf8')));
    await queue.deleteMessage(messageId, popReceipt);
  }
  return receivedMessageItems.length;
};

test('announced events become one record each in the tool, by way of the storage queue, and changes one write each', async () => {
  for (const id of ['71', '72', '73']) await announce(id, '2026-11-20T07:00:00Z', `Incident ${id}`);
  expect(await takeAll()).toBe(3);
  const keys = tool.tickets().map(({ key }) => key);
  expect(keys.sort()).toEqual(['71', '72', '73'].map((id) => `${tenantId}:${id}`));
  await announce('72', '2026-11-20T07:05:00Z', 'Incident 72 grew');
  await takeAll();
  const grown = tool.tickets().find(({ key }) => key === `${tenantId}:72`);
  expect(grown).toMatchObject({ writes: 2 });
  expect(grown?.title).toContain('grew');
  expect(await ticketIndex(storage.index).find(desk, grown?.ticketId ?? '')).toEqual({ tenantId, incidentId: '72' });
});

test('an answer cut off after the work was done makes no second record', async () => {
  tool.play({ kind: 'cutAfterWork', on: /^POST / });
  await announce('81', '2026-11-20T07:00:00Z', 'Incident 81');
  await takeAll();
  await new Promise((later) => setTimeout(later, 7_000));
  await takeAll();
  expect(tool.tickets().filter(({ key }) => key === `${tenantId}:81`)).toHaveLength(1);
  expect(tool.calls().some(({ method, path }) => method === 'GET' && path.includes('correlation_id'))).toBe(true);
});

test('a message nobody understands is dropped', async () => {
  await expect(delivery.take({ something: 'else' })).resolves.toBeUndefined();
});
