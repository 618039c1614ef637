import type { AppError } from '../errors';
import { fromEndpointAnswer } from '../endpoint/endpointError';
import type { TenantAccess } from '../incidents/askTenant';
import { postTenant } from '../incidents/askTenant';
import { fromDefenderAnswer } from '../incidents/defender/defenderError';
import { fromGraphAnswer } from '../incidents/graph/graphError';
import { loopTurn } from '../loopTurn';
import type { Clock, IncomingAnswer } from '../ports';
import type { HuntingApi } from './huntingApi';
import { fromHuntingAnswer } from './huntingError';
import { huntingRequest } from './huntingRequest';
import type { HuntingResult } from './huntingResult';
import { toHuntingResult } from './huntingResult';
import { huntingTimeoutMs } from './limits';
import { assertNotRetired } from './retirement';

/** Advanced hunting in one tenant, in the name of whoever the tokens are for. */
export interface Hunter {
  /**
   * Runs one query over the last 30 days at the most, or over the time asked for; one call, which may take minutes.
   * @param query Kusto
   * @param timespan ISO 8601, through Graph alone
   * @throws HuntingQueryError · HuntingThrottledError (by calls, or by CPU until the next quarter of an hour) · RequestError ·
   * ConsentError · AuthError · ContractError (retired, unreadable) · UpstreamError (504, too, where it is too much work) · CallsSpent
   */
  hunt(query: string, timespan?: string): Promise<HuntingResult>;
}

export interface HuntingAccess extends TenantAccess {
  readonly api: HuntingApi;
  /** Where the API is reached, without a final slash. */
  readonly endpoint: string;
  readonly clock: Clock;
}

interface Way {
  readonly name: string;
  readonly path: string;
  readonly refused: (answer: IncomingAnswer, tenantId: string, nowMs: number) => AppError;
}

/**
 * @see https://learn.microsoft.com/graph/api/security-security-runhuntingquery (`ThreatHunting.Read.All`)
 * @see https://learn.microsoft.com/defender-xdr/api-advanced-hunting (`AdvancedHunting.Read.All`, until 2027-02-01)
 * @see https://learn.microsoft.com/defender-endpoint/api/run-advanced-query-api (`AdvancedQuery.Read.All`, until 2027-02-01)
 */
const ways: Readonly<Record<HuntingApi, Way>> = {
  graph: { name: 'Graph', path: '/v1.0/security/runHuntingQuery', refused: fromGraphAnswer },
  defender: { name: 'Defender', path: '/api/advancedhunting/run', refused: fromDefenderAnswer },
  mde: { name: 'Defender for Endpoint', path: '/api/advancedqueries/run', refused: fromEndpointAnswer },
};

export const createHunter = (access: HuntingAccess): Hunter => ({
  hunt: async (query, timespan) => {
    const { api, endpoint, clock, tenantId } = access;
    const { name, path, refused } = ways[api];
    const body = huntingRequest(api, query, timespan);
    assertNotRetired(api, clock.now(), tenantId);
    const answer = await postTenant(access, `${endpoint}${path}`, body, huntingTimeoutMs[api]);
    if (answer.status !== 200 && answer.status !== 206) throw fromHuntingAnswer(answer, tenantId, clock.now(), refused);
    await loopTurn();
    return toHuntingResult(answer, name);
  },
});
