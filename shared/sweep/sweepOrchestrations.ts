import type { Clock, Log, Orchestration, Orchestrations } from '../ports';

export interface SweepOrchestrationsDeps {
  readonly orchestrations: Pick<Orchestrations, 'underWay' | 'terminate' | 'start'>;
  readonly clock: Clock;
  readonly log: Log;
}

const minuteMs = 60_000;

/** By name: how long it may stand where it is. An activity takes minutes, and a step of a job waits ten at the most. */
const patienceMs: Readonly<Record<string, number>> = {
  syncTenants: 30 * minuteMs,
  syncOne: 30 * minuteMs,
  backfill: 60 * minuteMs,
  reconcileOne: 60 * minuteMs,
  reconcileTenants: 60 * minuteMs,
  purgeTenants: 60 * minuteMs,
};

/** Ends orchestrations that came no further for longer than any step takes. @returns how many */
export const sweepOrchestrations = async (deps: SweepOrchestrationsDeps): Promise<number> => {
  const { orchestrations, clock, log } = deps;
  let hung = 0;
  for (const one of await orchestrations.underWay()) {
    const patience = patienceMs[one.name];
    if (patience === undefined || clock.now() - one.updatedAtMs <= patience) continue;
    const { name, instanceId } = one;
    log.warn('orchestration hung', { name, instanceId, since: new Date(one.updatedAtMs).toISOString() });
    await orchestrations.terminate(instanceId, 'It came no further; the sweep ended it.');
    await goOn(deps, one);
    hung += 1;
  }
  return hung;
};

const nightId = /^reconcile-(.+Z)$/;

/**
 * A run of a slot is made up for by the next slot, and a job is found by its open row. A night goes on under another id, where its jobs
 * stand: once, for one that hangs again has a reason that this does not mend.
 */
const goOn = async (
  { orchestrations }: SweepOrchestrationsDeps,
  { name, instanceId }: Orchestration,
): Promise<void> => {
  const slot = name === 'reconcileTenants' ? nightId.exec(instanceId)?.[1] : undefined;
  if (slot !== undefined) await orchestrations.start(name, `${instanceId}-again`, { slot });
};
