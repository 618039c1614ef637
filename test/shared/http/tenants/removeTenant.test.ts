import { UpstreamError } from '../../../../shared/errors';
import { removeTenant } from '../../../../shared/http/tenants/removeTenant';
import type { Connection } from '../../../../shared/model/connection';
import { allTenants, targetIdOf } from '../../../../shared/model/connection';
import { newLink } from '../../../../shared/model/link';
import type { OutboxEvent } from '../../../../shared/model/outbox';
import { mustBeTime7 } from '../../../../shared/model/time7';
import { packBody } from '../../../../shared/store/body';
import { deadLetters } from '../../../../shared/store/deadLetters';
import { healthOutbox } from '../../../../shared/store/healthOutbox';
import { inbox } from '../../../../shared/store/inbox';
import { toLinkRow } from '../../../../shared/store/links';
import { openLanes } from '../../../../shared/store/openLanes';
import { toEventRow } from '../../../../shared/store/outbox';
import { ticketIndex } from '../../../../shared/store/ticketIndex';
import { secretName } from '../../../../shared/ticketing/secretNames';
import { plainConnection } from '../../../support/plainConnection';
import { plainTenant } from '../../../support/plainTenant';
import type { HttpWorld } from '../httpWorld';
import { startHttpWorld } from '../httpWorld';

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld();
});
afterAll(() => world.stop());

const at = '2026-11-20T08:00:00.000Z';
const version = mustBeTime7('2026-11-20T07:00:00Z', 'version');
const pendingEach = 45;
let last = 0;

/** A tenant with a connection of its own, one of all tenants, and everything that deliveries leave behind. */
const fill = async () => {
  const { storage, connections, connectionSecrets, registry } = world.services;
  const tenantId = `88888888-8888-4888-8888-${(last += 1).toString(16).padStart(12, '0')}`;
  await registry.put(plainTenant(tenantId));
  const hookId = last.toString(16).padStart(32, '0');
  const own: Connection = { ...plainConnection, scope: tenantId, connectionId: 'desk', hookId };
  const shared: Connection = { ...plainConnection, scope: allTenants, connectionId: 'partner', hookId: 'b'.repeat(32) };
  for (const connection of [own, shared]) {
    await connections.put(connection);
    await connectionSecrets.put(connection, { auth: 'a password', inbound: 'a key that signs' });
    const targetId = targetIdOf(connection);
    const events = Array.from({ length: pendingEach + 1 }, (_, n): OutboxEvent => ({
      ...{ eventId: `evt_${n}_${targetId}`, tenantId, connectionId: targetId, incidentId: `${n}`, version },
      ...{ type: 'created', watchedDigest: 'w' },
    }));
    await openLanes(storage.index).add(
      tenantId,
      events.map(({ incidentId }) => ({ targetId, incidentId })),
    );
    const body = packBody({ id: '1', description: randomText(40_000) }, 'none');
    for (const [n, event] of events.entries()) {
      const row = { ...toEventRow(event, body), ...(n === 0 ? { state: 'delivered' } : {}) };
      await storage.incidents.write({ kind: 'upsert', row });
    }
    await deadLetters(storage.index).add(events.slice(0, 1));
    const ticketId = `T-${tenantId}`;
    await ticketIndex(storage.index).put(connection, ticketId, { tenantId, incidentId: '1' });
    const ticket = {
      ticketId,
      number: 'T',
      url: null,
      generation: 1,
      state: 'open',
      createdAt: at,
      version: null,
    } as const;
    const link = { ...newLink(tenantId, targetId, '1'), tickets: [ticket] };
    await storage.incidents.write({ kind: 'upsert', row: toLinkRow(link, null) });
  }
  const health = healthOutbox(storage.index);
  await health.add({ scope: tenantId, connectionId: 'desk', eventId: 'e', at, body: '{}' });
  for (const subject of [`tenants/${tenantId}`, `connections/${tenantId}/desk`])
    await health.setTold(subject, { state: 'down', at });
  await storage.received.put(`${tenantId}/1`, Buffer.from('{}'));
  const entry = { scope: tenantId, connectionId: 'desk', blob: `${tenantId}/1`, isWeak: false, deliveryId: null };
  await inbox(storage.inbox).add(hookId, ['mark'], { ...entry, receivedAt: at });
  return { tenantId, own, shared };
};

const randomText = (chars: number): string =>
  Array.from({ length: chars / 8 }, () => Math.random().toString(36).slice(2, 10).padEnd(8, 'x')).join('');

/** Rows by the first part of their partition or key. */
const leftOf = async (tenantId: string): Promise<Record<string, number>> => {
  const { storage } = world.services;
  const counts: Record<string, number> = {};
  const count = (name: string | undefined): void => void (counts[name ?? ''] = (counts[name ?? ''] ?? 0) + 1);
  const mine = [{ column: 'tenantId', op: 'eq' as const, value: tenantId }];
  for await (const page of storage.index.pages({ where: mine }))
    for (const { row } of page) count(row.partitionKey.split('_')[0]);
  for await (const page of storage.index.pages({ partitionFrom: 'health_', partitionBefore: 'health`' }))
    for (const { row } of page) if (JSON.stringify(row).includes(tenantId)) count('health');
  for await (const page of storage.incidents.pages({ partition: tenantId }))
    for (const { row } of page)
      count(row.rowKey.startsWith('o_') ? `o ${String(row.state)}` : row.rowKey.split('_')[0]);
  const scope = [{ column: 'scope', op: 'eq' as const, value: tenantId }];
  for await (const page of storage.inbox.pages({ where: scope })) page.forEach(() => count('inbox'));
  return counts;
};

test('what waits is dropped and counted, its own connection goes with its secrets, and its data stays', async () => {
  const { tenantId, own, shared } = await fill();
  const { services, vault } = world;
  const receipt = await removeTenant(services, plainTenant(tenantId), false);
  expect(receipt).toMatchObject({
    pendingEvents: 2 * pendingEach,
    connections: [{ connectionId: 'desk', tenantId, secrets: expect.arrayContaining([expect.anything()]) as unknown }],
    erased: { incidents: 0, rows: 0, blobs: 0 },
  });
  expect(receipt.connections[0]?.secrets.filter(({ state }) => state === 'deleted')).toHaveLength(2);
  expect([...vault.secrets.keys()].some((name) => name.includes(secretName(own, 'auth')))).toBe(false);
  expect(await services.connections.byHook(own.hookId)).toBeUndefined();
  expect(await services.connections.ofScope(tenantId)).toEqual([]);
  expect(await services.connections.get(shared.scope, shared.connectionId)).toMatchObject({ enabled: true });
  // The links keep what the tickets of all tenants' connections are; nothing is to be sent any more.
  expect(await leftOf(tenantId)).toEqual({
    'o superseded': 2 * pendingEach,
    'o delivered': 2,
    l: 2,
    ticket: 1,
    inbox: 2,
  });
  expect(await services.registry.get(tenantId)).toBeUndefined();
});

test('with erase nothing is left, and nothing of another tenant is touched', async () => {
  const [{ tenantId }, other] = [await fill(), await fill()];
  const before = await leftOf(other.tenantId);
  const receipt = await removeTenant(world.services, plainTenant(tenantId), true);
  expect(receipt).toMatchObject({ pendingEvents: 2 * pendingEach, erased: { incidents: 0, blobs: 1 } });
  expect(await leftOf(tenantId)).toEqual({});
  expect(await world.services.storage.received.get(`${tenantId}/1`)).toBeUndefined();
  expect(await leftOf(other.tenantId)).toEqual(before);
  expect((await world.services.storage.received.get(`${other.tenantId}/1`))?.toString()).toBe('{}');
});

test('while the vault is away it stays, switched off and with nothing to send, and goes when it is asked for again', async () => {
  const { tenantId } = await fill();
  const { services, vault } = world;
  vault.failWith(new UpstreamError('the vault is away'));
  await expect(removeTenant(services, plainTenant(tenantId), true)).rejects.toThrow('the vault is away');
  expect(await services.registry.get(tenantId)).toMatchObject({ enabled: false });
  expect(await services.connections.ofScope(tenantId)).toMatchObject([{ connectionId: 'desk', enabled: false }]);
  const receipt = await removeTenant(services, plainTenant(tenantId), true);
  expect(receipt.connections.map(({ connectionId }) => connectionId)).toEqual(['desk']);
  expect(await leftOf(tenantId)).toEqual({});
});
