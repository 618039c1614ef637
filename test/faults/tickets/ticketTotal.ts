import type { WorldResult } from './world';
import type { TicketFault } from './ticketFaults';

const summed = [
  ...([
    'incidents',
    'versions',
    'events',
    'deliveries',
    'tickets',
    'extra',
    'ambiguous',
    'newIds',
    'doubleTickets',
  ] as const),
  ...([
    'unaccounted',
    'dead',
    'replayed',
    'hooks',
    'genuine',
    'forged',
    'relayWrites',
    'virtualHours',
    'unheard',
  ] as const),
] as const;

type Summed = (typeof summed)[number];

/** Many worlds together. */
export interface TicketTotal extends Record<Summed, number> {
  worlds: number;
  breaches: number;
  forgedAccepted: number;
  replayedAccepted: number;
  genuineRefused: number;
  faults: Partial<Record<TicketFault, number>>;
}

export const newTicketTotal = (): TicketTotal => ({
  ...(Object.fromEntries(summed.map((name) => [name, 0])) as Record<Summed, number>),
  ...{ worlds: 0, breaches: 0, forgedAccepted: 0, replayedAccepted: 0, genuineRefused: 0, faults: {} },
});

export const addWorld = (total: TicketTotal, world: WorldResult): void => {
  total.worlds += 1;
  for (const name of summed) total[name] += world[name];
  total.breaches += world.breaches.length;
  const saying = (words: string): number => world.breaches.filter((breach) => breach.includes(words)).length;
  total.forgedAccepted += saying('a forged message was');
  total.replayedAccepted += saying('was taken in twice');
  total.genuineRefused += saying('a genuine message was refused');
  for (const [fault, hits] of Object.entries(world.faults) as [TicketFault, number][])
    total.faults[fault] = (total.faults[fault] ?? 0) + hits;
};
