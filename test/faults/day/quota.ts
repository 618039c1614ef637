/** What the day's Defender allows one tenant, all instances together: documented for the Defender APIs, ours for Graph. */
const limits = { graph: { perMinute: 150, perHour: 9_000 }, defender: { perMinute: 50, perHour: 1_500 } } as const;
export type Api = keyof typeof limits;

const longestWaitMs = 60 * 60_000;
/** A `Retry-After` counts whole seconds, a date drops what is below one. */
const graceMs = 1000;
/** Whoever is asked to wait has the tenant's row say so after this, and every run anywhere keeps to what the row says after that. */
const toldWithinMs = 2_000;
const heededWithinMs = 10_000;

export interface QuotaFault {
  readonly kind: 'inside a wait' | 'over the limit' | 'kept a wait to itself';
  readonly tenantId: string;
  readonly atMs: number;
  readonly instance: string;
}

/**
 * Watches every call: none above the limit, none in a wait of which the caller can know. The instance that was asked knows from the moment
 * the answer is there (the way back takes no time here), for a call that begins then or later; the others by the tenant's row.
 */
export interface Quota {
  /** A call begins. */
  called(tenantId: string, api: Api, instance: string, nowMs: number): void;
  /** A 429 with a wait that can be read has reached this instance. */
  refused(tenantId: string, api: Api, instance: string, nowMs: number, waitMs: number): void;
  /** The tenant's row says from now on that nobody may call before `untilMs`. */
  rowSays(tenantId: string, api: Api, untilMs: number, nowMs: number): void;
  /** Storage failed this instance, or let it wait until then: what it had to write may come late, or never. */
  troubled(instance: string, nowMs: number, untilMs: number): void;
  died(instance: string, nowMs: number): void;
  /** Looks for waits that were not told in time. */
  end(nowMs: number): void;
  readonly calls: number;
  /** Calls in a wait of another instance's, before the row said so or within the time to look there. */
  readonly unaware: number;
  /** Waits that could be read. */
  readonly waits: number;
  readonly faults: readonly QuotaFault[];
  /** When the last wait that was told is over. */
  readonly waitsUntilMs: number;
}

interface Wait {
  readonly tenantId: string;
  /** Another service has another limit. */
  readonly api: Api;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly toldTo: string;
  /** When the row said so first. */
  publishedAtMs: number | undefined;
}

export const createQuota = (): Quota => {
  const callsOf = new Map<string, number[]>();
  const waits: Wait[] = [];
  /** By tenant and service. */
  const open = new Map<string, readonly Wait[]>();
  const rows = new Map<string, number>();
  const troubles = new Map<string, { readonly fromMs: number; readonly toMs: number }[]>();
  const deaths = new Map<string, number>();
  const faults: QuotaFault[] = [];
  let calls = 0;
  let unaware = 0;
  let waitsUntilMs = 0;
  const since = (times: readonly number[], fromMs: number): number => {
    let count = 0;
    for (let at = times.length - 1; at >= 0 && (times[at] ?? 0) > fromMs; at -= 1) count += 1;
    return count;
  };
  const isSaid = ({ untilMs }: Wait, rowMs: number): boolean => rowMs >= untilMs - graceMs;

  const couldTell = ({ fromMs, toldTo }: Wait): boolean => {
    const dueMs = fromMs + toldWithinMs;
    const isHindered = troubles.get(toldTo)?.some((each) => each.toMs >= fromMs && each.fromMs <= dueMs) === true;
    return !isHindered && (deaths.get(toldTo) ?? Number.POSITIVE_INFINITY) > dueMs;
  };

  return {
    called: (tenantId, api, instance, nowMs) => {
      calls += 1;
      const key = `${api} ${tenantId}`;
      const times = callsOf.get(key) ?? [];
      callsOf.set(key, times);
      const { perMinute, perHour } = limits[api];
      times.push(nowMs);
      if (since(times, nowMs - 60_000) > perMinute || since(times, nowMs - 3_600_000) > perHour)
        faults.push({ kind: 'over the limit', tenantId, atMs: nowMs, instance });
      const binding = (open.get(key) ?? []).filter(({ untilMs }) => nowMs < untilMs - graceMs);
      const knows = ({ toldTo, publishedAtMs }: Wait): boolean =>
        toldTo === instance || (publishedAtMs !== undefined && nowMs >= publishedAtMs + heededWithinMs);
      if (binding.some(knows)) faults.push({ kind: 'inside a wait', tenantId, atMs: nowMs, instance });
      else if (binding.length > 0) unaware += 1;
    },
    refused: (tenantId, api, instance, nowMs, waitMs) => {
      const key = `${api} ${tenantId}`;
      const untilMs = nowMs + Math.min(Math.max(0, waitMs), longestWaitMs);
      waitsUntilMs = Math.max(waitsUntilMs, untilMs);
      const wait: Wait = { tenantId, api, fromMs: nowMs, untilMs, toldTo: instance, publishedAtMs: undefined };
      if (isSaid(wait, rows.get(key) ?? 0)) wait.publishedAtMs = nowMs;
      waits.push(wait);
      open.set(key, [...(open.get(key) ?? []).filter((each) => each.untilMs > nowMs), wait]);
    },
    rowSays: (tenantId, api, untilMs, nowMs) => {
      const key = `${api} ${tenantId}`;
      rows.set(key, untilMs);
      for (const wait of open.get(key) ?? []) if (isSaid(wait, untilMs)) wait.publishedAtMs ??= nowMs;
    },
    troubled: (instance, nowMs, untilMs) => {
      const own = troubles.get(instance) ?? [];
      troubles.set(instance, own);
      own.push({ fromMs: nowMs, toMs: untilMs });
    },
    died: (instance, nowMs) => void deaths.set(instance, nowMs),
    end: (nowMs) => {
      for (const wait of waits) {
        const { tenantId, fromMs, untilMs, toldTo, publishedAtMs = Number.POSITIVE_INFINITY } = wait;
        const dueMs = fromMs + toldWithinMs;
        if (publishedAtMs <= dueMs || Math.min(untilMs, nowMs) <= dueMs || !couldTell(wait)) continue;
        faults.push({ kind: 'kept a wait to itself', tenantId, atMs: fromMs, instance: toldTo });
      }
    },
    get calls() {
      return calls;
    },
    get unaware() {
      return unaware;
    },
    get waits() {
      return waits.length;
    },
    get waitsUntilMs() {
      return waitsUntilMs;
    },
    faults,
  };
};
