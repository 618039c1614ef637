import type { Answer, Request } from '../answer';
import { jsonAnswer, pathOf } from '../answer';
import { faultAnswer } from '../faultAnswer';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { formatHttpDate } from '../world/time7';
import { adminConsent } from './adminConsent';
import { authorize } from './authorizeEndpoint';
import { beginDeviceCode, deviceAuth } from './deviceCodeEndpoint';
import { discoveryDocument, jwks } from './discovery';
import { describe, EntraError, entraErrorAnswer } from './entraError';
import type { TokenForm } from './form';
import { toForm } from './form';
import { interact } from './interact';
import { errorPage } from './pages/signInPages';
import { issueTokens } from './tokenEndpoint';

/** Entra's answer to one call: discovery, keys, the pages of a sign-in or consent, and the v2 token endpoint of each tenant. */
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

/** Stand for whichever tenant the user comes from. */
const shared = ['common', 'organizations'];

async function route(
  state: CloudState,
  request: Request,
  segment: string,
  tenant: Tenant | undefined,
  path: string,
): Promise<Answer> {
  const isShared = shared.includes(segment);
  const call = `${request.method} ${path}`;
  if (path === 'oauth2/v2.0/token') {
    if (request.method !== 'POST') throw onlyPost(request);
    if (segment === 'consumers') return issueTokens(state, request, undefined);
    if (tenant === undefined && !isShared) throw noSuchTenant(segment);
    const fault = tenant && state.behaviour.takeFault('token', tenant.tenantId);
    return fault === undefined ? issueTokens(state, request, tenant) : faultAnswer(fault);
  }
  if (segment === 'common' && call === 'POST interaction') return interact(state, request);
  if (path === 'oauth2/deviceauth') return deviceAuth(state, request);
  if (path === 'oauth2/v2.0/devicecode') {
    if (request.method !== 'POST') throw onlyPost(request);
    if (tenant === undefined && !isShared) throw noSuchTenant(segment);
    return beginDeviceCode(state, request, tenant);
  }
  const pageOf = pages[call];
  if (pageOf !== undefined) {
    // Version 2 of the admin consent page knows organizations, but not common.
    const isServed = isShared && !(segment === 'common' && call === 'GET v2.0/adminconsent');
    const refusal = tenant === undefined && !isServed ? noSuchTenant(segment) : undefined;
    if (refusal !== undefined) return errorPage(describe(refusal, state.world.clock).description);
    return pageOf(state, toForm(pathOf(request).query), tenant);
  }
  if (request.method === 'GET' && (path === 'discovery/v2.0/keys' || path === 'discovery/keys')) {
    if (tenant === undefined && !isShared) throw noSuchTenant(segment);
    return jwks(state);
  }
  if (request.method === 'GET' && path.endsWith('.well-known/openid-configuration')) {
    const version =
      path === 'v2.0/.well-known/openid-configuration'
        ? 2
        : path === '.well-known/openid-configuration'
          ? 1
          : undefined;
    if (version !== undefined && tenant === undefined && !isShared) throw noSuchTenant(segment);
    if (version !== undefined) return discoveryDocument(state, tenant?.tenantId ?? segment, version);
  }
  return jsonAnswer(404, { error: 'not_found' });
}

type PageOf = (state: CloudState, form: TokenForm, tenant: Tenant | undefined) => Answer;

const pages: Readonly<Record<string, PageOf>> = {
  'GET oauth2/v2.0/authorize': authorize,
  'GET v2.0/adminconsent': (state, form, tenant) => adminConsent(state, form, tenant, 2),
  'GET adminconsent': (state, form, tenant) => adminConsent(state, form, tenant, 1),
};

function onlyPost({ method }: Request): EntraError {
  return new EntraError(
    405,
    'invalid_request',
    900561,
    `The endpoint only accepts POST requests. Received a ${method} request.`,
  );
}

function noSuchTenant(segment: string): EntraError {
  return new EntraError(
    400,
    'invalid_request',
    90002,
    `Tenant '${segment}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  );
}
