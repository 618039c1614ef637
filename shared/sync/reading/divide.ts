import type { ObservedIncident } from '../../model/incident';
import type { Time7 } from '../../model/time7';
import { fromTicks, minusMinutes, toTicks } from '../../model/time7';
import type { TimeField } from '../../ports';
import { timeOf } from './stretch';

/** Below so many pages a range is read quicker than it is divided. */
const worthDividing = 3;

/** Incidents by 100-nanosecond step within a page; undefined where it cannot be told. */
const densityOf = (incidents: readonly ObservedIncident[], by: TimeField): number | undefined => {
  const times = incidents.map((incident) => toTicks(timeOf(incident, by)));
  if (times.length < 2) return undefined;
  const oldest = times.reduce((a, b) => (b < a ? b : a));
  const newest = times.reduce((a, b) => (b > a ? b : a));
  return newest === oldest ? undefined : (times.length - 1) / Number(newest - oldest);
};

/** Pages that the range probably holds, going by how dense the page beside it was. A guess, which only costs or saves calls. */
export const pagesIn = (
  range: { readonly from: Time7; readonly to: Time7 },
  page: readonly ObservedIncident[],
  pageSize: number,
  by: TimeField,
): number => {
  const density = densityOf(page, by);
  if (density === undefined) return page.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  return (density * Number(toTicks(range.to) - toTicks(range.from))) / pageSize;
};

/** Last instants of the first, second … of `parts` equal parts, without the end itself; fewer where the range is too short. */
export const cutsOf = (from: Time7, to: Time7, parts: number): readonly Time7[] => {
  const [start, span] = [toTicks(from), toTicks(to) - toTicks(from)];
  const cuts = Array.from(
    { length: Math.max(0, parts - 1) },
    (_, at) => start + (span * BigInt(at + 1)) / BigInt(parts),
  );
  return [...new Set(cuts.map(fromTicks))].filter((cut) => cut > from && cut < to);
};

/** Where a range whose reading has come to `through` is worth dividing among so many readers; none: it is not. */
export const divide = (options: {
  readonly through: Time7;
  /** Undefined: open; then the newest hour becomes a part of its own, so that fresh incidents wait for no backlog. */
  readonly to: Time7 | undefined;
  readonly serverTime: Time7;
  readonly freshMinutes: number;
  readonly page: readonly ObservedIncident[];
  readonly pageSize: number;
  readonly by: TimeField;
  readonly readers: number;
}): readonly Time7[] => {
  const { through, to, serverTime, freshMinutes, page, pageSize, by, readers } = options;
  if (readers < 2) return [];
  const fresh = to === undefined ? minusMinutes(serverTime, freshMinutes) : undefined;
  const hasFresh = fresh !== undefined && fresh > through;
  const end = to ?? (hasFresh ? fresh : serverTime);
  if (end <= through) return [];
  const pages = pagesIn({ from: through, to: end }, page, pageSize, by);
  if (pages < worthDividing) return hasFresh && pages > 1 ? [fresh] : [];
  const parts = Math.min(hasFresh ? readers - 1 : readers, Math.max(1, Math.floor(pages / worthDividing)) + 1);
  const cuts = cutsOf(through, end, parts);
  return hasFresh ? [...cuts, fresh] : cuts;
};
