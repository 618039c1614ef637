import { join } from 'node:path';
import { batchLimit } from './batchCounts';
import { forkCalls } from './childCalls';
import { expectEqual } from './expectEqual';
import type { BenchOptions } from './options';
import { profiling } from './options';
import type { Measured, ReaderCalls } from './reader';
import { resetCursors } from './rewind';
import { apiDelayMs, startStage } from './stage';

/** One large tenant, read once by each. */
export interface OneTenantRound {
  readonly pull: Measured;
  readonly reread: Measured;
  /** It stores what it reads whether it knows it or not, so one reading stands for both. */
  readonly baseline: Measured;
  readonly batches: number;
  readonly batchLimit: number;
}

/**
 * Rounds of: ours into an empty partition, the baseline into an empty partition, ours again over rows it knows. Each round has a tenant
 * of its own.
 */
export const measureOneTenant = async (
  options: BenchOptions,
  onRound: (round: OneTenantRound) => void,
): Promise<readonly OneTenantRound[]> => {
  const { incidents, rounds } = options;
  const stage = await startStage({ seed: 1, tenants: rounds, incidentsPerTenant: incidents });
  const reader = forkCalls<ReaderCalls>(join(__dirname, 'reader.js'), stage.settings, profiling(options));
  const measured: OneTenantRound[] = [];
  try {
    for (const tenant of stage.tenants) {
      await stage.graphAnswersAfter(0);
      // Token and connections are there before anyone is measured.
      expectEqual('incidents shown', await reader.call('leafThrough', tenant), incidents);
      await stage.graphAnswersAfter(apiDelayMs);
      const pull = await reader.call('relay', [tenant]);
      expectEqual('incidents stored', pull.counts.new, incidents);
      const baseline = await reader.call('baseline', tenant);
      expectEqual('incidents stored by the baseline', baseline.stored, incidents);
      await resetCursors(stage.directStorage, [tenant.tenantId]);
      const reread = await reader.call('relay', [tenant]);
      expectEqual('incidents found unchanged', reread.counts.unchanged, incidents);
      expectEqual('incidents written again', reread.counts.incidentWrites, 0);
      const round = {
        ...{ pull, baseline, reread },
        ...{ batches: pull.counts.batches, batchLimit: batchLimit(pull.counts.new) },
      };
      measured.push(round);
      onRound(round);
    }
    return measured;
  } finally {
    await reader.stop();
    await stage.stop();
  }
};
