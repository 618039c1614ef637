import type { Link, LinkedTicket } from '../../model/link';
import type { TicketRef } from '../../model/ticket';
import { refOf } from './currentTicket';
import type { DeliveryInput, DeliveryPlan } from './deliveryPlan';
import { incidentValues } from './incidentValues';
import { makeTicket } from './makeTicket';
import { rememberedComments } from './rememberedComments';
import { isResolved } from './status';
import { stormLine } from './stormContent';

/** One more incident in a storm's ticket. Where that one takes no more and no other is made, the incident gets a ticket of its own: nothing goes unseen. */
export const joinStorm = (input: DeliveryInput, key: string, ticket: TicketRef): DeliveryPlan => {
  const { link, incident, now } = input;
  const line = stormLine(input);
  const joined: LinkedTicket = { ...refOf(ticket), generation: 0, state: 'open', createdAt: now, version: null };
  const after: Link = {
    ...link,
    tickets: [...link.tickets, joined],
    base: incidentValues(incident.header),
    version: incident.version,
    comments: rememberedComments(link.comments, [line.writeId], link.targetId),
    intent: null,
    storm: key,
  };
  return {
    do: 'update',
    ticketId: ticket.ticketId,
    change: { key, comments: [line] },
    journal: [],
    after: () => after,
    otherwise: () => makeTicket(input),
  };
};

/** Of an incident in a storm's ticket only that it is over, or open again, is told there. */
export const tellStorm = (input: DeliveryInput, ticket: LinkedTicket): DeliveryPlan => {
  const { link, incident } = input;
  const base = incidentValues(incident.header);
  const told: Link = { ...link, base, version: incident.version, ...(link.unsure === undefined ? {} : { unsure: {} }) };
  const isOver = isResolved(incident.header.status);
  // Where the answer to the last line was lost it may say the opposite.
  if (isResolved(link.base.status) === isOver && link.unsure?.line === undefined)
    return { do: 'nothing', because: 'its ticket is that of a storm', link: told, journal: [] };
  const line = stormLine(input, isOver ? 'Resolved: incident' : 'Open again: incident', incident.version);
  return {
    do: 'update',
    ticketId: ticket.ticketId,
    change: { key: link.storm ?? '', comments: [line] },
    journal: [],
    after: () => told,
    otherwise: () => ({ do: 'nothing', because: "the storm's ticket takes no more", link: told, journal: [] }),
  };
};
