import { randomBytes } from 'node:crypto';
import { clouds } from '../../shared/clouds';
import type { Config } from '../../shared/config';
import { appSecret } from '../../shared/identity/appSecret';
import { keyVault } from '../../shared/identity/keyVault';
import { secretTokenProvider } from '../../shared/identity/tokenProvider';
import { graphSource } from '../../shared/incidents/graph/source';
import { newRunId } from '../../shared/model/runId';
import type { Tenant } from '../../shared/model/tenant';
import type { Clock, Send, TokenProvider } from '../../shared/ports';
import { undiciSend } from '../../shared/send';
import { incidentFeed } from '../../shared/store/feed';
import { openStorage } from '../../shared/store/openStorage';
import type { SyncDeps, TenantOutcome } from '../../shared/sync/syncTenant';
import { syncTenant } from '../../shared/sync/syncTenant';

export interface RelayReader {
  readonly send: Send;
  readonly tokens: TokenProvider;
  sync(tenant: Tenant): Promise<TenantOutcome>;
}

const clock: Clock = { now: () => Date.now(), elapsedMs: () => performance.now() };

/** The relay's own reading of one tenant, wired as functions/services.ts wires it, without a Functions host around it. */
export const createRelayReader = async (config: Config): Promise<RelayReader> => {
  const send = undiciSend();
  const vault = keyVault({
    url: config.keyVaultUrl,
    managedIdentityClientId: config.managedIdentityClientId,
    anyChallengeHost: config.allowPrivateTargets,
  });
  const { authority, authorityOverridden, graph } = config.endpoints;
  const secret = appSecret(vault, config.credential.name, clock);
  const { clientId } = config.home;
  const tokens = secretTokenProvider({ clientId, authority, authorityOverridden, secret, clock });
  const storage = openStorage(config.storage);
  await storage.prepare();
  const deps: SyncDeps = {
    incidents: storage.incidents,
    bodies: storage.bodies,
    feed: incidentFeed(storage.index),
    clock,
    overlapMinutes: config.sync.overlapMinutes,
    registration: { authority, clientId },
    isStopping: () => false,
    sourceFor: ({ tenantId, cloud, contract }) =>
      graphSource({
        ...{ tenantId, send, tokens, clock },
        endpoint: graph,
        scope: clouds[cloud].graphScope,
        never: contract.never,
      }),
  };
  return {
    send,
    tokens,
    sync: (tenant) => {
      const runId = newRunId(clock.now(), randomBytes(12).toString('hex'));
      return syncTenant(deps, tenant, { runId, requested: false });
    },
  };
};
