import type { JournalEntry } from '../../model/conflict';
import type { SyncedField } from '../../model/connection';
import type { Link, TicketSaid } from '../../model/link';
import type { SyncedValues } from '../../model/ticket';
import type { IncidentChange, InboundInput } from './inboundPlan';
import { journalEntry } from './journalEntry';
import type { Saying } from './ledger';

/** What one field of an event comes to. */
export interface Outcome {
  readonly update: IncidentChange;
  /** Values that both sides agree on from here. */
  readonly base: SyncedValues;
  readonly said: Readonly<Partial<Record<SyncedField, TicketSaid>>>;
  /** When Defender set a value that is agreed on here. */
  readonly setAt?: Link['setAt'];
  readonly journal: readonly JournalEntry[];
  readonly resend: boolean;
  readonly ignored: 'old' | 'echo' | 'notAllowed' | null;
}

export const noOutcome: Outcome = { update: {}, base: {}, said: {}, journal: [], resend: false, ignored: null };

export const said = (
  field: SyncedField,
  value: string | null,
  { event }: InboundInput,
  isOverwritten: boolean,
): Outcome['said'] => ({ [field]: { value, version: event.version, at: event.occurredAt, isOverwritten } });

/** Names the event, so that what is taken in twice is journalled once. */
export const causeOf = ({ event }: InboundInput): string =>
  `${event.ticketId} ${event.version ?? ''} ${event.occurredAt}`;

export const sayingOf = (input: InboundInput, field: SyncedField, value: string | null): Saying => ({
  ...{ field, value, cause: causeOf(input) },
  occurredAtMs: Date.parse(input.event.occurredAt),
});

interface Overruled {
  readonly field: SyncedField;
  readonly value: string | null;
  readonly holds: string | null;
  readonly because: string;
  readonly change?: SyncedValues;
}

const word = (value: string | null): string => value ?? 'none';

/** The ticket's value does not hold. */
export const ticketOverruled = (input: InboundInput, { because, ...rest }: Overruled): JournalEntry =>
  journalEntry(input.link, causeOf(input), {
    ...rest,
    kind: 'overruled',
    at: input.now,
    side: 'ticket',
    actor: input.event.actor?.name ?? input.event.actor?.id ?? null,
    because: `The ticket says ${rest.field} ${word(rest.value)}, but ${word(rest.holds)} holds: ${because}.`,
  });

/** Defender's value does not hold. */
export const defenderOverruled = (input: InboundInput, { because, ...rest }: Overruled): JournalEntry =>
  journalEntry(input.link, causeOf(input), {
    ...rest,
    kind: 'overruled',
    at: input.now,
    side: 'defender',
    actor: writerOf(input),
    because: `Defender says ${rest.field} ${word(rest.value)}, but ${word(rest.holds)} of the ticket holds: ${because}.`,
  });

/** What an Analyst has to decide on. */
export const proposal = (input: InboundInput, { because, ...rest }: Overruled): JournalEntry =>
  journalEntry(input.link, causeOf(input), {
    ...rest,
    kind: 'proposal',
    at: input.now,
    side: 'ticket',
    actor: input.event.actor?.name ?? input.event.actor?.id ?? null,
    because: `The ticket says ${rest.field} ${word(rest.value)}. It is for an Analyst to decide: ${because}.`,
  });

/** Who changed the incident last, as Graph tells. */
const writerOf = ({ live }: InboundInput): string | null => {
  const { lastModifiedBy } = live.body;
  return typeof lastModifiedBy === 'string' && lastModifiedBy !== '' ? lastModifiedBy : null;
};

/** Whose rule decided between two values. */
export const ruleOf = ({ connection }: InboundInput, field: SyncedField): string => {
  const owner = connection.ownership[field];
  if (owner === 'latest')
    return 'both were changed, and the later one holds, or the end where they are two minutes apart';
  return `both were changed, and ${owner === 'ticket' ? "the ticket's" : "Defender's"} value of it holds`;
};
