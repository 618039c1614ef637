const defaultMs = 60_000;
const capMs = 60 * 60_000;

/**
 * How long a throttle asks us to wait, in milliseconds: seconds, an HTTP date, or nothing usable (then a minute); never above an hour.
 * @see https://learn.microsoft.com/graph/throttling
 */
export const retryAfterMs = (header: string | undefined, nowMs: number): number => {
  if (header === undefined) return defaultMs;
  const text = header.trim();
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (!Number.isFinite(wait) || wait < 0) return defaultMs;
  return Math.min(Math.max(wait, 1000), capMs);
};
