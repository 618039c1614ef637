import type { Queued } from './batchQueue';
import { incidentOfKey, quarantineKey } from './batchQueue';

/** Which rows of the quarantine are there, as batches that enter and release incidents are written. */
export interface QuarantineRows {
  has(incidentId: string): boolean;
  /** How many there will be once this batch is written. */
  countWith(batch: readonly Queued[]): number;
  wrote(batch: readonly Queued[]): void;
}

export const createQuarantineRows = (incidentIds: readonly string[]): QuarantineRows => {
  const there = new Set(incidentIds.map(quarantineKey));
  return {
    has: (incidentId) => there.has(quarantineKey(incidentId)),
    countWith: (batch) => applied(batch, new Set(there)).size,
    wrote: (batch) => void applied(batch, there),
  };
};

const applied = (batch: readonly Queued[], there: Set<string>): Set<string> => {
  for (const { key, operations, release } of batch) {
    const incidentId = incidentOfKey(key);
    if (release !== undefined && incidentId !== undefined) there.delete(quarantineKey(incidentId));
    if (incidentId !== undefined) continue;
    if (operations[0]?.kind === 'delete') there.delete(key);
    else there.add(key);
  }
  return there;
};
