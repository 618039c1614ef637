import type { SyncedField } from '../../model/connection';
import type { LedgerEntry, Link } from '../../model/link';
import { shortHash } from './shortHash';

/** Tools repeat a webhook for hours. That is long, but harmless: an entry speaks only of what happened within `nearMs` of its write. */
const keptMs = 24 * 60 * 60_000;
const nearMs = 2 * 60_000;
const maxEntries = 60;

/** The ledger with values of ours that are on their way to one side, and without what has run out. */
export const withEntries = (
  { ledger, targetId, incidentId }: Link,
  side: LedgerEntry['side'],
  values: readonly { readonly field: LedgerEntry['field']; readonly value: string | null }[],
  nowMs: number,
): readonly LedgerEntry[] => {
  const added = values.map(({ field, value }): LedgerEntry => ({
    writeId: `p${shortHash(16, targetId, incidentId, side, field, value ?? '', String(nowMs))}`,
    side,
    field,
    value,
    untilMs: nowMs + keptMs,
  }));
  return [...ledger.filter(({ untilMs }) => untilMs > nowMs), ...added].slice(-maxEntries);
};

/** When it was written, milliseconds since 1970. */
export const writtenAtMs = ({ untilMs }: LedgerEntry): number => untilMs - keptMs;

/** What a ticket says of one field, and which event says so. */
export interface Saying {
  readonly field: SyncedField;
  readonly value: string | null;
  readonly occurredAtMs: number;
  /** `causeOf` the event. */
  readonly cause: string;
}

/**
 * The write of ours whose echo a value from the ticket may be: it says the same and happened at about that time. The one it was found to be
 * the echo of before, because what is tried again has to be known again; else the oldest that had none.
 */
export const echoOf = (
  ledger: readonly LedgerEntry[],
  { field, value, occurredAtMs, cause }: Saying,
  nowMs: number,
): LedgerEntry | undefined => {
  const alike = ledger.filter(
    (entry) =>
      entry.side === 'ticket' &&
      entry.field === field &&
      entry.value === value &&
      entry.untilMs > nowMs &&
      Math.abs(writtenAtMs(entry) - occurredAtMs) <= nearMs,
  );
  return alike.find(({ echo }) => echo === cause) ?? alike.find(({ echo }) => echo === undefined);
};
