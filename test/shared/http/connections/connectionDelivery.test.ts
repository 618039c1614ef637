import { connectionDelivery } from '../../../../shared/http/connections/connectionDelivery';
import type { Connection } from '../../../../shared/model/connection';
import { allTenants, newConnectionState, targetIdOf } from '../../../../shared/model/connection';
import { mustBeTime7 } from '../../../../shared/model/time7';
import { connectionStates } from '../../../../shared/store/connectionStates';
import { deadLetters } from '../../../../shared/store/deadLetters';
import { openLanes } from '../../../../shared/store/openLanes';
import { toEventRow } from '../../../../shared/store/outbox';
import type { MemoryTable } from '../../../support/memoryTable';
import { memoryTable } from '../../../support/memoryTable';
import { plainConnection } from '../../../support/plainConnection';
import { tenantIdOf } from '../../../support/plainTenant';

const [tenantId, other] = [tenantIdOf(1), tenantIdOf(2)];
const own: Connection = { ...plainConnection, scope: tenantId, connectionId: 'tickets' };
const shared: Connection = { ...plainConnection, scope: allTenants, connectionId: 'tickets' };

let tables: Record<'connections' | 'incidents' | 'index', MemoryTable>;
beforeEach(() => {
  tables = { connections: memoryTable(), incidents: memoryTable(), index: memoryTable() };
});

const eventOf = (connection: Connection, tenant: string, at: number) => ({
  ...{ eventId: `e${at}`, tenantId: tenant, connectionId: targetIdOf(connection), incidentId: String(at) },
  ...{ type: 'created' as const, version: mustBeTime7('2026-11-20T08:00:00Z', 'version'), watchedDigest: 'w' },
});

const wait = async (connection: Connection, tenant: string, count: number): Promise<void> => {
  const events = Array.from({ length: count }, (_, at) => eventOf(connection, tenant, at));
  await openLanes(tables.index).add(
    tenant,
    events.map(({ incidentId }) => ({ targetId: targetIdOf(connection), incidentId })),
  );
  for (const event of events) await tables.incidents.write({ kind: 'upsert', row: toEventRow(event) });
};
const giveUp = (connection: Connection, tenant: string, count: number): Promise<void> =>
  deadLetters(tables.index).add(Array.from({ length: count }, (_, at) => eventOf(connection, tenant, at)));

test('counts what waits and what was given up, of this connection alone', async () => {
  const neighbour = { ...own, connectionId: 'tickets-2' };
  await wait(own, tenantId, 3);
  await wait(neighbour, tenantId, 5);
  await wait({ ...own, scope: other }, other, 7);
  await wait(shared, tenantId, 11);
  await giveUp(own, tenantId, 2);
  await giveUp(neighbour, tenantId, 4);
  await giveUp(shared, other, 6);
  expect(await connectionDelivery(own, tables)).toEqual({ ...newConnectionState, pending: 3, dead: 2, counted: true });
  expect(await connectionDelivery(neighbour, tables)).toMatchObject({ pending: 5, dead: 4 });
});

test('one for all tenants is counted over all of them', async () => {
  for (let at = 1; at <= 20; at += 1) {
    await wait(shared, tenantIdOf(at), 2);
    await giveUp(shared, tenantIdOf(at), 1);
    await wait({ ...own, scope: tenantIdOf(at) }, tenantIdOf(at), 1);
  }
  expect(await connectionDelivery(shared, tables)).toMatchObject({ pending: 40, dead: 20, counted: true });
});

test('a lane that is open though all of it was delivered counts for nothing', async () => {
  await wait(own, tenantId, 1);
  await openLanes(tables.index).add(tenantId, [{ targetId: targetIdOf(own), incidentId: 'delivered' }]);
  expect(await connectionDelivery(own, tables)).toMatchObject({ pending: 1, counted: true });
});

test('is bounded, and says so', async () => {
  await wait(own, tenantId, 230);
  await giveUp(own, tenantId, 1_100);
  expect(await connectionDelivery(own, tables)).toMatchObject({ pending: 200, dead: 1_000, counted: false });
});

test('tells the state the connection is in', async () => {
  const lastError = { at: '2026-11-20T08:00:00.000Z', status: 503, reason: 'answered 503' };
  const down = { ...newConnectionState, state: 'down' as const, failures: 3, since: lastError.at, lastError };
  await connectionStates(tables.connections).update(own, () => down);
  expect(await connectionDelivery(own, tables)).toMatchObject(down);
});
