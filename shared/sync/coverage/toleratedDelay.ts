/** Two turns may be missed to a throttle or a restart. */
const toleratedIntervals = 3;
const toleranceMs = 5 * 60_000;

/** How far a tenant's reading may lie behind before it counts as standing still, in milliseconds. */
export const toleratedDelayMs = (intervalSeconds: number): number =>
  toleratedIntervals * intervalSeconds * 1000 + toleranceMs;
