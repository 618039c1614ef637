import type { FakeTicket } from '../../tools/fakeTool';
import type { ToolKind } from './kinds';

/** A ticket at one moment, as far as lines are told of it. */
export interface TicketSight {
  readonly number: string;
  readonly incidentId: string | undefined;
  readonly title: string;
  readonly isOpen: boolean;
  /** Calls of the relay that wrote it. */
  readonly writes: number;
  readonly comments: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** What became of the incidents of tickets, in the cloud. */
export interface IncidentSight {
  readonly isResolved: boolean;
  /** The survivor it was merged into. */
  readonly mergedInto: string | null;
}

export interface NewsOptions {
  readonly kind: Pick<ToolKind, 'name' | 'words'>;
  readonly before: ReadonlyMap<string, TicketSight>;
  readonly now: ReadonlyMap<string, TicketSight>;
  readonly incidentOf: (incidentId: string) => IncidentSight | undefined;
  /** Tickets a person closed, whose incident has not followed yet; those told are taken out. */
  readonly closedByPerson: Set<string>;
}

export const sightOf = (
  kind: Pick<ToolKind, 'closed' | 'words'>,
  { number, key, title, status, writes, comments, fields }: FakeTicket,
): TicketSight => ({
  number,
  incidentId: key?.split(':')[1],
  title,
  isOpen: !kind.closed.includes(status),
  writes,
  comments: comments.length,
  fields: Object.fromEntries(
    Object.entries({ ...fields, status })
      .filter(([name]) => kind.words[name] !== undefined)
      .map(([name, value]) => [name, JSON.stringify(value)]),
  ),
});

/** One thing that happened to a ticket. */
export interface TicketEvent {
  readonly what: string;
  /** Where there is room for it. */
  readonly title?: string;
}

/** What happened to a tool's tickets between two moments, a line each. */
export function ticketNews({ kind, before, now, incidentOf, closedByPerson }: NewsOptions): readonly TicketEvent[] {
  return [...now].flatMap(([ticketId, ticket]) => {
    const { number, incidentId = '' } = ticket;
    const incident = incidentOf(incidentId);
    const earlier = before.get(ticketId);
    if (earlier === undefined) return [{ what: `${number} opened for ${incidentId}`, title: ticket.title }];
    const told: string[] = [];
    if (closedByPerson.has(ticketId) && incident?.isResolved === true) {
      closedByPerson.delete(ticketId);
      told.push(`${number} closed in ${kind.name} → incident ${incidentId} resolved in Defender`);
    }
    if (ticket.writes > earlier.writes) told.push(...writtenNews(kind, earlier, ticket, incident));
    return told.map((what) => ({ what }));
  });
}

/** What the relay wrote. */
function writtenNews(
  kind: NewsOptions['kind'],
  before: TicketSight,
  now: TicketSight,
  incident: IncidentSight | undefined,
): readonly string[] {
  const { number, incidentId = '' } = now;
  const into = incident?.mergedInto ?? null;
  if (before.isOpen && !now.isOpen && into !== null)
    return [`${number} closed as a duplicate: incident ${incidentId} was merged into ${into}`];
  if (before.isOpen && !now.isOpen) return [`${number} closed: incident ${incidentId} was resolved in Defender`];
  if (!before.isOpen && now.isOpen) return [`${number} opened again with incident ${incidentId}`];
  const changed = Object.entries(now.fields).filter(([name, value]) => before.fields[name] !== value);
  const comments = now.comments - before.comments;
  const words = [
    ...new Set(changed.map(([name]) => kind.words[name] ?? name)),
    ...(comments > 0 ? [comments === 1 ? 'comment' : `${comments} comments`] : []),
  ];
  return words.length === 0 ? [] : [`${number} updated for ${incidentId}: ${words.join(', ')}`];
}
