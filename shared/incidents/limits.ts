import type { BackEnd } from '../model/tenant';

/** What one app may ask of one tenant's API, all instances and purposes together. */
export interface RateLimits {
  readonly perMinute: number;
  readonly perHour: number;
}

/**
 * Defender's are documented for the list (https://learn.microsoft.com/defender-xdr/api-list-incidents). Graph publishes none for
 * incidents; those of its other security lists are kept to (https://learn.microsoft.com/graph/throttling-limits#security-service-limits).
 */
export const rateLimits: Readonly<Record<BackEnd, RateLimits>> = {
  graph: { perMinute: 150, perHour: 9_000 },
  defender: { perMinute: 50, perHour: 1_500 },
};
