import { z } from 'zod';
import { ContractError, UpstreamError } from '../../errors';
import { loopTurn } from '../../loopTurn';
import type { Json } from '../../model/incident';
import type { Time7 } from '../../model/time7';
import { beginning, fromHttpDate } from '../../model/time7';
import type {
  ChangedQuery,
  Clock,
  IncidentPage,
  IncidentSource,
  IncomingAnswer,
  Send,
  TokenProvider,
} from '../../ports';
import { fromGraphIncident } from './fromGraphIncident';
import { fromGraphAnswer } from './graphError';

export interface GraphSourceOptions {
  readonly tenantId: string;
  /** Where Graph is reached. */
  readonly endpoint: string;
  readonly scope: string;
  /** `contract.never` of the tenant. */
  readonly never: readonly string[];
  readonly send: Send;
  readonly tokens: TokenProvider;
  readonly clock: Clock;
}

/** Graph's largest page of incidents; above it answers 400. @see https://learn.microsoft.com/graph/api/security-list-incidents */
export const graphPageSize = 50;
const timeoutMs = 60_000;
const maxReasonLength = 200;

/** One tenant's incidents through Graph's security API, alerts inside. */
export const graphSource = (options: GraphSourceOptions): IncidentSource => ({
  listChanged: async (query) => {
    const answer = await get(options, listUrl(options.endpoint, query));
    await loopTurn();
    return toPage(answer, options.never);
  },
});

/** Times unquoted, ascending by last update: not promised in the docs, used in production by others (elastic/integrations#20348), and checked by the reader. */
const listUrl = (endpoint: string, { from, to, skip }: ChangedQuery): string => {
  const conditions = [
    from === beginning ? undefined : `lastUpdateDateTime ge ${from}`,
    to === undefined ? undefined : `lastUpdateDateTime le ${to}`,
  ].filter((condition) => condition !== undefined);
  const parameters = [
    conditions.length === 0 ? undefined : `$filter=${encodeURIComponent(conditions.join(' and '))}`,
    '$orderby=lastUpdateDateTime%20asc',
    `$top=${graphPageSize}`,
    skip === undefined || skip === 0 ? undefined : `$skip=${skip}`,
    '$expand=alerts',
  ].filter((parameter) => parameter !== undefined);
  return `${endpoint}/v1.0/security/incidents?${parameters.join('&')}`;
};

const get = async (options: GraphSourceOptions, url: string): Promise<IncomingAnswer> => {
  const first = await ask(options, url);
  if (first.status !== 401) return judged(options, first);
  options.tokens.forget(options.tenantId, options.scope);
  return judged(options, await ask(options, url));
};

const ask = async ({ tenantId, scope, tokens, send }: GraphSourceOptions, url: string): Promise<IncomingAnswer> => {
  const { token } = await tokens.getToken(tenantId, scope);
  // Without the preference `awaitingAction` arrives as unknownFutureValue.
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    prefer: 'include-unknown-enum-members',
  };
  return send({ method: 'GET', url, headers, timeoutMs });
};

const judged = ({ tenantId, clock }: GraphSourceOptions, answer: IncomingAnswer): IncomingAnswer => {
  if (answer.status === 200 || answer.status === 206) return answer;
  throw fromGraphAnswer(answer, tenantId, clock.now());
};

const listShape = z.object({ value: z.array(z.unknown()), '@odata.nextLink': z.string().optional() });

/** A broken page is refused whole: half a page must never move the cursor. */
const toPage = (answer: IncomingAnswer, never: readonly string[]): IncidentPage => {
  const serverTime = dateOf(answer);
  const list = listShape.safeParse(parsed(answer.body));
  if (!list.success) throw new ContractError('Graph answered something that is no list of incidents');
  const { value, '@odata.nextLink': nextLink } = list.data;
  const warning = answer.headers.warning;
  // Kept in each gap's row, fifty of them at the most: it must not grow with what the other side likes to say.
  const incomplete =
    answer.status === 206 || warning !== undefined
      ? `${answer.status} ${warning ?? ''}`.trim().slice(0, maxReasonLength)
      : undefined;
  return {
    incidents: value.map((raw) => fromGraphIncident(raw as Json, { never, expanded: true, asOf: serverTime })),
    serverTime,
    // The link itself is not followed: it is `$skip` over a list that moves, and loses rows.
    more: value.length >= graphPageSize || nextLink !== undefined,
    ...(incomplete === undefined ? {} : { incomplete }),
  };
};

const dateOf = ({ headers }: IncomingAnswer): Time7 => {
  const date = fromHttpDate(headers.date);
  if (date === undefined) throw new ContractError('Graph answered without a readable Date header');
  return date;
};

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new UpstreamError('Graph answered with a body that is cut or no JSON', { cause });
  }
};
