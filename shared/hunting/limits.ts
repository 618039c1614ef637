import type { RateLimits } from '../incidents/limits';
import type { HuntingApi } from './huntingApi';

/**
 * What is promised to every tenant; larger ones have more. The CPU share is not counted here: the other side tells when it is used up.
 * @see https://learn.microsoft.com/graph/api/resources/security-api-overview (Quotas and resource allocation)
 * @see https://learn.microsoft.com/defender-xdr/api-advanced-hunting · https://learn.microsoft.com/defender-endpoint/api/run-advanced-query-api
 */
export const huntingLimits: Readonly<Record<HuntingApi, RateLimits>> = {
  graph: { perMinute: 45, perHour: 2_700 },
  defender: { perMinute: 45, perHour: 1_500 },
  mde: { perMinute: 45, perHour: 1_500 },
};

/** Rows one hunt brings at the most, in all three. */
export const mostRows = 100_000;

/** A request's own limit is 3 minutes, at Defender for Endpoint 200 seconds; a little more, so that its words are heard. */
export const huntingTimeoutMs: Readonly<Record<HuntingApi, number>> = {
  graph: 190_000,
  defender: 190_000,
  mde: 210_000,
};
