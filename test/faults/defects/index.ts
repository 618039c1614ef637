import type { Defect } from './defect';
import { leasingDefects } from './leasing';
import { readingDefects } from './reading';
import { storingDefects } from './storing';
import { waitingDefects } from './waiting';

/** Those of reading and storing from the list at the end of the scoreboard, and those of waits and leases; the others belong to delivery and actions. */
export const defects: readonly Defect[] = [...storingDefects, ...readingDefects, ...waitingDefects, ...leasingDefects];
