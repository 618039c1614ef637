/** What the day's Defender allows one tenant, all instances together: documented for the Defender APIs, ours for Graph. */
const limits = { graph: { perMinute: 150, perHour: 9_000 }, defender: { perMinute: 50, perHour: 1_500 } } as const;
export type Api = keyof typeof limits;

const longestWaitMs = 60 * 60_000;
/** A `Retry-After` counts whole seconds, a date drops what is below one. */
const graceMs = 1000;

export interface QuotaFault {
  readonly kind: 'inside a wait' | 'over the limit';
  readonly tenantId: string;
  readonly atMs: number;
  readonly instance: string;
}

/** Watches every call: none before a wait is over of which the caller can know, none above the limit. */
export interface Quota {
  /** `runStartedMs`: when the run that asks looked at the tenant's rows. */
  called(tenantId: string, api: Api, instance: string, nowMs: number, runStartedMs: number): void;
  /** A 429 with a wait that can be read was answered to this instance. */
  refused(tenantId: string, api: Api, instance: string, nowMs: number, waitMs: number): void;
  /** This instance has told all others, by the tenant's row, that nobody may call. */
  published(tenantId: string, instance: string, nowMs: number): void;
  readonly calls: number;
  readonly faults: readonly QuotaFault[];
  /** When the last wait that was told is over. */
  readonly waitsUntilMs: number;
}

interface Wait {
  /** Another service has another limit. */
  readonly api: Api;
  readonly untilMs: number;
  readonly toldTo: string;
  publishedAtMs: number | undefined;
}

export const createQuota = (): Quota => {
  const callsOf = new Map<string, number[]>();
  const waits = new Map<string, Wait[]>();
  const faults: QuotaFault[] = [];
  let calls = 0;
  let waitsUntilMs = 0;
  const since = (times: readonly number[], fromMs: number): number => {
    let count = 0;
    for (let at = times.length - 1; at >= 0 && (times[at] ?? 0) > fromMs; at -= 1) count += 1;
    return count;
  };
  return {
    called: (tenantId, api, instance, nowMs, runStartedMs) => {
      calls += 1;
      const times = callsOf.get(`${api} ${tenantId}`) ?? [];
      callsOf.set(`${api} ${tenantId}`, times);
      const { perMinute, perHour } = limits[api];
      times.push(nowMs);
      if (since(times, nowMs - 60_000) > perMinute || since(times, nowMs - 3_600_000) > perHour)
        faults.push({ kind: 'over the limit', tenantId, atMs: nowMs, instance });
      const knows = ({ api: asked, untilMs, toldTo, publishedAtMs }: Wait): boolean =>
        asked === api &&
        nowMs < untilMs - graceMs &&
        (toldTo === instance || (publishedAtMs !== undefined && runStartedMs > publishedAtMs));
      if (waits.get(tenantId)?.some(knows) === true)
        faults.push({ kind: 'inside a wait', tenantId, atMs: nowMs, instance });
    },
    refused: (tenantId, api, instance, nowMs, waitMs) => {
      const open = (waits.get(tenantId) ?? []).filter(({ untilMs }) => untilMs > nowMs);
      const untilMs = nowMs + Math.min(Math.max(0, waitMs), longestWaitMs);
      waitsUntilMs = Math.max(waitsUntilMs, untilMs);
      waits.set(tenantId, [...open, { api, untilMs, toldTo: instance, publishedAtMs: undefined }]);
    },
    published: (tenantId, instance, nowMs) => {
      for (const wait of waits.get(tenantId) ?? []) if (wait.toldTo === instance) wait.publishedAtMs ??= nowMs;
    },
    get calls() {
      return calls;
    },
    get waitsUntilMs() {
      return waitsUntilMs;
    },
    faults,
  };
};
