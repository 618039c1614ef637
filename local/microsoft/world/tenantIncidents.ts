import type { Incident } from './incident';
import type { Ticks } from './time7';

/** A tenant's incidents by id, by creation and by last update; equal last updates lie in the order of their ids. */
export interface TenantIncidents {
  readonly byId: ReadonlyMap<string, Incident>;
  /** Oldest first. */
  readonly byCreation: readonly Incident[];
  /** Least recently changed first. */
  readonly byLastUpdate: readonly Incident[];
  /** Highest ever given. */
  readonly lastNumber: number;
  /** Newest last update there ever was; the next change comes after it. */
  readonly lastTicks: Ticks;
  add(incident: Incident): void;
  /** Takes the incident away for good; its number is not given again. */
  remove(incident: Incident): void;
  /** Runs `change`, which may alter anything but identity and creation, and puts the incident where it then belongs. */
  alter(incident: Incident, change: () => void): void;
}

export function createTenantIncidents(history: readonly Incident[]): TenantIncidents {
  const byId = new Map(history.map((incident) => [incident.id, incident]));
  const byCreation = [...history];
  const byLastUpdate = [...history].sort(compareLastUpdate);
  let lastNumber = byCreation.at(-1)?.number ?? 0;
  let lastTicks = byLastUpdate.at(-1)?.lastUpdateTicks ?? 0n;
  const place = (incident: Incident): void => {
    byLastUpdate.splice(placeOf(byLastUpdate, incident), 0, incident);
    if (incident.lastUpdateTicks > lastTicks) lastTicks = incident.lastUpdateTicks;
  };
  return {
    byId,
    byCreation,
    byLastUpdate,
    get lastNumber() {
      return lastNumber;
    },
    get lastTicks() {
      return lastTicks;
    },
    add: (incident) => {
      byId.set(incident.id, incident);
      lastNumber = Math.max(lastNumber, incident.number);
      // One that shows up late was created before others already here.
      const next = lowerBound(byCreation, ({ createdTicks }) => createdTicks <= incident.createdTicks);
      byCreation.splice(next, 0, incident);
      place(incident);
    },
    remove: (incident) => {
      byId.delete(incident.id);
      byCreation.splice(byCreation.indexOf(incident), 1);
      byLastUpdate.splice(placeOf(byLastUpdate, incident), 1);
    },
    alter: (incident, change) => {
      byLastUpdate.splice(placeOf(byLastUpdate, incident), 1);
      change();
      place(incident);
    },
  };
}

/** First place in a list ascending by `ticksOf` whose time is not before `ticks`. */
export function firstAtOrAfter(
  list: readonly Incident[],
  ticks: Ticks,
  ticksOf: (incident: Incident) => Ticks,
): number {
  return lowerBound(list, (incident) => ticksOf(incident) < ticks);
}

export function compareLastUpdate(first: Incident, second: Incident): number {
  if (first.lastUpdateTicks !== second.lastUpdateTicks) return first.lastUpdateTicks < second.lastUpdateTicks ? -1 : 1;
  return first.number - second.number;
}

function placeOf(list: readonly Incident[], incident: Incident): number {
  return lowerBound(list, (other) => compareLastUpdate(other, incident) < 0);
}

function lowerBound(list: readonly Incident[], isBefore: (incident: Incident) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const incident = list[middle];
    if (incident !== undefined && isBefore(incident)) low = middle + 1;
    else high = middle;
  }
  return low;
}
