import { UpstreamError } from '../../../../shared/errors';
import type { ObservedIncident } from '../../../../shared/model/incident';
import type { Time7 } from '../../../../shared/model/time7';
import { fromTicks, toTicks } from '../../../../shared/model/time7';
import type { BrokenRow, ChangedQuery, IncidentPage, IncidentSource } from '../../../../shared/ports';

const perSecond = 10_000_000n;
const midnight = toTicks('2026-11-20T00:00:00.0000000Z' as Time7);

/** An incident with nothing but what reading it needs. */
export const shown = (id: number | string, time: Time7, change: Partial<ObservedIncident> = {}): ObservedIncident => ({
  backend: 'graph',
  header: {
    incidentId: `${id}`,
    displayName: null,
    status: 'active',
    severity: null,
    classification: null,
    determination: null,
    assignedTo: null,
    createdDateTime: time,
    lastUpdateDateTime: time,
    redirectIncidentId: null,
    incidentWebUrl: null,
    alertsCount: 0,
  },
  version: time,
  body: { id: `${id}` },
  complete: true,
  asOf: time,
  ...change,
});

export const idsOf = (incidents: readonly ObservedIncident[]): number[] =>
  incidents.map(({ header }) => Number(header.incidentId)).sort((a, b) => a - b);

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

export interface ShownListOptions {
  readonly paging: IncidentSource['paging'];
  readonly pageSize?: number;
  /** The server's clock at the start. */
  readonly now: Time7;
  /** Turns of the event loop before and after a page is taken out of the list. */
  readonly turns?: () => number;
  /** Before a page is taken out: may change the list, throw, or answer what is to be said of a part missing. */
  readonly before?: (query: ChangedQuery, list: ShownList) => string | undefined;
  /** After a page was taken out, before its answer arrives. */
  readonly after?: (query: ChangedQuery, list: ShownList) => void;
}

/** One tenant's list in memory, as a back end shows it; it may move between any two answers. */
export interface ShownList {
  readonly source: IncidentSource;
  /** In the order of the calls. */
  readonly queries: ChangedQuery[];
  /** Calls about one incident: `get <id>`, `alerts <id>`. */
  readonly asked: string[];
  readonly versions: ReadonlyMap<string, Time7>;
  /** The server's clock. */
  now: bigint;
  put(id: number | string, time: Time7): void;
  remove(id: number | string): void;
  /** Pages that hold it fail while alerts are asked for; `alone`: its alerts apart, too. */
  poison(id: number | string, how?: { readonly alone?: boolean }): void;
  /** Rows that are shown where they stand, but cannot be taken in; without an id where `nameless`. */
  breakRow(id: number | string, how?: { readonly nameless?: boolean }): void;
  heal(): void;
}

export const shownList = (options: ShownListOptions): ShownList => {
  const { paging, pageSize = paging === 'keyset' ? 50 : 100, turns = () => 0, before, after } = options;
  const versions = new Map<string, Time7>();
  const poisons = new Map<string, { readonly alone: boolean }>();
  const broken = new Map<string, { readonly nameless: boolean }>();
  /** Oldest first, equal times in order of their ids; undefined after a change. */
  let sorted: readonly (readonly [id: string, time: Time7])[] | undefined;
  const ascending = () =>
    (sorted ??= [...versions].sort(([a, timeA], [b, timeB]) => {
      if (timeA === timeB) return Number(a) - Number(b);
      return timeA < timeB ? -1 : 1;
    }));

  const pageOf = (
    { from, to, skip = 0, alerts = true }: ChangedQuery,
    incomplete: string | undefined,
  ): IncidentPage => {
    const matching = ascending().filter(([, time]) => time >= from && (to === undefined || time <= to));
    const ordered = paging === 'keyset' ? matching : matching.reverse();
    const whole = ordered.slice(skip, skip + pageSize);
    if (alerts && whole.some(([id]) => poisons.has(id))) throw new UpstreamError('500 for its alerts');
    const rows = incomplete === undefined ? whole : whole.filter((_, at) => at % 3 !== 1);
    return {
      incidents: rows.filter(([id]) => !broken.has(id)).map(([id, time]) => shown(id, time, { complete: alerts })),
      broken: rows.flatMap(([id]): BrokenRow[] => {
        const how = broken.get(id);
        return how === undefined ? [] : [{ incidentId: how.nameless ? undefined : id, reason: 'broken' }];
      }),
      serverTime: fromTicks((list.now / perSecond) * perSecond),
      more: whole.length >= pageSize,
      ...(incomplete === undefined ? {} : { incomplete }),
    };
  };

  const wait = async (): Promise<void> => {
    for (let left = turns(); left > 0; left -= 1) await Promise.resolve();
  };

  const list: ShownList = {
    queries: [],
    asked: [],
    versions,
    now: toTicks(options.now),
    put: (id, time) => {
      versions.set(`${id}`, time);
      sorted = undefined;
    },
    remove: (id) => {
      versions.delete(`${id}`);
      sorted = undefined;
    },
    poison: (id, { alone = false } = {}) => void poisons.set(`${id}`, { alone }),
    breakRow: (id, { nameless = false } = {}) => void broken.set(`${id}`, { nameless }),
    heal: () => {
      poisons.clear();
      broken.clear();
    },
    source: {
      paging,
      pageSize,
      alertsApart: paging === 'keyset',
      listChanged: async (query) => {
        list.queries.push({ ...query });
        await wait();
        const page = pageOf(query, before?.(query, list));
        after?.(query, list);
        await wait();
        return page;
      },
      get: async (id, { alerts = true } = {}) => {
        list.asked.push(`get ${id}`);
        await wait();
        if (alerts && poisons.has(id)) throw new UpstreamError('500 for its alerts');
        const time = versions.get(id);
        return time && shown(id, time, { complete: alerts });
      },
      withAlerts: async (incident) => {
        const { incidentId } = incident.header;
        list.asked.push(`alerts ${incidentId}`);
        await wait();
        if (poisons.get(incidentId)?.alone === true) throw new UpstreamError('500 for its alerts');
        return { ...incident, complete: true };
      },
    },
  };
  return list;
};

/** The time so many seconds (fractions allowed) after 2026-11-20T00:00:00Z. */
export const second = (seconds: number): Time7 => fromTicks(midnight + BigInt(Math.round(seconds * 1e7)));
