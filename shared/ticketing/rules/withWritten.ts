import type { Link, TicketSaid } from '../../model/link';
import type { TicketStatus } from '../../model/ticket';
import { withApplied } from './breaker';
import { withState } from './currentTicket';
import { isDone } from './status';

export interface Written {
  readonly field: 'status' | 'assignedTo';
  /** Defender's value, and the ticket's word for it. */
  readonly value: string | null;
  readonly word: string | null;
  /** What both sides agreed on until then; undefined: nobody knows what the ticket held. */
  readonly over?: string | null;
}

/** The link once its ticket holds values of ours. @param atMs when they were written, milliseconds since 1970 */
export const withWritten = (link: Link, written: readonly Written[], atMs: number): Link => {
  const status = written.find(({ field }) => field === 'status')?.word as TicketStatus | undefined;
  return {
    ...link,
    tickets: status === undefined ? link.tickets : withState(link.tickets, isDone(status) ? 'closed' : 'open'),
    applied: withApplied(
      link.applied,
      written.map(({ field, value, over }) => ({ atMs, field, value, from: 'defender' as const, over })),
    ),
    said: overwritten(link.said ?? {}, written),
  };
};

type Said = NonNullable<Link['said']>;

const overwritten = (said: Said, written: readonly Written[]): Said =>
  written.reduce((rest, { field }) => {
    const last: TicketSaid | undefined = rest[field];
    return last === undefined ? rest : { ...rest, [field]: { ...last, isOverwritten: true } };
  }, said);
