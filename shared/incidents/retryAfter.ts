import type { IncomingAnswer } from '../ports';

const defaultMs = 60_000;
const leastMs = 1_000;
const mostMs = 60 * 60_000;
/** No honest refusal is longer. */
const maxCharacters = 4_000;

/** True for a throttle: a 429, or a 503 that names a wait; without one it is an outage. */
export const asksToWait = ({ status, headers }: Pick<IncomingAnswer, 'status' | 'headers'>): boolean =>
  status === 429 || (status === 503 && headers['retry-after'] !== undefined);

/**
 * How long a throttle asks us to wait, in milliseconds: by its header (seconds or an HTTP date), else by its body, else a minute; never
 * under a second nor above an hour. A moment is measured against the answer's own `Date`, because our clock may be wrong.
 * @see https://learn.microsoft.com/graph/throttling · https://learn.microsoft.com/defender-xdr/api-incident (the wait stands in the body)
 */
export const retryAfterMs = ({ headers, body }: Pick<IncomingAnswer, 'headers' | 'body'>, nowMs: number): number => {
  const dateMs = Date.parse(headers.date ?? '');
  const serverMs = Number.isNaN(dateMs) ? nowMs : dateMs;
  const wait = inHeader(headers['retry-after'], serverMs) ?? inBody(body, serverMs) ?? defaultMs;
  return Math.min(Math.max(wait, leastMs), mostMs);
};

/** Undefined where there is no header, or nothing in it to wait for. */
const inHeader = (header: string | undefined, serverMs: number): number | undefined => {
  const text = header?.trim() ?? '';
  const seconds = secondsIn(text);
  if (seconds !== undefined) return seconds;
  // A date has the name of its month; without this, `Date.parse` takes "-5" for a year.
  return /[a-z]{3}/i.test(text) ? until(text, serverMs) : undefined;
};

const secondsIn = (text: string): number | undefined =>
  /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Math.ceil(Number(text) * 1000) : undefined;

const until = (moment: string, serverMs: number): number | undefined => {
  const wait = Date.parse(moment) - serverMs;
  return wait >= 0 ? wait : undefined;
};

const inBody = (body: string, serverMs: number): number | undefined => {
  const parts = partsOf(body);
  for (const part of parts) {
    for (const name of ['retryAfter', 'retryAfterSeconds', 'retry_after', 'retry-after']) {
      const seconds = secondsIn(String(part[name]));
      if (seconds !== undefined) return seconds;
    }
  }
  const texts = parts.length === 0 ? [body] : parts.map(({ message }) => message);
  for (const text of texts) {
    const wait = typeof text === 'string' ? inWords(text.slice(0, maxCharacters), serverMs) : undefined;
    if (wait !== undefined) return wait;
  }
  return undefined;
};

/** The places of an error envelope where a wait or a message may stand; none where the body is no JSON object. */
const partsOf = (body: string): readonly Record<string, unknown>[] => {
  if (body.length > maxCharacters) return [];
  try {
    const whole: unknown = JSON.parse(body);
    if (!isRecord(whole)) return [];
    const error = isRecord(whole.error) ? whole.error : {};
    const inner = isRecord(error.innerError) ? error.innerError : {};
    return [whole, error, inner];
  } catch {
    return [];
  }
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** "try again in 37 seconds", "Retry after: 2 minutes", "wait 00:00:37"; a negative number is none. */
const span =
  /\b(?:again|retry|retried|wait|resumed?|resets?|available)\b[^\d-]{0,40}(?:(\d{1,2}):(\d{2}):(\d{2})|(\d{1,9}) ?(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?))\b/i;
const instant = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?Z/;

const inWords = (text: string, serverMs: number): number | undefined => {
  const found = span.exec(text);
  if (found === null) {
    const moment = instant.exec(text)?.[0];
    return moment === undefined ? undefined : until(moment, serverMs);
  }
  const [, hours, minutes, seconds, count, unit = ''] = found;
  if (count === undefined) return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return Number(count) * msOf(unit.toLowerCase());
};

const msOf = (unit: string): number => {
  if (unit === 'ms' || unit.startsWith('milli')) return 1;
  if (unit.startsWith('s')) return 1000;
  return unit.startsWith('m') ? 60_000 : 60 * 60_000;
};
