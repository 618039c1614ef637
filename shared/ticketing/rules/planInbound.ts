import type { JournalEntry } from '../../model/conflict';
import type { SyncedField } from '../../model/connection';
import type { Link, LinkedTicket } from '../../model/link';
import type { TicketStatus } from '../../model/ticket';
import type { Time7 } from '../../model/time7';
import { justAfter } from '../../model/time7';
import { breakerTrips, withApplied } from './breaker';
import { currentTicket, withState } from './currentTicket';
import type { Ignored, IncidentChange, InboundInput, InboundPlan } from './inboundPlan';
import type { IncomingComment } from './incomingComment';
import { incomingComment, noteForDefender, personOf } from './incomingComment';
import { incidentValues } from './incidentValues';
import { journalEntry } from './journalEntry';
import { withoutDoubt } from './inDoubt';
import { echoOf, withEntries } from './ledger';
import { mayBeOurs } from './mayBeOurs';
import { isMergedAway } from './planMerge';
import { isOld, isOvertaken, isWrittenOver, newestVersion } from './order';
import type { Outcome } from './outcome';
import { causeOf, said, sayingOf, ticketOverruled } from './outcome';
import { rememberedComments } from './rememberedComments';
import { fromTicketStatus, isDone } from './status';
import { statusIn, takeStatus } from './takeStatus';
import { takeAssignee } from './takeAssignee';
import { takeVerdict } from './takeVerdict';
import { keepSpecific, verdictOf } from './verdict';

/**
 * What a ticket's event brings about in Defender. Pure: the same event over the same state gives the same plan with the same ids, and an
 * event that was taken in already comes to nothing.
 */
export const planInbound = (input: InboundInput): InboundPlan => {
  const { event, link, live } = input;
  const ticket = link.tickets.find(({ ticketId }) => ticketId === event.ticketId);
  if (ticket === undefined) return ignore(link, 'unknownTicket');
  if (link.suspended !== null) return ignore(link, 'suspended');
  if (isMergedAway(live.header)) return ignore(link, 'redirected');
  if (event.actor !== null && event.actor.id === input.ownAccount) return ignore(withEcho(input), 'echo');
  if (event.kind === 'deleted') return planDeletion(input, ticket);
  const isInStep = input.isAside !== true && ticket === currentTicket(link) && ticket.state !== 'absorbed';
  if (!isInStep) return planAside(input, ticket);
  return planInStep(mayBeOurs(input) ? { ...input, link: withEcho(input) } : input);
};

/** The link after the PATCH, where the incident's version after it is known: what is stored and older is out of date. */
export const atVersion = (link: Link, version: Time7): Link =>
  link.seen === undefined || link.seen < version ? { ...link, seen: version } : link;

const planInStep = (input: InboundInput): InboundPlan => {
  const { event, link, live, now } = input;
  const ticket = currentTicket(link);
  if (ticket === undefined) return ignore(link, 'unknownTicket');
  const current = incidentValues(live.header);
  const verdict = keepSpecific(verdictOf(event, input.connection.mapping), current);
  const status = takeStatus(input, verdict);
  const outcomes: readonly Outcome[] = [status, takeVerdict(input, verdict, status), takeAssignee(input)];
  const update: IncidentChange = Object.assign({}, ...outcomes.map((outcome) => outcome.update)) as IncidentChange;
  const applied = withApplied(link.applied, changesOf(update, Date.parse(now)));
  const isWrite = Object.keys(update).length > 0;
  const trips = isWrite ? breakerTrips(applied, Date.parse(now)) : undefined;
  if (trips !== undefined) return stop(input, update, trips);

  const crossing = commentOf(input, ticket);
  const notes = isWrite ? [noteForDefender(input, attribution(input, ticket, update))] : [];
  const comments = [...notes, ...crossing.comments];
  const journal = [...outcomes.flatMap((outcome) => outcome.journal), ...crossing.journal];
  const base = Object.assign({}, link.base, ...outcomes.map((outcome) => outcome.base)) as Link['base'];
  const setNow = Object.fromEntries(Object.keys(update).map((field) => [field, event.occurredAt]));
  const after: Link = {
    ...link,
    tickets: link.tickets.map((one) => (one === ticket ? asOf(one, input) : one)),
    base,
    said: Object.assign({}, link.said, ...outcomes.map((outcome) => outcome.said)) as NonNullable<Link['said']>,
    setAt: Object.assign({}, link.setAt, ...outcomes.map(({ setAt }) => setAt), setNow) as Link['setAt'],
    applied,
    comments: rememberedComments(
      link.comments,
      [...notes, ...crossing.remembered].map(({ writeId }) => writeId),
      link.targetId,
    ),
  };
  const written = isWrite ? atVersion(withDefenderEntries(after, update, now), justAfter(live.version)) : after;
  return {
    ignored: isWrite || comments.length > 0 ? null : ignoredOf(outcomes, crossing.ignored, journal),
    ...(isWrite ? { update } : {}),
    comments: comments.map(({ text }) => text),
    journal,
    link: written,
    resend: outcomes.some(({ resend }) => resend),
  };
};

/**
 * Of a ticket that is not the one in step (an earlier one, or one whose incident was merged away) only comments are taken. Open beside the
 * survivor's it misleads people: where it was taken for closed, the merge is carried out once more.
 */
const planAside = (input: InboundInput, ticket: LinkedTicket): InboundPlan => {
  const { event, link, live, now } = input;
  const word = statusIn(event);
  const isEcho =
    word !== undefined &&
    mayBeOurs(input) &&
    echoOf(link.ledger, sayingOf(input, 'status', word), Date.parse(now)) !== undefined;
  const reopened = word === undefined || isEcho ? undefined : withOpened(input, ticket, word);
  const trips = reopened && breakerTrips(reopened.applied, Date.parse(now));
  if (trips !== undefined) return stop({ ...input, link: reopened ?? link }, {}, trips);

  const crossing = commentOf(input, ticket);
  const { status } = incidentValues(live.header);
  const value = word === undefined || isEcho ? status : fromTicketStatus(word, status);
  const because = `ticket ${ticket.number} is not the one in step any more`;
  const overruled =
    value !== status
      ? [ticketOverruled(input, { field: 'status', value, holds: status, because })]
      : reopened === undefined
        ? []
        : [openedAside(input, because)];
  const journal = [...overruled, ...crossing.journal];
  const ids = crossing.remembered.map(({ writeId }) => writeId);
  return {
    ignored: crossing.comments.length > 0 || journal.length > 0 ? null : 'notInStep',
    comments: crossing.comments.map(({ text }) => text),
    journal,
    link: { ...(reopened ?? link), comments: rememberedComments(link.comments, ids, link.targetId) },
    resend: reopened !== undefined,
  };
};

/**
 * The link of an incident that was merged away, with its ticket open again, so that the merge finds it so. Undefined where that is no news: it
 * was not taken for closed, or was closed since. Where that is not certain it is news: to close what is closed does no harm.
 */
const withOpened = (input: InboundInput, ticket: LinkedTicket, word: TicketStatus): Link | undefined => {
  const { event, link, now } = input;
  const isItsOwn = ticket === currentTicket(link) && link.storm === null;
  const isTakenForClosed = ticket.state === 'absorbed' || ticket.state === 'closed';
  if (!isItsOwn || !isTakenForClosed || isDone(word)) return undefined;
  if (isOld(link.said?.status, event, word)) return undefined;
  if (isWrittenOver(link, 'status', Date.parse(event.occurredAt))) return undefined;
  const status = fromTicketStatus(word, 'resolved');
  return {
    ...link,
    tickets: withState(link.tickets, 'open'),
    said: { ...link.said, ...said('status', word, input, false) },
    applied: withApplied(link.applied, changesOf(status === null ? {} : { status }, Date.parse(now))),
  };
};

const openedAside = (input: InboundInput, because: string): JournalEntry =>
  journalEntry(input.link, causeOf(input), {
    kind: 'overruled',
    at: input.now,
    side: 'ticket',
    actor: input.event.actor?.name ?? input.event.actor?.id ?? null,
    because: `Held open by ${personOf(input.event)}, but ${because}: its incident was merged into another, and so it is closed again, or becomes that one's where it has none.`,
    state: 'noted',
  });

/** A ticket that is deleted says nothing of its incident: people are told, and no more. */
const planDeletion = (input: InboundInput, ticket: LinkedTicket): InboundPlan => {
  const { link, event, now, writeBack } = input;
  if (ticket.state === 'deleted') return ignore(link, 'unchanged');
  const because = `Ticket ${ticket.number} was deleted by ${personOf(event)}.`;
  const note = noteForDefender(input, because);
  return {
    ignored: null,
    comments: writeBack && !link.comments.includes(note.writeId) ? [note.text] : [],
    journal: [
      journalEntry(link, `deleted ${ticket.ticketId}`, {
        kind: 'overruled',
        at: now,
        actor: event.actor?.name ?? event.actor?.id ?? null,
        because,
        state: 'noted',
      }),
    ],
    link: { ...link, tickets: link.tickets.map((one) => (one === ticket ? { ...one, state: 'deleted' } : one)) },
    resend: false,
  };
};

const stop = (input: InboundInput, update: IncidentChange, because: string): InboundPlan => {
  const { link, live, now } = input;
  const current = incidentValues(live.header);
  const values = Object.entries(update) as [SyncedField, string | null][];
  return {
    ignored: 'suspended',
    comments: [],
    journal: [
      journalEntry(link, `stopped ${now}`, {
        kind: 'suspended',
        at: now,
        because: `Nothing crosses any more: ${because}.`,
      }),
      ...values.map(([field, value]) => ticketOverruled(input, { field, value, holds: current[field], because })),
    ],
    link: { ...link, suspended: { since: now, because } },
    resend: false,
  };
};

interface Crossing {
  readonly comments: readonly IncomingComment[];
  readonly remembered: readonly IncomingComment[];
  readonly journal: readonly JournalEntry[];
  readonly ignored: Ignored | null;
}

/** Where nothing may be written to Defender, a comment stands in the journal instead. */
const commentOf = (input: InboundInput, ticket: LinkedTicket): Crossing => {
  const { event, link, now, writeBack } = input;
  const comment = incomingComment(input, ticket);
  const nothing = { comments: [], remembered: [], journal: [] };
  if (typeof comment === 'string') return { ...nothing, ignored: comment === 'none' ? null : comment };
  if (writeBack) return { comments: [comment], remembered: [comment], journal: [], ignored: null };
  const entry = journalEntry(link, causeOf(input), {
    kind: 'comment',
    at: now,
    value: comment.text,
    actor: event.actor?.name ?? event.actor?.id ?? null,
    because: 'Writing back is switched off for this tenant, so the comment stands here.',
  });
  return { comments: [], remembered: [comment], journal: [entry], ignored: null };
};

/** The ticket as the event leaves it; what we wrote over that is what it shows. */
const asOf = (ticket: LinkedTicket, { event, link }: InboundInput): LinkedTicket => {
  const word = statusIn(event);
  const version = newestVersion(ticket.version, event.version);
  const isNewest = version === event.version || event.version === null;
  const isShown = isNewest && !isOvertaken(link, 'status', Date.parse(event.occurredAt));
  if (word === undefined || !isShown) return { ...ticket, version };
  return { ...ticket, version, state: isDone(word) ? 'closed' : 'open' };
};

/** The link with the writes whose echo this is marked as such, and without doubt of them. */
const withEcho = (input: InboundInput): Link => {
  const { event, link, now } = input;
  const nowMs = Date.parse(now);
  const word = statusIn(event);
  const found = [
    word === undefined ? undefined : echoOf(link.ledger, sayingOf(input, 'status', word), nowMs),
    event.assignee === undefined
      ? undefined
      : echoOf(link.ledger, sayingOf(input, 'assignedTo', event.assignee), nowMs),
  ].filter((entry) => entry !== undefined);
  const ledger = link.ledger
    .filter(({ untilMs }) => untilMs > nowMs)
    .map((entry) => (found.includes(entry) ? { ...entry, echo: causeOf(input) } : entry));
  return { ...found.reduce((rest, entry) => withoutDoubt(rest, entry, input), link), ledger };
};

const withDefenderEntries = (link: Link, update: IncidentChange, now: string): Link => ({
  ...link,
  ledger: withEntries(
    link,
    'defender',
    changesOf(update, 0).map(({ field, value }) => ({ field, value })),
    Date.parse(now),
  ),
});

const changesOf = (update: IncidentChange, atMs: number): Link['applied'] =>
  Object.entries(update).map(([field, value]) => ({
    atMs,
    field: field as SyncedField,
    value: value as string | null,
    from: 'ticket',
  }));

const attribution = ({ event }: InboundInput, { number }: LinkedTicket, update: IncidentChange): string => {
  const parts = Object.entries(update).map(([field, value]) => `${field} ${(value as string | null) ?? 'none'}`);
  const resolution = event.resolution === undefined ? '' : ` (${event.resolution})`;
  return `${personOf(event)} changed ticket ${number}${resolution} at ${event.occurredAt}: ${parts.join(', ')}`;
};

const ignoredOf = (
  outcomes: readonly Outcome[],
  ofComment: Ignored | null,
  journal: readonly JournalEntry[],
): Ignored | null => {
  const words = [...outcomes.map(({ ignored }) => ignored), ofComment];
  if (words.includes('notAllowed')) return 'notAllowed';
  if (journal.length > 0) return null;
  return words.find((word) => word !== null) ?? 'unchanged';
};

const ignore = (link: Link, ignored: Ignored): InboundPlan => ({
  ignored,
  comments: [],
  journal: [],
  link,
  resend: false,
});
