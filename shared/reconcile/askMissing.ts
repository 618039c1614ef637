import { createHash } from 'node:crypto';
import type { StoredIncident } from '../model/incident';
import { isOpen } from '../model/incident';
import type { ReadingJob } from '../model/job';
import type { Time7 } from '../model/time7';
import type { Blobs, Table } from '../ports';
import { count, text } from '../store/columns';
import { incidentStore } from '../store/incidents';
import { incidentRowKey } from '../store/keys';
import type { AskDeps } from '../sync/run/askAlone';
import { askAlone, gone } from '../sync/run/askAlone';
import { takeIn } from '../sync/run/takeIn';

/** Asked for one by one in a night; the others have their turn in another. */
export const asksPerNight = 20;
/** Looked up in a night, a point read each. */
const survivorsPerNight = 500;

export interface AskMissingDeps extends AskDeps {
  readonly tenantId: string;
  readonly table: Table;
  readonly bodies: Blobs;
  /** By the storage's clock. */
  readonly now: () => Time7;
}

/**
 * Asks for incidents that are stored as open and that no list of open ones showed: what changed unseen is stored, and what Defender does
 * not know twice in a row counts as gone. What stored incidents were merged into, and is not stored, goes into `redirects`.
 */
export const askMissing = async (deps: AskMissingDeps, job: ReadingJob): Promise<void> => {
  const { unlisted, survivors } = await survey(deps, job);
  for (const incident of inTurn(unlisted, job).slice(0, asksPerNight)) await ask(deps, job, incident);
  const some = survivors.slice(0, survivorsPerNight);
  const known = await deps.writer.known(some);
  for (const id of some) if (!known.has(id)) deps.redirects.add(id);
};

interface Survey {
  readonly unlisted: readonly StoredIncident[];
  readonly survivors: readonly string[];
}

/** One walk over the tenant's headers. */
const survey = async ({ tenantId, table, bodies }: AskMissingDeps, job: ReadingJob): Promise<Survey> => {
  const listed = new Set(job.listedOpen);
  const unlisted: StoredIncident[] = [];
  const survivors = new Set<string>();
  for await (const page of incidentStore(tenantId, table, bodies).headers({}))
    for (const incident of page) {
      const { incidentId, redirectIncidentId, status } = incident.header;
      if (redirectIncidentId !== null) survivors.add(redirectIncidentId);
      // What was updated after the lists' end may have left them for that.
      const wasDue = incident.version <= job.to && incident.vanishedAt === undefined;
      if (isOpen(status) && wasDue && !listed.has(incidentId)) unlisted.push(incident);
    }
  return { unlisted, survivors: inTurn([...survivors], job) };
};

/** In an order that changes from night to night, so that each one has its turn; those missed once come first, to be sure of them soon. */
const inTurn = <T extends StoredIncident | string>(those: readonly T[], { runId }: ReadingJob): readonly T[] => {
  const placeOf = (one: StoredIncident | string): string => {
    const [id, misses] = typeof one === 'string' ? [one, 0] : [one.header.incidentId, one.misses ?? 0];
    return `${misses > 0 ? 0 : 1} ${createHash('sha256').update(`${runId} ${id}`).digest('hex')}`;
  };
  const placed = those.map((one) => ({ one, place: placeOf(one) }));
  return placed.sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ one }) => one);
};

const ask = async (deps: AskMissingDeps, job: ReadingJob, { header, version }: StoredIncident): Promise<void> => {
  const { incidentId } = header;
  const found = await deps.table.get(deps.tenantId, incidentRowKey(incidentId));
  // It was counted by an earlier try of this very step.
  if (found === undefined || text(found.row, 'missedBy') === job.runId) return;
  const incident = await askAlone(deps, incidentId);
  if (typeof incident !== 'string') return takeIn(deps, { incidents: [incident], poisoned: [] });
  if (incident !== gone || found.row.version !== version) return;
  const misses = count(found.row, 'misses') + 1;
  deps.writer.missed(incidentId, found, { misses, missedBy: job.runId, at: deps.now() });
};
