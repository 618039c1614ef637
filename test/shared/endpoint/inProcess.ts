import type { Answer, Request } from '../../../local/microsoft/answer';
import { answerDefender } from '../../../local/microsoft/defender/answer';
import { answerEndpoint } from '../../../local/microsoft/endpoint/answer';
import { issueToken } from '../../../local/microsoft/entra/claims';
import { answerGraph } from '../../../local/microsoft/graph/answer';
import type { CloudState } from '../../../local/microsoft/state';
import type { Tenant } from '../../../local/microsoft/world/incident';
import type { EndpointAccess } from '../../../shared/endpoint/endpointAccess';
import type { HuntingApi } from '../../../shared/hunting/huntingApi';
import type { OutgoingRequest } from '../../../shared/ports';
import { createTestClock, createTestCloud, firstTenant } from '../../local/microsoft/testCloud';

const services: Readonly<
  Record<HuntingApi, { resource: string; answer: (state: CloudState, request: Request) => Answer }>
> = {
  graph: { resource: 'https://graph.microsoft.com', answer: answerGraph },
  defender: { resource: 'https://api.security.microsoft.com', answer: answerDefender },
  mde: { resource: 'https://api.securitycenter.microsoft.com', answer: answerEndpoint },
};

export interface InProcess extends EndpointAccess {
  readonly calls: OutgoingRequest[];
  /** How many permits were taken. */
  readonly taken: () => number;
}

/** One tenant of the simulated cloud, asked in process with a token that holds `roles`. */
export const inProcess = (
  state: CloudState,
  roles: readonly string[],
  { api = 'mde', tenant = firstTenant(state) }: { readonly api?: HuntingApi; readonly tenant?: Tenant } = {},
): InProcess => {
  const { resource, answer } = services[api];
  const endpoint = 'https://api.invalid';
  const calls: OutgoingRequest[] = [];
  let taken = 0;
  const { tenantId } = tenant;
  return {
    tenantId,
    endpoint,
    scope: `${resource}/.default`,
    calls,
    taken: () => taken,
    clock: { now: () => Number(state.world.clock() / 10_000n), elapsedMs: () => 0 },
    permits: {
      take: () => {
        taken += 1;
        return Promise.resolve();
      },
    },
    tokens: {
      getToken: async () => ({
        token: await issueToken(state, { tenantId, audience: resource, roles }),
        tenantId,
        expiresAtMs: 0,
      }),
      forget: () => undefined,
    },
    send: (request) => {
      calls.push(request);
      const { method, url, headers, body } = request;
      const asked: Request = {
        method,
        url: url.slice(endpoint.length),
        headers,
        ...(body === undefined ? {} : { body }),
      };
      return Promise.resolve(answer(state, asked));
    },
  };
};

export interface Stage {
  readonly state: CloudState;
  readonly clock: ReturnType<typeof createTestClock>;
}

export const createStage = async (incidentsPerTenant = 60): Promise<Stage> => {
  const clock = createTestClock();
  return { clock, state: await createTestCloud({ clock, incidentsPerTenant }) };
};
