import { AppError, ContractError } from '../errors';
import type { Cursor } from '../model/cursor';
import type { ObservedIncident } from '../model/incident';
import type { Target } from '../model/outbox';
import type { QuarantineEntry } from '../model/quarantine';
import type { RunCounts, RunState, TenantRun } from '../model/run';
import { addCounts, noCounts } from '../model/run';
import type { TenantState } from '../model/tenantState';
import type { Blobs, Clock, Row, RowOperation, StoredRow, Table } from '../ports';
import type { Feed } from '../store/feed';
import { maxBatchBytes, maxOperations } from '../store/guard';
import type { IncidentStore, KnownIncident } from '../store/incidents';
import { toTenantRunRow } from '../store/tenantRuns';
import type { FencedState } from '../store/tenantState';
import { toStateRow } from '../store/tenantState';
import type { Judged } from './diff';
import { createLastSeen } from './lastSeen';
import type { CursorChange } from './marks';
import { createMarks } from './marks';
import type { Miss, PendingRow } from './pendingRow';
import {
  asKnown,
  cleanUp,
  effectOf,
  feedEntries,
  putBodies,
  toPendingIncident,
  toPendingMiss,
  toPendingQuarantine,
  toPendingRelease,
} from './pendingRow';
import type { RunPermits } from './permits';
import type { Quarantine } from './quarantine';
import { sendBatch } from './sendBatch';

export interface PassWriterDeps {
  readonly table: Table;
  readonly bodies: Blobs;
  readonly feed: Feed;
  readonly incidents: IncidentStore;
  readonly clock: Clock;
  readonly targets: readonly Target[];
  readonly quarantine: Quarantine;
  readonly permits: Pick<RunPermits, 'used' | 'log'>;
}

export interface PassIdentity {
  readonly tenantId: string;
  readonly runId: string;
  /** Asked for by someone, who will look for the run's row even if nothing changed. */
  readonly requested: boolean;
  /** One step of a longer job, which keeps a row of its own. */
  readonly isStep?: boolean;
}

export interface Ending {
  readonly state: RunState;
  readonly code: string | null;
  readonly reason: string | null;
}

/** What the last batch of a run says besides its rows. */
export interface Closing {
  readonly changes: Partial<TenantState>;
  /** Rows of the ledger and the like that ride along. */
  readonly rows: readonly Row[];
}

/** Gathers the rows of a run across its pages and writes them in atomic batches with the state row as fence. */
export interface PassWriter {
  /** As it will be once everything queued is written. */
  readonly cursor: Cursor;
  /** Everything the run did so far; what is queued is not written yet. */
  readonly counts: RunCounts;
  /** True where it is stored just as shown, told without a look at its row. */
  holds(incident: ObservedIncident): boolean;
  /** Says that it is stored as shown. */
  isStored(incident: ObservedIncident): void;
  /** Begins to look up what is stored of these, so that whoever judges them later need not wait; a failure shows only then. */
  lookAhead(incidentIds: readonly string[]): Promise<void>;
  /** What is stored of these, this run's own writes included. */
  known(incidentIds: readonly string[]): Promise<ReadonlyMap<string, KnownIncident>>;
  count(part: Partial<RunCounts>): void;
  /** Queues an incident with its events; false where storage could not hold it, and it goes to quarantine instead. */
  add(judged: Judged): boolean;
  quarantine(entry: QuarantineEntry): void;
  /** Queues the row of an incident that a deep read did not find; nothing where this run itself has shown it. */
  missed(incidentId: string, found: StoredRow, miss: Miss): void;
  /** Takes an incident out of quarantine; only one that is there. */
  release(incidentId: string): void;
  /** Once everything queued so far is written, the change of the cursor holds. */
  mark(change: CursorChange): void;
  /** Writes full batches, and takes the lease once the run proves to be a long one. @throws ConflictError where another run has taken the fence */
  flushFull(): Promise<void>;
  /** Writes the rest with the run's end and gives the lease back. `closing` is asked last, when the counts are known. */
  finish(ending: Ending, closing: Last['closing']): Promise<TenantRun>;
}

/** A run that asks more takes the lease first: of two at once, one gives up before both have used the rate limit up. */
const callsWithoutLease = 3;
/** The state row takes one operation of each batch, and one is left in case the run's row comes with it. */
const rowsPerBatch = maxOperations - 2;
/** Rows of the ledger, usage and run that may come with the last batch. */
const maxClosingRows = 12;
/** Batches made ready before their turn: beyond them reading waits, so that storage that is slow does not fill the memory. */
const maxUnderWay = 4;

interface Last {
  readonly ending: Ending;
  readonly closing: (run: TenantRun, state: TenantState) => Closing;
}

interface Queued extends PendingRow {
  readonly key: string;
  readonly number: number;
  /** The incident leaves quarantine with this very row, or not at all. */
  readonly release?: PendingRow;
}

/** What of a batch lies outside its partition, and is there. */
interface Prepared {
  /** Of storage, that this took. */
  readonly operations: number;
}

const nothingToPrepare: Prepared = { operations: 0 };

const operationsOf = ({ operations, release }: Queued): readonly RowOperation[] =>
  release === undefined ? operations : [...operations, ...release.operations];

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
  const marks = createMarks(state.cursor);
  // After a reset of the cursor everything is looked at again, row by row.
  const lastSeen = createLastSeen(state.cursor.readThrough === undefined ? [] : state.lastSeen);
  let sure = true;
  let batchNumber = 0;
  let lastNumber = 0;
  /** Incident rows that must have been written by the end. */
  let owed = 0;
  /** In the order of their numbers. */
  const pending = new Map<string, Queued>();
  const written = new Map<string, KnownIncident>();
  /** Keys of the quarantine's rows that are there. */
  const quarantineRows = new Set(deps.quarantine.incidentIds().map(quarantineKey));
  /** Looked up ahead; undefined: not stored. Whatever this run queues itself, it knows better. */
  const lookedUp = new Map<string, KnownIncident | undefined>();
  const own = new Set<string>();
  const cleanups: Promise<void>[] = [];
  const underWay = new Set<Queued>();
  /** In the order in which they are written. */
  const flights: Promise<void>[] = [];

  const count = (part: Partial<RunCounts>): void => {
    counts = addCounts(counts, part);
  };

  /** A later one of the same key takes the earlier one's place: one entity once in a batch, and who waits for the earlier one waits on. */
  const enqueue = (key: string, row: PendingRow): void => {
    const { number = (lastNumber += 1), release } = pending.get(key) ?? {};
    pending.set(key, { ...row, key, number, ...(release === undefined ? {} : { release }) });
  };

  /** What waits to be written; the batch under way is not counted. */
  const waiting = (): readonly Queued[] => [...pending.values()].filter((entry) => !underWay.has(entry));

  const takeBatch = (room: number): readonly Queued[] => {
    const batch: Queued[] = [];
    let [operations, bytes] = [0, 0];
    for (const entry of waiting()) {
      operations += operationsOf(entry).length;
      bytes += entry.bytes;
      if (batch.length > 0 && (operations > room || bytes > maxBatchBytes)) break;
      batch.push(entry);
    }
    return batch;
  };

  const firstOutstanding = (batch: readonly Queued[]): number => {
    for (const entry of pending.values()) if (!batch.includes(entry)) return entry.number;
    return Number.POSITIVE_INFINITY;
  };

  const isMoreThan = (room: number): boolean => {
    let [operations, bytes] = [0, 0];
    for (const entry of waiting()) {
      operations += operationsOf(entry).length;
      bytes += entry.bytes;
    }
    return operations > room || bytes > maxBatchBytes;
  };

  /** Waits until no more than so many batches are under way. @throws what one failed of; then none is left */
  const settled = async (most: number): Promise<void> => {
    try {
      while (flights.length > most) {
        await flights[0];
        void flights.shift();
      }
    } catch (error) {
      // Those behind it fail of the same.
      await Promise.allSettled(flights.splice(0));
      throw error;
    }
  };

  /**
   * One batch is written at a time, because each needs the fence of the one before. What it points from and to is put there while the
   * one before is written, and reading goes on meanwhile.
   */
  const flush = async (room: number): Promise<void> => {
    while (isMoreThan(room)) {
      await settled(maxUnderWay - 1);
      const batch = takeBatch(rowsPerBatch);
      batch.forEach((entry) => underWay.add(entry));
      const flight = takeTurn(batch, prepare(batch), flights.at(-1));
      flights.push(flight);
      // Whoever waits for it next hears of its failure.
      flight.catch(() => undefined);
    }
  };

  const takeTurn = async (
    batch: readonly Queued[],
    prepared: Promise<Prepared>,
    before: Promise<void> | undefined,
  ): Promise<void> => {
    // It may fail before its turn.
    prepared.catch(() => undefined);
    try {
      await before;
      await writeApart(batch, prepared);
    } finally {
      batch.forEach((entry) => underWay.delete(entry));
    }
  };

  /** Bodies that are too large for their rows, and the hints that lead to them, are there before the rows. */
  const prepare = async (batch: readonly Queued[]): Promise<Prepared> => {
    const blobs = await putBodies(deps.bodies, batch);
    const entries = feedEntries(batch);
    await deps.feed.add(tenantId, entries);
    return { operations: blobs + (entries.length > 0 ? 1 : 0) };
  };

  /** After a failed write nothing queued is certain any more. */
  const giveUp = (): void => {
    pending.clear();
    marks.giveUp();
    sure = false;
  };

  const write = async (batch: readonly Queued[], prepared: Prepared, last?: Last): Promise<TenantRun | undefined> => {
    batchNumber += 1;
    const { incidentWrites, queued, stored, open } = effectOf(batch);
    const { cursor, saved } = marks.durable(firstOutstanding(batch));
    const operations = 1 + prepared.operations;
    const seconds = last === undefined ? 0 : (deps.clock.elapsedMs() - startedMs) / 1000;
    const done = { incidentWrites, queued, batches: 1, operations, seconds };
    const after = addCounts(counts, done);
    const held: TenantState = {
      ...state,
      cursor,
      leaseOwner: runId,
      batchMark: `${runId}.${batchNumber}`,
      stored: state.stored + stored,
      open: state.open + open,
      totals: addCounts(totalsBefore, after),
      quarantined: quarantineRows.size + rowsChangedBy(batch, quarantineRows),
      calls: deps.permits.log,
    };
    const run = last && { runId, tenantId, startedAt, seconds, ...last.ending, counts: after };
    const end = run && last.closing(run, held);
    // Only at the end is everything seen also stored, by this batch or one before.
    const seen = sure ? { lastSeen: lastSeen.newest() } : {};
    const disagreement = sure && run !== undefined ? disagreementIn(run.counts, owed) : undefined;
    const nextState: TenantState = end
      ? { ...held, ...seen, leaseOwner: undefined, lastRun: run, disagreement, ...end.changes }
      : held;
    const stateRow = toStateRow(tenantId, nextState);
    const rows = [...(end?.rows ?? []), ...(run && isWorthARow(identity, run) ? [toTenantRunRow(run)] : [])];
    const extras = rows.map((row): RowOperation => ({ kind: 'upsert', row }));
    const etags = await sendBatch(
      deps.table,
      tenantId,
      [
        etag === undefined ? { kind: 'insert', row: stateRow } : { kind: 'replace', row: stateRow, etag },
        ...extras,
        ...batch.flatMap(operationsOf),
      ],
      nextState.batchMark,
    );
    let at = 1 + extras.length;
    const replaced: Queued[] = [];
    for (const entry of batch) {
      rememberWrite(written, entry, etags.all?.[at]);
      at += operationsOf(entry).length;
      if (pending.get(entry.key) === entry) pending.delete(entry.key);
      else replaced.push(entry);
      if (entry.release !== undefined) quarantineRows.delete(releaseKey(entry));
      if (!isQuarantine(entry)) continue;
      if (entry.operations[0]?.kind === 'delete') quarantineRows.delete(entry.key);
      else quarantineRows.add(entry.key);
    }
    // An answer that was lost took the etags of its rows with it.
    fresh &&= etags.all !== undefined || batch.length === 0;
    etag = etags.state;
    state = nextState;
    count(done);
    saved();
    cleanups.push(cleanUp(deps, tenantId, batch));
    await rebase(replaced);
    return run;
  };

  /** What was queued anew while its batch was under way goes over the row that this batch wrote. */
  const rebase = async (replaced: readonly Queued[]): Promise<void> => {
    for (const { key, incident } of replaced) {
      const newer = pending.get(key)?.incident;
      if (incident === undefined || newer === undefined) continue;
      const { incidentId } = newer.judged.incident.header;
      const known = written.get(incidentId) ?? (await deps.incidents.known([incidentId])).get(incidentId);
      if (known === undefined) continue;
      enqueue(key, toPendingIncident(tenantId, { ...newer.judged, known }, deps.targets, newer.packed));
      owed += 1;
    }
  };

  /** Of a batch that storage refuses, all but the one row at fault is written. */
  const writeApart = async (taken: readonly Queued[], prepared = prepare(taken)): Promise<void> => {
    // Some may have been replaced since they were taken, or refused with their batch.
    const batch = taken.filter((entry) => pending.get(entry.key) === entry);
    if (batch.length === 0) return;
    try {
      await write(batch, await prepared);
    } catch (error) {
      const [only] = batch;
      if (!(error instanceof ContractError) || only === undefined) throw error;
      if (batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        await writeApart(batch.slice(0, half));
        await writeApart(batch.slice(half));
        return;
      }
      if (only.incident === undefined) throw error;
      refuse(only.incident.judged, error);
      const entry = pending.get(quarantineKey(only.incident.judged.incident.header.incidentId));
      if (entry !== undefined) await write([entry], nothingToPrepare);
    }
  };

  const writeLast = async (batch: readonly Queued[], last: Last): Promise<TenantRun> => {
    try {
      const run = await write(batch, await prepare(batch), last);
      if (run !== undefined) return run;
    } catch (error) {
      if (!(error instanceof ContractError) || batch.length === 0) throw error;
    }
    await writeApart(batch);
    return writeLast([...pending.values()], last);
  };

  const refuse = ({ incident: { header, version }, difference }: Judged, error: ContractError): void => {
    const { incidentId } = header;
    if (pending.delete(incidentKey(incidentId))) owed -= 1;
    lastSeen.forget(incidentId);
    // Counted as new or changed before storage was asked.
    count({ quarantined: 1, [difference === 'redigested' ? 'unchanged' : difference]: -1 });
    const reason = `Storage does not take it: ${error.message}`;
    const entry = deps.quarantine.enter({ incidentId, version, stage: 'stored', reason }, deps.clock.now());
    if (entry !== undefined) enqueue(quarantineKey(incidentId), toPendingQuarantine(tenantId, entry));
  };

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      giveUp();
      throw error;
    }
  };

  return {
    get cursor() {
      return marks.expected;
    },
    get counts() {
      return counts;
    },
    // A deep read trusts rows only.
    holds: (incident) => identity.isStep !== true && lastSeen.holds(incident),
    isStored: (incident) => lastSeen.add(incident),
    lookAhead: async (incidentIds) => {
      const asked = fresh ? [] : incidentIds.filter((id) => !own.has(id) && !lookedUp.has(id));
      if (asked.length === 0) return;
      try {
        const found = await deps.incidents.known(asked);
        count({ operations: asked.length });
        for (const id of asked) if (!own.has(id)) lookedUp.set(id, found.get(id));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
    },
    known: async (incidentIds) => {
      const found = new Map<string, KnownIncident>();
      const asked: string[] = [];
      for (const id of incidentIds) {
        const queued = pending.get(incidentKey(id))?.incident;
        const held = (queued === undefined ? written.get(id) : asKnown(queued, '')) ?? lookedUp.get(id);
        if (held !== undefined) found.set(id, held);
        else if (!fresh && !lookedUp.has(id)) asked.push(id);
        lookedUp.delete(id);
      }
      if (asked.length === 0) return found;
      count({ operations: asked.length });
      for (const [id, held] of await deps.incidents.known(asked)) found.set(id, held);
      return found;
    },
    count,
    add: (judged) => {
      const { incidentId } = judged.incident.header;
      const key = incidentKey(incidentId);
      // Over what is stored: not over a version still queued, and over the row that was written since it was judged.
      const queued = pending.get(key)?.incident;
      const stored = queued === undefined ? (written.get(incidentId) ?? judged.known) : queued.judged.known;
      const over = { ...judged, known: stored };
      try {
        enqueue(key, toPendingIncident(tenantId, over, deps.targets));
        own.add(incidentId);
        lookedUp.delete(incidentId);
        if (queued === undefined) owed += 1;
        lastSeen.add(judged.incident);
        return true;
      } catch (error) {
        if (!(error instanceof ContractError)) throw error;
        refuse(judged, error);
        return false;
      }
    },
    quarantine: (entry) => enqueue(quarantineKey(entry.incidentId), toPendingQuarantine(tenantId, entry)),
    missed: (incidentId, found, miss) => {
      const key = incidentKey(incidentId);
      if (pending.has(key) || written.has(incidentId)) return;
      enqueue(key, toPendingMiss(found, miss));
      lastSeen.forget(incidentId);
    },
    release: (incidentId) => {
      const key = quarantineKey(incidentId);
      const own = pending.get(incidentKey(incidentId));
      const release = toPendingRelease(tenantId, incidentId);
      if (!quarantineRows.has(key) || own !== undefined) pending.delete(key);
      if (!quarantineRows.has(key)) return;
      if (own === undefined) enqueue(key, release);
      else pending.set(own.key, { ...own, release });
    },
    mark: (change) => marks.add(lastNumber, change),
    flushFull: () =>
      guarded(async () => {
        await flush(rowsPerBatch);
        if (batchNumber > 0 || flights.length > 0 || deps.permits.used <= callsWithoutLease) return;
        await write([], nothingToPrepare);
      }),
    finish: (ending, closing) =>
      guarded(async () => {
        await flush(rowsPerBatch - maxClosingRows);
        await settled(0);
        const run = await writeLast([...pending.values()], { ending, closing });
        await Promise.all(cleanups);
        return run;
      }),
  };
};

/** By how many the rows of the quarantine grow. */
const rowsChangedBy = (batch: readonly Queued[], there: ReadonlySet<string>): number =>
  batch.reduce((sum, entry) => {
    if (entry.release !== undefined) return sum - 1;
    if (!isQuarantine(entry)) return sum;
    if (entry.operations[0]?.kind === 'delete') return sum - 1;
    return there.has(entry.key) ? sum : sum + 1;
  }, 0);

const incidentKey = (incidentId: string): string => `i ${incidentId}`;
const quarantineKey = (incidentId: string): string => `q ${incidentId}`;
const releaseKey = ({ key }: Queued): string => quarantineKey(key.slice(incidentKey('').length));
const isQuarantine = ({ key }: Queued): boolean => key.startsWith('q ');

/** What was listed, judged and stored must agree: a difference means that something got lost within this app. */
const disagreementIn = (counts: RunCounts, owed: number): string | undefined => {
  const judged = counts.new + counts.changed + counts.unchanged + counts.quarantined;
  if (counts.listed !== judged) return `${counts.listed} incidents were listed, ${judged} judged`;
  if (counts.incidentWrites !== owed) return `${owed} incident rows were to be written, ${counts.incidentWrites} were`;
  return undefined;
};

/** A quiet run leaves no row of its own: the state row says all there is. */
const isWorthARow = ({ requested, isStep = false }: PassIdentity, run: TenantRun): boolean =>
  !isStep && (requested || run.state !== 'succeeded' || run.counts.new + run.counts.changed > 0);

/** An overlay of this run's own writes; without an etag the row must be read again before it is written again. */
const rememberWrite = (written: Map<string, KnownIncident>, { incident }: Queued, etag: string | undefined): void => {
  if (incident === undefined) return;
  const { incidentId } = incident.judged.incident.header;
  if (etag === undefined || etag === '') written.delete(incidentId);
  else written.set(incidentId, asKnown(incident, etag));
};
