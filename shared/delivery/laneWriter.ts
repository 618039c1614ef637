import { AppError, ConflictError, UpstreamError } from '../errors';
import type { JournalEntry } from '../model/conflict';
import type { FoundLink, Link } from '../model/link';
import type { RowOperation, Table } from '../ports';
import { toJournalRow } from '../store/journal';
import { linkStore, toLinkRow } from '../store/links';
import type { DeliveryChange, StoredEvent } from '../store/outbox';
import { changedEventRow, readEvent } from '../store/outbox';

/** A link that this attempt holds, or may take. */
export interface HeldLink {
  readonly tenantId: string;
  /** Writes the link with this attempt as its holder. @throws ConflictError where another was faster */
  hold(link: Link): Promise<void>;
  /** What writes `link` and lets go of it, over what this attempt wrote last. */
  release(link: Link): RowOperation;
  readonly isHeld: boolean;
  /** The etag that it had before `operation` was written; undefined: there was no row. */
  readonly etag: string | undefined;
  /** After a batch with its release. */
  written(etag: string | undefined): void;
}

export const heldLink = (table: Table, tenantId: string, found: FoundLink | undefined, by: string): HeldLink => {
  let etag = found?.etag;
  let isHeld = false;
  return {
    tenantId,
    hold: async (link) => {
      etag = await linkStore(tenantId, table).claim(link, etag, by);
      isHeld = true;
    },
    release: (link) => {
      const row = toLinkRow(link, null);
      return etag === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag };
    },
    get isHeld() {
      return isHeld;
    },
    get etag() {
      return etag;
    },
    written: (next) => {
      etag = next;
      isHeld = false;
    },
  };
};

/** What an attempt leaves behind, all or nothing. */
export interface LaneBatch {
  readonly links: readonly { readonly held: HeldLink; readonly link: Link }[];
  readonly events: readonly { readonly stored: StoredEvent; readonly change: Partial<DeliveryChange> }[];
  readonly journal: readonly JournalEntry[];
}

const maxTries = 3;

/**
 * Writes links, events and journal in one batch. An event that changed meanwhile (someone asked for it again, or the run that announced it
 * wrote it twice) is left as it is and found by the next look at the lane.
 * @throws ConflictError where the links are not ours any more
 */
export const writeLane = async (table: Table, batch: LaneBatch): Promise<void> => {
  let { events } = batch;
  for (let tries = 1; ; tries += 1) {
    const operations = operationsOf(batch, events);
    if (operations.length === 0) return;
    try {
      const etags = await table.writeBatch(operations);
      batch.links.forEach(({ held }, at) => held.written(etags[at]));
      return;
    } catch (error) {
      if (!(error instanceof AppError) || tries >= maxTries) throw error;
      if (error instanceof UpstreamError) {
        // Only this attempt could have written over what it holds.
        if (await isWritten(table, batch)) return;
      } else {
        if (await isLost(table, batch)) throw new ConflictError('The lane is not ours any more', { cause: error });
        events = await unchanged(table, events);
      }
    }
  }
};

const operationsOf = ({ links, journal }: LaneBatch, events: LaneBatch['events']): readonly RowOperation[] => [
  ...links.map(({ held, link }) => held.release(link)),
  ...events.map(({ stored, change }): RowOperation => ({
    kind: 'replace',
    row: changedEventRow(stored, change),
    etag: stored.etag,
  })),
  ...journal.map((entry): RowOperation => ({ kind: 'upsert', row: toJournalRow(entry) })),
];

const etagOf = async (table: Table, { link }: LaneBatch['links'][number]): Promise<string | undefined> =>
  (await linkStore(link.tenantId, table).get(link.targetId, link.incidentId))?.etag;

const isWritten = async (table: Table, { links, events }: LaneBatch): Promise<boolean> => {
  const [first] = links;
  if (first !== undefined) return (await etagOf(table, first)) !== first.held.etag;
  const [event] = events;
  return event !== undefined && (await readEvent(event.stored.event, table))?.etag !== event.stored.etag;
};

const isLost = async (table: Table, { links }: LaneBatch): Promise<boolean> => {
  const etags = await Promise.all(links.map((each) => etagOf(table, each)));
  return etags.some((etag, at) => etag !== links[at]?.held.etag);
};

const unchanged = async (table: Table, events: LaneBatch['events']): Promise<LaneBatch['events']> => {
  const now = await Promise.all(events.map(({ stored }) => readEvent(stored.event, table)));
  return events.filter(({ stored }, at) => now[at]?.etag === stored.etag);
};
