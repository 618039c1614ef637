import type { AppError } from '../errors';
import { HuntingQueryError, HuntingThrottledError } from '../errors';
import { refusalWordsIn } from '../incidents/errorEnvelope';
import { asksToWait, retryAfterMs } from '../incidents/retryAfter';
import type { IncomingAnswer } from '../ports';

/** "Query execution has exceeded the allowed result size. Optimize your query by limiting the number of results and try again" */
const sizeWords = /\bexceed\w* .{0,40}\bresult size\b/i;
/** "exceeded the allowed limits", "preempted" and time-outs were seen in use; the pages tell the limits, not the words. */
const effortWords = /\bexceed\w* .{0,40}\b(?:limits?|resources|cpu|time)\b|\bpreempted\b|\btimed? ?-?out\b/i;
/** By which of its two limits a 429 came stands in its words alone. */
const cpuWords = /\bcpu\b|\b(?:running|execution|run|computing) ?time\b/i;
/** Refusals of how we asked, not of what was asked. */
const oursToMend = new Set(['InvalidRequestBody', 'MissingRequiredParameter', 'ODataError']);
const quarterHourMs = 15 * 60_000;
const maxWords = 300;

/**
 * What a refused hunt means: a throttle by calls or by CPU · a query that finds too much, takes too long or cannot be read · anything else
 * as the API's own client says by `otherwise`.
 * @see https://learn.microsoft.com/graph/api/resources/security-api-overview · https://learn.microsoft.com/defender-xdr/api-advanced-hunting
 */
export const fromHuntingAnswer = (
  answer: IncomingAnswer,
  tenantId: string,
  nowMs: number,
  otherwise: (answer: IncomingAnswer, tenantId: string, nowMs: number) => AppError,
): AppError => {
  const { code, message } = refusalWordsIn(answer.body);
  if (asksToWait(answer)) return throttled(answer, message, tenantId, nowMs);
  if (answer.status === 413)
    return new HuntingQueryError('The hunting query is too long', 'query', 'is longer than the API takes');
  if (answer.status !== 400 || oursToMend.has(code)) return otherwise(answer, tenantId, nowMs);
  if (sizeWords.test(message))
    return new HuntingQueryError(
      'The hunting query finds more than one answer can hold',
      'resultSize',
      'ask for fewer rows (take, summarize), fewer columns (project) or a shorter time',
    );
  if (effortWords.test(message))
    return new HuntingQueryError(
      'The hunting query takes more than is allowed',
      'effort',
      'filter earlier and by shorter times, so that it needs less computing',
    );
  const words = message.slice(0, maxWords);
  return new HuntingQueryError('The hunting query was refused', 'query', words === '' ? 'cannot be run' : words);
};

const throttled = (answer: IncomingAnswer, message: string, tenantId: string, nowMs: number): HuntingThrottledError => {
  const words = message === '' ? answer.body.slice(0, 4_000) : message;
  const details = { tenantId };
  if (!cpuWords.test(words))
    return new HuntingThrottledError(
      'Hunting asks us to wait: too many calls',
      retryAfterMs(answer, nowMs),
      'calls',
      details,
    );
  const wait =
    answer.headers['retry-after'] === undefined ? untilNextCycle(answer, nowMs) : retryAfterMs(answer, nowMs);
  return new HuntingThrottledError(
    "Hunting asks us to wait: the tenant's computing time is used up",
    wait,
    'cpu',
    details,
  );
};

/** The share is given anew every quarter of an hour. */
const untilNextCycle = ({ headers }: IncomingAnswer, nowMs: number): number => {
  const dateMs = Date.parse(headers.date ?? '');
  return quarterHourMs - ((Number.isNaN(dateMs) ? nowMs : dateMs) % quarterHourMs);
};
