import type { Cursor } from '../model/cursor';
import { isOpen } from '../model/incident';
import type { Blobs, Row, RowOperation } from '../ports';
import type { PackedBody } from '../store/body';
import { packBody } from '../store/body';
import type { Feed, FeedEntry } from '../store/feed';
import { wireBytes } from '../store/guard';
import type { KnownIncident } from '../store/incidents';
import { toIncidentRow } from '../store/incidents';
import type { Judged } from './diff';

/** An incident row ready to be written. */
export interface PendingRow {
  readonly judged: Judged;
  /** Holds once this row, and all queued before it, are written. */
  readonly cursor: Cursor;
  readonly row: Row;
  readonly packed: PackedBody;
  readonly bytes: number;
}

export const toPendingRow = (tenantId: string, judged: Judged, cursor: Cursor): PendingRow => {
  const { incident, digests } = judged;
  const header = toIncidentRow({ tenantId, ...incident }, digests);
  const packed = packBody(incident.body, `${tenantId}/${header.rowKey}/${incident.version.replaceAll(':', '')}`);
  const row: Row = { ...header, ...packed.columns };
  return { judged, cursor, row, packed, bytes: wireBytes(row) };
};

export const toOperation = ({ judged, row }: PendingRow): RowOperation =>
  judged.known === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag: judged.known.etag };

/** By how many the tenant's open incidents grow. */
export const openChange = ({ incident, known }: Judged): number =>
  Number(isOpen(incident.header.status)) - (known === undefined ? 0 : Number(isOpen(known.status)));

export const feedEntry = ({ incident }: Judged) => ({
  incidentId: incident.header.incidentId,
  version: incident.version,
  header: incident.header,
});

export const putBodies = async (bodies: Blobs, batch: readonly PendingRow[]): Promise<void> => {
  await Promise.all(
    batch.flatMap(({ packed: { blob } }) => (blob === undefined ? [] : [bodies.put(blob.name, blob.content)])),
  );
};

/** The row as a later look at the store would find it. */
export const asKnown = ({ judged: { incident, digests }, packed }: PendingRow, etag: string): KnownIncident => ({
  etag,
  version: incident.version,
  ...digests,
  status: incident.header.status,
  bodyBlob: packed.blob?.name ?? null,
});

/** Takes away what the batch left behind; what stays is a hint that points nowhere and is dropped when met. */
export const cleanUp = async (
  { feed, bodies }: { readonly feed: Feed; readonly bodies: Blobs },
  tenantId: string,
  batch: readonly PendingRow[],
): Promise<void> => {
  const replaced = batch.flatMap(({ judged: { known, incident } }): FeedEntry[] =>
    known === undefined || known.version === incident.version
      ? []
      : [{ incidentId: incident.header.incidentId, version: known.version }],
  );
  const blobs = batch.flatMap(({ judged: { known }, packed }) =>
    typeof known?.bodyBlob !== 'string' || known.bodyBlob === packed.blob?.name ? [] : [known.bodyBlob],
  );
  const hints = replaced.length === 0 ? Promise.resolve() : feed.remove(tenantId, replaced);
  await Promise.all([hints, ...blobs.map((name) => bodies.delete(name))]).catch(() => undefined);
};
