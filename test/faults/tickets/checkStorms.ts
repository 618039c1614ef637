import { allTenants } from '../../../shared/model/connection';
import { plainTenant } from '../../support/plainTenant';
import type { Desk, DeskTicket } from './desk';
import type { DefenderIncident } from './microsoft';
import type { Target, World } from './world';

/** A line about an incident in the ticket of a storm, as its reader sees it. */
interface Line {
  readonly ticket: DeskTicket;
  readonly tenantName: string;
  readonly incidentId: string;
  readonly atMs: number;
  readonly text: string;
}

/** Where incidents stand at one desk. */
export interface Places {
  /** Tickets by the incident that they are of: its first ones alone, no follow-ups. */
  readonly own: ReadonlyMap<string, DeskTicket>;
  readonly lines: readonly Line[];
}

const nameOf = ({ tenantId, id }: Pick<DefenderIncident, 'tenantId' | 'id'>): string => `${tenantId}:${id}`;
const isOfStorm = ({ key }: DeskTicket): boolean => key.split(':')[1] === 'storm';

export const placesIn = ({ tickets }: Desk): Places => {
  const all = [...tickets.values()];
  const lines = all.filter(isOfStorm).flatMap((ticket) =>
    ticket.comments.flatMap(({ text, atMs }) => {
      const [, incidentId = '', tenantName = ''] = /incident (\S+) of ([^:]+):/.exec(text) ?? [];
      return incidentId === '' ? [] : [{ ticket, tenantName, incidentId, atMs, text }];
    }),
  );
  return { own: new Map(all.filter((ticket) => !isOfStorm(ticket)).map((ticket) => [ticket.key, ticket])), lines };
};

/** What the tickets of storms say of an incident, oldest first. */
export const linesOf = ({ lines }: Places, { tenantId, id }: Pick<DefenderIncident, 'tenantId' | 'id'>) =>
  lines.filter((line) => line.incidentId === id && line.tenantName === plainTenant(tenantId).name);

/**
 * What is promised where a connection has a limit: above `count` in `minutes` one ticket lists the incidents, high severity always gets its
 * own, and each incident stands in one place. When the relay heard of an incident nobody here knows; it was after it came and before it
 * stood somewhere.
 */
export const checkStorms = (world: World, target: Target, places: Places): readonly string[] => {
  const { storm, scope, targetId } = target;
  const incidents = [...world.microsoft.incidents.values()].filter(
    ({ tenantId }) => scope === allTenants || scope === tenantId,
  );
  const placed = incidents.map((incident) => {
    const own = places.own.get(nameOf(incident));
    const lines = linesOf(places, incident);
    const storms = [...new Set(lines.map(({ ticket }) => ticket))];
    const isMerged = incidents.some((other) => other !== incident && world.microsoft.survivorOf(other) === incident);
    return {
      ...{ incident, own, lines, storms },
      isAlone: incident.redirectIncidentId === null && !isMerged,
      cameMs: Date.parse(incident.created),
      stoodMs: own?.createdAtMs ?? lines[0]?.atMs,
    };
  });
  const breaches = placed.flatMap(({ incident, own, lines, storms, isAlone }) => {
    const what = `${nameOf(incident)} in ${targetId}`;
    const listings = lines.filter(({ text }) => text.startsWith('New incident')).length;
    return [
      ...(storms.length > 1 || listings > 1 ? [`${what} is listed ${listings} times in ${storms.length} storms`] : []),
      ...(isAlone && own !== undefined && storms.length > 0 ? [`${what} has a ticket, and stands in a storm's`] : []),
      ...(storms.length > 0 && incident.severity === 'high'
        ? [`${what} is grave, and stands in a storm's ticket`]
        : []),
      ...(isAlone && incident.status !== 'resolved' && lines.at(-1)?.text.startsWith('Resolved') === true
        ? [`${what} is open, and a storm's ticket says it is resolved`]
        : []),
    ];
  });
  if (storm === null)
    return [...breaches, ...(places.lines.length > 0 ? [`a storm in ${targetId}, without a limit`] : [])];

  const windowMs = storm.minutes * 60_000;
  const singles = placed.filter(({ own, incident }) => own !== undefined && incident.severity !== 'high');
  for (const { cameMs } of singles) {
    // All of these came and stood within the minutes, so they were heard of within them.
    const within = singles.filter((one) => one.cameMs >= cameMs && (one.stoodMs ?? Infinity) < cameMs + windowMs);
    if (within.length > storm.count)
      breaches.push(
        `${within.length} tickets of their own in ${storm.minutes} minutes in ${targetId}, the limit is ${storm.count}`,
      );
  }
  for (const burst of world.bursts) {
    const of = placed.filter(({ incident }) => incident.tenantId === burst.tenantId && burst.ids.includes(incident.id));
    const lastMs = Math.max(...of.map(({ stoodMs, isAlone }) => stoodMs ?? (isAlone ? Infinity : 0)));
    const storms = new Set(of.flatMap((one) => one.storms));
    const isFirst = [...storms].every(({ createdAtMs }) => createdAtMs >= burst.startMs);
    if (isFirst && lastMs < burst.startMs + windowMs && storms.size > 1)
      breaches.push(`one burst is in ${storms.size} storms' tickets in ${targetId}`);
  }
  return breaches;
};
