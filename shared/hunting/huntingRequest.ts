import { HuntingQueryError, RequestError } from '../errors';
import type { HuntingApi } from './huntingApi';

const longestQuery = 100_000;
const duration = String.raw`P(?=\d|T\d)(?:\d{1,4}Y)?(?:\d{1,4}M)?(?:\d{1,4}W)?(?:\d{1,4}D)?(?:T(?=\d)(?:\d{1,6}H)?(?:\d{1,6}M)?(?:\d{1,6}S)?)?`;
const instant = String.raw`\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?(?:Z|[+-]\d{2}:\d{2})?)?`;
const timespans = new RegExp(
  `^(?:${duration}|${instant}|${instant}/${instant}|${instant}/${duration}|${duration}/${instant})$`,
);

/**
 * The body of a hunt, names as the APIs compare them: letter by letter.
 * @param timespan ISO 8601: `P7D`, `<start>/<end>`, `<start>/P7D`, `P7D/<end>` or `<start>`; Graph's alone
 * @throws HuntingQueryError · RequestError where the time is none, or the API cannot narrow by it
 * @see https://learn.microsoft.com/graph/api/security-security-runhuntingquery (Request body)
 */
export const huntingRequest = (api: HuntingApi, query: string, timespan: string | undefined): object => {
  if (query.trim() === '') throw new HuntingQueryError('A hunt needs a query', 'query', 'is empty');
  if (query.length > longestQuery || !query.isWellFormed())
    throw new HuntingQueryError(
      'The hunting query cannot be sent',
      'query',
      `is longer than ${longestQuery}, or broken`,
    );
  if (timespan === undefined) return { Query: query };
  if (!timespans.test(timespan)) throw badTimespan('must be ISO 8601: P7D, a start, or two parts joined by a slash');
  // Left out in silence, it would show more than was asked for.
  if (api !== 'graph')
    throw badTimespan('is understood by Graph alone: write `where Timestamp > ago(7d)` in the query');
  return { Query: query, Timespan: timespan };
};

const badTimespan = (message: string): RequestError =>
  new RequestError('The time of the hunt cannot be used', [{ field: 'timespan', message }]);
