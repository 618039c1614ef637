import { randomBytes } from 'node:crypto';
import type { LogHandler } from '@azure/functions';
import { HttpRequest, HttpResponse, InvocationContext } from '@azure/functions';
import { createHomeGraph } from '../../../shared/access/homeGraph';
import { createWriting } from '../../../shared/changes/createWriting';
import { createTicketTargets } from '../../../shared/changes/ticketTargets';
import { createBearerValidator } from '../../../shared/http/callers/bearer';
import { createMemberGroups } from '../../../shared/http/callers/memberGroups';
import type { Route } from '../../../shared/http/route';
import { httpHandler } from '../../../shared/http/route';
import type { HttpServices } from '../../../shared/http/services';
import type { Config } from '../../../shared/config';
import { guardedSend } from '../../../shared/delivery/guardedSend';
import type { StoredIncident } from '../../../shared/model/incident';
import { AuthError, ConsentError, UpstreamError } from '../../../shared/errors';
import type { Tenant } from '../../../shared/model/tenant';
import { mustBeTime7 } from '../../../shared/model/time7';
import { createHitLimit } from '../../../shared/onboarding/hitLimit';
import type { LogFields, Vault } from '../../../shared/ports';
import { undiciSend } from '../../../shared/send';
import { packBody } from '../../../shared/store/body';
import { createHookLimit } from '../../../shared/receive/hookLimit';
import { createHeardWaits } from '../../../shared/sync/limits/heardWaits';
import { connectionStore } from '../../../shared/store/connections';
import { dueIndex } from '../../../shared/store/due';
import { incidentFeed } from '../../../shared/store/feed';
import { toIncidentRow } from '../../../shared/store/incidents';
import { openStorage } from '../../../shared/store/openStorage';
import { tenantRegistry } from '../../../shared/store/tenants';
import { connectionSecrets } from '../../../shared/ticketing/connectionSecrets';
import { tools } from '../../../shared/ticketing/registry';
import type { Azurite } from '../../support/azurite';
import { startAzurite } from '../../support/azurite';
import { watchStorage, watchText } from '../../support/leakWatch';
import type { TokenIssuer } from './callers/tokenIssuer';
import { audience, homeTenantId, issuedAtSeconds, startTokenIssuer } from './callers/tokenIssuer';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: ReplyBody;
}

/** Keys that tests walk into; the others are there to be compared. */
export interface ReplyBody {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly continue: string | null;
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  readonly [key: string]: unknown;
}

export interface Asked {
  /** Claims beside a Reader's; null: no token at all. */
  readonly as?: Record<string, unknown> | null;
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  /** Instead of `body`: the bytes themselves. */
  readonly raw?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

export interface HttpWorld {
  readonly services: HttpServices;
  readonly issuer: TokenIssuer;
  readonly vault: GivenVault;
  /** Tenants whose tokens were forgotten, in order. */
  readonly forgotten: readonly string[];
  readonly logged: { readonly level: string; readonly message: string; readonly fields: LogFields | undefined }[];
  ask(route: Route, method: string, asked?: Asked): Promise<Reply>;
  putTenant(tenant: Partial<Tenant> & { readonly tenantId: string }): Promise<void>;
  /** Stores an incident as a run does: hint first, then the row. */
  store(incident: GivenIncident): Promise<void>;
  hint(incident: GivenIncident): Promise<void>;
  configure(change: Partial<Config>): void;
  stop(): Promise<void>;
}

/** The vault of tenants. */
export interface GivenVault extends Pick<Vault, 'getSecret' | 'setSecret' | 'deleteSecret'> {
  readonly secrets: ReadonlyMap<string, string>;
  /** What the next call throws. */
  failWith(error: Error): void;
}

const givenVault = (): GivenVault => {
  const secrets = new Map<string, string>();
  let failure: Error | undefined;
  const answer = async <T>(work: () => T): Promise<T> => {
    const failed = failure;
    failure = undefined;
    await Promise.resolve();
    if (failed !== undefined) throw failed;
    return work();
  };
  return {
    secrets,
    failWith: (error) => (failure = error),
    getSecret: (name) =>
      answer(() => {
        const value = secrets.get(name);
        if (value === undefined) throw new AuthError(`no ${name}`, 'NotFound', { reason: 'credentialMissing' });
        return value;
      }),
    setSecret: (name, value) => answer(() => void secrets.set(name, value)),
    deleteSecret: (name) => answer(() => secrets.delete(name)),
  };
};

export interface GivenIncident {
  readonly tenantId: string;
  readonly id: string;
  readonly updated: string;
  readonly status?: string;
  readonly severity?: string;
  readonly displayName?: string;
  readonly assignedTo?: string;
}

/** The HTTP side of the app over real storage and a real issuer; `given` in place of what it would stand on. */
export const startHttpWorld = async (given: Partial<HttpServices> = {}): Promise<HttpWorld> => {
  const [azurite, issuer]: [Azurite, TokenIssuer] = await Promise.all([startAzurite(), startTokenIssuer()]);
  const nowMs = issuedAtSeconds * 1000;
  const clock = { now: () => nowMs, elapsedMs: () => nowMs };
  const logged: HttpWorld['logged'] = [];
  const logHandler: LogHandler = (level, text) => {
    const [message = '', fields] = String(text).split(/ (?=\{)/, 2);
    logged.push({ level, message, fields: fields === undefined ? undefined : (JSON.parse(fields) as LogFields) });
  };
  let config = configOf(azurite, issuer);
  const storage = openStorage(config.storage);
  await storage.prepare();
  const send = undiciSend();
  const vault = givenVault();
  const forgotten: string[] = [];
  const away = ({ tenantId }: { readonly tenantId: string }): Promise<never> =>
    Promise.reject(new UpstreamError('no Entra here', { tenantId }));
  const ungranted = new ConsentError('not granted', 'roleMissing', '403', { tenantId: homeTenantId });
  const homeGraph = createHomeGraph({
    config,
    // Nobody granted the API's registration to look up groups.
    tokens: { getToken: () => Promise.reject(ungranted), forget: () => undefined },
    send,
    clock,
  });
  const services: HttpServices = {
    get config() {
      return config;
    },
    clock,
    pause: () => Promise.resolve(),
    send,
    storage,
    registry: tenantRegistry(storage.tenants),
    feed: incidentFeed(storage.index),
    due: dueIndex(storage.index),
    bearer: createBearerValidator({ config, clock, send }),
    tokens: {
      getToken: away,
      forget: () => undefined,
      forgetTenant: (tenantId) => void forgotten.push(tenantId),
    },
    freshTokens: { getToken: away },
    userTokens: { onBehalfOf: (_, tenant) => away(tenant) },
    homeGraph,
    memberGroups: createMemberGroups(homeGraph),
    waits: createHeardWaits(clock),
    tenantVault: vault,
    writing: createWriting({
      ...{ config, send, clock },
      incidents: storage.incidents,
      tokens: { getToken: away, forget: () => undefined },
      pause: () => Promise.resolve(),
      waits: createHeardWaits(clock),
    }),
    ticketTargets: createTicketTargets(connectionStore(storage.connections, storage.index), clock),
    connections: connectionStore(storage.connections, storage.index),
    connectionSecrets: connectionSecrets(vault, clock),
    tools,
    targetSend: guardedSend({ allowPrivateTargets: true, log: { warn: () => undefined } }),
    credentialTroubles: () => [],
    credentialEnds: { ofApp: () => Promise.resolve([]), ofTenant: () => Promise.resolve([]) },
    consentHits: createHitLimit(clock),
    hookLimit: createHookLimit(clock),
    randomId: () => randomBytes(12).toString('hex'),
    ...given,
  };
  const hint = ({ tenantId, ...given }: GivenIncident): Promise<void> => {
    const { header, version } = storedIncident({ tenantId, ...given });
    return services.feed.add(tenantId, [{ incidentId: given.id, version, header }]);
  };
  return {
    services,
    issuer,
    logged,
    vault,
    forgotten,
    hint,
    ask: async (route, method, asked = {}) => {
      const handler = httpHandler(() => Promise.resolve(services), route);
      const context = new InvocationContext({
        functionName: route.name,
        invocationId: `call-${method}-${route.name}`,
        logHandler,
      });
      return replyOf(await handler(await requestOf(issuer, route, method, asked), context));
    },
    putTenant: async (tenant) => {
      await services.registry.put({ ...plainTenant, name: `Name of ${tenant.tenantId.slice(0, 4)}`, ...tenant });
    },
    store: async (given) => {
      await hint(given);
      const { columns } = packBody({ id: given.id, displayName: given.displayName ?? null, alerts: [] }, 'none');
      const row = { ...toIncidentRow(storedIncident(given), { bodyDigest: 'b', watchedDigest: 'w' }, {}), ...columns };
      await storage.incidents.write({ kind: 'upsert', row });
    },
    configure: (change) => (config = { ...config, ...change }),
    stop: async () => {
      watchText('logs', JSON.stringify(logged));
      await watchStorage(azurite.connectionString);
      await Promise.all([azurite.stop(), issuer.stop()]);
    },
  };
};

const plainTenant: Omit<Tenant, 'tenantId' | 'name'> = {
  cloud: 'public',
  backend: 'graph',
  groups: [],
  sealed: false,
  intervalSeconds: undefined,
  enabled: true,
  writeBack: false,
  attributes: {},
  contract: { never: [] },
};

const registration = { clientId: '0f0e0d0c-0000-4000-8000-00000000c001', credentialName: 'relay-app-secret' };

const configOf = (azurite: Azurite, issuer: TokenIssuer): Config => ({
  storage: { kind: 'connectionString', connectionString: azurite.connectionString },
  taskHubName: 'hub',
  keyVaultUrl: 'https://vault.example',
  tenantVaultUrl: 'https://vault.example',
  managedIdentityClientId: undefined,
  home: { tenantId: homeTenantId, clientId: '0f0e0d0c-0000-4000-8000-00000000c001', cloud: 'public' },
  credential: { kind: 'secret', name: 'relay-app-secret' },
  registrations: { reader: registration, writer: registration, defender: registration, api: registration },
  cli: undefined,
  responder: undefined,
  endpoints: {
    authority: issuer.authority,
    authorityOverridden: true,
    graph: 'https://graph.example',
    defender: 'https://api.security.microsoft.com',
    mde: '',
  },
  scopes: {},
  api: { audiences: [audience], issuers: [issuer.issuer] },
  sync: {
    schedule: '0 * * * * *',
    intervalSeconds: 300,
    overlapMinutes: 60,
    tenantConcurrency: 64,
    tenantsPerActivity: 50,
  },
  reconcile: { schedule: '0 30 2 * * *', hours: 72 },
  sweep: { schedule: '0 */5 * * * *' },
  keep: { incidentsDays: 400, coverageDays: 400, deliveriesDays: 90, inboxDays: 14 },
  ungroupedTenants: 'all',
  allowPrivateTargets: false,
  publicUrl: 'https://relay.example',
});

export const storedIncident = ({ tenantId, id, updated, ...given }: GivenIncident): StoredIncident => ({
  tenantId,
  version: mustBeTime7(updated, 'updated'),
  complete: true,
  asOf: mustBeTime7('2026-11-20T07:00:00Z', 'asOf'),
  header: {
    incidentId: id,
    displayName: given.displayName ?? `Incident ${id}`,
    status: given.status ?? 'active',
    severity: given.severity ?? 'medium',
    classification: 'unknown',
    determination: 'unknown',
    assignedTo: given.assignedTo ?? null,
    createdDateTime: '2026-11-01T00:00:00Z',
    lastUpdateDateTime: updated,
    redirectIncidentId: null,
    incidentWebUrl: `https://security.microsoft.com/incidents/${id}?tid=${tenantId}`,
    alertsCount: 1,
  },
});

const requestOf = async (issuer: TokenIssuer, route: Route, method: string, asked: Asked): Promise<HttpRequest> => {
  const { as = {}, params = {}, query = {}, body, raw, headers = {} } = asked;
  const path = Object.entries(params).reduce(
    (at, [name, value]) => at.replace(`{${name}}`, encodeURIComponent(value.toWellFormed())),
    route.path,
  );
  const url = new URL(`http://127.0.0.1/api/${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return new HttpRequest({
    method,
    url: url.href,
    params,
    headers: {
      ...(as === null ? {} : { authorization: `Bearer ${await issuer.sign(as)}` }),
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(content === undefined ? {} : { body: typeof content === 'string' ? { string: content } : { bytes: content } }),
  });
};

const replyOf = async (answered: Awaited<ReturnType<ReturnType<typeof httpHandler>>>): Promise<Reply> => {
  const response = answered instanceof HttpResponse ? answered : new HttpResponse(answered);
  const text = await response.text();
  watchText('answers', text);
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: JSON.parse(isJson ? text : 'null') as ReplyBody,
  };
};

export const admin = { roles: ['Relay.Admin'] };
