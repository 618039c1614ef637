import type { CloudState } from '../../local/microsoft';
import { answerDefender, answerGraph, createCloudState, createTokens } from '../../local/microsoft';
import { UpstreamError } from '../../shared/errors';
import { rateLimits } from '../../shared/incidents/limits';
import { sourceFor } from '../../shared/incidents/sourceFor';
import type { Target } from '../../shared/model/outbox';
import type { BackEnd, Tenant } from '../../shared/model/tenant';
import type {
  Blobs,
  Clock,
  IncidentSource,
  OutgoingRequest,
  IncomingAnswer,
  Send,
  TokenProvider,
} from '../../shared/ports';
import { incidentFeed } from '../../shared/store/feed';
import { createHeardWaits } from '../../shared/sync/limits/heardWaits';
import { syncTenant } from '../../shared/sync/run/syncTenant';
import type { SyncDeps, TenantOutcome } from '../../shared/sync/run/tenantRun';
import type { MemoryTable } from './memoryTable';
import { memoryTable } from './memoryTable';
import { tellNobodyOf } from './tellNobody';

export interface VirtualClock extends Clock {
  advance(ms: number): void;
}

/** A clock that moves only when told, shared by the cloud, the storage and the relay. */
export const virtualClock = (startIso: string): VirtualClock => {
  const startMs = Date.parse(startIso);
  let nowMs = startMs;
  return {
    now: () => nowMs,
    elapsedMs: () => nowMs - startMs,
    advance: (ms) => (nowMs += ms),
  };
};

export const memoryBlobs = (): Blobs & { readonly contents: Map<string, Uint8Array> } => {
  const contents = new Map<string, Uint8Array>();
  return {
    contents,
    put: (name, content) => {
      contents.set(name, content);
      return Promise.resolve();
    },
    get: async (name) => Promise.resolve(contents.get(name)),
    delete: (name) => {
      contents.delete(name);
      return Promise.resolve();
    },
  };
};

export interface InProcessRelay {
  readonly cloud: CloudState;
  readonly clock: VirtualClock;
  readonly incidents: MemoryTable;
  readonly index: MemoryTable;
  readonly blobs: ReturnType<typeof memoryBlobs>;
  readonly tenant: Tenant;
  readonly calls: OutgoingRequest[];
  /** Reads outside of any run, without a limit of calls. */
  readonly source: IncidentSource;
  /** What its runs stand on. */
  readonly deps: SyncDeps;
  sync(options?: {
    readonly runId?: string;
    readonly requested?: boolean;
    readonly source?: IncidentSource;
    /** For this run and those after it. */
    readonly backend?: BackEnd;
    readonly maxCalls?: number;
  }): Promise<TenantOutcome>;
  /** What Defender shows and the store does not hold at that version. */
  missing(): string[];
}

export interface InProcessOptions {
  readonly seed: number;
  readonly incidents: number;
  readonly tieGroup?: number;
  readonly updatesPerPage?: number;
  /** False: Graph is asked without `$expand`, which makes pages ten times smaller where only paging matters; Defender has no such choice. */
  readonly alerts?: boolean;
  /** Which the tenant is registered with; default `graph`. */
  readonly backend?: BackEnd;
  /** Who is told of changes; default nobody. */
  readonly targets?: readonly Target[];
  /** Stands between relay and Graph, or the Defender API. */
  readonly intercept?: (
    request: OutgoingRequest,
    pass: () => IncomingAnswer,
  ) => IncomingAnswer | Promise<IncomingAnswer>;
  readonly incidentsTable?: (clock: VirtualClock) => MemoryTable;
}

/** One signing key for all clouds of a test file: making one costs more than a whole day of polls. */
let signingKey: ReturnType<typeof createTokens> | undefined;

const start = '2026-11-20T08:00:00.000Z';
const endpoints = { graph: 'https://graph.invalid', defender: 'https://defender.invalid' };

/** The real sync over tables in memory and the simulated cloud in process: thousands of runs in seconds. */
export const inProcessRelay = async (options: InProcessOptions): Promise<InProcessRelay> => {
  const clock = virtualClock(start);
  let last = 0n;
  const ticks = (): bigint => {
    const now = BigInt(clock.now()) * 10_000n;
    last = now > last ? now : last + 1n;
    return last;
  };
  const { seed, incidents: incidentsPerTenant, tieGroup = 0, updatesPerPage = 0, alerts = true, backend } = options;
  signingKey ??= createTokens();
  const cloud = await createCloudState(
    { seed, tenants: 1, incidentsPerTenant, now: start, clock: ticks, tieGroup, withoutEvidence: !alerts },
    await signingKey,
  );
  cloud.behaviour.change({ updatesPerPage });
  const [customer] = cloud.world.tenants;
  if (customer === undefined) throw new Error('the world has no tenant');
  const { tenantId } = customer;

  let tenant: Tenant = {
    tenantId,
    name: customer.displayName,
    cloud: 'public',
    backend: backend ?? 'graph',
    groups: [],
    sealed: false,
    intervalSeconds: undefined,
    enabled: true,
    writeBack: false,
    attributes: {},
    contract: { never: [] },
  };
  const incidents = (options.incidentsTable ?? ((time) => memoryTable(() => time.now())))(clock);
  const index = memoryTable(() => clock.now());
  const blobs = memoryBlobs();
  const calls: OutgoingRequest[] = [];
  const send: Send = async (request) => {
    calls.push(request);
    const isGraph = request.url.startsWith(endpoints.graph);
    const path = request.url.slice((isGraph ? endpoints.graph : endpoints.defender).length);
    const url = alerts ? path : path.replace('&$expand=alerts', '');
    const asked = { method: 'GET', url, headers: { ...request.headers }, body: '' };
    const pass = (): IncomingAnswer => {
      const { status, headers, body } = (isGraph ? answerGraph : answerDefender)(cloud, asked, tenantId);
      return { status, headers: { ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) };
    };
    return options.intercept === undefined ? pass() : options.intercept(request, pass);
  };
  const tokens: TokenProvider = {
    getToken: (asked) =>
      Promise.resolve({ token: 'in-process', tenantId: asked.tenantId, expiresAtMs: Number.MAX_SAFE_INTEGER }),
    forget: () => undefined,
  };
  const source = sourceFor({ endpoints, send, tokens, clock }, tenant, { take: () => Promise.resolve() });
  const waits = createHeardWaits(clock);
  const deps = (own: IncidentSource | undefined): SyncDeps => ({
    waits,
    incidents,
    bodies: blobs,
    feed: incidentFeed(index),
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    pause: (ms) => {
      clock.advance(ms);
      return Promise.resolve();
    },
    overlapMinutes: 60,
    intervalSeconds: 300,
    registrationOf: ({ backend }) => ({
      authority: 'https://login.invalid',
      clientId: '00000000-0000-0000-0000-000000000001',
      backend,
    }),
    isStopping: () => false,
    sourceFor: (asked, permits) => own ?? sourceFor({ endpoints, send, tokens, clock }, asked, permits),
    limitsFor: (asked) => rateLimits[asked.backend],
    announcing: tellNobodyOf(options.targets ?? []),
  });
  let run = 0;
  return {
    cloud,
    clock,
    incidents,
    index,
    blobs,
    tenant,
    calls,
    source,
    deps: deps(undefined),
    sync: ({ runId, requested = false, source: own, backend: next, maxCalls } = {}) => {
      run += 1;
      tenant = { ...tenant, backend: next ?? tenant.backend };
      return syncTenant(deps(own), tenant, {
        runId: runId ?? `${clock.now().toString().padStart(13, '0')}-run${run.toString().padStart(9, '0')}`,
        requested,
        ...(maxCalls === undefined ? {} : { maxCalls }),
      });
    },
    missing: () => {
      const held = new Map(
        incidents
          .rows()
          .filter(({ rowKey }) => rowKey.startsWith('i_'))
          .map((row) => [
            row.rowKey,
            `${inSevenDigits(String(row.lastUpdateDateTime))} ${String(row.status)} ${String(row.alertsCount)}`,
          ]),
      );
      const hasAlerts = alerts || tenant.backend === 'defender';
      return cloud.world
        .truth(tenantId)
        .filter(({ incidentId, lastUpdateDateTime, status, alertsCount }) => {
          const shown = `${inSevenDigits(lastUpdateDateTime)} ${status} ${hasAlerts ? alertsCount : 0}`;
          return held.get(rowKeyOf(incidentId)) !== shown;
        })
        .map(({ incidentId }) => incidentId);
    },
  };
};

/** Written out here so that the checker shares no code with what it checks. */
const rowKeyOf = (incidentId: string): string =>
  `i_${(10n ** 20n - 1n - BigInt(incidentId)).toString().padStart(20, '0')}`;

const inSevenDigits = (time: string): string => {
  const [seconds = '', fraction = ''] = time.replace('Z', '').split('.');
  return `${seconds}.${fraction.padEnd(7, '0')}Z`;
};

export const cutConnection = (): never => {
  throw new UpstreamError('the connection was cut');
};
