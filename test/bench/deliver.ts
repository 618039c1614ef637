import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createDelivery } from '../../shared/delivery/createDelivery';
import { toLanesMessages } from '../../shared/delivery/deliverMessage';
import { guardedSend } from '../../shared/delivery/guardedSend';
import type { Connection } from '../../shared/model/connection';
import { allTenants, targetIdOf } from '../../shared/model/connection';
import type { OutboxEvent } from '../../shared/model/outbox';
import { mustBeTime7 } from '../../shared/model/time7';
import type { Row, Table } from '../../shared/ports';
import { packBody } from '../../shared/store/body';
import { connectionStore } from '../../shared/store/connections';
import { toIncidentRow } from '../../shared/store/incidents';
import type { TenantLane } from '../../shared/store/openLanes';
import { toEventRow } from '../../shared/store/outbox';
import { createLimiter } from '../../shared/sync/limits/limiter';
import { webhook } from '../../shared/ticketing/webhook';
import { memoryBlobs } from '../support/inProcessRelay';
import type { MemoryTable } from '../support/memoryTable';
import { memoryTable } from '../support/memoryTable';
import type { Goal } from './goals';
import { atLeastGoal, growthGoal, milliseconds } from './goals';
import { expectEqual } from './expectEqual';

export const targetDelayMs = 100;
const storageDelayMs = 10;
const perConnection = 8;
/** Messages that a host runs at once (host.json). */
const hostPlaces = 16;
const goodTargets = 9;
/** Events of a tenant and target: each tenant's rows lie together, and one may have very many. */
const eventsPerTenant = 100;
const tenantIdOf = (at: number): string =>
  `11111111-1111-4111-8111-${String(Math.floor(at / eventsPerTenant)).padStart(12, '0')}`;
const version = mustBeTime7('2026-11-20T07:00:00Z', 'version');

interface Receiver {
  readonly url: string;
  /** When each body came whole, by `performance.now`. */
  readonly taken: number[];
  stop(): void;
}

/** Answers after `targetDelayMs`, or never. */
const startReceiver = async (answers: boolean): Promise<Receiver> => {
  const taken: number[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      taken.push(performance.now());
      if (answers) setTimeout(() => response.writeHead(202).end(), targetDelayMs);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, taken, stop };
};

/** A table that answers as late as Azure's do: what its emulator costs of the processor would be measured instead of ours. */
const late = (table: MemoryTable): Table => ({
  ...table,
  get: (...key) => wait(storageDelayMs).then(() => table.get(...key)),
  write: (operation) => wait(storageDelayMs).then(() => table.write(operation)),
  writeBatch: (operations) => wait(storageDelayMs).then(() => table.writeBatch(operations)),
  pages: async function* (query) {
    await wait(storageDelayMs);
    yield* table.pages(query);
  },
});

const connectionTo = (connectionId: string, url: string): Connection => ({
  scope: allTenants,
  connectionId,
  tool: 'webhook',
  enabled: true,
  audience: 'customer',
  since: version,
  backlog: 'none',
  url,
  inbound: { scheme: 'standard', closes: { upTo: 'low', else: 'propose' }, reopens: true, comments: 'none' },
  outbound: { events: ['created', 'updated', 'resolved', 'reopened', 'merged'], comments: 'none', as: 'internal' },
  filters: {},
  mapping: {},
  ownership: { status: 'defender', classification: 'defender', determination: 'defender', assignedTo: 'defender' },
  contract: { send: [] },
  settleSeconds: 0,
  excludeTenants: [],
  hookId: Buffer.from(connectionId).toString('hex').padEnd(32, '0').slice(0, 32),
  createdAt: '2026-11-20T07:00:00.000Z',
});

interface Outbox {
  /** Delivers all of it, as a host with its places would. */
  deliver(): Promise<void>;
  delivered(): number;
}

const outboxFor = async (targets: readonly Connection[], eventsEach: number): Promise<Outbox> => {
  const [incidents, index, connections] = [memoryTable(), memoryTable(), memoryTable()];
  const store = connectionStore(connections, index);
  for (const target of targets) await store.put(target);
  const all = Array.from({ length: eventsEach }, (_, at) => ({
    tenantId: tenantIdOf(at),
    incidentId: `${1_000 + at}`,
  }));
  incidents.fill(all.map(incidentRow));
  const lanes = targets.flatMap((target) => all.map((of) => ({ ...of, targetId: targetIdOf(target) })));
  incidents.fill(lanes.map((lane) => toEventRow(eventOf(lane))));
  const clock = { now: () => Date.now(), elapsedMs: () => performance.now() };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const queued: object[] = [];
  const queue = { send: (message: object) => Promise.resolve(void queued.push(message)) };
  const tables = { incidents: late(incidents), index: late(index), connections: late(connections) };
  const tenant = {
    ...({
      tenantId: tenantIdOf(0),
      name: 'Contoso',
      cloud: 'public',
      backend: 'graph',
      groups: [],
      sealed: false,
    } as const),
    ...{ intervalSeconds: undefined, enabled: true, writeBack: false, attributes: {}, contract: { never: [] } },
  };
  const delivery = createDelivery({
    storage: { ...tables, bodies: memoryBlobs(), deliverQueue: queue },
    registry: {
      get: (tenantId) => Promise.resolve({ ...tenant, tenantId }),
      pages: async function* () {
        await Promise.resolve();
        yield [tenant];
      },
    },
    connections: connectionStore(tables.connections, tables.index),
    secrets: {
      auth: () => Promise.resolve('none'),
      outbound: () => Promise.resolve([`whsec_${Buffer.alloc(32, 7).toString('base64')}`]),
    },
    tools: { webhook },
    send: guardedSend({ allowPrivateTargets: true, log }),
    clock,
    log,
    randomId: () => `${performance.now()}${Math.random()}`,
  });
  const places = createLimiter(hostPlaces);
  return {
    deliver: async () => {
      queued.push(...toLanesMessages(lanes));
      for (let some = queued.splice(0); some.length > 0; some = queued.splice(0))
        await Promise.all(some.map((message) => places.run(() => delivery.take(message))));
    },
    delivered: () => incidents.rows().filter(({ state }) => state === 'delivered').length,
  };
};

const incidentRow = ({ tenantId, incidentId }: Pick<TenantLane, 'tenantId' | 'incidentId'>): Row => {
  const alerts = Array.from({ length: 5 }, (_, at) => ({
    id: `${incidentId}-${at}`,
    title: 'Suspicious sign-in',
    severity: 'medium',
  }));
  const body = { id: incidentId, displayName: 'Multi-stage incident', severity: 'medium', status: 'active', alerts };
  const header = {
    ...{ incidentId, displayName: 'Multi-stage incident', status: 'active', severity: 'medium' },
    ...{ classification: null, determination: null, assignedTo: null, createdDateTime: version },
    ...{ lastUpdateDateTime: version, redirectIncidentId: null, incidentWebUrl: null, alertsCount: alerts.length },
  };
  const stored = { tenantId, header, version, complete: true, asOf: version };
  return { ...toIncidentRow(stored, { bodyDigest: 'b', watchedDigest: 'w' }), ...packBody(body, 'none').columns };
};

const eventOf = ({ tenantId, targetId, incidentId }: TenantLane): OutboxEvent => ({
  eventId: `evt_${targetId.replace('.', '-')}_${incidentId}`,
  ...{ tenantId, connectionId: targetId, incidentId, version },
  type: 'created',
  watchedDigest: 'w',
});

/** Events a second to one target. */
const measureRate = async (events: number): Promise<number> => {
  const receiver = await startReceiver(true);
  try {
    const outbox = await outboxFor([connectionTo('one', receiver.url)], events);
    const startedMs = performance.now();
    await outbox.deliver();
    const seconds = (performance.now() - startedMs) / 1000;
    expectEqual('events delivered', outbox.delivered(), events);
    expectEqual('events received', receiver.taken.length, events);
    return events / seconds;
  } finally {
    receiver.stop();
  }
};

/** The same number of calls at once by a bare loop: what the machine allows, whatever stands around the calls. */
const measureBareRate = async (events: number): Promise<number> => {
  const receiver = await startReceiver(true);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const send = guardedSend({ allowPrivateTargets: true, log });
  try {
    const startedMs = performance.now();
    let left = events;
    const loop = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await send({ method: 'POST', url: receiver.url, headers: {}, body: '{}', timeoutMs: 15_000 });
      }
    };
    await Promise.all(Array.from({ length: perConnection }, loop));
    return events / ((performance.now() - startedMs) / 1000);
  } finally {
    receiver.stop();
  }
};

/** After how long 95 % of the events of the good targets were there. */
const measureGood = async (eventsEach: number, withDead: boolean): Promise<number> => {
  const good = await Promise.all(Array.from({ length: goodTargets }, () => startReceiver(true)));
  const dead = await startReceiver(false);
  try {
    const targets = good.map(({ url }, at) => connectionTo(`good-${at}`, url));
    const outbox = await outboxFor(withDead ? [connectionTo('dead', dead.url), ...targets] : targets, eventsEach);
    const startedMs = performance.now();
    const delivering = outbox.deliver();
    while (good.some(({ taken }) => taken.length < eventsEach)) await wait(5);
    const taken = good.flatMap((receiver) => receiver.taken.map((at) => at - startedMs)).sort((a, b) => a - b);
    dead.stop();
    await delivering;
    return taken[Math.floor(taken.length * 0.95)] ?? Number.NaN;
  } finally {
    good.forEach((receiver) => receiver.stop());
    dead.stop();
  }
};

export interface DeliveryMeasure {
  readonly events: number;
  readonly perSecond: number;
  readonly barePerSecond: number;
  readonly pairs: readonly { readonly large: number; readonly small: number }[];
}

/** Rounds beside a dead target and alone take turns. */
export const measureDeliveries = async (quick: boolean, rounds: number): Promise<DeliveryMeasure> => {
  const events = quick ? 400 : 10_000;
  const perSecond = await measureRate(events);
  const barePerSecond = await measureBareRate(Math.min(events, 1_000));
  const pairs: { large: number; small: number }[] = [];
  const each = quick ? 60 : 200;
  // Once without being counted: what is loaded first is slow.
  await measureGood(20, false);
  for (let round = 0; round < rounds; round += 1)
    pairs.push({ small: await measureGood(each, false), large: await measureGood(each, true) });
  return { events, perSecond, barePerSecond, pairs };
};

/** Quick ones are shown and not judged. */
export const deliveryGoals = (
  { events, perSecond, barePerSecond, pairs }: DeliveryMeasure,
  quick: boolean,
): readonly Goal[] => {
  const rate = atLeastGoal(
    `${events} events to a target that answers after ${targetDelayMs} ms, a second; a bare loop of ${perConnection}`,
    perSecond,
    0.9 * (perConnection / (targetDelayMs / 1000)),
    (value) => value.toFixed(1),
  );
  const goal = { ...rate, other: barePerSecond.toFixed(1) };
  const name = `p95 of ${goodTargets} targets beside a dead one, and alone`;
  return [
    quick ? { ...goal, goal: '', met: undefined } : goal,
    growthGoal(name, pairs, milliseconds, quick ? undefined : 1.1),
  ];
};
