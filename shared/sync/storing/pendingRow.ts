import { isOpen, missesToVanish } from '../../model/incident';
import type { OutboxEvent, Target } from '../../model/outbox';
import type { QuarantineEntry } from '../../model/quarantine';
import type { Time7 } from '../../model/time7';
import type { Blobs, Row, RowOperation, StoredRow } from '../../ports';
import type { PackedBody } from '../../store/body';
import { packBody } from '../../store/body';
import { text } from '../../store/columns';
import type { Feed, FeedEntry } from '../../store/feed';
import { checkRow, wireBytes } from '../../store/guard';
import type { Announced, KnownIncident } from '../../store/incidents';
import { toIncidentRow } from '../../store/incidents';
import { incidentRowKey, quarantineRowKey } from '../../store/keys';
import { toEventRow } from '../../store/outbox';
import { toQuarantineRow } from '../../store/quarantine';
import type { Judged } from '../comparing/diff';
import { announce } from '../comparing/events';

/** What is written together or not at all: an incident's row with its events, or a row of the quarantine. */
export interface PendingRow {
  readonly operations: readonly RowOperation[];
  readonly bytes: number;
  /** Undefined where it is no incident. */
  readonly incident: PendingIncident | undefined;
  /** By how many the tenant's open incidents grow, where no incident is written. */
  readonly openChange?: number;
}

export interface PendingIncident {
  /** Without its body, which is many times larger as it was read than as it is packed. */
  readonly judged: Judged;
  readonly packed: PackedBody;
  readonly announced: Announced;
  readonly events: readonly OutboxEvent[];
}

const bytesOf = (operations: readonly RowOperation[]): number =>
  operations.reduce((sum, operation) => sum + (operation.kind === 'delete' ? 500 : wireBytes(operation.row)), 0);

const packedOf = (tenantId: string, { incident: { header, version, body } }: Judged): PackedBody =>
  packBody(body, `${tenantId}/${incidentRowKey(header.incidentId)}/${version.replaceAll(':', '')}`);

/** @throws ContractError where Azure would refuse a row of it */
export const toPendingIncident = (
  tenantId: string,
  judged: Judged,
  targets: readonly Target[],
  packed: PackedBody = packedOf(tenantId, judged),
): PendingRow => {
  const { incident, digests, known } = judged;
  const { events, announced } = announce(tenantId, judged, targets);
  const header = toIncidentRow({ tenantId, ...incident }, digests, announced);
  const row: Row = { ...header, ...packed.columns };
  checkRow(row);
  const operations: RowOperation[] = [
    known === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag: known.etag },
    // Written again after an answer was lost, it is the same event under the same key.
    ...events.map((event): RowOperation => ({ kind: 'upsert', row: eventRowOf(event, targets, packed) })),
  ];
  return {
    operations,
    bytes: bytesOf(operations),
    incident: { judged: { ...judged, incident: { ...incident, body: {} } }, packed, announced, events },
  };
};

/** Who is sent every version finds each one's body with its event. */
const eventRowOf = (event: OutboxEvent, targets: readonly Target[], packed: PackedBody): Row => {
  const { keepsVersions = false } = targets.find(({ connectionId }) => connectionId === event.connectionId) ?? {};
  return keepsVersions ? toEventRow(event, packed) : toEventRow(event);
};

export const toPendingQuarantine = (tenantId: string, entry: QuarantineEntry): PendingRow => {
  const operations: RowOperation[] = [{ kind: 'upsert', row: toQuarantineRow(tenantId, entry) }];
  return { operations, bytes: bytesOf(operations), incident: undefined };
};

/** Only of a row that is there: a delete in vain would undo its whole batch. */
export const toPendingRelease = (tenantId: string, incidentId: string): PendingRow => {
  const operations: RowOperation[] = [{ kind: 'delete', partitionKey: tenantId, rowKey: quarantineRowKey(incidentId) }];
  return { operations, bytes: bytesOf(operations), incident: undefined };
};

/** A deep read in which Defender did not know an incident. */
export interface Miss {
  /** In a row, this one included. */
  readonly misses: number;
  readonly missedBy: string;
  readonly at: Time7;
}

/**
 * The row of an incident that a deep read did not find, as it is but for that: `misses` in a row, and `vanishedAt` once they are enough.
 * @param found the whole row as it was read
 */
export const toPendingMiss = ({ row, etag }: StoredRow, { misses, missedBy, at }: Miss): PendingRow => {
  const isGone = misses >= missesToVanish;
  const wasGone = row.vanishedAt !== undefined;
  const next: Row = { ...row, misses, missedBy, ...(isGone && !wasGone ? { vanishedAt: at } : {}) };
  const operations: RowOperation[] = [{ kind: 'replace', row: next, etag }];
  const isLoss = isGone && !wasGone && isOpen(text(row, 'status'));
  return { operations, bytes: bytesOf(operations), incident: undefined, openChange: isLoss ? -1 : 0 };
};

const incidentsIn = (batch: readonly PendingRow[]): readonly PendingIncident[] =>
  batch.flatMap(({ incident }) => incident ?? []);

/** What a batch does to the tenant's counters. */
export const effectOf = (batch: readonly PendingRow[]) => {
  const incidents = incidentsIn(batch);
  return {
    incidentWrites: incidents.length,
    queued: incidents.reduce((sum, { events }) => sum + events.length, 0),
    stored: incidents.filter(({ judged }) => judged.known === undefined).length,
    open:
      incidents.reduce((sum, { judged }) => sum + openChange(judged), 0) +
      batch.reduce((sum, { openChange: change = 0 }) => sum + change, 0),
  };
};

/** By how many the tenant's open incidents grow. */
const openChange = ({ incident, known }: Judged): number =>
  Number(isOpen(incident.header.status)) - Number(known !== undefined && countsAsOpen(known));

const countsAsOpen = ({ status, misses }: KnownIncident): boolean => isOpen(status) && misses < missesToVanish;

export const feedEntries = (batch: readonly PendingRow[]) =>
  incidentsIn(batch).map(({ judged: { incident } }) => ({
    incidentId: incident.header.incidentId,
    version: incident.version,
    header: incident.header,
  }));

/** What a batch tells whom. */
export const eventsIn = (batch: readonly PendingRow[]): readonly OutboxEvent[] =>
  incidentsIn(batch).flatMap(({ events }) => events);

/** How many blobs it put. */
export const putBodies = async (bodies: Blobs, batch: readonly PendingRow[]): Promise<number> => {
  const blobs = incidentsIn(batch).flatMap(({ packed: { blob } }) => blob ?? []);
  await Promise.all(blobs.map(({ name, content }) => bodies.put(name, content)));
  return blobs.length;
};

/** The row as a later look at the store would find it. */
export const asKnown = (
  { judged: { incident, digests }, packed, announced }: PendingIncident,
  etag: string,
): KnownIncident => ({
  etag,
  version: incident.version,
  ...digests,
  status: incident.header.status,
  bodyBlob: packed.blob?.name ?? null,
  complete: incident.complete,
  misses: 0,
  announced,
});

/** Takes away what the batch left behind; what stays is a hint that points nowhere and is dropped when met. */
export const cleanUp = async (
  { feed, bodies }: { readonly feed: Feed; readonly bodies: Blobs },
  tenantId: string,
  batch: readonly PendingRow[],
): Promise<void> => {
  const incidents = incidentsIn(batch);
  const replaced = incidents.flatMap(({ judged: { known, incident } }): FeedEntry[] =>
    known === undefined || known.version === incident.version
      ? []
      : [{ incidentId: incident.header.incidentId, version: known.version }],
  );
  const blobs = incidents.flatMap(({ judged: { known }, packed }) =>
    typeof known?.bodyBlob !== 'string' || known.bodyBlob === packed.blob?.name ? [] : [known.bodyBlob],
  );
  const hints = replaced.length === 0 ? Promise.resolve() : feed.remove(tenantId, replaced);
  await Promise.all([hints, ...blobs.map((name) => bodies.delete(name))]).catch(() => undefined);
};
