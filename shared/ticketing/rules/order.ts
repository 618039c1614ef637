import type { SyncedField } from '../../model/connection';
import type { Link, TicketSaid } from '../../model/link';
import type { TicketEvent } from '../../model/ticket';
import { compareVersions } from './compareVersions';

/** Whether the ticket has said something newer of a field, or this very thing at this very moment. */
export const isOld = (last: TicketSaid | undefined, event: TicketEvent, word: string | null): boolean => {
  if (last === undefined) return false;
  const bothVersions = last.version !== null && event.version !== null;
  const order = bothVersions
    ? compareVersions(event.version, last.version)
    : Date.parse(event.occurredAt) - Date.parse(last.at);
  return order < 0 || (order === 0 && last.value === word);
};

/** How long a write of ours may be under way, by its plan; clocks that differ are in it. */
const writeMs = 30_000;

/** Whether a value of ours was written over what an event says before the event reached us: it happened before that write was over. */
export const isOvertaken = ({ applied }: Link, field: SyncedField, occurredAtMs: number): boolean => {
  const written = applied.findLast((change) => change.field === field && change.from === 'defender');
  return written !== undefined && occurredAtMs < written.atMs + writeMs;
};

/** Whether a value of ours was written to the ticket after an event for certain, however late it comes: well after, because clocks differ. */
export const isWrittenOver = ({ applied }: Link, field: SyncedField, occurredAtMs: number): boolean =>
  applied.some(
    (change) => change.field === field && change.from === 'defender' && occurredAtMs + writeMs < change.atMs,
  );

/**
 * Whether an event shows no more than what the ticket was told before a write of ours, however late it comes: nobody had moved it. Well before
 * that write, because clocks differ, and what people set right after it may look the same.
 * @param isSaid whether the event says this value of Defender's
 */
export const isAsBefore = (
  { applied }: Link,
  field: SyncedField,
  occurredAtMs: number,
  isSaid: (value: string | null) => boolean,
): boolean => {
  const next = applied.find(
    (change) => change.field === field && change.from === 'defender' && occurredAtMs + writeMs < change.atMs,
  );
  return next?.over !== undefined && isSaid(next.over);
};

/** Whether Defender's value, though both sides agreed on it since, was set later than an event says something else. */
export const isSetLater = ({ setAt }: Link, field: SyncedField, occurredAtMs: number): boolean =>
  occurredAtMs < Date.parse(setAt[field] ?? '');

/** The newer of two versions of a ticket. */
export const newestVersion = (known: string | null, given: string | null): string | null => {
  if (known === null || given === null) return known ?? given;
  return compareVersions(given, known) > 0 ? given : known;
};
