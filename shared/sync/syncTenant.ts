import type { Registration } from '../access/accessAfter';
import { accessAfterFailure, accessAfterSuccess, mustWait } from '../access/accessAfter';
import type { ErrorCode } from '../errors';
import { AppError, ConflictError, messageOf } from '../errors';
import type { Access } from '../model/access';
import type { RunCounts } from '../model/run';
import { noCounts } from '../model/run';
import type { Tenant } from '../model/tenant';
import type { Blobs, Clock, IncidentSource, Table } from '../ports';
import { readAccess, writeAccess } from '../store/access';
import type { Feed } from '../store/feed';
import { incidentStore } from '../store/incidents';
import { readTenantRun, writeTenantRun } from '../store/tenantRuns';
import type { FencedState } from '../store/tenantState';
import { readState } from '../store/tenantState';
import { createAllowance } from './allowance';
import { isHeldByAnother } from './lease';
import type { Ending, PassWriter } from './passWriter';
import { createPassWriter } from './passWriter';
import { runPass } from './runPass';

export interface SyncDeps {
  readonly incidents: Table;
  readonly bodies: Blobs;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly overlapMinutes: number;
  readonly registration: Registration;
  readonly sourceFor: (tenant: Tenant) => IncidentSource;
  /** True once this instance is being taken away. */
  readonly isStopping: () => boolean;
}

export interface RunRequest {
  readonly runId: string;
  /** Someone asked for this run and looks for its row. */
  readonly requested: boolean;
}

export interface TenantOutcome {
  /** `complete` to the newest · `cut` by its allowance · `busy`: another run is at it · `waiting`: not to be asked now · `failed`. */
  readonly state: 'complete' | 'cut' | 'busy' | 'waiting' | 'failed';
  readonly counts: RunCounts;
  readonly code: ErrorCode | undefined;
  /** When it should be tried again, milliseconds since 1970; undefined: at its next regular turn. */
  readonly againAtMs: number | undefined;
}

const busyWaitMs = 15_000;
const failedWaitMs = 60_000;

/**
 * Reads what changed in one tenant and stores it. Whatever is wrong with the tenant is told in the outcome and kept in its rows;
 * only a bug, or storage that does not answer, is thrown.
 */
export const syncTenant = async (deps: SyncDeps, tenant: Tenant, request: RunRequest): Promise<TenantOutcome> => {
  const { tenantId } = tenant;
  const nowMs = deps.clock.now();
  const [access, fence] = await Promise.all([
    readAccess(tenantId, deps.incidents),
    readState(tenantId, deps.incidents),
  ]);
  if (mustWait(access, request.requested, nowMs)) return outcome('waiting', { againAtMs: waitOf(access) });
  if (isHeldByAnother(fence, request.runId)) return busyOutcome(nowMs);
  await closeAbandonedRun(deps, tenantId, fence, request.runId);

  const incidents = incidentStore(tenantId, deps.incidents, deps.bodies);
  const writer = await createPassWriter(
    { table: deps.incidents, bodies: deps.bodies, feed: deps.feed, incidents, clock: deps.clock },
    { tenantId, ...request },
    fence,
  );
  const allowance = createAllowance(deps.clock, deps.isStopping);
  try {
    const source = deps.sourceFor(tenant);
    const state = await runPass({ source, writer, allowance, clock: deps.clock, overlapMinutes: deps.overlapMinutes });
    const { counts } = await writer.finish({ state, code: null, reason: null }, allowance.used);
    await keepAccess(deps, tenantId, access, accessAfterSuccess(access, nowMs));
    return state === 'succeeded'
      ? outcome('complete', { counts })
      : outcome('cut', { counts, againAtMs: deps.clock.now() });
  } catch (error) {
    if (error instanceof ConflictError) return busyOutcome(deps.clock.now());
    if (!(error instanceof AppError)) throw error;
    return failed(deps, tenantId, access, error, writer, allowance.used);
  }
};

/** A tenant that another run of this process is at. */
export const busyOutcome = (nowMs: number): TenantOutcome => outcome('busy', { againAtMs: nowMs + busyWaitMs });

const outcome = (state: TenantOutcome['state'], rest: Partial<TenantOutcome>): TenantOutcome => ({
  state,
  counts: noCounts,
  code: undefined,
  againAtMs: undefined,
  ...rest,
});

/** A throttled tenant goes on when its wait is over; a blocked one at its regular turns, where it waits for its next probe. */
const waitOf = ({ state, blockedUntil }: Access): number | undefined =>
  state === 'blocked' || blockedUntil === null ? undefined : Date.parse(blockedUntil);

/** What was read before the failure is good and is kept; the cursor stands where the rows end. */
const failed = async (
  deps: SyncDeps,
  tenantId: string,
  access: Access,
  error: AppError,
  writer: PassWriter,
  calls: number,
): Promise<TenantOutcome> => {
  const ending: Ending = { state: 'failed', code: error.code, reason: messageOf(error) };
  const next = accessAfterFailure(access, error, tenantId, deps.registration, deps.clock.now());
  await keepAccess(deps, tenantId, access, next);
  try {
    const { counts } = await writer.finish(ending, calls);
    return outcome('failed', { counts, code: error.code, againAtMs: againAfter(next, deps.clock.now()) });
  } catch (second) {
    if (second instanceof ConflictError) return busyOutcome(deps.clock.now());
    throw second;
  }
};

const againAfter = (access: Access, nowMs: number): number | undefined => {
  if (access.state === 'blocked') return access.blockedUntil === null ? undefined : Date.parse(access.blockedUntil);
  return access.blockedUntil === null ? nowMs + failedWaitMs : Date.parse(access.blockedUntil);
};

const keepAccess = async ({ incidents }: SyncDeps, tenantId: string, before: Access, after: Access): Promise<void> => {
  if (after !== before) await writeAccess(tenantId, incidents, after);
};

/** A lease that ran out belongs to a run that ended without a word. */
const closeAbandonedRun = async (
  { incidents, clock }: SyncDeps,
  tenantId: string,
  { state }: FencedState,
  runId: string,
): Promise<void> => {
  const { leaseOwner } = state;
  if (leaseOwner === undefined || leaseOwner === runId) return;
  const known = await readTenantRun(tenantId, incidents, leaseOwner);
  const startedAt = new Date(clock.now()).toISOString();
  const run = known ?? { runId: leaseOwner, tenantId, startedAt, seconds: 0, counts: noCounts };
  await writeTenantRun(incidents, {
    ...run,
    state: 'failed',
    code: 'ERR_UPSTREAM',
    reason: 'The run ended without a word; its lease ran out.',
  });
};
