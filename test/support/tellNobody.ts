import type { Target } from '../../shared/model/outbox';
import type { SyncDeps } from '../../shared/sync/run/tenantRun';

/** Events are written for these, and nobody delivers them. */
export const tellNobodyOf = (targets: readonly Target[]): SyncDeps['announcing'] => ({
  targetsOf: () => Promise.resolve(targets),
  ahead: () => Promise.resolve(),
  after: () => Promise.resolve(),
});

export const tellNobody = tellNobodyOf([]);
