import { AppError } from '../errors';
import type { Connection } from '../model/connection';
import { allTenants, targetIdOf } from '../model/connection';
import { isOpen } from '../model/incident';
import type { OutboxEvent } from '../model/outbox';
import type { Tenant } from '../model/tenant';
import { mustBeTime7 } from '../model/time7';
import type { Clock, Log, Queue, RowOperation, StoredRow, Table } from '../ports';
import { text } from '../store/columns';
import type { ConnectionStore } from '../store/connections';
import { maxOperations } from '../store/guard';
import { incidentIdOfRowKey, incidentRows, tenantPartition } from '../store/keys';
import type { OpenLanes } from '../store/openLanes';
import { readEvent, toEventRow } from '../store/outbox';
import type { TenantRegistry } from '../store/tenants';
import { eventIdOf } from '../sync/comparing/events';
import type { AnnounceMessage } from './deliverMessage';
import { sendLanes } from './deliverMessage';
import type { Targets } from './targets';

export interface AnnounceStoredDeps {
  readonly connections: Pick<ConnectionStore, 'get'>;
  readonly registry: Pick<TenantRegistry, 'get' | 'pages'>;
  readonly incidents: Table;
  readonly lanes: Pick<OpenLanes, 'add'>;
  readonly targets: Pick<Targets, 'forget'>;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rows of one page; after each page the place is known. */
const pageSize = 500;
/** One message works so long, and hands the rest to the next. */
const budgetMs = 60_000;
const sideBySide = 16;

type Place = NonNullable<AnnounceMessage['announce']['from']>;

/**
 * After a connection was put: writes events for what is stored and that it wants to hear of, which is what was updated after its `since`, and
 * with `backlog: open` whatever is open. The events are those that a run would have written, so that doing it again changes nothing.
 * @returns events written
 */
export const announceStored = async (
  deps: AnnounceStoredDeps,
  { scope, connectionId, from }: AnnounceMessage['announce'],
): Promise<number> => {
  deps.targets.forget();
  const connection = await deps.connections.get(scope, connectionId);
  if (connection?.enabled !== true) return 0;
  const untilMs = deps.clock.elapsedMs() + budgetMs;
  let written = 0;
  for await (const tenant of tenantsFrom(deps, connection, from?.tenantId)) {
    const after = tenant.tenantId === from?.tenantId ? from.after : undefined;
    for await (const page of incidentPages(deps, tenant, after)) {
      written += await announcePage(deps, connection, tenant, page);
      const last = page.at(-1)?.row.rowKey;
      if (last === undefined || deps.clock.elapsedMs() < untilMs) continue;
      const place: Place = { tenantId: tenant.tenantId, after: last };
      await deps.queue.send({ announce: { scope, connectionId, from: place } });
      deps.log.info('stored incidents announced in part', { scope, connectionId, written });
      return written;
    }
  }
  deps.log.info('stored incidents announced', { scope, connectionId, written });
  return written;
};

async function* tenantsFrom(
  { registry }: AnnounceStoredDeps,
  { scope, excludeTenants }: Connection,
  first: string | undefined,
): AsyncIterable<Tenant> {
  if (scope !== allTenants) {
    const only = await registry.get(scope);
    if (only?.enabled === true) yield only;
    return;
  }
  const start = first === undefined ? '000' : tenantPartition(first);
  for await (const page of registry.pages(start, undefined))
    for (const tenant of page) {
      const { tenantId, enabled } = tenant;
      const isBefore = first !== undefined && tenantPartition(tenantId) === start && tenantId < first;
      if (!isBefore && enabled && !excludeTenants.includes(tenantId)) yield tenant;
    }
}

const columns = ['version', 'status', 'watchedDigest', 'announced', 'vanishedAt'] as const;

const incidentPages = (
  { incidents }: AnnounceStoredDeps,
  { tenantId }: Tenant,
  after: string | undefined,
): AsyncIterable<readonly StoredRow[]> => {
  const rowFrom = after === undefined ? incidentRows.rowFrom : `${after}!`;
  return incidents.pages({ partition: tenantId, ...incidentRows, rowFrom, select: columns, pageSize });
};

const announcePage = async (
  deps: AnnounceStoredDeps,
  connection: Connection,
  { tenantId }: Tenant,
  page: readonly StoredRow[],
): Promise<number> => {
  const wanted = page.flatMap(({ row }) => eventOf(connection, tenantId, row) ?? []);
  const missing = await withoutEvent(deps.incidents, wanted);
  if (missing.length === 0) return 0;
  const lanes = missing.map(({ connectionId, incidentId }) => ({ tenantId, targetId: connectionId, incidentId }));
  await deps.lanes.add(tenantId, lanes);
  for (let start = 0; start < missing.length; start += maxOperations)
    await insertAll(deps.incidents, missing.slice(start, start + maxOperations));
  await sendLanes(deps.queue, lanes);
  return missing.length;
};

const eventOf = (connection: Connection, tenantId: string, row: StoredRow['row']): OutboxEvent | undefined => {
  const version = mustBeTime7(row.version, 'version');
  const status = text(row, 'status');
  const isWanted = version >= connection.since || (connection.backlog === 'open' && isOpen(status));
  const connectionId = targetIdOf(connection);
  const watchedDigest = text(row, 'watchedDigest') ?? '';
  if (!isWanted || row.vanishedAt !== undefined || isTold(row, connectionId, watchedDigest)) return undefined;
  const incidentId = incidentIdOfRowKey(row.rowKey);
  return {
    eventId: eventIdOf(tenantId, incidentId, version, watchedDigest, connectionId),
    tenantId,
    connectionId,
    incidentId,
    type: (status ?? '').toLowerCase() === 'redirected' ? 'merged' : 'created',
    version,
    watchedDigest,
  };
};

const isTold = (row: StoredRow['row'], connectionId: string, watchedDigest: string): boolean => {
  try {
    const announced = JSON.parse(text(row, 'announced') ?? '{}') as Readonly<Record<string, unknown>>;
    return announced[connectionId] === watchedDigest;
  } catch {
    return false;
  }
};

const withoutEvent = async (table: Table, events: readonly OutboxEvent[]): Promise<readonly OutboxEvent[]> => {
  const missing: OutboxEvent[] = [];
  for (let start = 0; start < events.length; start += sideBySide) {
    const some = events.slice(start, start + sideBySide);
    const found = await Promise.all(some.map((event) => readEvent(event, table)));
    missing.push(...some.filter((_, at) => found[at] === undefined));
  }
  return missing;
};

/** One that a run writes at the same moment undoes the batch: then they go one by one, and that one stays as it is. */
const insertAll = async (table: Table, events: readonly OutboxEvent[]): Promise<void> => {
  const operations = events.map((event): RowOperation => ({ kind: 'insert', row: toEventRow(event) }));
  try {
    await table.writeBatch(operations);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'ERR_CONFLICT') throw error;
    for (const operation of operations)
      await table.write(operation).catch((one: unknown) => {
        if (!(one instanceof AppError) || one.code !== 'ERR_CONFLICT') throw one;
      });
  }
};
