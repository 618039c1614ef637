import { fromEndpointAnswer } from '../../endpoint/endpointError';
import type { AppError } from '../../errors';
import { createHunter } from '../../hunting/createHunter';
import type { HuntingApi } from '../../hunting/huntingApi';
import type { TenantAccess } from '../../incidents/askTenant';
import { askTenant } from '../../incidents/askTenant';
import { fromDefenderAnswer } from '../../incidents/defender/defenderError';
import { fromGraphAnswer } from '../../incidents/graph/graphError';
import type { Clock, IncomingAnswer, Send } from '../../ports';
import type { Api } from '../permissions';

export interface ReadAccess extends TenantAccess {
  readonly api: Api;
  /** Where the API is reached, without a final slash. */
  readonly endpoint: string;
  readonly clock: Clock;
}

interface Way {
  /** One row of the API's main list. */
  readonly path: string;
  /** The list of machines is answered so where none was seen of late. */
  readonly notFoundIsEmpty: boolean;
  readonly refused: (answer: IncomingAnswer, tenantId: string, nowMs: number) => AppError;
  readonly hunting: HuntingApi;
}

const ways: Readonly<Record<Api, Way>> = {
  graph: {
    path: '/v1.0/security/incidents?$top=1',
    notFoundIsEmpty: false,
    refused: fromGraphAnswer,
    hunting: 'graph',
  },
  mtp: { path: '/api/incidents?$top=1', notFoundIsEmpty: false, refused: fromDefenderAnswer, hunting: 'defender' },
  mde: { path: '/api/machines?$top=1', notFoundIsEmpty: true, refused: fromEndpointAnswer, hunting: 'mde' },
};

/** @throws ThrottledError · ConsentError · AuthError · ContractError · UpstreamError · CallsSpent */
export const readOneRow = async (access: ReadAccess): Promise<void> => {
  const { path, refused, notFoundIsEmpty } = ways[access.api];
  const answer = await askTenant(access, `${access.endpoint}${path}`);
  if (answer.status === 200 || answer.status === 206) return;
  if (notFoundIsEmpty && answer.status === 404) return;
  throw refused(answer, access.tenantId, access.clock.now());
};

/** A table every tenant with Defender has; throws like `readOneRow`. */
export const huntOneRow = async (access: ReadAccess): Promise<void> => {
  await createHunter({ ...access, api: ways[access.api].hunting }).hunt('DeviceInfo | take 1');
};

/** Every call gets a shorter time than work would: someone waits for the answer. */
export const hurried =
  (send: Send, timeoutMs: number): Send =>
  (request) =>
    send({ ...request, timeoutMs: Math.min(request.timeoutMs, timeoutMs) });
