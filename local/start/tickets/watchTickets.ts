import type { Cloud } from '../../microsoft';
import type { Desk } from './desk';
import { incidentsOf } from './desk';
import type { TicketEvent, TicketSight } from './ticketNews';
import { sightOf, ticketNews } from './ticketNews';

export interface TicketNews extends TicketEvent {
  readonly customer: string;
}

/** Answers at each call what happened to the tickets of all desks since the one before. */
export function watchTickets(cloud: Cloud, desks: readonly Desk[]): () => readonly TicketNews[] {
  const watched = desks.map((desk) => ({
    desk,
    before: sightsOf(desk),
    closedByPerson: new Set<string>(),
    seenClosed: new Set(desk.closedHere),
  }));
  return () =>
    watched.flatMap((each) => {
      const { desk, before, closedByPerson, seenClosed } = each;
      for (const ticketId of desk.closedHere) {
        if (!seenClosed.has(ticketId)) closedByPerson.add(ticketId);
        seenClosed.add(ticketId);
      }
      const incidents = new Map(incidentsOf(cloud, desk.customer.tenantId).map((incident) => [incident.id, incident]));
      const now = sightsOf(desk);
      each.before = now;
      const said = ticketNews({
        kind: desk.kind,
        before,
        now,
        closedByPerson,
        incidentOf: (incidentId) => {
          const incident = incidents.get(incidentId);
          return incident && { isResolved: incident.status === 'resolved', mergedInto: incident.redirectIncidentId };
        },
      });
      return said.map((event) => ({ customer: desk.customer.displayName, ...event }));
    });
}

const sightsOf = (desk: Desk): ReadonlyMap<string, TicketSight> =>
  new Map(desk.tickets().map((ticket) => [ticket.ticketId, sightOf(desk.kind, ticket)]));
