import { createHash } from 'node:crypto';
import { messageOf } from '../errors';
import { endsOfConnections } from '../health/connectionEnds';
import type { Connection } from '../model/connection';
import { allTenants } from '../model/connection';
import type { Expiring } from '../model/expiring';
import type { Tenant } from '../model/tenant';
import type { HealthEvent, HealthOutbox, Told } from '../store/healthOutbox';
import { tenantPartition } from '../store/keys';
import type { TenantRegistry } from '../store/tenants';
import type { Failure } from './failure';
import { failureOf } from './failure';
import type { HealthOfTenant, Subject } from './healthSubjects';
import {
  connectionPrefix,
  connectionSecretPrefix,
  expirySubject,
  tenantSubjects,
  troubledConnections,
} from './healthSubjects';
import type { LaneDeps } from './laneDeps';
import { connectorDeps } from './laneDeps';
import { patienceMs } from './retries';
import type { CloudEvent } from './toCloudEvent';

export interface HealthDeps {
  /** What deliveries stand on. */
  readonly lane: Pick<LaneDeps, 'connections' | 'connectionsTable' | 'tools' | 'secrets' | 'send' | 'clock' | 'log'>;
  readonly outbox: HealthOutbox;
  readonly registry: Pick<TenantRegistry, 'get' | 'pages'>;
  /** @param connectionEnds of the secrets of its connections, what ends soon or on a day nobody told */
  readonly healthOf: (tenant: Tenant, connectionEnds: readonly Expiring[]) => Promise<HealthOfTenant>;
  /** When what the relay proves itself with ends. */
  readonly expiring: () => Promise<readonly Expiring[]>;
}

export interface ToldHealth {
  /** Subjects whose state is another than was told. */
  readonly changed: number;
  readonly sent: number;
  readonly waiting: number;
}

/** Looked at in one go, a few reads each; of more, the next goes on. */
const maxTenants = 500;
const sideBySide = 16;
const sendMs = 60_000;

/**
 * Tells webhooks of `audience: operator` whose health changed: a tenant's state, a connection that goes down, comes back or is switched off, an
 * end that comes near. One of all tenants is told of all, one of a tenant of that tenant. Costs one filtered look at the connections where
 * there is no such webhook. What a webhook does not take is kept, and tried again the next time.
 */
export const tellHealth = async (deps: HealthDeps): Promise<ToldHealth> => {
  const operators = await operatorWebhooks(deps);
  const changed = operators.length === 0 ? 0 : await announceChanges(deps, operators);
  return { changed, ...(await sendWaiting(deps)) };
};

const operatorWebhooks = async ({ lane }: HealthDeps): Promise<readonly Connection[]> => {
  const where = [
    { column: 'audience', op: 'eq', value: 'operator' },
    { column: 'enabled', op: 'eq', value: true },
  ] as const;
  const found: Connection[] = [];
  for await (const page of lane.connectionsTable.pages({ where, select: ['tool'] }))
    for (const { row } of page) {
      const connection = await lane.connections.get(row.partitionKey, row.rowKey);
      if (connection !== undefined && lane.tools[connection.tool]?.delivers === 'events') found.push(connection);
    }
  return found;
};

const announceChanges = async (deps: HealthDeps, operators: readonly Connection[]): Promise<number> => {
  const { outbox, lane } = deps;
  const told = await outbox.told();
  const nowMs = lane.clock.now();
  const ends = await endsOfConnections(lane.connectionsTable, nowMs);
  const ending = [...ends.values()].flat().map((one) => expirySubject(one, nowMs));
  const subjects = [
    ...(await relaySubjects(deps)),
    ...(await troubledConnections(lane.connectionsTable)),
    ...ending,
    ...(await someTenants(deps, operators, ends)),
  ];
  subjects.push(
    ...returned(connectionPrefix, subjects, told, 'It works again.'),
    ...returned(connectionSecretPrefix, subjects, told, 'It was renewed, or is not used any more.'),
  );
  const at = new Date(nowMs).toISOString();
  let changed = 0;
  for (const subject of subjects) {
    const before = told.get(subject.subject) ?? unknown;
    if (before.state === subject.state) continue;
    // The events first: where this breaks off, the next look makes the very same ones.
    for (const operator of operators)
      if (isFor(operator, subject)) await outbox.add(toHealthEvent(operator, subject, before, at));
    await outbox.setTold(subject.subject, { state: subject.state, at });
    changed += 1;
  }
  return changed;
};

/** Before anything was told all is taken to be well. */
const unknown: Told = { state: 'ok', at: '' };

const relaySubjects = async ({ expiring, lane: { clock, log } }: HealthDeps): Promise<readonly Subject[]> => {
  try {
    return (await expiring()).map((one) => expirySubject(one, clock.now()));
  } catch (error) {
    log.warn('ends of credentials not read', { reason: messageOf(error) });
    return [];
  }
};

/** Of what is looked for by its trouble: what was told of, and is not found any more. */
const returned = (
  prefix: string,
  found: readonly Subject[],
  told: ReadonlyMap<string, Told>,
  reason: string,
): readonly Subject[] => {
  const names = new Set(found.map(({ subject }) => subject));
  return [...told.keys()]
    .filter((subject) => subject.startsWith(prefix) && !names.has(subject))
    .map((subject) => {
      const scope = subject.slice(prefix.length).split('/')[0] ?? '';
      return { subject, ...(scope === allTenants ? {} : { tenantId: scope }), state: 'ok', reasons: [reason] };
    });
};

const someTenants = async (
  deps: HealthDeps,
  operators: readonly Connection[],
  ends: ReadonlyMap<string, readonly Expiring[]>,
): Promise<readonly Subject[]> => {
  const { healthOf, lane } = deps;
  const tenants = await tenantsToLookAt(deps, operators);
  const subjects: Subject[] = [];
  for (let start = 0; start < tenants.length; start += sideBySide) {
    const found = await Promise.all(
      tenants.slice(start, start + sideBySide).map(async (tenant) => {
        try {
          const health = await healthOf(tenant, ends.get(tenant.tenantId) ?? []);
          return tenantSubjects(tenant, health, lane.clock.now());
        } catch (error) {
          lane.log.warn('health of a tenant not read', { tenantId: tenant.tenantId, reason: messageOf(error) });
          return [];
        }
      }),
    );
    subjects.push(...found.flat());
  }
  return subjects;
};

/** All in turn where somebody is told of all; otherwise those that have a webhook of their own. */
const tenantsToLookAt = async (
  { registry, outbox }: HealthDeps,
  operators: readonly Connection[],
): Promise<readonly Tenant[]> => {
  if (!operators.some(({ scope }) => scope === allTenants)) {
    const found = await Promise.all([...new Set(operators.map(({ scope }) => scope))].map((id) => registry.get(id)));
    return found.filter((tenant) => tenant !== undefined);
  }
  const tenants: Tenant[] = [];
  let partition = await outbox.place();
  for await (const page of registry.pages(partition, undefined))
    for (const tenant of page) {
      const own = tenantPartition(tenant.tenantId);
      if (tenants.length >= maxTenants && own !== partition) {
        await outbox.setPlace(own);
        return tenants;
      }
      partition = own;
      tenants.push(tenant);
    }
  await outbox.setPlace('000');
  return tenants;
};

const isFor = ({ scope, excludeTenants }: Connection, { tenantId }: Subject): boolean =>
  scope === allTenants ? tenantId === undefined || !excludeTenants.includes(tenantId) : scope === tenantId;

const maxReasons = 20;

/** The same for the same change, however often it is made. */
const toHealthEvent = (
  { scope, connectionId }: Connection,
  { subject, tenantId, state, reasons }: Subject,
  before: Told,
  at: string,
): HealthEvent => {
  const parts = [subject, before.state, before.at, state, scope, connectionId];
  const eventId = `evt_${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`;
  const isTenants = subject === `tenants/${tenantId ?? ''}`;
  const event: CloudEvent = {
    specversion: '1.0',
    id: eventId,
    source: tenantId === undefined ? '/relay' : `/tenants/${tenantId}`,
    subject,
    type: isTenants ? 'xdr-relay.tenant.health' : 'xdr-relay.relay.health',
    time: at,
    datacontenttype: 'application/json',
    data: { state, before: before.state, reasons: reasons.slice(0, maxReasons).map((reason) => reason.slice(0, 500)) },
  };
  // The time of the change before stands in its key, so that made twice it is one.
  return {
    scope,
    connectionId,
    eventId,
    at: before.at === '' ? new Date(0).toISOString() : before.at,
    body: JSON.stringify(event),
  };
};

/** One connection after the other stops at its first failure; what waits longer than any retry would is given up. */
const sendWaiting = async ({
  outbox,
  lane,
}: HealthDeps): Promise<{ readonly sent: number; readonly waiting: number }> => {
  let [sent, waiting] = [0, 0];
  const failing = new Set<string>();
  for (const event of await outbox.waiting()) {
    const key = `${event.scope} ${event.connectionId}`;
    const failure = failing.has(key) ? 'again' : await sendOne(lane, event);
    if (failure === 'again') failing.add(key);
    if (failure === 'again' && !isOver(event, lane.clock.now())) {
      waiting += 1;
      continue;
    }
    if (failure !== undefined) lane.log.error('health event given up', { scope: event.scope, eventId: event.eventId });
    await outbox.done(event);
    sent += Number(failure === undefined);
  }
  return { sent, waiting };
};

const isOver = ({ body }: HealthEvent, nowMs: number): boolean => {
  const { time } = JSON.parse(body) as { readonly time: string };
  return nowMs - Date.parse(time) > patienceMs;
};

/** Undefined: it was taken. */
const sendOne = async (lane: HealthDeps['lane'], event: HealthEvent): Promise<Failure['kind'] | undefined> => {
  const connection = await lane.connections.get(event.scope, event.connectionId);
  const tool = connection && lane.tools[connection.tool];
  if (connection?.enabled !== true || tool?.delivers !== 'events') return 'content';
  try {
    await tool
      .sender(connectorDeps(lane, connection, lane.clock.elapsedMs() + sendMs))
      .send({ id: event.eventId, body: event.body });
    return undefined;
  } catch (error) {
    const { kind, reason } = failureOf(error);
    if (kind === 'off') await lane.connections.disable(connection, reason);
    return kind === 'wait' ? 'again' : kind;
  }
};
