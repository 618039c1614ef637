import { ContractError, UpstreamError } from '../../errors';
import type { ObservedIncident } from '../../model/incident';
import type { ChangedQuery, IncidentPage, IncidentSource, TimeField } from '../../ports';
import type { Time7 } from '../../model/time7';
import type { Poisoned } from '../../model/quarantine';
import { timeOf } from './stretch';

/** A page whose poisoned rows are told apart. */
export interface SteppedPage extends Omit<IncidentPage, 'broken'> {
  readonly poisoned: readonly Poisoned[];
  /** Rows of which not even the id could be read. */
  readonly nameless: number;
  /** Time of the last row the list showed, by the time asked for. */
  readonly last: Time7 | undefined;
}

export type PageReader = (query: ChangedQuery) => Promise<SteppedPage>;

/** Those of `incidents` that are stored as shown, alerts included. */
export type HeldWhole = (incidents: readonly ObservedIncident[]) => Promise<ReadonlySet<ObservedIncident>>;

/**
 * Reads pages so that one poisoned incident costs nobody else anything. `$expand=alerts` of a page can fail for ever for one incident in
 * it while the same page without alerts works (elastic/integrations#18144): then the page is read without, what is held already needs no
 * alerts, the others are asked for in halves, and the one that remains steps down alone: its alerts apart, then its header only. Of a run
 * one page at a time, each whole: several side by side would share the run's calls, and none of them might ever come to its end.
 * @throws what the source throws where even the page without alerts fails: that is an outage and no poison
 */
export const steppingDown = (source: IncidentSource, heldWhole: HeldWhole): PageReader => {
  let before: Promise<unknown> = Promise.resolve();
  return async (query) => {
    try {
      return toStepped(await source.listChanged(query), query);
    } catch (error) {
      if (!(error instanceof UpstreamError) || !source.alertsApart) throw error;
      const own = before.then(() => stepDown(source, heldWhole, query));
      before = own.catch(() => undefined);
      return own;
    }
  };
};

const stepDown = async (source: IncidentSource, heldWhole: HeldWhole, query: ChangedQuery): Promise<SteppedPage> => {
  const plain = toStepped(await source.listChanged({ ...query, alerts: false }), query);
  const held = await heldWhole(plain.incidents);
  const filled = await fill(
    { source, left: callsPerPage },
    query,
    plain.incidents.filter((incident) => !held.has(incident)),
  );
  const found = new Map(filled.incidents.map((incident) => [incident.header.incidentId, incident]));
  return {
    ...plain,
    // One that is gone from the range moved on in between, and is shown later under its newer time.
    incidents: plain.incidents.flatMap((incident) =>
      held.has(incident) ? [incident] : (found.get(incident.header.incidentId) ?? []),
    ),
    poisoned: [...plain.poisoned, ...filled.poisoned],
  };
};

export const toStepped = ({ broken, ...page }: IncidentPage, { by = 'updated' }: ChangedQuery): SteppedPage => ({
  ...page,
  last: lastOf(page.incidents, by),
  poisoned: broken.flatMap(({ incidentId, reason }) =>
    incidentId === undefined ? [] : [{ incidentId, version: undefined, stage: 'whole' as const, reason }],
  ),
  nameless: broken.filter(({ incidentId }) => incidentId === undefined).length,
});

const lastOf = (incidents: readonly ObservedIncident[], by: TimeField): Time7 | undefined => {
  const last = incidents.at(-1);
  return last && timeOf(last, by);
};

/** More than this are not spent on one page: what is left goes to quarantine as it is, so that no page can use up run after run. */
const callsPerPage = 40;

interface Tries {
  readonly source: IncidentSource;
  left: number;
}

interface Filled {
  readonly incidents: readonly ObservedIncident[];
  readonly poisoned: readonly Poisoned[];
}

/** The incidents with their alerts, asked for in ever smaller ranges around those that fail. */
const fill = async (tries: Tries, query: ChangedQuery, bare: readonly ObservedIncident[]): Promise<Filled> => {
  const [first] = bare;
  const last = bare.at(-1);
  if (first === undefined || last === undefined) return { incidents: [], poisoned: [] };
  const by = query.by ?? 'updated';
  const [from, to] = [timeOf(first, by), timeOf(last, by)];
  if (from === to || bare.length === 1) return alone(tries, bare);
  const middle = bare.findIndex((incident, at) => at >= bare.length / 2 && timeOf(incident, by) !== from);
  const halves = middle <= 0 ? [bare] : [bare.slice(0, middle), bare.slice(middle)];
  const parts: Filled[] = [];
  for (const half of halves) parts.push(await fillHalf(tries, query, half));
  return {
    incidents: parts.flatMap(({ incidents }) => incidents),
    poisoned: parts.flatMap(({ poisoned }) => poisoned),
  };
};

const fillHalf = async (tries: Tries, query: ChangedQuery, half: readonly ObservedIncident[]): Promise<Filled> => {
  const by = query.by ?? 'updated';
  const [first] = half;
  const last = half.at(-1);
  if (first === undefined || last === undefined) return { incidents: [], poisoned: [] };
  if (tries.left <= 0) return { incidents: half, poisoned: half.map(withoutAlerts) };
  tries.left -= 1;
  try {
    const range = { ...query, from: timeOf(first, by), to: timeOf(last, by) };
    const page = toStepped(await tries.source.listChanged(range), range);
    // A page that is not whole is not believed. One that is full is good for what it shows, and the others are asked for again.
    if (page.incomplete === undefined) return page.more ? await withTheRest(tries, query, half, page) : page;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
  }
  return timeOf(first, by) === timeOf(last, by) ? alone(tries, half) : fill(tries, query, half);
};

const withTheRest = async (
  tries: Tries,
  query: ChangedQuery,
  half: readonly ObservedIncident[],
  page: SteppedPage,
): Promise<Filled> => {
  const shown = new Set(page.incidents.map(keyOf));
  const left = half.filter((incident) => !shown.has(keyOf(incident)));
  const rest = left.length === half.length ? await alone(tries, left) : await fill(tries, query, left);
  return {
    incidents: [...page.incidents, ...rest.incidents],
    poisoned: [...page.poisoned, ...rest.poisoned],
  };
};

const keyOf = ({ header, version }: ObservedIncident): string => `${version} ${header.incidentId}`;

/** More of one instant go to quarantine without a try of their own, so that no page can use a run up. */
const maxAlone = 10;

/** Incidents of one instant, each with its alerts asked for apart; what cannot be had keeps its header. */
const alone = async (tries: Tries, bare: readonly ObservedIncident[]): Promise<Filled> => {
  const incidents: ObservedIncident[] = [];
  const poisoned: Poisoned[] = [];
  for (const [at, incident] of bare.entries()) {
    const isTried = at < maxAlone && tries.left > 0;
    tries.left -= isTried ? 2 : 0;
    const whole = isTried ? await withAlerts(tries.source, incident) : undefined;
    if (whole === 'movedOn') continue;
    incidents.push(whole ?? incident);
    if (whole === undefined) poisoned.push(withoutAlerts(incident));
  }
  return { incidents, poisoned };
};

/** Undefined where its alerts cannot be had. One that changed in between is shown later, under its newer time: its alerts are not mixed with an older header. */
const withAlerts = async (
  source: IncidentSource,
  incident: ObservedIncident,
): Promise<ObservedIncident | 'movedOn' | undefined> => {
  try {
    const whole = await source.withAlerts(incident);
    const now = await source.get(incident.header.incidentId, { alerts: false });
    return now?.version === incident.version ? whole : 'movedOn';
  } catch (error) {
    if (error instanceof UpstreamError || error instanceof ContractError) return undefined;
    throw error;
  }
};

const withoutAlerts = ({ header: { incidentId }, version }: ObservedIncident): Poisoned => ({
  incidentId,
  version,
  stage: 'alerts',
  reason: 'Its alerts cannot be read: Defender answers with an error whenever they are asked for.',
});
