import type { IncidentHeader } from '../../model/incident';
import type { Link, LinkedTicket } from '../../model/link';
import type { TicketChange } from '../../model/ticket';
import { currentTicket, refOf, withState } from './currentTicket';
import type { DeliveryInput, DeliveryPlan, NothingPlan } from './deliveryPlan';
import { isInDoubt } from './inDoubt';
import { keyOf } from './keyOf';
import { withEntries } from './ledger';
import { ownNote } from './outgoingComments';
import { rememberedComments } from './rememberedComments';
import { withWritten } from './withWritten';

const dayMs = 24 * 60 * 60_000;
const waitMs = 5 * 60_000;

/** Merged into another: `redirected`, or with the other's id. */
export const isMergedAway = ({ status, redirectIncidentId }: IncidentHeader): boolean =>
  (status ?? '').toLowerCase() === 'redirected' || redirectIncidentId !== null;

/**
 * What becomes of the ticket of an incident that was merged into another, within one connection: the survivor's stays and the absorbed
 * one is closed with a pointer; where only the absorbed one has a ticket, it becomes the survivor's and stays open.
 */
export const planMerge = (input: DeliveryInput): DeliveryPlan => {
  const { link, survivor, now } = input;
  const ticket = currentTicket(link);
  if (ticket === undefined) return done(input, 'it was merged, and has no ticket');
  if (link.storm !== null) return done(input, 'it was merged, and its ticket is that of a storm');
  if (ticket.state === 'absorbed' || ticket.state === 'deleted')
    return done(input, 'it was merged, and its ticket is gone');
  if (survivor === undefined) return awaitSurvivor(input, ticket);
  if (survivor.link.intent !== null) return { ...waiting(input, 'the survivor is getting its ticket'), link };
  const other = currentTicket(survivor.link);
  const hasOwn =
    other !== undefined && survivor.link.storm === null && (other.state === 'open' || other.state === 'closed');
  if (!hasOwn && isClosed(link, ticket)) return absorbed(input, 'its ticket is closed; the survivor gets its own');
  if (!hasOwn) return relink(input, ticket, survivor);
  const note = carriedNote(input, ticket);
  const isCarried = survivor.link.comments.includes(note.writeId);
  return isCarried ? absorb(input, ticket, survivor, other) : carry(input, ticket, survivor, other, now);
};

/** For certain: while a write of its state is in doubt it may be open, and nobody would close it later. */
const isClosed = (link: Link, { state }: LinkedTicket): boolean => state === 'closed' && !isInDoubt(link, 'status');

type Survivor = NonNullable<DeliveryInput['survivor']>;

const carriedNote = (
  { connection, link, survivor }: DeliveryInput,
  { number, url }: LinkedTicket,
): ReturnType<typeof ownNote> =>
  ownNote(
    connection,
    `Incident ${link.incidentId} was merged into incident ${survivor?.incidentId ?? ''}. Its ticket ${number} is closed; what was noted there goes on here.${url === null ? '' : `\n${url}`}`,
  );

const carry = (
  input: DeliveryInput,
  ticket: LinkedTicket,
  survivor: Survivor,
  other: LinkedTicket,
  now: string,
): DeliveryPlan => {
  const { link } = input;
  const note = carriedNote(input, ticket);
  return {
    do: 'merge',
    step: 'carry',
    ticketId: other.ticketId,
    change: { key: keyOf(link.tenantId, survivor.incidentId, other.generation), comments: [note] },
    journal: [],
    again: true,
    after: () => ({
      link,
      survivorLink: withComment(survivor.link, note.writeId),
    }),
    otherwise: (refusal) =>
      refusal === 'ticketClosed'
        ? absorb(input, ticket, survivor, other)
        : planMerge({
            ...input,
            now,
            survivor: { ...survivor, link: { ...survivor.link, tickets: withState(survivor.link.tickets, 'deleted') } },
          }),
  };
};

const absorb = (input: DeliveryInput, ticket: LinkedTicket, survivor: Survivor, other: LinkedTicket): DeliveryPlan => {
  const { connection, link, now } = input;
  const because = `Merged into incident ${survivor.incidentId}, ticket ${other.number}`;
  const note = ownNote(connection, `${because}.${other.url === null ? '' : `\n${other.url}`}`);
  const nowMs = Date.parse(now);
  const closed = withWritten(link, [{ field: 'status', value: 'resolved', word: 'resolved' }], nowMs);
  const after: Link = {
    ...asAbsorbed({ ...input, link: closed }),
    comments: rememberedComments(link.comments, [note.writeId], link.targetId),
    ledger: withEntries(link, 'ticket', [{ field: 'status', value: 'resolved' }], nowMs),
  };
  if (isClosed(link, ticket)) return { do: 'nothing', because, link: asAbsorbed(input), journal: [] };
  const { default: closeCode } = connection.mapping.closeCodes ?? {};
  const change: TicketChange = {
    key: keyOf(link.tenantId, link.incidentId, ticket.generation),
    status: 'resolved',
    comments: [note],
    ...(closeCode === undefined ? {} : { closeCode }),
    closeNote: because,
    duplicateOf: refOf(other),
  };
  return {
    do: 'merge',
    step: 'absorb',
    ticketId: ticket.ticketId,
    change,
    journal: [],
    again: false,
    after: () => ({ link: after, survivorLink: survivor.link }),
    otherwise: (refusal) =>
      refusal === 'ticketGone'
        ? { do: 'nothing', because: 'the ticket was deleted', link: withNewestState(input, 'deleted'), journal: [] }
        : { do: 'nothing', because, link: asAbsorbed(input), journal: [] },
  };
};

const relink = (input: DeliveryInput, ticket: LinkedTicket, survivor: Survivor): DeliveryPlan => {
  const { connection, link } = input;
  const note = ownNote(
    connection,
    `Incident ${link.incidentId} was merged into incident ${survivor.incidentId}; this ticket follows that one now.`,
  );
  const generation = (currentTicket(survivor.link)?.generation ?? 0) + 1;
  const survivorLink: Link = {
    ...survivor.link,
    tickets: [...survivor.link.tickets, { ...ticket, generation }],
    // What the ticket holds is what the absorbed one told it; of the survivor nothing was told yet.
    base: link.base,
    setAt: link.setAt,
    told: link.told,
    ledger: link.ledger,
    applied: link.applied,
    said: link.said ?? {},
    ...(link.unsure === undefined ? {} : { unsure: link.unsure }),
    comments: rememberedComments([...survivor.link.comments, ...link.comments], [note.writeId], link.targetId),
    version: null,
    storm: null,
  };
  return {
    do: 'merge',
    step: 'relink',
    ticketId: ticket.ticketId,
    change: { key: keyOf(link.tenantId, survivor.incidentId, generation), comments: [note] },
    journal: [],
    again: false,
    after: () => ({ link: asAbsorbed(input), survivorLink }),
    otherwise: (refusal) => ({
      do: 'nothing',
      because: refusal === 'ticketGone' ? 'the ticket was deleted' : 'the ticket is closed for good',
      link: refusal === 'ticketGone' ? withNewestState(input, 'deleted') : asAbsorbed(input),
      journal: [],
    }),
  };
};

/** The survivor is looked for during a day; then the ticket says what is known, and stays open for people to judge. */
const awaitSurvivor = (input: DeliveryInput, ticket: LinkedTicket): DeliveryPlan => {
  const { connection, link, incident, now } = input;
  if (Date.parse(now) - Date.parse(incident.version) < dayMs)
    return { ...waiting(input, 'the incident it was merged into is not known yet'), link };
  const target = incident.header.redirectIncidentId;
  const note = ownNote(
    connection,
    `Incident ${link.incidentId} was merged into ${target === null ? 'another' : `incident ${target}`}, which could not be read.`,
  );
  const after = { ...withComment(link, note.writeId), version: incident.version };
  if (link.comments.includes(note.writeId) || isClosed(link, ticket)) return done(input, 'its survivor cannot be read');
  return {
    do: 'update',
    ticketId: ticket.ticketId,
    change: { key: keyOf(link.tenantId, link.incidentId, ticket.generation), comments: [note] },
    journal: [],
    after: () => after,
    otherwise: (refusal) =>
      refusal === 'ticketGone'
        ? { do: 'nothing', because: 'the ticket was deleted', link: withNewestState(input, 'deleted'), journal: [] }
        : done(input, 'the ticket is closed'),
  };
};

const withComment = (link: Link, writeId: string): Link => ({
  ...link,
  comments: rememberedComments(link.comments, [writeId], link.targetId),
});

const withNewestState = ({ link, incident }: DeliveryInput, state: LinkedTicket['state']): Link => ({
  ...link,
  tickets: withState(link.tickets, state),
  version: incident.version,
});

const asAbsorbed = (input: DeliveryInput): Link => withNewestState(input, 'absorbed');

const absorbed = (input: DeliveryInput, because: string): NothingPlan => ({
  do: 'nothing',
  because,
  link: asAbsorbed(input),
  journal: [],
});

const done = ({ link, incident }: DeliveryInput, because: string): NothingPlan => ({
  do: 'nothing',
  because,
  link: { ...link, version: incident.version },
  journal: [],
});

const waiting = ({ link, now }: DeliveryInput, because: string): NothingPlan => ({
  do: 'nothing',
  because,
  link,
  journal: [],
  retryAt: new Date(Date.parse(now) + waitMs).toISOString(),
});
