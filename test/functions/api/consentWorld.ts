import { HttpRequest, HttpResponse, InvocationContext } from '@azure/functions';
import { consentCallback, consentLink, tenantConsentLink, tenantConsentLinks } from '../../../functions/api/consent';
import { AuthError, ConsentError, UpstreamError } from '../../../shared/errors';
import type { AccessReason, CredentialReason } from '../../../shared/errors';
import type { Route } from '../../../shared/http/route';
import { httpHandler } from '../../../shared/http/route';
import type { HttpServices } from '../../../shared/http/services';
import { createHitLimit } from '../../../shared/onboarding/hitLimit';
import type { RegistrationName } from '../../../shared/model/registration';
import type { Tenant } from '../../../shared/model/tenant';
import type { Row, Table, TokenTenant } from '../../../shared/ports';
import { readAccess } from '../../../shared/store/access';
import type { HttpWorld } from '../../shared/http/httpWorld';
import { admin, startHttpWorld } from '../../shared/http/httpWorld';
import type { Failure, IdentityProcess } from '../../shared/identity/identityProcess';
import { startIdentity } from '../../shared/identity/identityProcess';

export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** The page's own heading; empty where there is none. */
  readonly title: string;
}

export interface ConsentWorld {
  readonly http: HttpWorld;
  readonly identity: IdentityProcess;
  readonly services: HttpServices;
  /** A customer of the simulated cloud no other test has used, registered with us; nobody there has consented. */
  newTenant(settings?: Partial<Tenant>): Promise<string>;
  /** Time of the app alone: links and states grow older. */
  advance(ms: number): void;
  /** A link made through the API. */
  link(tenantId: string, body?: object): Promise<{ linkId: string; url: string; expiresAt: string }>;
  revoke(tenantId: string, linkId: string): Promise<number>;
  open(linkId: string): Promise<Page>;
  /** The state Entra is handed with a click. */
  stateOf(linkId: string): Promise<string>;
  comeBack(query: Iterable<readonly [string, string]> | Readonly<Record<string, string>>): Promise<Page>;
  /** As Entra sends an administrator back who accepted. */
  accepted(tenantId: string, state: string): Promise<Page>;
  access(tenantId: string, registration?: RegistrationName): ReturnType<typeof readAccess>;
  isDue(tenantId: string): Promise<boolean>;
  rows(table: 'index' | 'incidents'): Promise<readonly Row[]>;
  /** How often Entra was asked for a token of the tenant. */
  tokenCalls(tenantId: string): number;
  /** Point reads and writes of the index since the last call. */
  indexCalls(): { reads: number; writes: number };
  stop(): Promise<void>;
}

/** The app's HTTP side over real storage, and the real token provider, in a process of its own, over TLS to the simulated Entra. */
export const startConsentWorld = async (): Promise<ConsentWorld> => {
  const [http, identity] = await Promise.all([startHttpWorld(), startIdentity({ tenants: 60 })]);
  const { cloud } = identity;
  let aheadMs = 0;
  const clock = {
    now: () => http.services.clock.now() + aheadMs,
    elapsedMs: () => http.services.clock.elapsedMs() + aheadMs,
  };
  const calls = { reads: 0, writes: 0 };
  const services: HttpServices = {
    ...http.services,
    config: {
      ...http.services.config,
      endpoints: { ...http.services.config.endpoints, authority: cloud.entraUrl },
      registrations: {
        reader: { clientId: cloud.readerClientId, credentialName: 'relay-app-secret' },
        writer: { clientId: cloud.writerClientId, credentialName: 'relay-writer-secret' },
        defender: { clientId: cloud.defenderClientId, credentialName: 'relay-defender-secret' },
        api: { clientId: cloud.apiClientId, credentialName: 'relay-api-secret' },
      },
    },
    clock,
    // What is granted takes its time at Entra, too.
    pause: (ms) => identity.advance(ms),
    storage: { ...http.services.storage, index: counted(http.services.storage.index, calls) },
    tokens: {
      getToken: (tenant, registration, scope) => getToken(identity, { tenant, registration, scope }),
      forget: (tenant, registration, scope) => void identity.ask('forget', { tenant, registration, scope }),
      forgetTenant: (tenantId) => void identity.ask('forgetTenant', { tenantId }),
    },
    consentHits: createHitLimit(clock, 1_000, 10_000),
  };
  await identity.ask('open', { registrations: services.config.registrations });
  const fresh = cloud.world.tenants.map(({ tenantId }) => tenantId);

  const ask = async (route: Route, params: Record<string, string>, query: URLSearchParams): Promise<Page> => {
    const handler = httpHandler(() => Promise.resolve(services), route);
    const url = `http://127.0.0.1/api/consent?${query.toString()}`;
    const context = new InvocationContext({ functionName: route.name, logHandler: () => undefined });
    const answered = await handler(new HttpRequest({ method: 'GET', url, params }), context);
    const response = answered instanceof HttpResponse ? answered : new HttpResponse(answered);
    const html = await response.text();
    return { status: response.status, headers: response.headers, html, title: /<h1>(.*?)<\/h1>/.exec(html)?.[1] ?? '' };
  };
  const api = async (route: Route, verb: string, params: Record<string, string>, body?: object) => {
    const handler = httpHandler(() => Promise.resolve(services), route);
    const request = new HttpRequest({
      method: verb,
      url: 'http://127.0.0.1/api/tenants',
      params,
      headers: { authorization: `Bearer ${await http.issuer.sign(admin)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: { string: JSON.stringify(body) } }),
    });
    const answered = await handler(request, new InvocationContext({ logHandler: () => undefined }));
    const response = answered instanceof HttpResponse ? answered : new HttpResponse(answered);
    return { status: response.status, body: (await response.json()) as never };
  };

  const world: ConsentWorld = {
    http,
    identity,
    services,
    newTenant: async (settings = {}) => {
      const tenantId = fresh.pop();
      if (tenantId === undefined) throw new Error('no customer is left');
      cloud.setCondition(tenantId, 'notConsented');
      await http.putTenant({ name: 'Fabrikam', ...settings, tenantId });
      return tenantId;
    },
    advance: (ms) => void (aheadMs += ms),
    link: async (tenantId, body = { registration: 'reader' }) => {
      const made = await api(tenantConsentLinks, 'POST', { tenantId }, body);
      if (made.status !== 201) throw new Error(JSON.stringify(made));
      return made.body;
    },
    revoke: async (tenantId, linkId) => (await api(tenantConsentLink, 'DELETE', { tenantId, linkId })).status,
    open: (linkId) => ask(consentLink, { linkId }, new URLSearchParams()),
    stateOf: async (linkId) => {
      const { headers } = await ask(consentLink, { linkId }, new URLSearchParams());
      const state = new URL(headers.get('location') ?? 'x:').searchParams.get('state');
      if (state === null) throw new Error('the link leads nowhere');
      return state;
    },
    comeBack: (query) => {
      const pairs = Symbol.iterator in query ? [...query] : Object.entries(query);
      const sent = new URLSearchParams();
      for (const [name, value] of pairs) sent.append(name, value);
      return ask(consentCallback, {}, sent);
    },
    accepted: (tenantId, state) =>
      world.comeBack({
        admin_consent: 'True',
        tenant: tenantId,
        scope: 'https://graph.microsoft.com/SecurityIncident.Read.All',
        state,
      }),
    access: (tenantId, registration) => readAccess(tenantId, http.services.storage.incidents, registration),
    isDue: async (tenantId) => {
      const due = await http.services.due.upTo(clock.now(), '000', undefined);
      return due.some((each) => each.tenantId === tenantId);
    },
    rows: async (name) => {
      const rows: Row[] = [];
      for await (const page of http.services.storage[name].pages({})) rows.push(...page.map(({ row }) => row));
      return rows;
    },
    tokenCalls: (tenantId) => cloud.calls().tenants[tenantId]?.entra ?? 0,
    indexCalls: () => {
      const told = { ...calls };
      Object.assign(calls, { reads: 0, writes: 0 });
      return told;
    },
    stop: async () => {
      await Promise.all([http.stop(), identity.stop()]);
    },
  };
  return world;
};

const counted = (table: Table, calls: { reads: number; writes: number }): Table => ({
  ...table,
  get: (...given) => {
    calls.reads += 1;
    return table.get(...given);
  },
  write: (...given) => {
    calls.writes += 1;
    return table.write(...given);
  },
});

/** The same error again on this side of the process. */
const getToken = async (
  identity: IdentityProcess,
  asked: { tenant: TokenTenant; registration: RegistrationName; scope: string },
) => {
  try {
    return await identity.ask('getToken', asked);
  } catch (error) {
    const told = JSON.parse(/\{.*\}$/s.exec(String(error))?.[0] ?? '{}') as Partial<Failure>;
    const { code, reason = '', raw = '', message } = told;
    if (code === 'ERR_CONSENT') throw new ConsentError(message ?? '', reason as AccessReason, raw);
    if (code === 'ERR_AUTH') throw new AuthError(message ?? '', raw, { reason: reason as CredentialReason });
    if (code === 'ERR_UPSTREAM') throw new UpstreamError(message ?? '');
    throw error;
  }
};
