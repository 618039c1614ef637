import { ContractError } from '../../errors';
import type { Cursor } from '../../model/cursor';
import type { ObservedIncident } from '../../model/incident';
import type { OutboxEvent, Target } from '../../model/outbox';
import type { QuarantineEntry } from '../../model/quarantine';
import type { RunCounts, RunState, TenantRun } from '../../model/run';
import { addCounts, noCounts } from '../../model/run';
import type { CallLog, TenantState } from '../../model/tenantState';
import type { Blobs, Clock, Row, RowOperation, StoredRow, Table } from '../../ports';
import type { Feed } from '../../store/feed';
import { maxOperations } from '../../store/guard';
import type { IncidentStore, KnownIncident } from '../../store/incidents';
import { toTenantRunRow } from '../../store/tenantRuns';
import type { FencedState } from '../../store/tenantState';
import type { Queued } from './batchQueue';
import { createBatchQueue, incidentKey, operationsOf, quarantineKey } from './batchQueue';
import type { Judged } from '../comparing/diff';
import { createFlights } from './flights';
import { createKnownRows } from './knownRows';
import { createLastSeen } from './lastSeen';
import type { CursorChange } from '../position/marks';
import { createMarks } from '../position/marks';
import type { Miss } from './pendingRow';
import {
  cleanUp,
  effectOf,
  eventsIn,
  feedEntries,
  putBodies,
  toPendingIncident,
  toPendingMiss,
  toPendingQuarantine,
  toPendingRelease,
} from './pendingRow';
import type { Quarantine } from '../position/quarantine';
import { createQuarantineRows } from './quarantineRows';
import { createStateFence } from './stateFence';

/** What stands around the batch that holds events: marks that lead to them before it, a hint to deliver them after it. */
export interface Announcing {
  /** @throws UpstreamError, and then the batch is not written */
  ahead(tenantId: string, events: readonly OutboxEvent[]): Promise<void>;
  after(tenantId: string, events: readonly OutboxEvent[]): Promise<void>;
}

export interface PassWriterDeps {
  readonly table: Table;
  readonly bodies: Blobs;
  readonly feed: Feed;
  readonly incidents: IncidentStore;
  readonly clock: Clock;
  readonly targets: readonly Target[];
  readonly announcing: Announcing;
  readonly quarantine: Quarantine;
  /** What the limit still has to count, for the state row. */
  readonly calls: () => CallLog;
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
  /** Writes full batches. @throws ConflictError where another run has taken the fence */
  flushFull(): Promise<void>;
  /** When the run began its last write of the state row, by the monotonic count; undefined: it wrote none. */
  readonly writtenAtMs: number | undefined;
  /** Writes the state row alone, after the batches under way, unless it is no longer due then. @throws what they fail of, and ConflictError */
  writeLease(isDue: () => boolean): Promise<void>;
  /** Writes the rest with the run's end and gives the lease back. `closing` is asked last, when the counts are known. */
  finish(ending: Ending, closing: Last['closing']): Promise<TenantRun>;
}

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

/** What of a batch lies outside its partition, and is there. */
interface Prepared {
  /** Of storage, that this took. */
  readonly operations: number;
}

const nothingToPrepare: Prepared = { operations: 0 };

export const createPassWriter = async (
  deps: PassWriterDeps,
  identity: PassIdentity,
  found: FencedState,
): Promise<PassWriter> => {
  const { tenantId, runId } = identity;
  const startedMs = deps.clock.elapsedMs();
  const startedAt = new Date(deps.clock.now()).toISOString();
  const fence = createStateFence(deps, identity, found);
  const totalsBefore = fence.state.totals;
  let counts = noCounts;
  const marks = createMarks(found.state.cursor);
  // After a reset of the cursor everything is looked at again, row by row.
  const lastSeen = createLastSeen(found.state.cursor.readThrough === undefined ? [] : found.state.lastSeen);
  let sure = true;
  /** Incident rows that must have been written by the end. */
  let owed = 0;
  const queue = createBatchQueue();
  const flights = createFlights();
  const quarantineRows = createQuarantineRows(deps.quarantine.incidentIds());
  const cleanups: Promise<void>[] = [];

  const count = (part: Partial<RunCounts>): void => {
    counts = addCounts(counts, part);
  };

  const rows = createKnownRows({
    incidents: deps.incidents,
    // Only where nothing was ever written can lookups be spared; a lost state row alone proves nothing.
    isFresh: found.etag === undefined && (await deps.incidents.isEmpty()),
    queued: (incidentId) => queue.get(incidentKey(incidentId))?.incident,
    onLookups: (operations) => count({ operations }),
  });

  /**
   * One batch is written at a time, because each needs the fence of the one before. What it points from and to is put there while the
   * one before is written, and reading goes on meanwhile.
   */
  const flush = async (room: number): Promise<void> => {
    while (queue.isMoreThan(room)) {
      await flights.landed(maxUnderWay - 1);
      const batch = queue.take(rowsPerBatch);
      const prepared = prepare(batch);
      void flights.depart((before) => takeTurn(batch, prepared, before));
    }
  };

  const takeTurn = async (
    batch: readonly Queued[],
    prepared: Promise<Prepared>,
    before: Promise<void>,
  ): Promise<void> => {
    // It may fail before its turn.
    prepared.catch(() => undefined);
    try {
      await before;
      await writeApart(batch, prepared);
    } finally {
      queue.giveBack(batch);
    }
  };

  /** Bodies that are too large for their rows, and the hints that lead to them, are there before the rows. */
  const prepare = async (batch: readonly Queued[]): Promise<Prepared> => {
    const blobs = await putBodies(deps.bodies, batch);
    const entries = feedEntries(batch);
    const events = eventsIn(batch);
    await Promise.all([deps.feed.add(tenantId, entries), deps.announcing.ahead(tenantId, events)]);
    return { operations: blobs + (entries.length > 0 ? 1 : 0) + (events.length > 0 ? 1 : 0) };
  };

  /** After a failed write nothing queued is certain any more. */
  const giveUp = (): void => {
    queue.clear();
    marks.giveUp();
    sure = false;
  };

  const write = async (batch: readonly Queued[], prepared: Prepared, last?: Last): Promise<TenantRun | undefined> => {
    const { incidentWrites, queued, stored, open } = effectOf(batch);
    const { cursor, saved } = marks.durable(queue.firstBeside(batch));
    const operations = 1 + prepared.operations;
    const seconds = last === undefined ? 0 : (deps.clock.elapsedMs() - startedMs) / 1000;
    const done = { incidentWrites, queued, batches: 1, operations, seconds };
    const after = addCounts(counts, done);
    const { state } = fence;
    const held: TenantState = {
      ...fence.next(),
      cursor,
      stored: state.stored + stored,
      open: state.open + open,
      totals: addCounts(totalsBefore, after),
      quarantined: quarantineRows.countWith(batch),
      calls: deps.calls(),
    };
    const run = last && { runId, tenantId, startedAt, seconds, ...last.ending, counts: after };
    const end = run && last.closing(run, held);
    // Only at the end is everything seen also stored, by this batch or one before.
    const seen = sure ? { lastSeen: lastSeen.newest() } : {};
    const disagreement = sure && run !== undefined ? disagreementIn(run.counts, owed) : undefined;
    const nextState: TenantState = end
      ? { ...held, ...seen, leaseOwner: undefined, lastRun: run, disagreement, ...end.changes }
      : held;
    const extras = [...(end?.rows ?? []), ...(run && isWorthARow(identity, run) ? [toTenantRunRow(run)] : [])];
    const etags = await fence.write(nextState, [
      ...extras.map((row): RowOperation => ({ kind: 'upsert', row })),
      ...batch.flatMap(operationsOf),
    ]);
    if (etags === undefined && batch.length > 0) rows.answerWasLost();
    let at = extras.length;
    const replaced: Queued[] = [];
    for (const entry of batch) {
      if (entry.incident !== undefined) rows.isWritten(entry.incident, etags?.[at]);
      at += operationsOf(entry).length;
      if (queue.stands(entry)) queue.remove(entry.key);
      else replaced.push(entry);
    }
    quarantineRows.wrote(batch);
    count(done);
    saved();
    cleanups.push(cleanUp(deps, tenantId, batch), deps.announcing.after(tenantId, eventsIn(batch)));
    await rebase(replaced);
    return run;
  };

  /** What was queued anew while its batch was under way goes over the row that this batch wrote. */
  const rebase = async (replaced: readonly Queued[]): Promise<void> => {
    for (const { key, incident } of replaced) {
      const newer = queue.get(key)?.incident;
      if (incident === undefined || newer === undefined) continue;
      const { incidentId } = newer.judged.incident.header;
      const known = rows.written(incidentId) ?? (await deps.incidents.known([incidentId])).get(incidentId);
      if (known === undefined) continue;
      queue.put(key, toPendingIncident(tenantId, { ...newer.judged, known }, deps.targets, newer.packed));
      owed += 1;
    }
  };

  /** Of a batch that storage refuses, all but the one row at fault is written. */
  const writeApart = async (taken: readonly Queued[], prepared = prepare(taken)): Promise<void> => {
    // Some may have been replaced since they were taken, or refused with their batch.
    const batch = taken.filter(queue.stands);
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
      const entry = queue.get(quarantineKey(only.incident.judged.incident.header.incidentId));
      if (entry !== undefined) await write([entry], nothingToPrepare);
    }
  };

  /** What is queued outlives its failure: who writes next finds out whether the fence still holds. */
  const writeLease = async (isDue: () => boolean): Promise<void> => {
    let written: Promise<unknown> = Promise.resolve();
    await flights.depart(async (before) => {
      await before;
      if (isDue()) written = write([], nothingToPrepare);
      await Promise.allSettled([written]);
    });
    await written;
  };

  const writeLast = async (batch: readonly Queued[], last: Last): Promise<TenantRun> => {
    try {
      const run = await write(batch, await prepare(batch), last);
      if (run !== undefined) return run;
    } catch (error) {
      if (!(error instanceof ContractError) || batch.length === 0) throw error;
    }
    await writeApart(batch);
    return writeLast(queue.all(), last);
  };

  const refuse = ({ incident: { header, version }, difference }: Judged, error: ContractError): void => {
    const { incidentId } = header;
    if (queue.remove(incidentKey(incidentId))) owed -= 1;
    lastSeen.forget(incidentId);
    // Counted as new or changed before storage was asked.
    count({ quarantined: 1, [difference === 'redigested' ? 'unchanged' : difference]: -1 });
    const reason = `Storage does not take it: ${error.message}`;
    const entry = deps.quarantine.enter({ incidentId, version, stage: 'stored', reason }, deps.clock.now());
    if (entry !== undefined) queue.put(quarantineKey(incidentId), toPendingQuarantine(tenantId, entry));
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
    lookAhead: rows.lookAhead,
    known: rows.find,
    count,
    add: (judged) => {
      const { incidentId } = judged.incident.header;
      const key = incidentKey(incidentId);
      // Over what is stored: not over a version still queued, and over the row that was written since it was judged.
      const queued = queue.get(key)?.incident;
      const stored = queued === undefined ? (rows.written(incidentId) ?? judged.known) : queued.judged.known;
      const over = { ...judged, known: stored };
      try {
        queue.put(key, toPendingIncident(tenantId, over, deps.targets));
        rows.isQueued(incidentId);
        if (queued === undefined) owed += 1;
        lastSeen.add(judged.incident);
        return true;
      } catch (error) {
        if (!(error instanceof ContractError)) throw error;
        refuse(judged, error);
        return false;
      }
    },
    quarantine: (entry) => queue.put(quarantineKey(entry.incidentId), toPendingQuarantine(tenantId, entry)),
    missed: (incidentId, found, miss) => {
      const key = incidentKey(incidentId);
      if (queue.get(key) !== undefined || rows.written(incidentId) !== undefined) return;
      queue.put(key, toPendingMiss(found, miss));
      lastSeen.forget(incidentId);
    },
    release: (incidentId) => {
      const key = quarantineKey(incidentId);
      const own = queue.get(incidentKey(incidentId));
      const release = toPendingRelease(tenantId, incidentId);
      const isThere = quarantineRows.has(incidentId);
      if (!isThere || own !== undefined) queue.remove(key);
      if (!isThere) return;
      if (own === undefined) queue.put(key, release);
      else queue.releaseWith(own, release);
    },
    mark: (change) => marks.add(queue.lastNumber, change),
    flushFull: () => guarded(() => flush(rowsPerBatch)),
    get writtenAtMs() {
      return fence.writtenAtMs;
    },
    writeLease,
    finish: (ending, closing) =>
      guarded(async () => {
        await flush(rowsPerBatch - maxClosingRows);
        await flights.landed(0);
        const run = await writeLast(queue.all(), { ending, closing });
        await Promise.all(cleanups);
        return run;
      }),
  };
};

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
