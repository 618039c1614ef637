import { setTimeout as wait } from 'node:timers/promises';
import type { Condition, Fault, PartialAnswer, SettingsChange } from './behaviour';
import type { CallCounts } from './calls';
import { answerControl } from './control';
import { answerDefender } from './defender/answer';
import { answerEndpoint } from './endpoint/answer';
import { answerEntra } from './entra/answer';
import type { TokenRequest } from './entra/claims';
import { issueToken } from './entra/claims';
import { approveDeviceCode } from './entra/approveDeviceCode';
import type { Partnership, PartnershipChange } from './entra/partnerships';
import type { User, UserTraits } from './entra/users';
import type { UserTokenRequest } from './entra/userToken';
import { issueUserToken } from './entra/userToken';
import { answerGraph } from './graph/answer';
import { answerIdentity } from './managedIdentity';
import type { Registration } from './entra/registrations';
import type { Poison } from './poison';
import type { RateCounts } from './rates';
import type { RunningServer } from './servers';
import { startServer } from './servers';
import type { CloudOptions, CloudState } from './state';
import { createCloudState } from './state';
import { createServerIdentity } from './tls/serverIdentity';
import { answerVault } from './vault/answer';
import type { World } from './world/createWorld';
import type { Tenant } from './world/incident';
import type { Live, LiveOptions } from './world/live';
import { live } from './world/live';

export type { Answer, Request } from './answer';
export type { Condition, Fault, PartialAnswer, Service, Settings, SettingsChange } from './behaviour';
export type { CallCounts } from './calls';
export { answerDefender } from './defender/answer';
export { answerEndpoint } from './endpoint/answer';
export type { TokenRequest } from './entra/claims';
export { issueToken } from './entra/claims';
export type { Access } from './entra/permissions';
export type { Partnership, PartnershipChange } from './entra/partnerships';
export type { Tokens } from './entra/tokens';
export { createTokens } from './entra/tokens';
export type { MfaDemand, User, UserTraits } from './entra/users';
export type { UserTokenRequest } from './entra/userToken';
export { answerGraph } from './graph/answer';
export type { Poison } from './poison';
export type { LimitedService, Rate, RateCount, RateCounts } from './rates';
export type { CloudOptions, CloudState } from './state';
export { createCloudState } from './state';
export type { AppliedChange, Change } from './world/changes';
export { ChangeError } from './world/changes';
export type { TruthRow, World, WorldOptions } from './world/createWorld';
export { createWorld } from './world/createWorld';
export type { Live, LiveEvent, LiveOptions } from './world/live';
export type { Clock } from './world/time7';
export { createSystemClock } from './world/time7';

/** The simulated Microsoft cloud, reachable on 127.0.0.1. URLs have no final slash. */
export interface Cloud {
  entraUrl: string;
  graphUrl: string;
  defenderUrl: string;
  /** Of Defender for Endpoint. */
  endpointUrl: string;
  vaultUrl: string;
  /** IDENTITY_ENDPOINT and IDENTITY_HEADER of the managed identity. */
  identityEndpoint: string;
  identityHeader: string;
  controlUrl: string;
  /** The authority all https certificates come from, for NODE_EXTRA_CA_CERTS. */
  caPem: string;
  homeTenantId: string;
  readerClientId: string;
  writerClientId: string;
  defenderClientId: string;
  apiClientId: string;
  /** A public client with loopback redirect and device code. */
  cliClientId: string;
  managedIdentityClientId: string;
  /** A client that gets the role Relay.Admin on our API by client credentials in the home tenant. */
  operator: { clientId: string; clientSecret: string };
  world: World;
  /** Everything behind the servers: registrations and their secrets, the vault's content, the signing key. */
  state: CloudState;
  calls(): CallCounts;
  rates(): RateCounts;
  issueToken(request: TokenRequest): Promise<string>;
  /** As if a user of the world had signed in. */
  issueUserToken(request: UserTokenRequest): Promise<string>;
  /** As if a user had typed the code, signed in and pressed all buttons. @throws as the pages refuse */
  approveDeviceCode(userCode: string, userPrincipalName: string): void;
  /** In this order: administrator · Security Operator · Security Reader · Security Operator · none · Security Reader, blocked. */
  usersOf(tenantId: string): readonly User[];
  /** @throws RangeError for a user who is not there */
  changeUser(tenantId: string, idOrName: string, traits: Partial<UserTraits>): User;
  changePartnership(tenantId: string, change: PartnershipChange): Partnership;
  change(settings: SettingsChange): void;
  setCondition(tenantId: string, condition: Condition): void;
  /** Consent of one tenant's administrator to one registration: all of it or nothing, at once. */
  setConsent(tenantId: string, clientId: string, consented: boolean): void;
  /** Where consent and sign-ins may be answered to. */
  addRedirectUri(clientId: string, uri: string): void;
  failNext(fault: Fault): void;
  partialNext(partial: PartialAnswer): void;
  poison(tenantId: string, incidentId: string, poison: Poison): void;
  /** Of one incident, or of all of the tenant. */
  heal(tenantId: string, incidentId?: string): void;
  /** Lets the world go on by itself; ended by `stop`, too. */
  live(options: LiveOptions): Live;
  stop(): Promise<void>;
}

export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const state = await createCloudState(options);
  const identity = createServerIdentity();
  const started: RunningServer[] = [];
  const serve = async (server: Parameters<typeof startServer>[0]): Promise<string> => {
    const running = await startServer(server);
    started.push(running);
    return running.url;
  };
  const lives: Live[] = [];
  const stop = async (): Promise<void> => {
    lives.forEach((each) => each.stop());
    await Promise.all(started.map((server) => server.stop()));
  };
  try {
    state.urls.entra = await serve({ identity, answer: (request) => answerEntra(state, request) });
    state.urls.vault = await serve({ identity, answer: (request) => answerVault(state, request) });
    state.urls.graph = await serve({
      identity,
      compress: () => state.behaviour.settings.gzip,
      answer: async (request) => {
        const { graphDelayMs } = state.behaviour.settings;
        if (graphDelayMs > 0) await wait(graphDelayMs);
        return answerGraph(state, request);
      },
    });
    state.urls.defender = await serve({
      identity,
      compress: () => state.behaviour.settings.gzip,
      answer: async (request) => {
        const { defenderDelayMs } = state.behaviour.settings;
        if (defenderDelayMs > 0) await wait(defenderDelayMs);
        return answerDefender(state, request);
      },
    });
    state.urls.endpoint = await serve({
      identity,
      compress: () => state.behaviour.settings.gzip,
      answer: async (request) => {
        const { endpointDelayMs } = state.behaviour.settings;
        if (endpointDelayMs > 0) await wait(endpointDelayMs);
        return answerEndpoint(state, request);
      },
    });
    const identityUrl = await serve({ answer: (request) => answerIdentity(state, request) });
    const controlUrl = await serve({ answer: (request) => answerControl(state, request) });
    const { reader, writer, defender, api, cli, operator, managedIdentity } = state.registrations;
    return {
      entraUrl: state.urls.entra,
      graphUrl: state.urls.graph,
      defenderUrl: state.urls.defender,
      endpointUrl: state.urls.endpoint,
      vaultUrl: state.urls.vault,
      identityEndpoint: `${identityUrl}/msi/token`,
      identityHeader: state.identityHeader,
      controlUrl,
      caPem: identity.caPem,
      homeTenantId: state.world.homeTenant.tenantId,
      readerClientId: reader.clientId,
      writerClientId: writer.clientId,
      defenderClientId: defender.clientId,
      apiClientId: api.clientId,
      cliClientId: cli.clientId,
      managedIdentityClientId: managedIdentity.clientId,
      operator: { clientId: operator.clientId, clientSecret: operator.secrets[0]?.value ?? '' },
      world: state.world,
      state,
      calls: () => state.calls.counts(),
      rates: () => state.rates.counts(),
      issueToken: (request) => issueToken(state, request),
      issueUserToken: (request) => issueUserToken(state, request),
      approveDeviceCode: (userCode, userPrincipalName) => approveDeviceCode(state, userCode, userPrincipalName),
      usersOf: (tenantId) => state.users.of(mustFindTenant(state, tenantId)),
      changeUser: (tenantId, idOrName, traits) => {
        const user = state.users.find(mustFindTenant(state, tenantId), idOrName);
        if (user === undefined) throw new RangeError(`no user ${idOrName} in tenant ${tenantId}`);
        return Object.assign(user, traits);
      },
      changePartnership: (tenantId, change) => state.partnerships.change(mustFindTenant(state, tenantId), change),
      change: (settings) => state.behaviour.change(settings),
      setCondition: (tenantId, condition) => state.behaviour.setCondition(tenantId, condition),
      setConsent: (tenantId, clientId, consented) =>
        state.consents.set(mustFindTenant(state, tenantId), mustFindClient(state, clientId), consented),
      addRedirectUri: (clientId, uri) => state.registrations.addRedirectUri(clientId, uri),
      failNext: (fault) => state.behaviour.failNext(fault),
      partialNext: (partial) => state.behaviour.partialNext(partial),
      poison: (tenantId, incidentId, poison) => state.behaviour.poison(tenantId, incidentId, poison),
      heal: (tenantId, incidentId) => state.behaviour.heal(tenantId, incidentId),
      live: (liveOptions) => {
        const running = live(state.world, liveOptions);
        lives.push(running);
        return running;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function mustFindTenant(state: CloudState, tenantId: string): Tenant {
  const tenant = state.world.findTenant(tenantId);
  if (tenant === undefined) throw new RangeError(`no tenant ${tenantId}`);
  return tenant;
}

function mustFindClient(state: CloudState, clientId: string): Registration {
  const client = state.registrations.find(clientId);
  if (client === undefined) throw new RangeError(`no registration ${clientId}`);
  return client;
}
