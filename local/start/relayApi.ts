import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { z } from 'zod';

const counts = z.object({
  stored: z.number(),
  open: z.number(),
  new: z.number(),
  changed: z.number(),
  unchanged: z.number(),
  calls: z.number(),
  incidentWrites: z.number(),
});

const tenant = z.object({
  tenantId: z.string(),
  name: z.string(),
  cloud: z.string(),
  backend: z.string(),
  groups: z.array(z.string()),
  sealed: z.boolean(),
  intervalSeconds: z.number().nullable(),
  enabled: z.boolean(),
  writeBack: z.boolean(),
  attributes: z.record(z.string(), z.string()),
  contract: z.object({ never: z.array(z.string()) }),
  access: z.object({
    reader: z.object({
      state: z.string(),
      reason: z.string().nullable(),
      raw: z.string().nullable(),
      cure: z.string().nullable(),
      link: z.string().nullable(),
    }),
  }),
  health: z.object({ state: z.string(), reasons: z.array(z.string()) }),
  sync: z.object({
    lastRun: z.object({ runId: z.string() }).nullable(),
    readThrough: z.string().nullable(),
    backlog: z.boolean(),
    counts,
  }),
});

const incidentRow = z.object({
  tenantId: z.string(),
  tenantName: z.string(),
  incidentId: z.string(),
  displayName: z.string().nullable(),
  status: z.string().nullable(),
  severity: z.string().nullable(),
  createdDateTime: z.string().nullable(),
  lastUpdateDateTime: z.string(),
});

const connection = z.object({
  webhookUrl: z.string().nullable(),
  delivery: z.object({ pending: z.number(), dead: z.number() }),
});
const incident = z.object({ status: z.string().nullable() });

const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), continue: z.string().nullable() });
const tenantPage = page(tenant);
const incidentPage = page(incidentRow);

/** A tenant as `GET /api/tenants` shows it, as far as the screens need it. */
export type TenantView = z.output<typeof tenant>;
export type TenantCounts = z.output<typeof counts>;
/** A row of `GET /api/incidents`. */
export type IncidentRow = z.output<typeof incidentRow>;

/** A connection as the API shows it, as far as the demo needs it. */
export type ConnectionView = z.output<typeof connection>;

export interface RelayApi {
  readonly url: string;
  tenants(): Promise<TenantView[]>;
  /** The body replaces the tenant's registration and makes it due at once. */
  putTenant(tenantId: string, body: object): Promise<TenantView>;
  /** The body replaces the connection; secrets in it go to the vault. */
  putConnection(tenantId: string, connectionId: string, body: object): Promise<ConnectionView>;
  connection(tenantId: string, connectionId: string): Promise<ConnectionView>;
  /** As it is stored. */
  incident(tenantId: string, incidentId: string): Promise<{ readonly status: string | null }>;
  /** The first `limit` rows. */
  topIncidents(query: Readonly<Record<string, string>>, limit: number): Promise<IncidentRow[]>;
  /** Every row, page by page. */
  allIncidents(query: Readonly<Record<string, string>>): Promise<IncidentRow[]>;
  requestSync(tenantId: string): Promise<void>;
  /** Runs a timer function now, as `func start` lets one do. */
  fireTimer(name: string): Promise<void>;
  isHealthy(): Promise<boolean>;
  close(): Promise<void>;
}

/** The relay's API did not do what was asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    what: string,
    answer: string,
  ) {
    super(`${what} answered ${status}: ${answer.slice(0, 500)}`);
  }
}

export interface RelayApiOptions {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Asked at each call; empty: none is sent. */
  readonly token: () => string;
  readonly signal: AbortSignal;
}

interface Call {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly body?: object;
}

const tries = 4;
const timeoutMs = 60_000;

/** Speaks to the relay as any client would: over HTTP, with a bearer token. */
export function createRelayApi({ url, token, signal }: RelayApiOptions): RelayApi {
  const agent = new Agent({ connections: 32 });

  const send = async ({ method, path, body }: Call): Promise<{ status: number; text: string }> => {
    const bearer = token();
    const answer = await request(`${url}${path}`, {
      method,
      dispatcher: agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headers: {
        ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  };

  /** A 503 passes: the relay says so itself. */
  const expect = async (call: Call): Promise<unknown> => {
    for (let attempt = 1; ; attempt += 1) {
      const { status, text } = await send(call);
      if (status >= 200 && status < 300) return text === '' ? undefined : (JSON.parse(text) as unknown);
      if (status !== 503 || attempt === tries) throw new ApiError(status, `${call.method} ${call.path}`, text);
      await wait(500 * attempt, undefined, { signal });
    }
  };

  const pages = async <Item>(
    path: string,
    query: Readonly<Record<string, string>>,
    shape: z.ZodType<{ items: Item[]; continue: string | null }>,
  ): Promise<Item[]> => {
    const items: Item[] = [];
    for (let next: string | null = ''; next !== null;) {
      const parameters = new URLSearchParams({ limit: '200', ...query, ...(next === '' ? {} : { continue: next }) });
      const answered = shape.parse(await expect({ method: 'GET', path: `${path}?${parameters.toString()}` }));
      items.push(...answered.items);
      next = answered.continue;
    }
    return items;
  };

  return {
    url,
    tenants: () => pages('/api/tenants', {}, tenantPage),
    putTenant: async (tenantId, body) =>
      tenant.parse(await expect({ method: 'PUT', path: `/api/tenants/${tenantId}`, body })),
    putConnection: async (tenantId, connectionId, body) => {
      const path = `/api/tenants/${tenantId}/connections/${connectionId}`;
      return connection.parse(await expect({ method: 'PUT', path, body }));
    },
    connection: async (tenantId, connectionId) =>
      connection.parse(await expect({ method: 'GET', path: `/api/tenants/${tenantId}/connections/${connectionId}` })),
    incident: async (tenantId, incidentId) => {
      const path = `/api/tenants/${tenantId}/incidents/${encodeURIComponent(incidentId)}`;
      return incident.parse(await expect({ method: 'GET', path }));
    },
    topIncidents: async (query, limit) => {
      const parameters = new URLSearchParams({ ...query, limit: String(limit) });
      return incidentPage.parse(await expect({ method: 'GET', path: `/api/incidents?${parameters.toString()}` })).items;
    },
    allIncidents: (query) => pages('/api/incidents', query, incidentPage),
    requestSync: async (tenantId) => {
      await expect({ method: 'POST', path: `/api/tenants/${tenantId}/sync` });
    },
    fireTimer: async (name) => {
      await expect({ method: 'POST', path: `/admin/functions/${name}`, body: {} });
    },
    isHealthy: async () => (await send({ method: 'GET', path: '/api/health' })).status === 200,
    close: () => agent.destroy(),
  };
}
