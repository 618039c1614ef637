import type { Answer, Request } from '../answer';
import { jsonAnswer } from '../answer';
import { badRequest, ODataError } from '../graph/odataError';
import { jsonBody } from '../jsonBody';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import type { Ticks } from '../world/time7';
import { parseTime7, TICKS_PER_SECOND } from '../world/time7';
import type { Span } from './runQuery';
import { runQuery } from './runQuery';

const day = 86_400n * TICKS_PER_SECOND;
/** Nothing older can be hunted. */
const window = 30n * day;

/** The answer to a hunt in the way of one API: bodies and answers differ in their spelling, and only Graph knows a time span.
 *  @throws ODataError 400
 *  @see https://learn.microsoft.com/graph/api/security-security-runhuntingquery
 *  @see https://learn.microsoft.com/defender-xdr/api-advanced-hunting · https://learn.microsoft.com/defender-endpoint/api/run-advanced-query-api */
export function answerHunt(
  state: CloudState,
  request: Request,
  tenant: Tenant,
  api: 'graph' | 'defender' | 'endpoint',
): Answer {
  const body = jsonBody(request);
  const foreign = Object.keys(body).find((name) => name !== 'Query' && !(api === 'graph' && name === 'Timespan'));
  if (foreign !== undefined)
    throw new ODataError(400, 'InvalidRequestBody', `The parameter '${foreign}' in the request payload is not valid.`);
  const { Query: query, Timespan: timespan } = body;
  if (typeof query !== 'string' || query.trim() === '')
    throw new ODataError(400, 'MissingRequiredParameter', 'Parameter Query is missing.');
  const now = state.world.clock();
  const { columns, rows } = runQuery(state, tenant, query, spanOf(timespan, now));
  if (api === 'graph') {
    return jsonAnswer(200, {
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.security.huntingQueryResults',
      schema: columns.map(([name, type]) => ({ name, type })),
      results: rows,
    });
  }
  const stats = { ExecutionTime: 0.015625, resource_usage: {}, dataset_statistics: [{ table_row_count: rows.length }] };
  return jsonAnswer(200, {
    ...(api === 'defender' ? { Stats: stats } : {}),
    Schema: columns.map(([Name, Type]) => ({ Name, Type })),
    Results: rows,
  });
}

function spanOf(timespan: unknown, now: Ticks): Span {
  if (timespan === undefined || timespan === null) return [now - window, now];
  const [first = '', second, ...more] = typeof timespan === 'string' ? timespan.split('/') : [];
  const [start, end] = [parseTime7(first), second === undefined ? undefined : parseTime7(second)];
  const length = lengthOf(start === undefined ? first : (second ?? ''));
  if (more.length === 0) {
    if (start !== undefined && second === undefined) return [atLeast(start, now), now];
    if (start !== undefined && end !== undefined) return [atLeast(start, now), end];
    if (start !== undefined && length !== undefined) return [atLeast(start, now), start + length];
    if (length !== undefined && second === undefined) return [atLeast(now - length, now), now];
    if (length !== undefined && end !== undefined) return [atLeast(end - length, now), end];
  }
  throw badRequest('The Timespan is not a valid ISO 8601 time span.');
}

function atLeast(start: Ticks, now: Ticks): Ticks {
  return start > now - window ? start : now - window;
}

function lengthOf(text: string): Ticks | undefined {
  const match = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(text);
  if (match === null) return undefined;
  const [days, hours, minutes] = match.slice(1).map((part: string | undefined) => BigInt(part ?? 0));
  return (days ?? 0n) * day + ((hours ?? 0n) * 3_600n + (minutes ?? 0n) * 60n) * TICKS_PER_SECOND;
}
