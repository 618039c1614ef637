import { answerDefender } from '../../../local/microsoft/defender/answer';
import { issueToken } from '../../../local/microsoft/entra/claims';
import { issueUserToken } from '../../../local/microsoft/entra/userToken';
import { answerGraph } from '../../../local/microsoft/graph/answer';
import type { CloudState } from '../../../local/microsoft/state';
import type { Incident } from '../../../local/microsoft/world/incident';
import type { PersonDeps } from '../../../shared/changes/changeByPerson';
import { createWritePermits } from '../../../shared/changes/writePermits';
import { DelegatedConsentError } from '../../../shared/errors';
import { writerFor } from '../../../shared/incidents/writerFor';
import type { BackEnd, Tenant } from '../../../shared/model/tenant';
import type { OutgoingRequest, Send, TokenProvider } from '../../../shared/ports';
import { dueIndex } from '../../../shared/store/due';
import type { TenantLane } from '../../../shared/store/openLanes';
import { createHeardWaits } from '../../../shared/sync/limits/heardWaits';
import { createTestCloud, firstTenant } from '../../local/microsoft/testCloud';
import type { VirtualClock } from '../../support/inProcessRelay';
import { virtualClock } from '../../support/inProcessRelay';
import type { MemoryTable } from '../../support/memoryTable';
import { memoryTable } from '../../support/memoryTable';
import { plainTenant } from '../../support/plainTenant';

export const startIso = '2026-11-20T12:00:00.000Z';
const endpoint = 'https://api.invalid';
const services = {
  graph: { resource: 'https://graph.microsoft.com', right: 'SecurityIncident.ReadWrite.All', answer: answerGraph },
  defender: { resource: 'https://api.security.microsoft.com', right: 'Incident.ReadWrite.All', answer: answerDefender },
} as const;

/** One tenant of the simulated cloud, with tables in memory, under one clock. */
export interface ChangeWorld {
  readonly state: CloudState;
  readonly tenant: Tenant;
  readonly clock: VirtualClock;
  readonly incidents: MemoryTable;
  readonly index: MemoryTable;
  readonly deps: PersonDeps;
  /** What was sent to Microsoft. */
  readonly sent: OutgoingRequest[];
  /** The roles of the app's own token. */
  roles: readonly string[];
  /** Who the person of an on-behalf-of token is; null: nobody consented. */
  analyst: string | null;
  /** Warnings that were logged. */
  readonly warned: string[];
  /** Lanes that were to be delivered again. */
  readonly resent: TenantLane[];
  /** An incident that is active, unclassified and nobody's; each call another one. */
  fresh(): Incident;
  /** Rows of the tenant whose keys begin so. */
  rows(prefix: string): readonly Readonly<Record<string, unknown>>[];
  calls(method: string): number;
}

export interface ChangeWorldOptions {
  readonly backend?: BackEnd;
  readonly change?: Partial<Tenant>;
  readonly table?: (table: MemoryTable) => MemoryTable;
  readonly send?: (send: Send) => Send;
}

export const changeWorld = async (options: ChangeWorldOptions = {}): Promise<ChangeWorld> => {
  const { backend = 'graph', change = {}, table: wrapped = (table: MemoryTable) => table } = options;
  const clock = virtualClock(startIso);
  let last = 0n;
  const ticks = (): bigint => {
    const now = BigInt(clock.now()) * 10_000n;
    last = now > last ? now : last + 1n;
    return last;
  };
  const state = await createTestCloud({ clock: ticks });
  const customer = firstTenant(state);
  const tenant = plainTenant(customer.tenantId, { backend, writeBack: true, ...change });
  const bare = memoryTable(() => clock.now());
  const incidents = wrapped(bare);
  const index = memoryTable(() => clock.now());
  const { resource, right, answer } = services[backend];
  const sent: OutgoingRequest[] = [];
  const warned: string[] = [];
  const resent: TenantLane[] = [];
  const cloudSend: Send = (request) => {
    sent.push(request);
    const { method, url, headers, body } = request;
    const asked = { method, url: url.slice(endpoint.length), headers };
    return Promise.resolve(answer(state, body === undefined ? asked : { ...asked, body }));
  };
  const send = options.send === undefined ? cloudSend : options.send(cloudSend);
  const tokens: TokenProvider = {
    getToken: async ({ tenantId }) => ({
      token: await issueToken(state, {
        ...{ tenantId, audience: resource, roles: world.roles },
        overrides: { appid: state.registrations.writer.clientId },
      }),
      tenantId,
      expiresAtMs: 0,
    }),
    forget: () => undefined,
  };
  const waits = createHeardWaits(clock);
  const pause = (ms: number): Promise<void> => {
    clock.advance(ms);
    return Promise.resolve();
  };
  let drawn = 0;
  const world: ChangeWorld = {
    ...{ state, tenant, clock, incidents, index, sent, warned, resent },
    roles: [right],
    analyst: null,
    deps: {
      ...{ incidents, clock, waits },
      permitsFor: createWritePermits({ incidents, clock, pause, waits }),
      writerFor: (asked, given) =>
        writerFor({ endpoints: { graph: endpoint, defender: endpoint }, send, tokens, clock }, asked, given),
      registrationOf: () => ({
        authority: 'https://login.invalid',
        clientId: state.registrations.writer.clientId,
        backend,
        permission: right,
      }),
      userTokens: {
        onBehalfOf: async (_, { tenantId }, scope) => {
          if (world.analyst === null)
            throw new DelegatedConsentError('nobody consented', [scope], 'https://login.invalid', 'AADSTS65001');
          const permission = scope.slice(scope.lastIndexOf('/') + 1);
          const token = await issueUserToken(state, {
            ...{ userPrincipalName: world.analyst, tenantId, audience: resource, scopes: [permission] },
            clientId: state.registrations.api.clientId,
          });
          return { token, tenantId, expiresAtMs: Number.MAX_SAFE_INTEGER };
        },
      },
      due: dueIndex(index),
      randomId: () => (drawn += 1).toString(16).padStart(24, '0'),
      log: { warn: (message) => void warned.push(message) },
      resend: (lane) => Promise.resolve(void resent.push(lane)),
    },
    fresh: () => {
      const { tenantId } = customer;
      const { incidentId } = state.world.apply({ kind: 'create', tenantId, severity: 'low' });
      return state.world.incidentsOf(customer).byId.get(incidentId)!;
    },
    rows: (prefix) => bare.rows().filter(({ rowKey }) => rowKey.startsWith(prefix)),
    calls: (method) => sent.filter((request) => request.method === method).length,
  };
  return world;
};
