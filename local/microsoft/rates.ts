import type { Clock, Ticks } from './world/time7';
import { TICKS_PER_MS, TICKS_PER_SECOND } from './world/time7';

export const limitedServices = ['graph', 'defender', 'endpoint'] as const;
export type LimitedService = (typeof limitedServices)[number];

/** How many calls of one tenant a service takes in any minute and any hour; undefined: as many as come. */
export interface Rate {
  perMinute?: number | undefined;
  perHour?: number | undefined;
}

export interface RateCount {
  /** Admitted in the minute and the hour that end now; only while the service has a rate. */
  inMinute: number;
  inHour: number;
  /** Most that were ever admitted within one minute and one hour. */
  mostInMinute: number;
  mostInHour: number;
  /** Answered 429 for the rate. */
  refused: number;
  /** Made, whatever the answer, before a wait that a 429 had announced by `Retry-After` was over. */
  insideWait: number;
}

export type RateCounts = Record<LimitedService, Record<string, RateCount>>;

export interface Rates {
  /** Seconds the caller must wait; undefined: the call is counted and goes on. What is refused counts against nothing. */
  admit(service: LimitedService, tenantId: string): number | undefined;
  /** Takes note of a wait another 429 announced: seconds or an HTTP date; an hour of it at the most. */
  announce(service: LimitedService, tenantId: string, retryAfter: string | undefined): void;
  /** A copy of the counts of each tenant that has any. */
  counts(): RateCounts;
}

interface Calls {
  /** When calls were admitted, oldest first; no more than a limit could ask about. */
  times: Ticks[];
  waitEnds: Ticks;
  mostInMinute: number;
  mostInHour: number;
  refused: number;
  insideWait: number;
}

const minute = 60n * TICKS_PER_SECOND;
const hour = 60n * minute;

/** Sliding windows by the cloud's own clock; `rateOf` is asked at each call. */
export function createRates(clock: Clock, rateOf: (service: LimitedService) => Rate | null | undefined): Rates {
  const called: Record<LimitedService, Map<string, Calls>> = {
    graph: new Map(),
    defender: new Map(),
    endpoint: new Map(),
  };
  const callsOf = (service: LimitedService, tenantId: string): Calls => {
    const known = called[service].get(tenantId);
    if (known !== undefined) return known;
    const fresh = { times: [], waitEnds: 0n, mostInMinute: 0, mostInHour: 0, refused: 0, insideWait: 0 };
    called[service].set(tenantId, fresh);
    return fresh;
  };
  return {
    admit: (service, tenantId) => {
      const rate = rateOf(service) ?? undefined;
      // Almost every cloud runs without rates, and its clock may be counted in ticks.
      if (rate === undefined && !called[service].has(tenantId)) return undefined;
      const now = clock();
      const calls = callsOf(service, tenantId);
      if (now < calls.waitEnds) calls.insideWait += 1;
      if (rate === undefined) return undefined;
      const opens = laterOf(opensAt(calls.times, rate.perMinute, minute), opensAt(calls.times, rate.perHour, hour));
      if (opens > now) {
        const seconds = Number((opens - now + TICKS_PER_SECOND - 1n) / TICKS_PER_SECOND);
        calls.refused += 1;
        calls.waitEnds = laterOf(calls.waitEnds, now + BigInt(seconds) * TICKS_PER_SECOND);
        return seconds;
      }
      calls.times.push(now);
      forgetOld(calls.times, now);
      calls.mostInMinute = Math.max(calls.mostInMinute, since(calls.times, now - minute));
      calls.mostInHour = Math.max(calls.mostInHour, calls.times.length);
      return undefined;
    },
    announce: (service, tenantId, retryAfter) => {
      const now = clock();
      const calls = callsOf(service, tenantId);
      calls.waitEnds = laterOf(calls.waitEnds, earlierOf(endOf(retryAfter, now), now + hour));
    },
    counts: () => {
      const now = clock();
      const shown = (service: LimitedService): Record<string, RateCount> =>
        Object.fromEntries(
          [...called[service]].map(([tenantId, { times, mostInMinute, mostInHour, refused, insideWait }]) => [
            tenantId,
            {
              inMinute: since(times, now - minute),
              inHour: since(times, now - hour),
              ...{ mostInMinute, mostInHour, refused, insideWait },
            },
          ]),
        );
      return { graph: shown('graph'), defender: shown('defender'), endpoint: shown('endpoint') };
    },
  };
}

/** When the window has room for one more: as soon as the limit-th last call has left it. */
function opensAt(times: readonly Ticks[], limit: number | undefined, window: Ticks): Ticks {
  const oldest = limit === undefined ? undefined : times[times.length - limit];
  return oldest === undefined ? 0n : oldest + window;
}

/** How many calls came after `edge`: one made exactly a window ago is out of it. */
function since(times: readonly Ticks[], edge: Ticks): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0n) <= edge) low = middle + 1;
    else high = middle;
  }
  return times.length - low;
}

function forgetOld(times: Ticks[], now: Ticks): void {
  const old = times.length - since(times, now - hour);
  if (old > 0) times.splice(0, old);
}

function endOf(retryAfter: string | undefined, now: Ticks): Ticks {
  const text = retryAfter?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return now + BigInt(text) * TICKS_PER_SECOND;
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? 0n : BigInt(epochMs) * TICKS_PER_MS;
}

function laterOf(first: Ticks, second: Ticks): Ticks {
  return first > second ? first : second;
}

function earlierOf(first: Ticks, second: Ticks): Ticks {
  return first < second ? first : second;
}
