import { z } from 'zod';
import type { TicketEvent } from '../../model/ticket';
import { fromGenericBody } from '../genericBody';
import { readAs } from '../readAnswer';

/** What the shipped Business Rule says besides the generic body. @see docs/connectors/servicenow/business-rule.js */
const ours = z.object({
  type: z.string(),
  ticketId: z.string(),
  state: z.string().optional(),
  workNote: z.object({ text: z.string() }).optional(),
});

/** One save of a record may change its state and write in both journals: then it is two events. @throws ContractError */
export const fromTicket = (body: unknown): readonly TicketEvent[] => {
  const { type, state, workNote } = readAs(ours, body, 'The webhook of ServiceNow');
  const isDeleted = type === 'ticket.deleted';
  const generic = fromGenericBody(isDeleted ? { ...(body as object), type: 'ticket.updated' } : body);
  const [event] = generic;
  if (event === undefined) return [];
  if (isDeleted) return [{ ...event, kind: 'deleted' }];
  const told: TicketEvent = state === undefined ? event : { ...event, rawStatus: state };
  if (workNote === undefined) return [told];
  const { ticketId, actor, occurredAt, version } = told;
  const note: TicketEvent = {
    ticketId,
    kind: 'commented',
    actor,
    occurredAt,
    version,
    comment: { id: null, text: workNote.text, visibility: 'internal' },
  };
  // Where nothing but the note was written, there is nothing else to tell.
  return told.kind === 'commented' && told.comment === undefined ? [note] : [told, note];
};
