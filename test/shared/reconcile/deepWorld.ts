import type { JobKind, ReadingJob } from '../../../shared/model/job';
import { newRunId } from '../../../shared/model/runId';
import type { Tenant } from '../../../shared/model/tenant';
import type { TenantState } from '../../../shared/model/tenantState';
import type { Time7 } from '../../../shared/model/time7';
import { mustBeTime7 } from '../../../shared/model/time7';
import type { Log, LogFields, Row } from '../../../shared/ports';
import { deepRead } from '../../../shared/reconcile/deepRead';
import type { NightResult } from '../../../shared/reconcile/reconcileShard';
import { reconcileShard } from '../../../shared/reconcile/reconcileShard';
import { requestJob } from '../../../shared/reconcile/requestJob';
import type { JobStep, StepJobDeps } from '../../../shared/reconcile/stepJob';
import { stepJob } from '../../../shared/reconcile/stepJob';
import { openJobs } from '../../../shared/store/openJobs';
import { readTenantRun } from '../../../shared/store/tenantRuns';
import { readState } from '../../../shared/store/tenantState';
import { tenantRegistry } from '../../../shared/store/tenants';
import { createLimiter } from '../../../shared/sync/limits/limiter';
import type { SyncDeps } from '../../../shared/sync/run/tenantRun';
import type { InProcessOptions, InProcessRelay } from '../../support/inProcessRelay';
import { inProcessRelay } from '../../support/inProcessRelay';
import { memoryTable } from '../../support/memoryTable';

export interface Logged {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields | undefined;
}

export interface DeepWorld extends InProcessRelay {
  readonly logged: Logged[];
  readonly job: StepJobDeps;
  /** Replaces the tenant's registration. */
  register(change: Partial<Tenant>): Promise<void>;
  unregister(): Promise<void>;
  state(): Promise<TenantState>;
  /** Runs of the regular reading until it has nothing left. */
  catchUp(): Promise<void>;
  ask(kind: Exclude<JobKind, 'nightly'>, from: string, to: string, by?: ReadingJob['by']): Promise<string>;
  step(runId: string): Promise<JobStep>;
  /** Steps with their waits and the regular reading in between, until the job has ended. @returns how many steps */
  finish(runId: string): Promise<number>;
  run(runId: string): ReturnType<typeof readTenantRun>;
  /** Rounds of one night until none has steps left. */
  night(slot: string, rounds?: number): Promise<NightResult[]>;
  row(incidentId: string): Row | undefined;
  /** Deletes the row behind everyone's back. */
  lose(incidentId: string): Promise<void>;
}

/** The row's key, written out here so that no test agrees with a mistake of the store's. */
export const rowKeyOf = (incidentId: string): string =>
  `i_${(10n ** 20n - 1n - BigInt(incidentId)).toString().padStart(20, '0')}`;

/** The in-process relay with the workflows of deep reading around it. */
export const deepWorld = async (
  options: InProcessOptions,
  change: (deps: SyncDeps) => SyncDeps = (deps) => deps,
): Promise<DeepWorld> => {
  const relay = await inProcessRelay(options);
  const { clock, incidents, index, tenant } = relay;
  const { tenantId } = tenant;
  const logged: Logged[] = [];
  const keep =
    (level: Logged['level']): Log['info'] =>
    (message, fields) =>
      void logged.push({ level, message, fields });
  const log: Log = { info: keep('info'), warn: keep('warn'), error: keep('error') };
  const registry = tenantRegistry(memoryTable());
  await registry.put(tenant);
  let ids = 0;
  const randomId = (): string => `random${(ids += 1).toString().padStart(6, '0')}`;
  const deps = change({ ...relay.deps, log });
  const read: StepJobDeps['deepRead'] = (given, job) => deepRead(deps, given, newRunId(clock.now(), randomId()), job);
  const job: StepJobDeps = { registry, incidents, openJobs: openJobs(index), clock, log, deepRead: read };
  const time = (text: string): Time7 => mustBeTime7(text, 'time');

  const catchUp = async (): Promise<void> => {
    for (let runs = 0; runs < 100; runs += 1) {
      const { state } = await relay.sync();
      if (state === 'complete') return;
      clock.advance(20_000);
    }
    throw new Error('the regular reading does not end');
  };
  return {
    ...relay,
    logged,
    job,
    catchUp,
    register: async (part) => {
      await registry.put({ ...tenant, ...part });
    },
    unregister: async () => {
      await registry.delete(tenantId);
    },
    state: async () => (await readState(tenantId, incidents)).state,
    ask: async (kind, from, to, by = 'updated') => {
      const request = { tenantId, kind, from: time(from), to: time(to), by };
      return (await requestJob({ ...job, randomId }, request)).runId;
    },
    step: (runId) => stepJob(job, { tenantId, runId }),
    finish: async (runId) => {
      for (let steps = 1; steps < 500; steps += 1) {
        const { ended, waitSeconds } = await stepJob(job, { tenantId, runId });
        if (ended) return steps;
        clock.advance(waitSeconds * 1000);
        await catchUp();
      }
      throw new Error('the job does not end');
    },
    run: (runId) => readTenantRun(tenantId, incidents, runId),
    night: async (slot, rounds = 50) => {
      const limiter = createLimiter(4);
      const results: NightResult[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const shard = { slot, round, shard: 0, shardCount: 1, isLast: round === rounds - 1 };
        const result = await reconcileShard(
          { registry, incidents, clock, log, limiter, hours: 72, deepRead: read },
          shard,
        );
        results.push(result);
        if (result.left === 0) return results;
        clock.advance(60_000);
        await catchUp();
      }
      return results;
    },
    row: (incidentId) => incidents.rows().find(({ rowKey }) => rowKey === rowKeyOf(incidentId)),
    lose: async (incidentId) => {
      await incidents.write({ kind: 'delete', partitionKey: tenantId, rowKey: rowKeyOf(incidentId) });
    },
  };
};
