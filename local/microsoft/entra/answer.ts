import type { Answer, Request } from '../answer';
import { jsonAnswer, pathOf } from '../answer';
import { faultAnswer } from '../faultAnswer';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { formatHttpDate } from '../world/time7';
import { discoveryDocument, jwks } from './discovery';
import { EntraError, entraErrorAnswer } from './entraError';
import { issueAppToken } from './tokenEndpoint';

/** Entra's answer to one call: discovery, keys and the v2 token endpoint of each tenant. */
export async function answerEntra(state: CloudState, request: Request): Promise<Answer> {
  const [segment = '', ...rest] = pathOf(request).segments;
  const tenant = state.world.findTenant(segment);
  const answer = await route(state, request, segment, tenant, rest.join('/')).catch((error: unknown) => {
    if (error instanceof EntraError) return entraErrorAnswer(request, state.world.clock, error);
    throw error;
  });
  state.calls.count('entra', tenant?.tenantId, answer.status);
  return {
    ...answer,
    headers: { date: formatHttpDate(state.world.clock()), 'cache-control': 'no-store, no-cache', ...answer.headers },
  };
}

async function route(
  state: CloudState,
  request: Request,
  segment: string,
  tenant: Tenant | undefined,
  path: string,
): Promise<Answer> {
  if (path === 'oauth2/v2.0/token') {
    if (request.method !== 'POST')
      throw new EntraError(
        405,
        'invalid_request',
        900561,
        `The endpoint only accepts POST requests. Received a ${request.method} request.`,
      );
    // One tenant's own token is wanted; these names stand for nobody's.
    if (['common', 'organizations', 'consumers'].includes(segment)) {
      throw new EntraError(
        400,
        'invalid_request',
        50059,
        'No tenant-identifying information found in either the request or implied by any provided credentials.',
      );
    }
    if (tenant === undefined) throw noSuchTenant(segment);
    const fault = state.behaviour.takeFault('token', tenant.tenantId);
    return fault === undefined ? issueAppToken(state, request, tenant) : faultAnswer(fault);
  }
  const shared = segment === 'common' || segment === 'organizations';
  if (request.method === 'GET' && (path === 'discovery/v2.0/keys' || path === 'discovery/keys')) {
    if (tenant === undefined && !shared) throw noSuchTenant(segment);
    return jwks(state);
  }
  if (request.method === 'GET' && path.endsWith('.well-known/openid-configuration')) {
    const version =
      path === 'v2.0/.well-known/openid-configuration'
        ? 2
        : path === '.well-known/openid-configuration'
          ? 1
          : undefined;
    const tenantId = tenant?.tenantId ?? (shared ? '{tenantid}' : undefined);
    if (version !== undefined && tenantId === undefined) throw noSuchTenant(segment);
    if (version !== undefined && tenantId !== undefined) return discoveryDocument(state, tenantId, version);
  }
  return jsonAnswer(404, { error: 'not_found' });
}

function noSuchTenant(segment: string): EntraError {
  return new EntraError(
    400,
    'invalid_request',
    90002,
    `Tenant '${segment}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  );
}
