import { AppError, ConflictError, messageOf } from '../../errors';
import type { RunState, TenantRun } from '../../model/run';
import { noCounts } from '../../model/run';
import { newRunId, runIdTime } from '../../model/runId';
import type { Tenant } from '../../model/tenant';
import type { Clock, RandomId, Table } from '../../ports';
import type { DueIndex } from '../../store/due';
import type { OpenJobs } from '../../store/openJobs';
import { readTenantRun, writeTenantRun } from '../../store/tenantRuns';
import type { TenantRegistry } from '../../store/tenants';
import type { RunRequest, TenantOutcome } from './tenantRun';

/** A run someone asked for that shows no end after this is given up: its orchestration was lost. */
const forgottenAfterMs = 10 * 60_000;
const requestRowKey = 'request';

export interface RequestDeps {
  readonly incidents: Table;
  readonly clock: Clock;
  readonly randomId: RandomId;
  /** Where the sweep finds runs that were lost. */
  readonly openJobs?: OpenJobs;
}

export interface RequestedRun {
  readonly runId: string;
  readonly state: RunState;
  /** False where an earlier request is still under way: that run is the answer. */
  readonly isNew: boolean;
}

/** Enters a run into the tenant's rows as queued, or finds the one that is queued or running already. */
export const requestRun = async (deps: RequestDeps, tenantId: string): Promise<RequestedRun> => {
  const { incidents, clock, randomId } = deps;
  const pointer = await incidents.get(tenantId, requestRowKey);
  const known =
    typeof pointer?.row.runId === 'string' ? await readTenantRun(tenantId, incidents, pointer.row.runId) : undefined;
  if (known !== undefined && isUnderWay(known, clock.now()))
    return { runId: known.runId, state: known.state, isNew: false };

  const runId = newRunId(clock.now(), randomId());
  await deps.openJobs?.add({ tenantId, runId, kind: 'sync' });
  await writeTenantRun(incidents, queued(tenantId, runId));
  const row = { partitionKey: tenantId, rowKey: requestRowKey, runId };
  try {
    await incidents.write(
      pointer === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag: pointer.etag },
    );
  } catch (error) {
    // Someone else asked at the same moment: theirs is the run.
    if (!(error instanceof ConflictError)) throw error;
    await deps.openJobs?.done({ tenantId, runId });
    return requestRun(deps, tenantId);
  }
  return { runId, state: 'queued', isNew: true };
};

const isUnderWay = ({ runId, state }: TenantRun, nowMs: number): boolean =>
  (state === 'queued' || state === 'running') && nowMs - (runIdTime(runId) ?? 0) < forgottenAfterMs;

const queued = (tenantId: string, runId: string): TenantRun => ({
  runId,
  tenantId,
  state: 'queued',
  startedAt: new Date(runIdTime(runId) ?? 0).toISOString(),
  seconds: 0,
  counts: noCounts,
  code: null,
  reason: null,
});

export interface ReadRequestDeps {
  readonly registry: TenantRegistry;
  readonly incidents: Table;
  readonly due: DueIndex;
  readonly openJobs?: OpenJobs;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly read: (tenant: Tenant, request: RunRequest) => Promise<TenantOutcome>;
}

/**
 * Another run at the tenant is waited for, about a minute in all: it may be one that only passes a blocked tenant by, which this run is to
 * probe. Most are over within seconds.
 */
const busyPausesMs = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];

/** Carries out a run someone asked for; its row tells how it went. */
export const readRequestedTenant = async (
  { registry, incidents, due, openJobs, pause, read }: ReadRequestDeps,
  { tenantId, runId }: { readonly tenantId: string; readonly runId: string },
): Promise<{ readonly state: TenantOutcome['state'] | 'gone' }> => {
  const run = queued(tenantId, runId);
  const end = (state: RunState, code: string | null, reason: string): Promise<void> =>
    writeTenantRun(incidents, { ...run, state, code, reason });
  const tenant = await registry.get(tenantId);
  if (tenant === undefined) {
    await openJobs?.done({ tenantId, runId });
    return { state: 'gone' };
  }
  await writeTenantRun(incidents, { ...run, state: 'running' });
  try {
    const request: RunRequest = { runId, requested: true };
    let result = await read(tenant, request);
    for (const waitMs of busyPausesMs) {
      if (result.state !== 'busy') break;
      await pause(waitMs);
      result = await read(tenant, request);
    }
    if (result.againAtMs !== undefined) await due.add(tenantId, result.againAtMs);
    if (result.state === 'busy')
      await end('partial', null, 'Another run is reading this tenant; it will be read again in a moment.');
    if (result.state === 'waiting')
      await end('failed', 'ERR_THROTTLED', 'Defender asked us to wait; the tenant is read when the wait is over.');
    await openJobs?.done({ tenantId, runId });
    return { state: result.state };
  } catch (error) {
    await end(
      'failed',
      error instanceof AppError ? error.code : null,
      error instanceof AppError ? messageOf(error) : 'The run broke off.',
    );
    throw error;
  }
};
