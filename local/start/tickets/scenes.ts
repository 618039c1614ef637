import type { Cloud } from '../../microsoft';
import type { Change } from '../../microsoft/world/changes';
import type { Incident } from '../../microsoft/world/incident';
import type { Announcements } from '../announcements';
import type { Desk } from './desk';
import { incidentIdOf, ticketedIncidents } from './desk';

/** In this order at each desk, so that a few minutes show everything. */
const order = ['arrive', 'change', 'close', 'arrive', 'merge', 'close'] as const;
type Scene = (typeof order)[number];

const comments = ['User confirmed ✔', 'Device isolated, waiting for the scan.'] as const;

export interface Scenes {
  stop(): void;
}

/** Has customers and people at the desks do what makes tickets move, one thing at a time; told as the cloud's own changes are. */
export function playScenes(
  cloud: Cloud,
  desks: readonly Desk[],
  { everyMs, announcements }: { everyMs: number; announcements: Announcements },
): Scenes {
  if (desks.length === 0) return { stop: () => undefined };
  let played = 0;
  const timer = setInterval(() => {
    const desk = desks[played % desks.length];
    const scene = order[Math.floor(played / desks.length) % order.length];
    if (desk === undefined || scene === undefined) return;
    if (scene === 'close') closeOne(cloud, desk);
    else {
      const { change, what } = changeOf(cloud, desk, scene, comments[played % 2] ?? comments[0]);
      const applied = cloud.world.apply(change);
      announcements.add({ ...applied, version: applied.at, what });
    }
    played += 1;
  }, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** What the cloud does; a new incident where there is nothing to do it to. */
function changeOf(
  cloud: Cloud,
  desk: Desk,
  scene: Exclude<Scene, 'close'>,
  comment: string,
): { change: Change; what: string } {
  const { tenantId } = desk.customer;
  const [oldest, ...others] = followed(cloud, desk);
  const newest = others.at(-1);
  if (scene === 'merge' && oldest !== undefined && newest !== undefined)
    return {
      change: { kind: 'redirect', tenantId, incidentId: newest.id, into: oldest.id },
      what: `merged into ${oldest.id}`,
    };
  if (scene === 'change' && oldest !== undefined)
    return { change: { kind: 'update', tenantId, incidentId: (newest ?? oldest).id, comment }, what: 'comment added' };
  return { change: { kind: 'create', tenantId, severity: 'high' }, what: 'new incident' };
}

/** Open incidents with an open ticket, oldest first. */
function followed(cloud: Cloud, desk: Desk): readonly Incident[] {
  const open = new Set(desk.tickets().filter(desk.isOpen).map(incidentIdOf));
  return ticketedIncidents(cloud, desk)
    .filter(({ id }) => open.has(id))
    .toSorted((a, b) => a.number - b.number);
}

function closeOne(cloud: Cloud, desk: Desk): void {
  const [oldest, next] = followed(cloud, desk);
  // The oldest is what others are merged into.
  const incident = next ?? oldest;
  const ticket = desk.tickets().find((each) => desk.isOpen(each) && incidentIdOf(each) === incident?.id);
  // The relay's webhook route may be slow or gone: the tool tells nobody, and the relay looks by itself later.
  if (ticket !== undefined) desk.close(ticket.ticketId).catch(() => undefined);
}
