import type { Registration } from '../../access/accessAfter';
import { accessAfterFailure, accessAfterSuccess, mustWait } from '../../access/accessAfter';
import type { ErrorCode } from '../../errors';
import { AppError, CallsSpent, ConflictError, messageOf, ThrottledError } from '../../errors';
import type { RateLimits } from '../../incidents/limits';
import type { Access } from '../../model/access';
import { isHeldOff } from '../../model/heldOff';
import { emptyCursor } from '../../model/cursor';
import type { Target } from '../../model/outbox';
import type { RunCounts, TenantRun } from '../../model/run';
import { noCounts } from '../../model/run';
import { registrationFor } from '../../model/registration';
import type { Tenant } from '../../model/tenant';
import type { TenantState } from '../../model/tenantState';
import type { Time7 } from '../../model/time7';
import { fromTicks, toTicks } from '../../model/time7';
import type { Blobs, CallPermits, Clock, IncidentSource, Log, Table } from '../../ports';
import { readAccessNow, writeAccess, writeWait } from '../../store/access';
import type { Feed } from '../../store/feed';
import { incidentStore } from '../../store/incidents';
import { readQuarantine } from '../../store/quarantine';
import { readTenantRun, writeTenantRun } from '../../store/tenantRuns';
import type { FencedState } from '../../store/tenantState';
import { readState } from '../../store/tenantState';
import { closingOf } from './closing';
import type { HeardWaits } from '../limits/heardWaits';
import { heedingWaits } from '../limits/heedingWaits';
import { createLease, isHeldByAnother } from '../limits/lease';
import type { Announcing, Closing, Ending, PassWriter } from '../storing/passWriter';
import { createPassWriter } from '../storing/passWriter';
import type { RunPermits } from '../limits/permits';
import { createPermits } from '../limits/permits';
import type { Quarantine } from '../position/quarantine';
import { createQuarantine } from '../position/quarantine';
import { CursorAhead, isAhead } from './runPass';
import { createWaitWatch } from '../limits/waitWatch';

export interface SyncDeps {
  readonly incidents: Table;
  readonly bodies: Blobs;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly log: Log;
  readonly pause: (ms: number) => Promise<void>;
  readonly overlapMinutes: number;
  /** How often tenants without an interval of their own are read. */
  readonly intervalSeconds: number;
  /** As what a tenant is read, for the cure of a shut door. */
  readonly registrationOf: (tenant: Tenant) => Registration;
  readonly sourceFor: (tenant: Tenant, permits: CallPermits) => IncidentSource;
  readonly limitsFor: (tenant: Tenant) => RateLimits;
  /** Whom this tenant's changes are told. */
  readonly announcing: Announcing & { targetsOf(tenantId: string): Promise<readonly Target[]> };
  /** Of this process. */
  readonly waits: HeardWaits;
  /** True once this instance is being taken away. */
  readonly isStopping: () => boolean;
}

export interface RunRequest {
  readonly runId: string;
  /** Someone asked for this run and looks for its row. */
  readonly requested: boolean;
  /** Calls it may use at the most; default: what a regular run may. */
  readonly maxCalls?: number;
  /** One step of a longer job: its end says nothing of the tenant's regular reading, and leaves no row of its own. */
  readonly isStep?: boolean;
}

export interface TenantOutcome {
  /** `complete` to the newest · `cut` by its allowance · `busy`: another run is at it · `waiting`: not to be asked now · `failed`. */
  readonly state: 'complete' | 'cut' | 'busy' | 'waiting' | 'failed';
  readonly counts: RunCounts;
  readonly code: ErrorCode | undefined;
  /** When it should be tried again, milliseconds since 1970; undefined: at its next regular turn. */
  readonly againAtMs: number | undefined;
}

/** What the work of a run stands on; all of it belongs to this run alone. */
export interface RunTools {
  readonly source: IncidentSource;
  readonly writer: PassWriter;
  readonly quarantine: Quarantine;
  readonly permits: RunPermits;
  /** By the storage's clock. */
  readonly now: () => Time7;
  /** False before the tenant's first run has written anything: until then `now` is our own clock's. */
  readonly isClockKnown: boolean;
  /** The tenant's row as the run found it. */
  readonly before: TenantState;
  /** Sets what the last batch says besides; asked when it is made, however the run ends. */
  closeWith(closing: OwnClosing): void;
}

export type OwnClosing = (run: TenantRun, state: TenantState) => Closing;

/** `partial`: the calls were used up, and what is left goes on at the next tick. */
export type RunWork = (tools: RunTools) => Promise<'succeeded' | 'partial'>;

const busyWaitMs = 15_000;
const failedWaitMs = 60_000;

/**
 * Does a piece of work on one tenant under its fence, lease, rate limit and access state. Whatever is wrong with the tenant is told in the
 * outcome and kept in its rows; only a bug, or storage that does not answer, is thrown.
 */
export const runTenant = async (
  deps: SyncDeps,
  tenant: Tenant,
  request: RunRequest,
  work: RunWork,
): Promise<TenantOutcome> => {
  const { tenantId } = tenant;
  const { clock, incidents: table } = deps;
  const heardMs = deps.waits.leftMs(tenantId);
  if (heardMs > 0) {
    await tellWait(deps, tenant);
    return outcome('waiting', { againAtMs: clock.now() + heardMs });
  }
  const lookedAtMs = clock.elapsedMs();
  const registration = registrationFor(tenant.backend);
  const [{ access, nowMs: accessMs }, found] = await Promise.all([
    readAccessNow(tenantId, table, registration),
    readState(tenantId, table),
  ]);
  const fence = withoutNonsense(deps, tenantId, found);
  const startedMs = clock.elapsedMs();
  const stateMs = fence.readAt && Number(toTicks(fence.readAt) / 10_000n);
  const storageMs = stateMs ?? accessMs ?? clock.now();
  /** By the storage's clock, which all instances share. */
  const nowMs = (): number => Math.floor(storageMs + clock.elapsedMs() - startedMs);
  if (mustWait(access, request.requested, nowMs())) return outcome('waiting', { againAtMs: waitOf(access) });
  if (isHeldByAnother(fence, request.runId)) return busyOutcome(clock.now());
  await closeAbandonedRun(deps, tenantId, fence, request.runId);

  const waits = createWaitWatch({
    tenantId,
    clock,
    waits: deps.waits,
    lookedAtMs,
    isToldToWait: async () => {
      const now = await readAccessNow(tenantId, table, registration);
      return isHeldOff(now.access, now.nowMs ?? nowMs());
    },
  });
  const mayHold = fence.state.quarantined > 0 || isFirstOfHour(fence.state, nowMs());
  const quarantine = createQuarantine(mayHold ? await readQuarantine(tenantId, table) : []);
  const writer = await createPassWriter(
    {
      table,
      bodies: deps.bodies,
      feed: deps.feed,
      incidents: incidentStore(tenantId, table, deps.bodies),
      clock,
      targets: await deps.announcing.targetsOf(tenantId),
      announcing: deps.announcing,
      quarantine,
      calls: () => permits.log,
    },
    { tenantId, ...request },
    fence,
  );
  const permits: RunPermits = createPermits({
    ...deps,
    waits,
    lease: createLease({ clock, writtenAtMs: () => writer.writtenAtMs, write: (isDue) => writer.writeLease(isDue) }),
    limits: deps.limitsFor(tenant),
    log: fence.state.calls,
    nowMs: nowMs(),
    ...(request.maxCalls === undefined ? {} : { maxCalls: request.maxCalls }),
  });
  writer.count({ operations: 2 });
  const now = (): Time7 => fromTicks(BigInt(nowMs()) * 10_000n);
  const { intervalSeconds } = deps;
  const before = fence.state;
  let own: OwnClosing = () => ({ changes: {}, rows: [] });
  const closing = (run: TenantRun, state: TenantState): Closing => {
    const regular = closingOf({ tenant, intervalSeconds, access, before, run, state, now: now() });
    const changes = request.isStep === true ? { ...regular.changes, ...endOfRegularRun(before) } : regular.changes;
    const besides = own(run, { ...state, ...changes });
    return { changes: { ...changes, ...besides.changes }, rows: [...regular.rows, ...besides.rows] };
  };
  let looks = 0;
  const finish = (ending: Ending): Promise<TenantRun> => {
    // Asked again where the first end could not be written.
    writer.count({ calls: permits.used - writer.counts.calls, operations: waits.looks - looks });
    looks = waits.looks;
    return writer.finish(ending, closing);
  };

  let heard: ThrottledError | undefined;
  let telling = Promise.resolve();
  const heeding = heedingWaits(deps.sourceFor(tenant, permits), (wait) => {
    permits.close();
    // Of several, the longest binds.
    if (heard === undefined || wait.retryAfterMs > heard.retryAfterMs) heard = wait;
    deps.waits.hear(tenantId, wait.retryAfterMs);
    // Not only at the end: until it is written, other instances call.
    telling = telling.then(() => tellWait(deps, tenant));
  });
  const endCalls = async (): Promise<void> => {
    permits.close();
    await heeding.settled();
    await telling;
  };
  try {
    const tools: RunTools = {
      source: heeding.source,
      writer,
      quarantine,
      permits,
      now,
      isClockKnown: stateMs !== undefined || accessMs !== undefined,
      before,
      closeWith: (given) => (own = given),
    };
    const state = await cutByCalls(() => work(tools)).finally(endCalls);
    const { counts } = await finish({ state, code: null, reason: null });
    await keepAccess(deps, tenant, access, accessAfterSuccess(access, nowMs()));
    return state === 'succeeded' ? outcome('complete', { counts }) : outcome('cut', { counts, againAtMs: clock.now() });
  } catch (error) {
    if (error instanceof ConflictError) return busyOutcome(clock.now());
    if (!(error instanceof AppError)) throw error;
    if (error instanceof CursorAhead) writer.mark(() => emptyCursor);
    return failed(deps, tenant, { access, error: heard ?? error, nowMs: nowMs() }, finish);
  }
};

/** A saved position that lies in the future comes from a row edited or restored; nothing follows from it but to read everything again. */
const withoutNonsense = ({ log }: SyncDeps, tenantId: string, fence: FencedState): FencedState => {
  const { state, readAt } = fence;
  if (readAt === undefined || !isAhead(state.cursor, readAt)) return fence;
  log.error('saved position refused: it lies in the future', { tenantId });
  return { ...fence, state: { ...state, cursor: emptyCursor, lastSeen: [] } };
};

/** Whatever else goes wrong, the wait we were asked for is kept to here; a write that failed is worth another, now and at the next turn. */
const tellWait = async ({ waits, incidents }: SyncDeps, { tenantId, backend }: Tenant): Promise<void> => {
  const tell = (): Promise<void> =>
    waits.tell(tenantId, (leftMs) => writeWait(tenantId, incidents, leftMs, registrationFor(backend)));
  await tell()
    .catch(tell)
    .catch(() => undefined);
};

/** Once an hour the quarantine is looked at whatever the state row counts: a row that was restored or lost may know less than there is. */
const isFirstOfHour = ({ lastRun }: TenantState, nowMs: number): boolean =>
  lastRun?.startedAt.slice(0, 13) !== new Date(nowMs).toISOString().slice(0, 13);

/** What the last regular run said, for a step that is none. */
const endOfRegularRun = ({ lastRun, lastSuccess, lastNonEmpty, rhythm }: TenantState): Partial<TenantState> => ({
  lastRun,
  lastSuccess,
  lastNonEmpty,
  rhythm,
});

/** A tenant that another run of this process is at. */
export const busyOutcome = (nowMs: number): TenantOutcome => outcome('busy', { againAtMs: nowMs + busyWaitMs });

const cutByCalls = async (work: () => Promise<'succeeded' | 'partial'>): Promise<'succeeded' | 'partial'> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CallsSpent) return 'partial';
    throw error;
  }
};

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
  tenant: Tenant,
  { access, error, nowMs }: { readonly access: Access; readonly error: AppError; readonly nowMs: number },
  finish: (ending: Ending) => Promise<TenantRun>,
): Promise<TenantOutcome> => {
  const isThrottled = error instanceof ThrottledError;
  const next = isThrottled
    ? access
    : accessAfterFailure(access, error, tenant.tenantId, deps.registrationOf(tenant), nowMs);
  await keepAccess(deps, tenant, access, next);
  try {
    const { counts } = await finish({ state: 'failed', code: error.code, reason: messageOf(error) });
    const ourMs = deps.clock.now();
    const againAtMs = isThrottled ? ourMs + deps.waits.leftMs(tenant.tenantId) : againAfter(next, ourMs);
    return outcome('failed', { counts, code: error.code, againAtMs });
  } catch (second) {
    if (second instanceof ConflictError) return busyOutcome(deps.clock.now());
    throw second;
  }
};

const againAfter = (access: Access, nowMs: number): number | undefined => {
  if (access.state === 'blocked') return access.blockedUntil === null ? undefined : Date.parse(access.blockedUntil);
  return access.blockedUntil === null ? nowMs + failedWaitMs : Date.parse(access.blockedUntil);
};

const keepAccess = async (
  { incidents }: SyncDeps,
  { tenantId, backend }: Tenant,
  before: Access,
  after: Access,
): Promise<void> => {
  if (after !== before) await writeAccess(tenantId, incidents, after, registrationFor(backend));
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
