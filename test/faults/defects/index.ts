import type { Defect } from './defect';
import { readingDefects } from './reading';
import { storingDefects } from './storing';

/** Those of reading and storing from the list at the end of the scoreboard; the others belong to delivery and actions. */
export const defects: readonly Defect[] = [...storingDefects, ...readingDefects];
