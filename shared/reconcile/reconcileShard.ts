import { messageOf } from '../errors';
import type { ReadingJob } from '../model/job';
import { newRunId } from '../model/runId';
import type { Tenant } from '../model/tenant';
import { minusMinutes } from '../model/time7';
import type { Clock, Log, Table } from '../ports';
import { deleteJob, readJob } from '../store/jobs';
import { readTenantRun } from '../store/tenantRuns';
import { readState } from '../store/tenantState';
import type { TenantRegistry } from '../store/tenants';
import type { Limiter } from '../sync/limits/limiter';
import { shardRange } from '../sync/shards/planShards';
import type { DeepReadEnd } from './deepRead';
import { endJob } from './endJob';
import { newJob } from './newJob';

export interface ReconcileShardDeps {
  readonly registry: Pick<TenantRegistry, 'pages'>;
  readonly incidents: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly limiter: Limiter;
  /** How far a nightly read reaches back. */
  readonly hours: number;
  readonly deepRead: (tenant: Tenant, job: ReadingJob) => Promise<DeepReadEnd>;
}

export interface NightShard {
  /** ISO 8601 UTC: when the night began; names it. */
  readonly slot: string;
  /** From 0; in the first one jobs begin, in the others they go on. */
  readonly round: number;
  readonly shard: number;
  readonly shardCount: number;
  /** The night is over: what is not through is given up. */
  readonly isLast: boolean;
}

/** Counters of one shard; it crosses Durable's history, so it stays below 200 bytes. */
export interface NightResult {
  /** Jobs that need another round. */
  readonly left: number;
  readonly ended: number;
  readonly failed: number;
  readonly foundLate: number;
  readonly calls: number;
}

/** No tenant begins after this: it has its step in the next round. */
const startUntilMs = 4 * 60_000;

/** One step of the nightly deep read for every tenant of the shard whose job is not through. */
export const reconcileShard = async (deps: ReconcileShardDeps, input: NightShard): Promise<NightResult> => {
  const startedMs = deps.clock.elapsedMs();
  const { from, before } = shardRange(input.shard, input.shardCount);
  const steps: Promise<StepResult>[] = [];
  for await (const page of deps.registry.pages(from, before))
    for (const tenant of page)
      if (tenant.enabled) steps.push(deps.limiter.run(() => stepOfNight(deps, input, tenant, startedMs)));
  const results = await Promise.all(steps);
  const sum = (part: (one: StepResult) => number): number => results.reduce((total, one) => total + part(one), 0);
  const result: NightResult = {
    left: sum(({ state }) => Number(state === 'left')),
    ended: sum(({ state }) => Number(state === 'ended')),
    failed: sum(({ state }) => Number(state === 'failed')),
    foundLate: sum(({ foundLate }) => foundLate),
    calls: sum(({ calls }) => calls),
  };
  deps.log.info('shard reconciled', { ...input, ...result });
  return result;
};

interface StepResult {
  /** `none`: there was nothing to do. */
  readonly state: 'left' | 'ended' | 'failed' | 'none';
  readonly foundLate: number;
  readonly calls: number;
}

const nothing: StepResult = { state: 'none', foundLate: 0, calls: 0 };

const stepOfNight = async (
  deps: ReconcileShardDeps,
  night: NightShard,
  tenant: Tenant,
  startedMs: number,
): Promise<StepResult> => {
  const { tenantId } = tenant;
  try {
    if (deps.clock.elapsedMs() - startedMs > startUntilMs) return { ...nothing, state: 'left' };
    const job = await jobOfNight(deps, night, tenantId);
    if (job === undefined) return nothing;
    const end = await deps.deepRead(tenant, job);
    const counted = { foundLate: end.job.foundLate - job.foundLate, calls: end.counts.calls };
    if (end.state !== 'complete') return { ...counted, state: await notThrough(deps, night, end) };
    await deleteJob(tenantId, deps.incidents, job.runId);
    return { ...counted, state: 'ended' };
  } catch (error) {
    deps.log.error('tenant not reconciled', { tenantId, reason: messageOf(error) });
    return { ...nothing, state: 'failed' };
  }
};

const notThrough = async (
  deps: ReconcileShardDeps,
  { isLast }: NightShard,
  { state, againAtMs, job, code }: DeepReadEnd,
): Promise<StepResult['state']> => {
  // A blocked tenant is probed by its regular turns; the next night finds it again.
  const isBlocked = state === 'waiting' && againAtMs === undefined;
  if (!isLast && !isBlocked) return 'left';
  const reason = isBlocked
    ? 'Access is blocked.'
    : 'The night was over before everything was read; the next begins anew.';
  await endJob(deps, job, { state: 'partial', code: code ?? null, reason });
  return 'failed';
};

const random = 'nightly00000';

/** The night's job where it has steps left. Its id is built from the night: an activity that runs twice does not begin it twice. */
const jobOfNight = async (
  { incidents, clock, hours }: ReconcileShardDeps,
  { slot }: NightShard,
  tenantId: string,
): Promise<ReadingJob | undefined> => {
  const runId = newRunId(Date.parse(slot), random);
  const going = await readJob(tenantId, incidents, runId);
  if (going !== undefined) return going;
  const run = await readTenantRun(tenantId, incidents, runId);
  if (run !== undefined) return undefined;
  const { state } = await readState(tenantId, incidents);
  const { readThrough } = state.cursor;
  // Before its first reading there is nothing to compare with.
  if (readThrough === undefined) return undefined;
  const from = minusMinutes(readThrough, hours * 60);
  return newJob({ tenantId, runId, kind: 'nightly', from, to: readThrough, by: 'updated' }, clock.now());
};
