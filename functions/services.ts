import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { app } from '@azure/functions';
import { createHomeGraph } from '../shared/access/homeGraph';
import { offeredSource } from '../shared/access/offeredSource';
import { registrationIn } from '../shared/access/registrationIn';
import { createAccessTending } from '../shared/access/tendAccess';
import { createApplying } from '../shared/changes/createApplying';
import { createWriting } from '../shared/changes/createWriting';
import { connectorOf } from '../shared/changes/ownAccounts';
import { pollTickets } from '../shared/changes/pollTickets';
import { createTicketTargets } from '../shared/changes/ticketTargets';
import type { Config } from '../shared/config';
import { endpointsIn, loadConfig, scheduleOf, storageSettingOf } from '../shared/config';
import type { Delivery } from '../shared/delivery/createDelivery';
import { createDelivery } from '../shared/delivery/createDelivery';
import { guardedSend } from '../shared/delivery/guardedSend';
import { tellHealth } from '../shared/delivery/healthEvents';
import type { HealthOfTenant } from '../shared/delivery/healthSubjects';
import { createCredentialEnds } from '../shared/health/credentialEnds';
import { createVaultEnds } from '../shared/health/vaultEnds';
import type { BearerValidator } from '../shared/http/callers/bearer';
import { createBearerValidator } from '../shared/http/callers/bearer';
import { createMemberGroups } from '../shared/http/callers/memberGroups';
import { readTenant } from '../shared/http/tenants/readTenants';
import type { HttpServices } from '../shared/http/services';
import { tenantHealth } from '../shared/http/tenants/tenantHealth';
import { openIdentity } from '../shared/identity/openIdentity';
import { rateLimits } from '../shared/incidents/limits';
import { sourceFor } from '../shared/incidents/sourceFor';
import type { Expiring } from '../shared/model/expiring';
import { newRunId } from '../shared/model/runId';
import type { Tenant } from '../shared/model/tenant';
import { createHitLimit } from '../shared/onboarding/hitLimit';
import type { RefreshDeps } from '../shared/partner/refreshPartnerships';
import type { Clock, Log, RandomId, Send, TokenProvider } from '../shared/ports';
import type { PurgeDeps } from '../shared/purge/purgeShard';
import type { ApplyTicketDeps } from '../shared/receive/applyTicketChange';
import { createHookLimit } from '../shared/receive/hookLimit';
import { deepRead } from '../shared/reconcile/deepRead';
import type { ReconcileShardDeps } from '../shared/reconcile/reconcileShard';
import type { StepJobDeps } from '../shared/reconcile/stepJob';
import { undiciSend } from '../shared/send';
import { connectionStore } from '../shared/store/connections';
import { dueIndex } from '../shared/store/due';
import { healthOutbox } from '../shared/store/healthOutbox';
import { incidentFeed } from '../shared/store/feed';
import { inbox as inboxOf } from '../shared/store/inbox';
import type { OpenJobs } from '../shared/store/openJobs';
import { openJobs } from '../shared/store/openJobs';
import type { Storage } from '../shared/store/openStorage';
import { openStorage } from '../shared/store/openStorage';
import { tenantRegistry } from '../shared/store/tenants';
import { ticketPolls } from '../shared/store/ticketPolls';
import type { SweepDeps } from '../shared/sweep/sweep';
import { createExclusive } from '../shared/sync/run/exclusive';
import type { HeardWaits } from '../shared/sync/limits/heardWaits';
import { createHeardWaits } from '../shared/sync/limits/heardWaits';
import { createLimiter } from '../shared/sync/limits/limiter';
import type { PlanDeps } from '../shared/sync/shards/planShards';
import type { ShardDeps } from '../shared/sync/shards/syncShard';
import { syncTenant } from '../shared/sync/run/syncTenant';
import type { RunRequest, SyncDeps, TenantOutcome } from '../shared/sync/run/tenantRun';
import { busyOutcome } from '../shared/sync/run/tenantRun';
import { connectionSecrets } from '../shared/ticketing/connectionSecrets';
import { tools } from '../shared/ticketing/registry';
import { lineLog } from './lineLog';

/** What the triggers work with, made once a process on first use: loading a file only registers. */
export interface Services extends HttpServices {
  readonly randomId: RandomId;
  readonly plan: PlanDeps;
  readonly shard: ShardDeps;
  readonly syncTenant: (tenant: Tenant, request: RunRequest) => Promise<TenantOutcome>;
  readonly openJobs: OpenJobs;
  readonly job: StepJobDeps;
  readonly night: ReconcileShardDeps;
  readonly purge: PurgeDeps;
  readonly partners: RefreshDeps;
  /** For what webhooks brought. */
  readonly changes: ApplyTicketDeps;
  /** For what waits to be told to ticket tools and webhooks. */
  readonly delivery: Delivery;
  /** But for the task hub, which a trigger is handed. */
  readonly sweep: Omit<SweepDeps, 'orchestrations'>;
}

/** Triggers are registered before any setting is checked. */
export const syncSchedule = scheduleOf(process.env, 'SYNC_SCHEDULE');
export const reconcileSchedule = scheduleOf(process.env, 'RECONCILE_SCHEDULE');
export const sweepSchedule = scheduleOf(process.env, 'SWEEP_SCHEDULE');
export const queueConnection = storageSettingOf(process.env);

/** @throws ConfigError */
export const checkSettings = (): void => {
  loadConfig(process.env);
};

let made: Promise<Services> | undefined;

/** @throws ConfigError · UpstreamError (storage away); the next call tries again */
export const services = (): Promise<Services> => {
  made ??= makeServices().catch((error: unknown) => {
    made = undefined;
    throw error;
  });
  return made;
};

let stopping = false;
app.hook.appTerminate(() => {
  stopping = true;
});

const clock: Clock = { now: () => Date.now(), elapsedMs: () => performance.now() };
const randomId: RandomId = () => randomBytes(12).toString('hex');

const makeServices = async (): Promise<Services> => {
  const config = loadConfig(process.env);
  const log = lineLog();
  const send = undiciSend();
  const storage = openStorage(config.storage);
  await storage.prepare();
  const registry = tenantRegistry(storage.tenants);
  const feed = incidentFeed(storage.index);
  const due = dueIndex(storage.index);
  const bearer: BearerValidator = createBearerValidator({ config, clock, send });
  const { tokens, freshTokens, homeTokens, userTokens, appVault, tenantVault, troubles } = openIdentity(
    config,
    clock,
    send,
  );
  const waits = createHeardWaits(clock);
  const homeGraph = createHomeGraph({ config, tokens: homeTokens, send, clock });
  const { incidents, bodies, index, runs } = storage;
  const connections = connectionStore(storage.connections, index);
  const secrets = connectionSecrets(tenantVault, clock);
  const targetSend = guardedSend({ allowPrivateTargets: config.allowPrivateTargets, log });
  const delivery = createDelivery({
    ...{ storage, registry, connections, secrets, tools, clock, log, randomId },
    send: targetSend,
  });
  const { announcing } = delivery;
  const { read: readOnly, deepen } = tenantReader(config, storage, { send, tokens, waits, log, announcing });
  const tending = createAccessTending({
    ...{ config, clock, send, pause, incidents, due, waits, log },
    freshTokens,
    heldTokens: tokens,
  });
  const read: Services['syncTenant'] = async (tenant, request) => {
    const outcome = await readOnly(tenant, request);
    await tending.afterRun(tenant, outcome);
    return outcome;
  };
  const { intervalSeconds, tenantsPerActivity, tenantConcurrency } = config.sync;
  const limiter = createLimiter(tenantConcurrency);
  // What can wait takes no places from what cannot.
  const background = createLimiter(Math.ceil(tenantConcurrency / 4));
  const inbox = inboxOf(storage.inbox);
  const credentialEnds = createCredentialEnds({
    config,
    app: createVaultEnds(appVault, clock),
    tenants: createVaultEnds(tenantVault, clock),
  });
  const healthOf = async (tenant: Tenant, connectionEnds: readonly Expiring[]): Promise<HealthOfTenant> => {
    const facts = await readTenant({ storage, clock, config, credentialEnds }, tenant, connectionEnds);
    return { ...tenantHealth(facts), expiring: facts.expiring };
  };
  const writing = createWriting({ config, incidents, send, tokens, clock, pause, waits });
  const changes = createApplying({
    ...{ writing, storage, registry, connections, secrets, tools, targetSend, inbox, due, clock, randomId, log },
  });
  const jobs = openJobs(index);
  const job: StepJobDeps = {
    registry,
    incidents,
    openJobs: jobs,
    clock,
    log,
    deepRead: (tenant, given) => background.run(() => deepen(tenant, given)),
  };
  return {
    config,
    clock,
    pause,
    send,
    storage,
    registry,
    feed,
    due,
    bearer,
    tokens,
    freshTokens,
    userTokens,
    homeGraph,
    memberGroups: createMemberGroups(homeGraph),
    waits,
    writing,
    ticketTargets: createTicketTargets(connections, clock),
    tenantVault,
    connections,
    connectionSecrets: secrets,
    tools,
    targetSend,
    delivery,
    changes,
    credentialTroubles: troubles,
    credentialEnds,
    consentHits: createHitLimit(clock),
    hookLimit: createHookLimit(clock),
    randomId,
    plan: { registry, due, clock, intervalSeconds, tenantsPerActivity },
    shard: { registry, due, clock, randomId, log, intervalSeconds, limiter, syncTenant: read },
    syncTenant: (tenant, request) => limiter.run(() => read(tenant, request)),
    openJobs: jobs,
    job,
    night: { registry, incidents, clock, log, limiter: background, hours: config.reconcile.hours, deepRead: deepen },
    purge: {
      ...{ registry, incidents, bodies, feed, index, runs, clock, log, limiter: background, keep: config.keep },
      ...{ inbox, received: storage.received },
    },
    partners: { graph: homeGraph, registry, log },
    sweep: {
      ticketPolls: () =>
        pollTickets({
          ...{ ...changes, connections, polls: ticketPolls(storage.connections) },
          connectorOf: (connection) => connectorOf({ tools, secrets, send: targetSend, clock, log }, connection),
        }),
      connections,
      registry,
      incidents,
      due,
      openJobs: jobs,
      runs,
      clock,
      log,
      intervalSeconds,
      inbox,
      inboxQueue: storage.inboxQueue,
      deliveries: () => delivery.sweep(),
      tellHealth: () =>
        tellHealth({
          ...{ lane: delivery.lane, outbox: healthOutbox(index), registry, healthOf },
          expiring: () => credentialEnds.ofApp(),
        }),
    },
  };
};

interface TenantReader {
  readonly read: Services['syncTenant'];
  readonly deepen: StepJobDeps['deepRead'];
}

interface ReaderTools {
  readonly send: Send;
  readonly tokens: TokenProvider;
  readonly waits: HeardWaits;
  readonly log: Log;
  readonly announcing: SyncDeps['announcing'];
}

/** Regular and deep reads of one tenant take turns. */
const tenantReader = (
  config: Config,
  storage: Storage,
  { send, tokens, waits, log, announcing }: ReaderTools,
): TenantReader => {
  const exclusive = createExclusive();
  const deps: SyncDeps = {
    incidents: storage.incidents,
    bodies: storage.bodies,
    feed: incidentFeed(storage.index),
    clock,
    log,
    pause,
    overlapMinutes: config.sync.overlapMinutes,
    intervalSeconds: config.sync.intervalSeconds,
    registrationOf: (tenant) => registrationIn(config, tenant),
    limitsFor: ({ backend }) => rateLimits[backend],
    announcing,
    waits,
    isStopping: () => stopping,
    sourceFor: offeredSource((tenant, permits) =>
      sourceFor({ endpoints: endpointsIn(config, tenant.cloud), send, tokens, clock }, tenant, permits),
    ),
  };
  const isBusy = ({ tenantId }: Tenant): TenantOutcome => {
    log.info('tenant is being read already', { tenantId });
    return busyOutcome(clock.now());
  };
  return {
    read: (tenant, request) =>
      exclusive(
        tenant.tenantId,
        () => syncTenant(deps, tenant, request),
        () => isBusy(tenant),
      ),
    deepen: (tenant, job) =>
      exclusive(
        tenant.tenantId,
        () => deepRead(deps, tenant, newRunId(clock.now(), randomId()), job),
        () => ({ ...isBusy(tenant), job }),
      ),
  };
};
