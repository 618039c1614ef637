import { join } from 'node:path';
import type { HostStats } from '../../local/host';
import type { TenantBatches } from './batchCounts';
import { readBatchCounts } from './batchCounts';
import type { CallableChild } from './childCalls';
import { forkCalls } from './childCalls';
import { expectEqual } from './expectEqual';
import type { MeasuredHost, ScheduledRun } from './measuredHost';
import { startMeasuredHost } from './measuredHost';
import type { BenchOptions } from './options';
import { profiling } from './options';
import { withProcessorMs } from './processorTime';
import type { ReaderCalls } from './reader';
import { registerAll } from './registration';
import { rewindCursors } from './rewind';
import type { Stage, StagedTenant } from './stage';
import { apiDelayMs, startStage } from './stage';

/** A page without a second one. */
export const incidentsPerTenant = 12;

/**
 * `first`: no token and no row is known · `known`: the overlap shows all incidents of each page again, unchanged, as at a busy hour · `turn`: what comes every five minutes: a page with what the overlap shows again, mostly nothing.
 */
export const situations = ['first', 'known', 'turn'] as const;
export type Situation = (typeof situations)[number];

export interface SideBySide {
  readonly situation: Situation;
  /** All tenants one after another, scaled from a sample that the same code read so. */
  readonly oneByOneMs: number;
  /** All tenants through timer, orchestrator and shards. */
  readonly run: ScheduledRun;
  /** Processor time during the run: who the machine's cores worked for. */
  readonly processorMs: Readonly<Record<'host' | 'cloud' | 'storage' | 'proxies', number>>;
}

export interface ManyTenants {
  readonly measured: readonly SideBySide[];
  /** Of each tenant's first run. */
  readonly batches: readonly TenantBatches[];
  /** Of one more turn, cut into `shards`. */
  readonly replay: HostStats & { readonly shards: number };
}

/** One first reading, then rounds of known pages and regular turns; each time a sample one by one, then all by schedule. */
export const measureManyTenants = async (
  options: BenchOptions,
  onMeasured: (measured: SideBySide) => void,
): Promise<ManyTenants> => {
  const { tenants, sample, rounds } = options;
  const stage = await startStage({ seed: 1, tenants: tenants + sample, incidentsPerTenant });
  const reader = forkCalls<ReaderCalls>(join(__dirname, 'reader.js'), stage.settings, profiling(options));
  let host: MeasuredHost | undefined;
  try {
    await registerAll(stage.directStorage, stage.tenants.slice(0, tenants));
    await stage.answersAfter(apiDelayMs);
    host = await startMeasuredHost(stage, {}, profiling(options));
    const contest = { stage, reader, host, options };
    const measured: SideBySide[] = [];
    const measure = async (situation: Situation): Promise<void> => {
      const result = await measureSideBySide(contest, situation);
      measured.push(result);
      onMeasured(result);
    };
    await measure('first');
    const batches = await readBatchCounts(stage.directStorage);
    for (let round = 0; round < rounds; round += 1) {
      await rewindCursors(
        stage.directStorage,
        stage.tenants.map(({ tenantId }) => tenantId),
      );
      await measure('known');
      await measure('turn');
    }
    await host.stop();
    return { measured, batches, replay: await measureReplay(stage, options) };
  } finally {
    await host?.stop();
    await reader.stop();
    await stage.stop();
  }
};

interface Contest {
  readonly stage: Stage;
  readonly reader: CallableChild<ReaderCalls>;
  readonly host: MeasuredHost;
  readonly options: BenchOptions;
}

const measureSideBySide = async (
  { stage, reader, host, options }: Contest,
  situation: Situation,
): Promise<SideBySide> => {
  const { tenants } = options;
  const sampled: readonly StagedTenant[] = stage.tenants.slice(tenants);
  const readings = sampled.map((tenant) => ({ tenant, backend: 'graph' as const }));
  const { ms, counts } = await reader.call('relay', readings);
  const pids = { host: host.pid, ...stage.pids };
  const { result: run, processorMs } = await withProcessorMs(pids, () => host.runSchedule());
  const isFirst = situation === 'first';
  if (situation !== 'turn') expectEqual('incidents in the sample', counts.listed, sampled.length * incidentsPerTenant);
  expectEqual('new incidents in the sample', counts.new, isFirst ? sampled.length * incidentsPerTenant : 0);
  expectEqual('tenants complete', run.complete, tenants);
  expectEqual('calls', run.calls, tenants);
  expectEqual('incidents written', run.writes, isFirst ? tenants * incidentsPerTenant : 0);
  return { situation, oneByOneMs: (ms / sampled.length) * tenants, run, processorMs };
};

const measureReplay = async (stage: Stage, { tenants, children }: BenchOptions): Promise<ManyTenants['replay']> => {
  const host = await startMeasuredHost(stage, { SYNC_TENANTS_PER_ACTIVITY: String(tenants / children) });
  try {
    const { shards } = await host.runSchedule();
    expectEqual('children', shards, children);
    return { ...(await host.stats()), shards };
  } finally {
    await host.stop();
  }
};
