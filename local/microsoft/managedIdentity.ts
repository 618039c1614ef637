import { timingSafeEqual } from 'node:crypto';
import type { Answer, Request } from './answer';
import { jsonAnswer, pathOf } from './answer';
import { appClaims } from './entra/claims';
import type { CloudState } from './state';
import { toEpochSeconds } from './world/time7';

const lifeSeconds = 86_400;
const idParameters = ['client_id', 'principal_id', 'object_id', 'mi_res_id'];

/** The App Service identity endpoint with one user-assigned identity; there is no system-assigned one.
 *  @see https://learn.microsoft.com/azure/app-service/overview-managed-identity */
export async function answerIdentity(state: CloudState, request: Request): Promise<Answer> {
  const answer = await route(state, request);
  state.calls.count('identity', undefined, answer.status);
  return answer;
}

async function route(state: CloudState, request: Request): Promise<Answer> {
  const { segments, query } = pathOf(request);
  if (segments.join('/') !== 'msi/token') return refuse(404, 'No such endpoint.');
  if (request.method !== 'GET') return refuse(405, 'Only GET is supported.');
  if (!isHeader(request.headers['x-identity-header'], state.identityHeader))
    return refuse(400, 'The X-IDENTITY-HEADER header is missing or wrong.');
  if (query.get('api-version') !== '2019-08-01')
    return refuse(400, `The api-version '${query.get('api-version') ?? ''}' is invalid.`);

  const named = idParameters.filter((name) => query.has(name));
  if (named.length > 1)
    return refuse(400, 'Only one of client_id, principal_id, object_id and mi_res_id may be given.');
  const { clientId, principalId } = state.registrations.managedIdentity;
  const [name = ''] = named;
  const wanted =
    name === 'client_id' ? clientId : name === 'principal_id' || name === 'object_id' ? principalId : undefined;
  if (wanted === undefined || query.get(name)?.toLowerCase() !== wanted) {
    return refuse(
      400,
      'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
    );
  }
  const resource = state.national.find(query.get('resource') ?? '');
  if (resource === undefined)
    return refuse(400, `AADSTS500011: The resource principal named ${query.get('resource') ?? ''} was not found.`);

  const { tenantId } = state.world.homeTenant;
  const claims = appClaims(
    state,
    resource,
    { tenantId, clientId, principalId, roles: [], credential: '2' },
    lifeSeconds,
  );
  return jsonAnswer(200, {
    access_token: await state.tokens.sign(claims),
    expires_on: String(toEpochSeconds(state.world.clock()) + lifeSeconds),
    resource: query.get('resource'),
    token_type: 'Bearer',
    client_id: clientId,
  });
}

function isHeader(sent: string | undefined, expected: string): boolean {
  const [first, second] = [Buffer.from(sent ?? ''), Buffer.from(expected)];
  return first.length === second.length && timingSafeEqual(first, second);
}

function refuse(statusCode: number, message: string): Answer {
  return jsonAnswer(statusCode, { statusCode, message });
}
