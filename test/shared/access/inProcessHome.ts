import { issueToken } from '../../../local/microsoft/entra/claims';
import { answerGraph } from '../../../local/microsoft/graph/answer';
import type { CloudState } from '../../../local/microsoft/state';
import type { HomeGraph } from '../../../shared/access/homeGraph';
import type { IncomingAnswer, OutgoingRequest } from '../../../shared/ports';

export interface InProcessHome extends HomeGraph {
  readonly calls: OutgoingRequest[];
  /** Answers the next call in Graph's place, once. */
  answerNext(answer: (request: OutgoingRequest) => IncomingAnswer | Promise<IncomingAnswer>): void;
  advance(ms: number): void;
}

/** Graph of the simulated cloud's home tenant, asked in process with a token of the API's registration that holds `roles`. */
export const inProcessHome = (state: CloudState, roles: readonly string[]): InProcessHome => {
  const { tenantId } = state.world.homeTenant;
  const { graph: endpoint } = state.urls;
  const calls: OutgoingRequest[] = [];
  const instead: ((request: OutgoingRequest) => IncomingAnswer | Promise<IncomingAnswer>)[] = [];
  let elapsedMs = 0;
  const token = issueToken(state, { tenantId, audience: 'https://graph.microsoft.com', roles });
  return {
    tenantId,
    endpoint,
    scope: 'https://graph.microsoft.com/.default',
    calls,
    answerNext: (answer) => void instead.push(answer),
    advance: (ms) => (elapsedMs += ms),
    clock: { now: () => Number(state.world.clock() / 10_000n), elapsedMs: () => elapsedMs },
    permits: { take: () => Promise.resolve() },
    tokens: { getToken: async () => ({ token: await token, tenantId, expiresAtMs: 0 }), forget: () => undefined },
    send: async (request) => {
      calls.push(request);
      const given = instead.shift();
      if (given !== undefined) return given(request);
      const { method, url, headers, body } = request;
      const asked = { method, url: url.slice(endpoint.length), headers, ...(body === undefined ? {} : { body }) };
      return Promise.resolve(answerGraph(state, asked));
    },
  };
};
