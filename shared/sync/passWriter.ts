import { AppError, ConflictError } from '../errors';
import type { Cursor } from '../model/cursor';
import { isOpen } from '../model/incident';
import type { RunCounts, RunState, TenantRun } from '../model/run';
import { addCounts, noCounts } from '../model/run';
import type { TenantState } from '../model/tenantState';
import type { Blobs, Clock, Row, RowOperation, Table } from '../ports';
import type { PackedBody } from '../store/body';
import { packBody } from '../store/body';
import type { Feed, FeedEntry } from '../store/feed';
import { maxBatchBytes, wireBytes } from '../store/guard';
import type { IncidentStore, KnownIncident } from '../store/incidents';
import { toIncidentRow } from '../store/incidents';
import { toTenantRunRow } from '../store/tenantRuns';
import type { FencedState } from '../store/tenantState';
import { readState, toStateRow } from '../store/tenantState';
import type { Judged } from './diff';

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

interface Pending {
  readonly judged: Judged;
  readonly cursor: Cursor;
  readonly row: Row;
  readonly packed: PackedBody;
  readonly bytes: number;
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
  let batchNumber = 0;
  const pending = new Map<string, Pending>();
  const written = new Map<string, KnownIncident>();
  const cleanups: Promise<void>[] = [];

  const count = (part: Partial<RunCounts>): void => {
    counts = addCounts(counts, { ...noCounts, ...part });
  };

  const takeBatch = (): readonly Pending[] => {
    const batch: Pending[] = [];
    let bytes = 0;
    for (const [incidentId, entry] of pending) {
      if (batch.length === rowsPerBatch || (batch.length > 0 && bytes + entry.bytes > maxBatchBytes)) break;
      batch.push(entry);
      bytes += entry.bytes;
      pending.delete(incidentId);
    }
    return batch;
  };

  const stateAfter = (batch: readonly Pending[], changes: Partial<TenantState>): TenantState => ({
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
  };

  const write = async (batch: readonly Pending[], ending?: TenantRun): Promise<void> => {
    batchNumber += 1;
    const after = addCounts(counts, { ...noCounts, incidentWrites: batch.length, batches: 1 });
    const run = ending === undefined ? undefined : { ...ending, counts: after };
    const end = run === undefined ? {} : endOf(run, deps.clock);
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
      const etags = await send(
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
    known: async (incidentIds) => {
      const asked = fresh ? [] : incidentIds.filter((id) => !written.has(id));
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
      pending.set(incidentId, toPending(tenantId, over, cursor));
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

const bytesOf = (pending: ReadonlyMap<string, Pending>): number => {
  let bytes = 0;
  for (const entry of pending.values()) bytes += entry.bytes;
  return bytes;
};

const toPending = (tenantId: string, judged: Judged, cursor: Cursor): Pending => {
  const { incident, digests } = judged;
  const header = toIncidentRow({ tenantId, ...incident }, digests);
  const packed = packBody(incident.body, `${tenantId}/${header.rowKey}/${incident.version.replaceAll(':', '')}`);
  const row: Row = { ...header, ...packed.columns };
  return { judged, cursor, row, packed, bytes: wireBytes(row) };
};

const toOperation = ({ judged, row }: Pending): RowOperation =>
  judged.known === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag: judged.known.etag };

const openChange = ({ incident, known }: Judged): number =>
  Number(isOpen(incident.header.status)) - (known === undefined ? 0 : Number(isOpen(known.status)));

const feedEntry = ({ incident }: Judged) => ({
  incidentId: incident.header.incidentId,
  version: incident.version,
  header: incident.header,
});

const putBodies = async (bodies: Blobs, batch: readonly Pending[]): Promise<void> => {
  await Promise.all(
    batch.flatMap(({ packed: { blob } }) => (blob === undefined ? [] : [bodies.put(blob.name, blob.content)])),
  );
};

/** A quiet run leaves no row of its own: the state row says all there is. */
const isWorthARow = ({ requested }: PassIdentity, run: TenantRun): boolean =>
  requested || run.state !== 'succeeded' || run.counts.new + run.counts.changed > 0;

const endOf = (run: TenantRun, clock: Clock): Partial<TenantState> => {
  const success = run.state === 'succeeded' ? { lastSuccess: new Date(clock.now()).toISOString() } : {};
  return { leaseOwner: undefined, lastRun: run, ...success };
};

/** An overlay of this run's own writes; without an etag the row must be read again before it is written again. */
const rememberWrite = (written: Map<string, KnownIncident>, entry: Pending, etag: string | undefined): void => {
  const { incidentId } = entry.judged.incident.header;
  if (etag === undefined || etag === '') written.delete(incidentId);
  else written.set(incidentId, asKnown(entry, etag));
};

const asKnown = ({ judged: { incident, digests }, packed }: Pending, etag: string): KnownIncident => ({
  etag,
  version: incident.version,
  ...digests,
  status: incident.header.status,
  bodyBlob: packed.blob?.name ?? null,
});

/** A write that failed may have happened: the mark in the state row tells, and then it counts. */
const send = async (
  table: Table,
  tenantId: string,
  operations: readonly RowOperation[],
  mark: string,
): Promise<{ readonly state: string; readonly all: readonly string[] | undefined }> => {
  const [only] = operations;
  try {
    if (operations.length === 1 && only !== undefined) return { state: await table.write(only), all: undefined };
    const all = await table.writeBatch(operations);
    return { state: all[0] ?? '', all };
  } catch (error) {
    if (!(error instanceof AppError) || !(error.retryable || error instanceof ConflictError)) throw error;
    const now = await readState(tenantId, table);
    if (now.state.batchMark !== mark || now.etag === undefined) throw error;
    return { state: now.etag, all: undefined };
  }
};

/** Takes away what the batch left behind; what stays is a hint that points nowhere and is dropped when met. */
const cleanUp = async (
  { feed, bodies }: PassWriterDeps,
  tenantId: string,
  batch: readonly Pending[],
): Promise<void> => {
  const replaced = batch.flatMap(({ judged: { known, incident } }): FeedEntry[] =>
    known === undefined || known.version === incident.version
      ? []
      : [{ incidentId: incident.header.incidentId, version: known.version }],
  );
  const blobs = batch.flatMap(({ judged: { known }, packed }) =>
    typeof known?.bodyBlob !== 'string' || known.bodyBlob === packed.blob?.name ? [] : [known.bodyBlob],
  );
  const hints = replaced.length === 0 ? Promise.resolve() : feed.remove(tenantId, replaced);
  await Promise.all([hints, ...blobs.map((name) => bodies.delete(name))]).catch(() => undefined);
};
