import type { Time7 } from './time7';

/** How far an incident could be taken in: without its alerts, not at all, not into storage, or merged into one that cannot be had. */
export type QuarantineStage = 'alerts' | 'whole' | 'stored' | 'survivor';

/** An incident that could not be taken in whole. */
export interface Poisoned {
  readonly incidentId: string;
  /** As last shown, where that can be read. */
  readonly version: Time7 | undefined;
  readonly stage: QuarantineStage;
  /** In words, without data. */
  readonly reason: string;
}

/** An incident that is read around until it can be taken in; it never blocks its page, its tenant or the cursor. */
export interface QuarantineEntry extends Poisoned {
  readonly attempts: number;
  /** ISO 8601 UTC. */
  readonly nextTry: string;
  /** ISO 8601 UTC. */
  readonly since: string;
}
