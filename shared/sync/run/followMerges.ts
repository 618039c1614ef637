import type { ObservedIncident } from '../../model/incident';
import { isPlanned } from '../position/gaps';
import type { AskDeps } from './askAlone';
import { askAlone } from './askAlone';
import { takeIn } from './takeIn';

/** Merges follow each other at the most so far; a longer chain, or a circle, ends here. */
export const maxHops = 10;
/** Survivors asked for one by one in a run: most come by themselves, in the same list. */
const perRun = 5;

/**
 * Sees to it that whatever a merged incident points at is stored too. One that cannot be had is put into quarantine under its own id and
 * asked for again; while a backlog is being read nothing is missed yet.
 */
export const followMerges = async (deps: AskDeps): Promise<void> => {
  const { writer, quarantine, redirects } = deps;
  if (redirects.size === 0 || writer.cursor.gaps.some(isPlanned)) return;
  const known = await writer.known([...redirects]);
  const unknown = [...redirects].filter((id) => !known.has(id) && !quarantine.incidentIds().includes(id));
  for (const start of unknown.slice(0, perRun)) await follow(deps, start);
  for (const start of unknown.slice(perRun)) missing(deps, start, 'It is asked for in its turn.');
};

const follow = async (deps: AskDeps, start: string): Promise<void> => {
  let next: string | null = start;
  for (let hop = 0; next !== null && hop < maxHops; hop += 1) {
    const id: string = next;
    const survivor: ObservedIncident | string = await askAlone(deps, id);
    if (typeof survivor === 'string') {
      missing(deps, id, survivor);
      return;
    }
    await takeIn(deps, { incidents: [survivor], poisoned: [] });
    next = survivor.header.redirectIncidentId;
    if (next !== null && (await deps.writer.known([next])).has(next)) return;
  }
};

const missing = ({ quarantine, writer, clock }: AskDeps, incidentId: string, why: string): void => {
  const reason = `Another incident was merged into it. ${why}`;
  const entry = quarantine.enter({ incidentId, version: undefined, stage: 'survivor', reason }, clock.now());
  if (entry !== undefined) writer.quarantine(entry);
};
