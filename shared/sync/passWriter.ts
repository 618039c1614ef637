import type { Cursor } from '../model/cursor';
import type { ObservedIncident } from '../model/incident';
import type { RunCounts, RunState, TenantRun } from '../model/run';
import { addCounts, noCounts } from '../model/run';
import type { TenantState } from '../model/tenantState';
import type { Blobs, Clock, RowOperation, Table } from '../ports';
import type { Feed } from '../store/feed';
import { maxBatchBytes } from '../store/guard';
import type { IncidentStore, KnownIncident } from '../store/incidents';
import { toTenantRunRow } from '../store/tenantRuns';
import type { FencedState } from '../store/tenantState';
import { toStateRow } from '../store/tenantState';
import type { Judged } from './diff';
import { createLastSeen } from './lastSeen';
import type { PendingRow } from './pendingRow';
import { asKnown, cleanUp, feedEntry, openChange, putBodies, toOperation, toPendingRow } from './pendingRow';
import { sendBatch } from './sendBatch';

/** Of a batch's 100 operations two are the state row and the run's row. */
const rowsPerBatch = 98;

export interface PassWriterDeps {
  readonly table: Table;
  readonly bodies: Blobs;
  readonly feed: Feed;
  readonly incidents: IncidentStore;
  readonly clock: Clock;
}

export interface PassIdentity {
  readonly tenantId: string;
  readonly runId: string;
  /** Asked for by someone, who will look for the run's row even if nothing changed. */
  readonly requested: boolean;
}

export interface Ending {
  readonly state: RunState;
  readonly code: string | null;
  readonly reason: string | null;
}

/** Gathers the rows of a run across its pages and writes them in atomic batches with the state row as fence. */
export interface PassWriter {
  readonly cursor: Cursor;
  /** True where it is stored just as shown, told without a look at its row. */
  holds(incident: ObservedIncident): boolean;
  /** Says that it is stored as shown. */
  isStored(incident: ObservedIncident): void;
  /** What is stored of these, this run's own writes included. */
  known(incidentIds: readonly string[]): Promise<ReadonlyMap<string, KnownIncident>>;
  count(part: Partial<RunCounts>): void;
  /** Queues a row; once it is written, `cursor` holds. Rows must come in the order in which cursors grow. */
  add(judged: Judged, cursor: Cursor): void;
  /** Once everything queued is written, `cursor` holds. */
  settle(cursor: Cursor): void;
  /** Writes full batches. @throws ConflictError where another run has taken the fence */
  flushFull(): Promise<void>;
  /** Writes the rest with the run's end and gives the lease back. */
  finish(ending: Ending, calls: number): Promise<TenantRun>;
}

export const createPassWriter = async (
  deps: PassWriterDeps,
  identity: PassIdentity,
  fence: FencedState,
): Promise<PassWriter> => {
  const { tenantId, runId } = identity;
  const startedMs = deps.clock.elapsedMs();
  const startedAt = new Date(deps.clock.now()).toISOString();
  // Only where nothing was ever written can lookups be spared; a lost state row alone proves nothing.
  let fresh = fence.etag === undefined && (await deps.incidents.isEmpty());

  let { state, etag } = fence;
  const totalsBefore = state.totals;
  let counts = noCounts;
  let tail = state.cursor;
  // After a reset of the cursor everything is looked at again, row by row.
  const lastSeen = createLastSeen(state.cursor.readThrough === undefined ? [] : state.lastSeen);
  let sure = true;
  let batchNumber = 0;
  const pending = new Map<string, PendingRow>();
  const written = new Map<string, KnownIncident>();
  const cleanups: Promise<void>[] = [];

  const count = (part: Partial<RunCounts>): void => {
    counts = addCounts(counts, { ...noCounts, ...part });
  };

  const takeBatch = (): readonly PendingRow[] => {
    const batch: PendingRow[] = [];
    let bytes = 0;
    for (const [incidentId, entry] of pending) {
      if (batch.length === rowsPerBatch || (batch.length > 0 && bytes + entry.bytes > maxBatchBytes)) break;
      batch.push(entry);
      bytes += entry.bytes;
      pending.delete(incidentId);
    }
    return batch;
  };

  const stateAfter = (batch: readonly PendingRow[], changes: Partial<TenantState>): TenantState => ({
    ...state,
    cursor: pending.size > 0 ? (batch.at(-1)?.cursor ?? state.cursor) : tail,
    leaseOwner: runId,
    batchMark: `${runId}.${batchNumber}`,
    stored: state.stored + batch.filter(({ judged }) => judged.known === undefined).length,
    open: state.open + batch.reduce((sum, { judged }) => sum + openChange(judged), 0),
    ...changes,
  });

  /** After a failed write nothing queued is certain any more: what is written next says only what is durable. */
  const giveUp = (): void => {
    pending.clear();
    tail = state.cursor;
    sure = false;
  };

  const write = async (batch: readonly PendingRow[], ending?: TenantRun): Promise<void> => {
    batchNumber += 1;
    const after = addCounts(counts, { ...noCounts, incidentWrites: batch.length, batches: 1 });
    const run = ending === undefined ? undefined : { ...ending, counts: after };
    // Only at the end is everything seen also stored, by this batch or one before.
    const seen = sure ? { lastSeen: lastSeen.newest() } : {};
    const end = run === undefined ? {} : { ...endOf(run, deps.clock), ...seen };
    const nextState = stateAfter(batch, { totals: addCounts(totalsBefore, after), ...end });
    const stateRow = toStateRow(tenantId, nextState);
    const stateWrite: RowOperation =
      etag === undefined ? { kind: 'insert', row: stateRow } : { kind: 'replace', row: stateRow, etag };
    const runWrite: RowOperation[] =
      run !== undefined && isWorthARow(identity, run) ? [{ kind: 'upsert', row: toTenantRunRow(run) }] : [];
    try {
      await putBodies(deps.bodies, batch);
      await deps.feed.add(
        tenantId,
        batch.map(({ judged }) => feedEntry(judged)),
      );
      const etags = await sendBatch(
        deps.table,
        tenantId,
        [stateWrite, ...runWrite, ...batch.map(toOperation)],
        nextState.batchMark,
      );
      batch.forEach((entry, at) => rememberWrite(written, entry, etags.all?.[at + 1 + runWrite.length]));
      // An answer that was lost took the etags of its rows with it.
      fresh &&= etags.all !== undefined || batch.length === 0;
      etag = etags.state;
    } catch (error) {
      giveUp();
      throw error;
    }
    state = nextState;
    counts = after;
    cleanups.push(cleanUp(deps, tenantId, batch));
  };

  return {
    get cursor() {
      return tail;
    },
    holds: (incident) => lastSeen.holds(incident),
    isStored: (incident) => lastSeen.add(incident),
    known: async (incidentIds) => {
      const asked = fresh ? [] : incidentIds.filter((id) => !written.has(id) && !pending.has(id));
      const found = new Map(asked.length === 0 ? [] : await deps.incidents.known(asked));
      for (const id of incidentIds) {
        const queued = pending.get(id);
        const own = queued === undefined ? written.get(id) : asKnown(queued, '');
        if (own !== undefined) found.set(id, own);
      }
      return found;
    },
    count,
    add: (judged, cursor) => {
      const { incidentId } = judged.incident.header;
      // A newer version of a row still queued takes its place, at the end: one entity once in a batch, over what is stored.
      const queued = pending.get(incidentId);
      const over = queued === undefined ? judged : { ...judged, known: queued.judged.known };
      pending.delete(incidentId);
      pending.set(incidentId, toPendingRow(tenantId, over, cursor));
      lastSeen.add(judged.incident);
    },
    settle: (cursor) => {
      tail = cursor;
    },
    flushFull: async () => {
      while (pending.size > rowsPerBatch || bytesOf(pending) > maxBatchBytes) await write(takeBatch());
    },
    finish: async (ending, calls) => {
      while (pending.size > rowsPerBatch || bytesOf(pending) > maxBatchBytes) await write(takeBatch());
      count({ calls });
      const seconds = (deps.clock.elapsedMs() - startedMs) / 1000;
      const run: TenantRun = { runId, tenantId, startedAt, seconds, counts, ...ending };
      await write(takeBatch(), run);
      await Promise.all(cleanups);
      return { ...run, counts };
    },
  };
};

const bytesOf = (pending: ReadonlyMap<string, PendingRow>): number => {
  let bytes = 0;
  for (const entry of pending.values()) bytes += entry.bytes;
  return bytes;
};

/** A quiet run leaves no row of its own: the state row says all there is. */
const isWorthARow = ({ requested }: PassIdentity, run: TenantRun): boolean =>
  requested || run.state !== 'succeeded' || run.counts.new + run.counts.changed > 0;

const endOf = (run: TenantRun, clock: Clock): Partial<TenantState> => {
  const success = run.state === 'succeeded' ? { lastSuccess: new Date(clock.now()).toISOString() } : {};
  return { leaseOwner: undefined, lastRun: run, ...success };
};

/** An overlay of this run's own writes; without an etag the row must be read again before it is written again. */
const rememberWrite = (written: Map<string, KnownIncident>, entry: PendingRow, etag: string | undefined): void => {
  const { incidentId } = entry.judged.incident.header;
  if (etag === undefined || etag === '') written.delete(incidentId);
  else written.set(incidentId, asKnown(entry, etag));
};
