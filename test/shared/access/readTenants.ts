import { AuthenticationError } from '@azure/identity';
import type { CloudState } from '../../../local/microsoft';
import { answerDefender, answerEndpoint, answerGraph, createCloudState } from '../../../local/microsoft';
import { answerEntra } from '../../../local/microsoft/entra/answer';
import { registrationIn } from '../../../shared/access/registrationIn';
import { createAccessTending } from '../../../shared/access/tendAccess';
import { loadConfig } from '../../../shared/config';
import { UpstreamError } from '../../../shared/errors';
import { freshTokens } from '../../../shared/identity/freshTokens';
import { lastGood } from '../../../shared/identity/lastGood';
import type { Proof, Proofs } from '../../../shared/identity/proof';
import { tokenProvider } from '../../../shared/identity/tokenProvider';
import { rateLimits } from '../../../shared/incidents/limits';
import { sourceFor } from '../../../shared/incidents/sourceFor';
import type { Access } from '../../../shared/model/access';
import type { RegistrationName } from '../../../shared/model/registration';
import type { Tenant } from '../../../shared/model/tenant';
import type { Send } from '../../../shared/ports';
import { readAccess, writeAccess } from '../../../shared/store/access';
import { dueIndex } from '../../../shared/store/due';
import { incidentFeed } from '../../../shared/store/feed';
import { readState } from '../../../shared/store/tenantState';
import { tenantRegistry } from '../../../shared/store/tenants';
import { createHeardWaits } from '../../../shared/sync/limits/heardWaits';
import { createLimiter } from '../../../shared/sync/limits/limiter';
import { slotOf } from '../../../shared/sync/shards/schedule';
import { syncShard } from '../../../shared/sync/shards/syncShard';
import { syncTenant } from '../../../shared/sync/run/syncTenant';
import type { SyncDeps, TenantOutcome } from '../../../shared/sync/run/tenantRun';
import type { VirtualClock } from '../../support/inProcessRelay';
import { memoryBlobs, virtualClock } from '../../support/inProcessRelay';
import { memoryTable } from '../../support/memoryTable';
import { plainTenant } from '../../support/plainTenant';
import { tellNobody } from '../../support/tellNobody';

export interface RunSeen {
  readonly tenantId: string;
  readonly state: TenantOutcome['state'];
  readonly code: string | undefined;
  readonly atMs: number;
}

/** The timer's work over many tenants, minute by minute, with real tokens of the simulated Entra. */
export interface ReadTenants {
  readonly cloud: CloudState;
  readonly clock: VirtualClock;
  readonly tenants: readonly Tenant[];
  /** All runs that ended, in order. */
  readonly runs: readonly RunSeen[];
  readonly vault: { isAway: boolean; secret: string };
  /** A minute at a time, until `done` or so many are over. @returns minutes that went by */
  minutes(count: number, done?: () => Promise<boolean>): Promise<number>;
  /** Default: of the reading registration. */
  access(tenantId: string, registration?: RegistrationName): Promise<Access>;
  putAccess(tenantId: string, access: Access, registration: RegistrationName): Promise<void>;
  lastSuccess(tenantId: string): Promise<string | undefined>;
}

const start = '2026-11-20T08:00:00.000Z';
const intervalSeconds = 300;
const endpoints = { graph: 'https://graph.invalid', defender: 'https://defender.invalid' };

export const readTenants = async (tenantCount: number): Promise<ReadTenants> => {
  const clock = virtualClock(start);
  let last = 0n;
  const ticks = (): bigint => {
    const now = BigInt(clock.now()) * 10_000n;
    last = now > last ? now : last + 1n;
    return last;
  };
  const cloud = await createCloudState({
    seed: 77,
    tenants: tenantCount,
    incidentsPerTenant: 2,
    now: start,
    clock: ticks,
    withoutEvidence: true,
  });
  const { reader } = cloud.registrations;
  const vault = { isAway: false, secret: reader.secrets[0]!.value };
  const config = loadConfig({
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    TASK_HUB_NAME: 'relay',
    KEY_VAULT_URL: 'https://app.vault.azure.net',
    RELAY_TENANT_ID: cloud.world.homeTenant.tenantId,
    RELAY_CLIENT_ID: reader.clientId,
    GRAPH_ENDPOINT: endpoints.graph,
    DEFENDER_ENDPOINT: endpoints.defender,
    MDE_ENDPOINT: 'https://endpoint.invalid',
  });
  const proofs = secretsOf(cloud, vault, clock);
  const applicationFor = () => ({
    clientId: reader.clientId,
    authority: 'https://login.microsoftonline.com',
    authorityOverridden: true,
    proofs,
  });
  const tokens = tokenProvider({ applicationFor, clock });
  const send: Send = ({ method, url, headers, body: sent = '' }) => {
    const { origin, pathname, search } = new URL(url);
    const asked = { method, url: `${pathname}${search}`, headers: lowerCase(headers), body: sent };
    const answer = { [endpoints.graph]: answerGraph, [endpoints.defender]: answerDefender }[origin] ?? answerEndpoint;
    const { status, headers: answered, body } = answer(cloud, asked);
    return Promise.resolve({ status, headers: { ...answered }, body });
  };
  const now = (): number => clock.now();
  const incidents = memoryTable(now);
  const index = memoryTable(now);
  const registry = tenantRegistry(memoryTable(now));
  const due = dueIndex(index);
  const waits = createHeardWaits(clock);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const pause = (ms: number): Promise<void> => {
    clock.advance(ms);
    return Promise.resolve();
  };
  const deps: SyncDeps = {
    ...{ incidents, clock, log, pause, waits, intervalSeconds },
    bodies: memoryBlobs(),
    feed: incidentFeed(index),
    overlapMinutes: 60,
    registrationOf: (tenant) => registrationIn(config, tenant),
    limitsFor: ({ backend }) => rateLimits[backend],
    announcing: tellNobody,
    isStopping: () => false,
    sourceFor: (tenant, permits) => sourceFor({ endpoints, send, tokens, clock }, tenant, permits),
  };
  const apart = freshTokens(tokenProvider({ applicationFor, clock }));
  const tending = createAccessTending({
    ...{ config, clock, send, pause, incidents, due, waits, log },
    freshTokens: apart,
    heldTokens: tokens,
  });
  const tenants = cloud.world.tenants.map(({ tenantId }) => plainTenant(tenantId));
  for (const tenant of tenants) await registry.put(tenant);

  const runs: RunSeen[] = [];
  let id = 0;
  const shard = {
    ...{ registry, due, clock, log, intervalSeconds },
    randomId: () => (id += 1).toString(16).padStart(24, '0'),
    limiter: createLimiter(8),
    syncTenant: async (...[tenant, request]: Parameters<Parameters<typeof syncShard>[0]['syncTenant']>) => {
      const outcome = await syncTenant(deps, tenant, request);
      await tending.afterRun(tenant, outcome);
      const { state, code } = outcome;
      if (state !== 'waiting') runs.push({ tenantId: tenant.tenantId, state, code, atMs: clock.now() });
      return outcome;
    },
  };
  let since = slotOf(clock.now() - intervalSeconds * 1000);
  return {
    ...{ cloud, clock, tenants, runs, vault },
    minutes: async (count, done = () => Promise.resolve(false)) => {
      for (let minute = 1; minute <= count; minute += 1) {
        clock.advance(60_000);
        const slot = slotOf(clock.now());
        await syncShard(shard, { slot, since, shard: 0, shardCount: 1 });
        since = slot;
        if (await done()) return minute;
      }
      return count;
    },
    access: (tenantId, registration) => readAccess(tenantId, incidents, registration),
    putAccess: async (tenantId, access, registration) => {
      await writeAccess(tenantId, incidents, access, registration);
    },
    lastSuccess: async (tenantId) => (await readState(tenantId, incidents)).state.lastSuccess,
  };
};

interface SecretProof extends Proof {
  readonly secret: string;
}

/** A secret out of the vault as the app keeps it, and the SDK's part of asking Entra done in process. */
const secretsOf = (cloud: CloudState, vault: ReadTenants['vault'], clock: VirtualClock): Proofs => {
  const read = (): Promise<SecretProof> =>
    vault.isAway ? Promise.reject(new UpstreamError('the vault is away')) : Promise.resolve(proofOf(vault.secret));
  const proofOf = (secret: string): SecretProof => ({
    secret,
    credential: ({ tenantId, clientId }) => ({
      getToken: async (scope) => {
        const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret };
        const { status, body } = await answerEntra(cloud, {
          method: 'POST',
          url: `/${tenantId}/oauth2/v2.0/token`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ ...form, scope: String(scope) }).toString(),
        });
        const said = JSON.parse(body) as { access_token: string; expires_in: number };
        if (status !== 200) throw new AuthenticationError(status, said);
        return { token: said.access_token, expiresOnTimestamp: clock.now() + said.expires_in * 1000 };
      },
    }),
    onBehalfOf: () => {
      throw new Error('nobody asks in a name here');
    },
  });
  const kept = lastGood(read, clock, (one, other) => one.secret === other.secret);
  return { ...kept, instead: (refused) => kept.instead(refused as SecretProof) };
};

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
