import type { RateLimits } from '../incidents/limits';

/**
 * Of every call to Defender for Endpoint, hunting excepted. For whom they count (tenant, app or the pair) no page says: kept for the pair.
 * @see https://learn.microsoft.com/defender-endpoint/api/get-machines (Limitations; the other pages say the same)
 */
export const endpointLimits: RateLimits = { perMinute: 100, perHour: 1_500 };
