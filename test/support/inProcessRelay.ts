import type { CloudState } from '../../local/microsoft';
import { answerGraph, createCloudState, createTokens } from '../../local/microsoft';
import { UpstreamError } from '../../shared/errors';
import { graphSource } from '../../shared/incidents/graph/source';
import type { Tenant } from '../../shared/model/tenant';
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
import type { SyncDeps, TenantOutcome } from '../../shared/sync/syncTenant';
import { syncTenant } from '../../shared/sync/syncTenant';
import type { MemoryTable } from './memoryTable';
import { memoryTable } from './memoryTable';

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
  readonly source: IncidentSource;
  sync(options?: {
    readonly runId?: string;
    readonly requested?: boolean;
    readonly source?: IncidentSource;
  }): Promise<TenantOutcome>;
  /** What Defender shows and the store does not hold at that version. */
  missing(): string[];
}

export interface InProcessOptions {
  readonly seed: number;
  readonly incidents: number;
  readonly tieGroup?: number;
  readonly updatesPerPage?: number;
  /** False: Graph is asked without `$expand`, which makes pages ten times smaller where only paging matters. */
  readonly alerts?: boolean;
  /** Stands between relay and Graph. */
  readonly intercept?: (
    request: OutgoingRequest,
    pass: () => IncomingAnswer,
  ) => IncomingAnswer | Promise<IncomingAnswer>;
  readonly incidentsTable?: (clock: VirtualClock) => MemoryTable;
}

/** One signing key for all clouds of a test file: making one costs more than a whole day of polls. */
let signingKey: ReturnType<typeof createTokens> | undefined;

const start = '2026-11-20T08:00:00.000Z';

/** The real sync over tables in memory and the simulated cloud in process: thousands of runs in seconds. */
export const inProcessRelay = async (options: InProcessOptions): Promise<InProcessRelay> => {
  const clock = virtualClock(start);
  let last = 0n;
  const ticks = (): bigint => {
    const now = BigInt(clock.now()) * 10_000n;
    last = now > last ? now : last + 1n;
    return last;
  };
  const { seed, incidents: incidentsPerTenant, tieGroup = 0, updatesPerPage = 0, alerts = true } = options;
  signingKey ??= createTokens();
  const cloud = await createCloudState(
    { seed, tenants: 1, incidentsPerTenant, now: start, clock: ticks, tieGroup, withoutEvidence: !alerts },
    await signingKey,
  );
  cloud.behaviour.change({ updatesPerPage });
  const [customer] = cloud.world.tenants;
  if (customer === undefined) throw new Error('the world has no tenant');
  const { tenantId } = customer;

  const tenant: Tenant = {
    tenantId,
    name: customer.displayName,
    cloud: 'public',
    backend: 'graph',
    groups: [],
    sealed: false,
    intervalSeconds: undefined,
    enabled: true,
    attributes: {},
    contract: { never: [] },
  };
  const incidents = (options.incidentsTable ?? ((time) => memoryTable(() => time.now())))(clock);
  const index = memoryTable(() => clock.now());
  const blobs = memoryBlobs();
  const calls: OutgoingRequest[] = [];
  const send: Send = async (request) => {
    calls.push(request);
    const path = request.url.slice('https://graph.invalid'.length);
    const url = alerts ? path : path.replace('&$expand=alerts', '');
    const pass = (): IncomingAnswer => {
      const { status, headers, body } = answerGraph(
        cloud,
        { method: 'GET', url, headers: { ...request.headers }, body: '' },
        tenantId,
      );
      return { status, headers: { ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) };
    };
    return options.intercept === undefined ? pass() : options.intercept(request, pass);
  };
  const tokens: TokenProvider = {
    getToken: (asked) =>
      Promise.resolve({ token: 'in-process', tenantId: asked, expiresAtMs: Number.MAX_SAFE_INTEGER }),
    forget: () => undefined,
  };
  const source = graphSource({
    tenantId,
    endpoint: 'https://graph.invalid',
    scope: 'https://graph.invalid/.default',
    never: [],
    send,
    tokens,
    clock,
  });
  const deps = (own: IncidentSource): SyncDeps => ({
    incidents,
    bodies: blobs,
    feed: incidentFeed(index),
    clock,
    overlapMinutes: 60,
    registration: { authority: 'https://login.invalid', clientId: '00000000-0000-0000-0000-000000000001' },
    isStopping: () => false,
    sourceFor: () => own,
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
    sync: ({ runId, requested = false, source: own = source } = {}) => {
      run += 1;
      return syncTenant(deps(own), tenant, {
        runId: runId ?? `${clock.now().toString().padStart(13, '0')}-run${run.toString().padStart(9, '0')}`,
        requested,
      });
    },
    missing: () => {
      const held = new Map(
        incidents
          .rows()
          .filter(({ rowKey }) => rowKey.startsWith('i_'))
          .map((row) => [
            row.rowKey,
            `${String(row.lastUpdateDateTime)} ${String(row.status)} ${String(row.alertsCount)}`,
          ]),
      );
      return cloud.world
        .truth(tenantId)
        .filter(
          ({ incidentId, lastUpdateDateTime, status, alertsCount }) =>
            held.get(rowKeyOf(incidentId)) !== `${lastUpdateDateTime} ${status} ${alerts ? alertsCount : 0}`,
        )
        .map(({ incidentId }) => incidentId);
    },
  };
};

/** Written out here so that the checker shares no code with what it checks. */
const rowKeyOf = (incidentId: string): string =>
  `i_${(10n ** 20n - 1n - BigInt(incidentId)).toString().padStart(20, '0')}`;

export const cutConnection = (): never => {
  throw new UpstreamError('the connection was cut');
};
