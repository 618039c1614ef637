import type { JsonObject } from '../model/incident';
import type { Delivery, DeliveryOutcome, DeliveryState, EventType, OutboxEvent } from '../model/outbox';
import type { Time7 } from '../model/time7';
import { mustBeTime7 } from '../model/time7';
import type { Blobs, Column, Row, StoredRow, Table } from '../ports';
import type { PackedBody } from './body';
import { unpackBody } from './body';
import { count, flag, present, text } from './columns';
import { escapeKey, eventRowKey, eventRows } from './keys';
import type { Lane } from './openLanes';

/**
 * An event that no one has tried to deliver yet.
 * @param body of its version, for targets that are sent every one; kept only where it fits one column, or a batch might grow too large
 */
export const toEventRow = (event: OutboxEvent, body?: PackedBody): Row => ({
  partitionKey: event.tenantId,
  rowKey: eventRowKey(event.incidentId, event.connectionId, event.version),
  ...event,
  state: 'pending',
  attempts: 0,
  ...smallBody(body),
});

const smallBody = (body: PackedBody | undefined): Readonly<Record<string, Column>> => {
  const { body0, body1 } = body?.columns ?? {};
  return body0 === undefined || body1 !== undefined ? {} : { body0 };
};

/** How an event fares, without all that its row holds. */
export interface ListedEvent {
  readonly event: Delivery;
  /** Of its last write, by the storage's clock. */
  readonly writtenAt: Time7;
  readonly rowKey: string;
}

/** An event as it was read, whole: only such a one may be written again. */
export interface StoredEvent extends ListedEvent {
  readonly etag: string;
  /** With its body, where it keeps one. */
  readonly row: Row;
}

/** All events of a lane. */
const laneRows = ({ incidentId, targetId }: Lane) => {
  const prefix = `o_${escapeKey(incidentId)}_${escapeKey(targetId)}`;
  return { rowFrom: `${prefix}_`, rowBefore: `${prefix}\`` } as const;
};

const isPending = [{ column: 'state', op: 'eq', value: 'pending' }] as const;

/** What waits in a lane, oldest version first. */
export const pendingOf = async (tenantId: string, lane: Lane, table: Table): Promise<readonly StoredEvent[]> => {
  const found: StoredEvent[] = [];
  for await (const page of table.pages({ partition: tenantId, ...laneRows(lane), where: isPending }))
    found.push(...page.map(toStoredEvent));
  return found.sort((one, other) => (one.event.version < other.event.version ? -1 : 1));
};

/** Without their bodies; only what the sweep and lists look at. */
const listColumns = [
  ...['eventId', 'tenantId', 'connectionId', 'incidentId', 'type', 'version', 'watchedDigest', 'state', 'attempts'],
  ...['nextAttempt', 'lastAt', 'lastStatus', 'lastReason', 'replay'],
] as const;

/** Of a tenant, in order of incident, connection and version, after the row key `after`. */
export async function* deliveryPages(
  tenantId: string,
  table: Table,
  options: {
    readonly state?: DeliveryState;
    readonly targetId?: string;
    readonly after?: string;
    readonly lane?: Lane;
    readonly pageSize?: number;
  } = {},
): AsyncIterable<readonly ListedEvent[]> {
  const { state, targetId, after, lane, pageSize } = options;
  const equal = Object.entries({ state, connectionId: targetId }).flatMap(([column, value]) =>
    value === undefined ? [] : [{ column, op: 'eq' as const, value }],
  );
  const range = lane === undefined ? eventRows : laneRows(lane);
  const rowFrom = after === undefined ? range.rowFrom : `${after}!`;
  const query = { partition: tenantId, ...range, rowFrom, where: equal, select: listColumns };
  for await (const page of table.pages({ ...query, ...(pageSize === undefined ? {} : { pageSize }) }))
    yield page.map((found) => {
      const { event, writtenAt, rowKey } = toStoredEvent(found);
      return { event, writtenAt, rowKey };
    });
}

export const readEvent = async (
  {
    tenantId,
    connectionId,
    incidentId,
    version,
  }: Pick<OutboxEvent, 'tenantId' | 'connectionId' | 'incidentId' | 'version'>,
  table: Table,
): Promise<StoredEvent | undefined> => {
  const found = await table.get(tenantId, eventRowKey(incidentId, connectionId, version));
  return found && toStoredEvent(found);
};

/** The body of the event's own version; undefined where it kept none. */
export const eventBody = async ({ row }: StoredEvent, blobs: Blobs): Promise<JsonObject | undefined> =>
  row.body0 === undefined ? undefined : unpackBody(row, blobs);

/** What a try changes of an event. */
export type DeliveryChange = Pick<Delivery, 'state' | 'attempts' | 'nextAttempt' | 'lastOutcome' | 'isReplay'>;

/** The row as it was read but for `change`. */
export const changedEventRow = ({ row, event }: StoredEvent, change: Partial<DeliveryChange>): Row => {
  const { state, attempts, nextAttempt, lastOutcome, isReplay } = { ...event, ...change };
  const kept = Object.entries(row).filter(([column]) => !changing.has(column));
  return {
    partitionKey: row.partitionKey,
    rowKey: row.rowKey,
    ...Object.fromEntries(kept),
    state,
    attempts,
    ...present({
      nextAttempt,
      lastAt: lastOutcome?.at,
      lastStatus: lastOutcome?.status,
      lastReason: lastOutcome?.reason,
      replay: isReplay ? true : null,
    }),
  };
};

const changing = new Set(['partitionKey', 'rowKey', 'nextAttempt', 'lastAt', 'lastStatus', 'lastReason', 'replay']);

export const toStoredEvent = ({ row, etag, writtenAt }: StoredRow): StoredEvent => ({
  event: {
    eventId: text(row, 'eventId') ?? '',
    tenantId: row.partitionKey,
    connectionId: text(row, 'connectionId') ?? '',
    incidentId: text(row, 'incidentId') ?? '',
    type: (text(row, 'type') ?? 'updated') as EventType,
    version: mustBeTime7(row.version, 'version'),
    watchedDigest: text(row, 'watchedDigest') ?? '',
    state: (text(row, 'state') ?? 'pending') as DeliveryState,
    attempts: count(row, 'attempts'),
    nextAttempt: text(row, 'nextAttempt'),
    lastOutcome: outcomeOf(row),
    isReplay: flag(row, 'replay'),
  },
  etag,
  writtenAt,
  rowKey: row.rowKey,
  row,
});

const outcomeOf = (row: Row): DeliveryOutcome | null => {
  const at = text(row, 'lastAt');
  const status = row.lastStatus;
  return at === null
    ? null
    : { at, status: typeof status === 'number' ? status : null, reason: text(row, 'lastReason') };
};

/** The event of that id; undefined where the tenant has none. Ids stand in no key: this looks through the tenant's events. */
export const findEvent = async (tenantId: string, eventId: string, table: Table): Promise<StoredEvent | undefined> => {
  const where = [{ column: 'eventId', op: 'eq' as const, value: eventId }];
  for await (const [found] of table.pages({ partition: tenantId, ...eventRows, where }))
    if (found !== undefined) return toStoredEvent(found);
  return undefined;
};

/** Of a tenant and state, whole, so that they may be written again. */
export async function* wholeEventPages(
  tenantId: string,
  state: DeliveryState,
  table: Table,
  pageSize: number,
): AsyncIterable<readonly StoredEvent[]> {
  const where = [{ column: 'state', op: 'eq' as const, value: state }];
  for await (const page of table.pages({ partition: tenantId, ...eventRows, where, pageSize }))
    yield page.map(toStoredEvent);
}
