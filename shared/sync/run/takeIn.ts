import { loopTurn } from '../../loopTurn';
import type { ObservedIncident } from '../../model/incident';
import type { Clock } from '../../ports';
import type { Judged } from '../comparing/diff';
import { isWritten, judge } from '../comparing/diff';
import type { HeldWhole } from '../reading/stepDown';
import type { Poisoned } from '../../model/quarantine';
import type { PassWriter } from '../storing/passWriter';
import type { Quarantine } from '../position/quarantine';

export interface IntakeDeps {
  readonly writer: PassWriter;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  /** Filled with what merged incidents point at. */
  readonly redirects: Set<string>;
  /** Told of each incident as it is judged, before anything of it is queued. */
  readonly onJudged?: (judged: Judged) => void;
}

export interface Shown {
  readonly incidents: readonly ObservedIncident[];
  readonly poisoned: readonly Poisoned[];
}

/** Queues what was shown: what is new or changed for writing, what cannot be taken in whole for quarantine; the rest is counted. */
export const takeIn = async (deps: IntakeDeps, { incidents, poisoned }: Shown): Promise<void> => {
  const { writer } = deps;
  for (const each of poisoned) enter(deps, each);
  // What is in quarantine is looked up in any case: a state row that was restored may remember it as stored.
  const waiting = new Set(deps.quarantine.incidentIds());
  const again = incidents.filter((incident) => !waiting.has(incident.header.incidentId) && writer.holds(incident));
  writer.count({ listed: again.length, unchanged: again.length });
  const others = incidents.filter((incident) => !again.includes(incident));
  const known = await writer.known(others.map(({ header }) => header.incidentId));
  if (others.length > 0) await loopTurn();
  for (const incident of others) {
    const { incidentId } = incident.header;
    const judged = judge(incident, known.get(incidentId));
    const { difference } = judged;
    deps.onJudged?.(judged);
    const kept = difference === 'redigested' || difference === 'stale' ? 'unchanged' : difference;
    writer.count({ listed: 1, [kept]: 1 });
    const isTaken = !isWritten(difference) || writer.add(judged);
    if (difference === 'unchanged') writer.isStored(incident);
    if (isTaken) letGo(deps, incident);
    if (incident.header.redirectIncidentId !== null) deps.redirects.add(incident.header.redirectIncidentId);
  }
};

/** Looks up the rows of what was shown, but for what is known to be stored just so. */
export const lookAhead =
  ({ writer }: Pick<IntakeDeps, 'writer'>) =>
  ({ incidents }: Pick<Shown, 'incidents'>): Promise<void> =>
    writer.lookAhead(incidents.filter((each) => !writer.holds(each)).map(({ header }) => header.incidentId));

/** What is stored whole need not wait for anything. */
const letGo = ({ quarantine, writer }: IntakeDeps, { complete, header: { incidentId } }: ObservedIncident): void => {
  if (complete && quarantine.leave(incidentId)) writer.release(incidentId);
};

/** Counted each time it is met; its row is written once. */
const enter = ({ writer, quarantine, clock }: IntakeDeps, poisoned: Poisoned): void => {
  // One whose header is stored is counted among the incidents.
  if (poisoned.stage !== 'alerts') writer.count({ quarantined: 1, listed: 1 });
  const entry = quarantine.enter(poisoned, clock.now());
  if (entry !== undefined) writer.quarantine(entry);
};

/** Of which nothing more can be had: stored whole at the same version, or in quarantine for its alerts until its time comes. */
export const heldWhole =
  ({ writer, quarantine }: IntakeDeps): HeldWhole =>
  async (incidents) => {
    const known = await writer.known(incidents.map(({ header }) => header.incidentId));
    return new Set(
      incidents.filter((incident) => {
        const stored = known.get(incident.header.incidentId);
        if (stored?.version !== incident.version) return false;
        return stored.complete || quarantine.holds(incident);
      }),
    );
  };
