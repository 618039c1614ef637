import { randomBytes } from 'node:crypto';
import { app } from '@azure/functions';
import { clouds } from '../shared/clouds';
import type { Config } from '../shared/config';
import { loadConfig, syncScheduleOf } from '../shared/config';
import type { BearerValidator } from '../shared/http/bearer';
import { createBearerValidator } from '../shared/http/bearer';
import type { HttpServices } from '../shared/http/services';
import { appSecret } from '../shared/identity/appSecret';
import { keyVault } from '../shared/identity/keyVault';
import { secretTokenProvider } from '../shared/identity/tokenProvider';
import { graphSource } from '../shared/incidents/graph/source';
import type { Tenant } from '../shared/model/tenant';
import type { Clock, Log, RandomId, Send, TokenProvider } from '../shared/ports';
import { undiciSend } from '../shared/send';
import { dueIndex } from '../shared/store/due';
import { incidentFeed } from '../shared/store/feed';
import type { Storage } from '../shared/store/openStorage';
import { openStorage } from '../shared/store/openStorage';
import { tenantRegistry } from '../shared/store/tenants';
import { createExclusive } from '../shared/sync/exclusive';
import { createLimiter } from '../shared/sync/limiter';
import type { PlanDeps } from '../shared/sync/planShards';
import type { ShardDeps } from '../shared/sync/syncShard';
import type { RunRequest, SyncDeps, TenantOutcome } from '../shared/sync/syncTenant';
import { busyOutcome, syncTenant } from '../shared/sync/syncTenant';
import { lineLog } from './lineLog';

/** What the triggers work with, made once a process on first use: loading a file only registers. */
export interface Services extends HttpServices {
  readonly randomId: RandomId;
  readonly plan: PlanDeps;
  readonly shard: ShardDeps;
  readonly syncTenant: (tenant: Tenant, request: RunRequest) => Promise<TenantOutcome>;
}

/** Triggers are registered before any setting is checked. */
export const syncSchedule = syncScheduleOf(process.env);

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
  const read = tenantReader(config, storage, { send, tokens: tokensOf(config), log });
  const { intervalSeconds, tenantsPerActivity, tenantConcurrency } = config.sync;
  const limiter = createLimiter(tenantConcurrency);
  return {
    config,
    clock,
    send,
    storage,
    registry,
    feed,
    due,
    bearer,
    randomId,
    plan: { registry, due, clock, intervalSeconds, tenantsPerActivity },
    shard: { registry, due, clock, randomId, log, intervalSeconds, limiter, syncTenant: read },
    syncTenant: (tenant, request) => limiter.run(() => read(tenant, request)),
  };
};

const tokensOf = (config: Config): TokenProvider => {
  const vault = keyVault({
    url: config.keyVaultUrl,
    managedIdentityClientId: config.managedIdentityClientId,
    anyChallengeHost: config.allowPrivateTargets,
  });
  const { authority, authorityOverridden } = config.endpoints;
  const secret = appSecret(vault, config.credential.name, clock);
  return secretTokenProvider({ clientId: config.home.clientId, authority, authorityOverridden, secret, clock });
};

const tenantReader = (
  config: Config,
  storage: Storage,
  { send, tokens, log }: { send: Send; tokens: TokenProvider; log: Log },
): Services['syncTenant'] => {
  const exclusive = createExclusive();
  const deps: SyncDeps = {
    incidents: storage.incidents,
    bodies: storage.bodies,
    feed: incidentFeed(storage.index),
    clock,
    overlapMinutes: config.sync.overlapMinutes,
    registration: { authority: config.endpoints.authority, clientId: config.home.clientId },
    isStopping: () => stopping,
    sourceFor: (tenant) =>
      graphSource({
        tenantId: tenant.tenantId,
        endpoint: config.endpoints.graph,
        scope: clouds[tenant.cloud].graphScope,
        never: tenant.contract.never,
        send,
        tokens,
        clock,
      }),
  };
  return (tenant, request) => {
    const busy = (): TenantOutcome => {
      log.info('tenant is being read already', { tenantId: tenant.tenantId });
      return busyOutcome(clock.now());
    };
    return exclusive(tenant.tenantId, () => syncTenant(deps, tenant, request), busy);
  };
};
