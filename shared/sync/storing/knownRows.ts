import { AppError } from '../../errors';
import type { IncidentStore, KnownIncident } from '../../store/incidents';
import type { PendingIncident } from './pendingRow';
import { asKnown } from './pendingRow';

/** What is stored of incidents as one run knows it: looked up, looked up ahead, or written by itself. */
export interface KnownRows {
  /** Begins to look up what is stored of these, so that whoever judges them later need not wait; a failure shows only then. */
  readonly lookAhead: (incidentIds: readonly string[]) => Promise<void>;
  /** What is stored of these, this run's own writes included, as it will be once what is queued is written. */
  readonly find: (incidentIds: readonly string[]) => Promise<ReadonlyMap<string, KnownIncident>>;
  /** What is stored of one that this run wrote. */
  written(incidentId: string): KnownIncident | undefined;
  /** The run queued it, so whatever is looked up of it is older. */
  isQueued(incidentId: string): void;
  /** Without an etag the row must be read again before it is written again. */
  isWritten(incident: PendingIncident, etag: string | undefined): void;
  /** Rows were written of which nothing is known: from now on each is looked up. */
  answerWasLost(): void;
}

export interface KnownRowsOptions {
  readonly incidents: IncidentStore;
  /** Nothing was ever stored, so there is nothing to look up. */
  readonly isFresh: boolean;
  /** What waits to be written of it. */
  readonly queued: (incidentId: string) => PendingIncident | undefined;
  readonly onLookups: (operations: number) => void;
}

export const createKnownRows = ({ incidents, isFresh, queued, onLookups }: KnownRowsOptions): KnownRows => {
  let fresh = isFresh;
  const written = new Map<string, KnownIncident>();
  /** Undefined: not stored. Whatever this run queues itself, it knows better. */
  const lookedUp = new Map<string, KnownIncident | undefined>();
  const own = new Set<string>();
  return {
    lookAhead: async (incidentIds) => {
      const asked = fresh ? [] : incidentIds.filter((id) => !own.has(id) && !lookedUp.has(id));
      if (asked.length === 0) return;
      try {
        const found = await incidents.known(asked);
        onLookups(asked.length);
        for (const id of asked) if (!own.has(id)) lookedUp.set(id, found.get(id));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
    },
    find: async (incidentIds) => {
      const found = new Map<string, KnownIncident>();
      const asked: string[] = [];
      for (const id of incidentIds) {
        const waiting = queued(id);
        const held = (waiting === undefined ? written.get(id) : asKnown(waiting, '')) ?? lookedUp.get(id);
        if (held !== undefined) found.set(id, held);
        else if (!fresh && !lookedUp.has(id)) asked.push(id);
        lookedUp.delete(id);
      }
      if (asked.length === 0) return found;
      onLookups(asked.length);
      for (const [id, held] of await incidents.known(asked)) found.set(id, held);
      return found;
    },
    written: (incidentId) => written.get(incidentId),
    isQueued: (incidentId) => {
      own.add(incidentId);
      lookedUp.delete(incidentId);
    },
    isWritten: (incident, etag) => {
      const { incidentId } = incident.judged.incident.header;
      if (etag === undefined || etag === '') written.delete(incidentId);
      else written.set(incidentId, asKnown(incident, etag));
    },
    answerWasLost: () => {
      fresh = false;
    },
  };
};
