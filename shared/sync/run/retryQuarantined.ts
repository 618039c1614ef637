import type { QuarantineEntry } from '../../model/quarantine';
import type { AskDeps } from './askAlone';
import { askAlone, gone } from './askAlone';
import { takeIn } from './takeIn';

/** So many a run; the others wait for the next. */
const perRun = 5;
/** A survivor nobody knows after so many tries over days was deleted. */
const survivorTries = 6;

/** Asks anew for incidents in quarantine whose time has come; what can be taken in now leaves it. */
export const retryQuarantined = async (deps: AskDeps): Promise<void> => {
  const { writer, quarantine, clock } = deps;
  for (const entry of quarantine.due(clock.now()).slice(0, perRun)) {
    const reason = await retry(deps, entry);
    if (reason !== undefined) writer.quarantine(quarantine.again(entry, reason, clock.now()));
    else if (quarantine.leave(entry.incidentId)) writer.release(entry.incidentId);
  }
};

/** Why it must stay; undefined where it need not. */
const retry = async (deps: AskDeps, { incidentId, stage, reason, attempts }: QuarantineEntry) => {
  const incident = await askAlone(deps, incidentId);
  if (incident === gone) return stage === 'survivor' && attempts < survivorTries ? reason : undefined;
  if (typeof incident === 'string') return incident;
  await takeIn(deps, { incidents: [incident], poisoned: [] });
  return deps.quarantine.incidentIds().includes(incidentId) ? reason : undefined;
};
