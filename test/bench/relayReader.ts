import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { registrationIn } from '../../shared/access/registrationIn';
import type { Config } from '../../shared/config';
import { openIdentity } from '../../shared/identity/openIdentity';
import type { RateLimits } from '../../shared/incidents/limits';
import { sourceFor } from '../../shared/incidents/sourceFor';
import { newRunId } from '../../shared/model/runId';
import type { Tenant } from '../../shared/model/tenant';
import type { Clock, Send, TokenProvider } from '../../shared/ports';
import { undiciSend } from '../../shared/send';
import { incidentFeed } from '../../shared/store/feed';
import { openStorage } from '../../shared/store/openStorage';
import { createHeardWaits } from '../../shared/sync/limits/heardWaits';
import { syncTenant } from '../../shared/sync/run/syncTenant';
import type { SyncDeps, TenantOutcome } from '../../shared/sync/run/tenantRun';
import { tellNobody } from '../support/tellNobody';

export interface RelayReader {
  readonly send: Send;
  readonly tokenFor: (tenantId: string, scope: string) => Promise<string>;
  sync(tenant: Tenant, limits: RateLimits): Promise<TenantOutcome>;
}

export const clock: Clock = { now: () => Date.now(), elapsedMs: () => performance.now() };

/** Tokens as functions/services.ts has them made. */
export const relayTokens = (config: Config): TokenProvider => openIdentity(config, clock, undiciSend()).tokens;

/** Of the reading registration. */
export const tokenFor = async (tokens: TokenProvider, tenantId: string, scope: string): Promise<string> =>
  (await tokens.getToken({ tenantId, cloud: 'public' }, 'reader', scope)).token;

/** What a run needs besides its tables, the same for all. */
export const relayDeps = (config: Config, send: Send, tokens: TokenProvider) =>
  ({
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    pause,
    overlapMinutes: config.sync.overlapMinutes,
    intervalSeconds: config.sync.intervalSeconds,
    registrationOf: (tenant: Tenant) => registrationIn(config, tenant),
    announcing: tellNobody,
    waits: createHeardWaits(clock),
    isStopping: () => false,
    sourceFor: sourceFor.bind(undefined, { endpoints: config.endpoints, send, tokens, clock }),
  }) satisfies Partial<SyncDeps>;

/** The relay's own reading of one tenant, wired as functions/services.ts wires it, without a Functions host around it. */
export const createRelayReader = async (config: Config): Promise<RelayReader> => {
  const send = undiciSend();
  const tokens = relayTokens(config);
  const storage = openStorage(config.storage);
  await storage.prepare();
  const deps = {
    ...relayDeps(config, send, tokens),
    incidents: storage.incidents,
    bodies: storage.bodies,
    feed: incidentFeed(storage.index),
  };
  return {
    send,
    tokenFor: tokenFor.bind(undefined, tokens),
    sync: (tenant, limits) => {
      const runId = newRunId(clock.now(), randomBytes(12).toString('hex'));
      return syncTenant({ ...deps, limitsFor: () => limits }, tenant, { runId, requested: false });
    },
  };
};
