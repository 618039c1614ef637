import type { Tenant as Customer } from '../../../local/microsoft/world/incident';
import { AppError, AuthError, UpstreamError } from '../../../shared/errors';
import { secretProofs } from '../../../shared/identity/secretProofs';
import { tenantTokens } from '../../../shared/identity/tenantTokens';
import { tokenProvider } from '../../../shared/identity/tokenProvider';
import { defenderSource } from '../../../shared/incidents/defender/source';
import { graphSource } from '../../../shared/incidents/graph/source';
import { rateLimits } from '../../../shared/incidents/limits';
import type { Target } from '../../../shared/model/outbox';
import { registrationFor } from '../../../shared/model/registration';
import type { Tenant } from '../../../shared/model/tenant';
import type { Clock, LogFields, RowOperation, Send } from '../../../shared/ports';
import { dueIndex } from '../../../shared/store/due';
import { incidentFeed } from '../../../shared/store/feed';
import type { TenantRegistry } from '../../../shared/store/tenants';
import { tenantRegistry } from '../../../shared/store/tenants';
import { createExclusive } from '../../../shared/sync/run/exclusive';
import { createHeardWaits } from '../../../shared/sync/limits/heardWaits';
import { createLimiter } from '../../../shared/sync/limits/limiter';
import { planShards } from '../../../shared/sync/shards/planShards';
import type { Turns } from '../../../shared/sync/shards/schedule';
import type { ShardInput } from '../../../shared/sync/shards/syncShard';
import { syncShard } from '../../../shared/sync/shards/syncShard';
import { syncTenant } from '../../../shared/sync/run/syncTenant';
import type { RunRequest, SyncDeps, TenantOutcome } from '../../../shared/sync/run/tenantRun';
import { busyOutcome } from '../../../shared/sync/run/tenantRun';
import type { RandomSource } from '../../support/randomSource';
import type { Customers } from './customers';
import { closeEntra, openEntra } from './entraSdk';
import type { DayEntra } from './entra';
import type { Front } from './front';
import { apiOf, defenderUrl, graphUrl } from './front';
import type { Quota } from './quota';
import type { Steps } from './steps';
import { steppedBlobs, steppedTable } from './steps';
import type { Storage } from './storage';
import type { Timeline } from './timeline';
import { tellNobodyOf } from '../../support/tellNobody';

export const clientId = '00000000-0000-0000-0000-000000000001';
const graphScope = 'https://graph.microsoft.com/.default';
const defenderScope = 'https://api.security.microsoft.com/.default';

/** A process of the app: the real services over ports of its own. What it has in memory ends with it. */
export interface Instance {
  readonly name: string;
  readonly steps: Steps;
  readonly registry: TenantRegistry;
  plan(turns: Turns): Promise<{ readonly shardCount: number }>;
  shard(input: ShardInput): Promise<unknown>;
  end(): void;
}

export interface InstanceOptions {
  readonly name: string;
  readonly steps: Steps;
  readonly timeline: Timeline;
  readonly storage: Storage;
  readonly customers: Customers;
  readonly front: Front;
  readonly entra: DayEntra;
  readonly quota: Quota;
  readonly random: RandomSource;
  /** How far its clock is off at a moment, in milliseconds. */
  readonly skewMs: () => number;
  readonly intervalSeconds: number;
  readonly targets: readonly Target[];
  /** Before a transaction in the tenants' rows takes effect; may refuse it. */
  readonly spoil: (operations: readonly RowOperation[]) => Promise<void>;
  readonly onBug: (error: unknown) => void;
  readonly onRun: (tenant: Tenant, outcome: TenantOutcome) => void;
  readonly tell: (what: string) => void;
}

const runsAtOnce = 8;

export const startInstance = (options: InstanceOptions): Instance => {
  const { name, steps, timeline, storage, customers, front, entra, quota, random, skewMs, tell } = options;
  const clock: Clock = { now: () => timeline.now() + skewMs(), elapsedMs: () => timeline.now() };
  const reached = storage.reachedBy(name);
  const plain = (): Promise<void> => Promise.resolve();
  const incidents = steppedTable('incidents', reached.incidents, steps, options.spoil);
  const index = steppedTable('index', reached.index, steps, plain);
  const registry = tenantRegistry(steppedTable('tenants', reached.tenants, steps, plain));
  const due = dueIndex(index);
  void steps.died.then(() => quota.died(name, timeline.now()));
  const authority = `https://login.${name}.invalid`;
  openEntra(authority, {
    ask: (question) => steps.take('token', `token of ${question.tenantId.slice(0, 4)}`, () => entra.ask(question)),
    now: () => clock.now(),
  });
  const vault = {
    getSecret: () =>
      steps.take('token', 'vault', () => {
        if (entra.vaultIsAway()) throw new UpstreamError('the vault does not answer');
        const secret = entra.secretInVault();
        if (secret === '') throw new AuthError('Key Vault has no such secret', 'SecretNotFound');
        return secret;
      }),
  };
  const proofs = secretProofs(vault, 'relay-app-secret', clock);
  const application = { clientId, authority, authorityOverridden: true, proofs };
  const tokens = tokenProvider({ applicationFor: () => application, clock });

  const sendFor =
    (customer: Customer): Send =>
    async (request) => {
      if (!steps.dead) quota.called(customer.tenantId, apiOf(request.url), name, timeline.now());
      const answer = await steps.take('http', `ask ${request.url.slice(0, 140)}`, () => {
        try {
          return front.answer(customer, request, name);
        } catch (error) {
          // The day itself is broken: no relay may be blamed, or excused, for that.
          options.onBug(error);
          throw error;
        }
      });
      if (answer !== undefined) return answer;
      await steps.take('pause', 'hang', () => timeline.wait(request.timeoutMs));
      throw new UpstreamError('no whole answer in time');
    };
  const customerOf = (tenantId: string): Customer => {
    const found = customers.tenants.find((each) => each.tenantId === tenantId);
    if (found === undefined) throw new Error(`no tenant ${tenantId}`);
    return found;
  };

  const log = {
    info: () => undefined,
    warn: (message: string, fields?: LogFields) => tell(`${name} warns: ${message} ${JSON.stringify(fields ?? {})}`),
    error: (message: string, fields?: LogFields) => tell(`${name} errs: ${message} ${JSON.stringify(fields ?? {})}`),
  };
  const deps: SyncDeps = {
    incidents,
    bodies: steppedBlobs(storage.blobs, steps),
    feed: incidentFeed(index),
    clock,
    log,
    pause: (ms) => steps.take('pause', `pause ${ms}`, () => timeline.wait(ms)),
    overlapMinutes: 60,
    intervalSeconds: options.intervalSeconds,
    registrationOf: ({ backend }) => ({ authority, clientId, backend }),
    limitsFor: ({ backend }) => rateLimits[backend],
    announcing: tellNobodyOf(options.targets),
    waits: createHeardWaits(clock),
    isStopping: () => false,
    sourceFor: (tenant, permits) => {
      const own = {
        tenantId: tenant.tenantId,
        never: tenant.contract.never,
        send: sendFor(customerOf(tenant.tenantId)),
        tokens: tenantTokens(tokens, tenant, registrationFor(tenant.backend)),
        clock,
        permits,
      };
      return tenant.backend === 'defender'
        ? defenderSource({
            ...own,
            endpoint: defenderUrl,
            scope: defenderScope,
            portal: 'https://security.microsoft.com',
          })
        : graphSource({ ...own, endpoint: graphUrl, scope: graphScope });
    },
  };
  /** A shard only logs what breaks off a tenant's run; what nobody throws on purpose must not be lost in a log. */
  const passing = (error: unknown): never => {
    if (!(error instanceof AppError)) options.onBug(error);
    throw error;
  };
  const exclusive = createExclusive();
  const limiter = createLimiter(runsAtOnce);
  const read = async (tenant: Tenant, request: RunRequest): Promise<TenantOutcome> => {
    const outcome = await exclusive(
      tenant.tenantId,
      () => syncTenant(deps, tenant, request).catch(passing),
      () => busyOutcome(clock.now()),
    );
    options.onRun(tenant, outcome);
    return outcome;
  };
  const letters = '0123456789abcdefghijklmnopqrstuvwxyz';
  const randomId = (): string => Array.from({ length: 24 }, () => letters[random.below(36)] ?? '0').join('');
  const { intervalSeconds } = options;

  return {
    name,
    steps,
    registry,
    plan: (turns) => planShards({ registry, due, clock, intervalSeconds, tenantsPerActivity: 50 }, turns),
    shard: (input) =>
      syncShard({ registry, due, clock, randomId, log, intervalSeconds, limiter, syncTenant: read }, input),
    end: () => {
      steps.die();
      closeEntra(authority);
    },
  };
};
