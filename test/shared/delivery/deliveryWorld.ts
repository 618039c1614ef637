import type { Connection } from '../../../shared/model/connection';
import { targetIdOf } from '../../../shared/model/connection';
import type { EventType, OutboxEvent } from '../../../shared/model/outbox';
import type { Tenant } from '../../../shared/model/tenant';
import type { OutgoingComment, TicketChange, TicketContent, TicketRef } from '../../../shared/model/ticket';
import { mustBeTime7 } from '../../../shared/model/time7';
import type { Table } from '../../../shared/ports';
import { createDelivery } from '../../../shared/delivery/createDelivery';
import { packBody } from '../../../shared/store/body';
import { connectionStore } from '../../../shared/store/connections';
import { toIncidentRow } from '../../../shared/store/incidents';
import { toEventRow } from '../../../shared/store/outbox';
import type { Connector, EventSender, ToolDefinition } from '../../../shared/ticketing/connector';
import { z } from 'zod';
import type { VirtualClock } from '../../support/inProcessRelay';
import { memoryBlobs, virtualClock } from '../../support/inProcessRelay';
import type { MemoryTable } from '../../support/memoryTable';
import { memoryTable } from '../../support/memoryTable';

export const tenantId = '11111111-1111-4111-8111-111111111111';

export const tenant: Tenant = {
  tenantId,
  name: 'Contoso',
  cloud: 'public',
  backend: 'graph',
  groups: [],
  sealed: false,
  intervalSeconds: undefined,
  enabled: true,
  writeBack: false,
  attributes: {},
  contract: { never: [] },
};

export const connectionOf = (change: Partial<Connection> = {}): Connection => ({
  scope: tenantId,
  connectionId: 'desk',
  tool: 'servicenow',
  enabled: true,
  audience: 'customer',
  since: mustBeTime7('2026-11-01T00:00:00Z', 'since'),
  backlog: 'none',
  url: 'https://tool.example',
  inbound: { scheme: 'standard', closes: { upTo: 'low', else: 'propose' }, reopens: true, comments: 'all' },
  outbound: { events: ['created', 'updated', 'resolved', 'reopened', 'merged'], comments: 'own', as: 'internal' },
  filters: {},
  mapping: {},
  ownership: { status: 'latest', classification: 'latest', determination: 'latest', assignedTo: 'defender' },
  contract: { send: [] },
  settleSeconds: 0,
  excludeTenants: [],
  hookId: 'a'.repeat(32),
  createdAt: '2026-11-01T00:00:00.000Z',
  ...change,
});

/**
 * A ticket tool in memory: it does what it is told, unless `fault` throws, before the work or after it, or `within` a create: when the ticket
 * is there, and its comments and state are not. As every connector it takes a comment once.
 */
export interface ToolInMemory {
  readonly tickets: Map<
    string,
    {
      readonly key: string;
      readonly titles: string[];
      readonly comments: string[];
      status: string;
      assignee: string | undefined;
      writes: number;
    }
  >;
  readonly calls: {
    readonly at: number;
    readonly what: string;
    readonly key: string;
    readonly writeIds: readonly string[];
  }[];
  fault: ((what: string, when: 'before' | 'within' | 'after') => void) | undefined;
  /** What `connect` throws. */
  unfit: Error | undefined;
  readonly definition: ToolDefinition;
}

type Said = Pick<OutgoingComment, 'writeId'>;

const toolInMemory = (clock: VirtualClock): ToolInMemory => {
  const tickets: ToolInMemory['tickets'] = new Map();
  const calls: ToolInMemory['calls'] = [];
  const done = async <T>(what: string, key: string, work: () => T, said: readonly Said[] = []): Promise<T> => {
    await Promise.resolve();
    calls.push({ at: clock.now(), what, key, writeIds: said.map(({ writeId }) => writeId) });
    tool.fault?.(what, 'before');
    const result = work();
    tool.fault?.(what, 'after');
    return result;
  };
  const refOf = (ticketId: string): TicketRef => ({ ticketId, number: ticketId, url: null });
  const connector: Connector = {
    whoAmI: () => Promise.resolve({ id: 'relay', name: 'relay' }),
    find: (key) =>
      done('find', key, () => {
        const found = [...tickets].find(([, ticket]) => ticket.key === key);
        return found && refOf(found[0]);
      }),
    create: (content: TicketContent) => {
      const { key, title, status, assignee } = content;
      const make = (): TicketRef => {
        const ticketId = `T${tickets.size + 1}`;
        const ticket = { key, titles: [title], comments: [] as string[], status: 'new', assignee, writes: 1 };
        tickets.set(ticketId, ticket);
        tool.fault?.('create', 'within');
        ticket.status = status;
        ticket.comments.push(...content.comments.map(({ text }) => text));
        return refOf(ticketId);
      };
      return done('create', key, make, content.comments);
    },
    update: (ticketId, change: TicketChange) => {
      const write = (): void => {
        const ticket = tickets.get(ticketId);
        if (ticket === undefined) throw new Error(`no ticket ${ticketId}`);
        ticket.writes += 1;
        if (change.title !== undefined) ticket.titles.push(change.title);
        ticket.status = change.status ?? ticket.status;
        ticket.assignee = change.assignee ?? ticket.assignee;
        const isKnown = (writeId: string): boolean => ticket.comments.some((known) => known.includes(writeId));
        ticket.comments.push(...change.comments.filter(({ writeId }) => !isKnown(writeId)).map(({ text }) => text));
      };
      return done('update', change.key, write, change.comments);
    },
    read: () => Promise.resolve(undefined),
    changedSince: () => Promise.resolve([]),
  };
  const tool: ToolInMemory = {
    tickets,
    calls,
    fault: undefined,
    unfit: undefined,
    definition: {
      tool: 'servicenow',
      title: 'Tool',
      delivers: 'state',
      schemes: ['standard'],
      auth: ['none'],
      settings: z.record(z.string(), z.string()),
      fromTicket: () => [],
      reopens: true,
      connect: () => {
        if (tool.unfit !== undefined) throw tool.unfit;
        return connector;
      },
    },
  };
  return tool;
};

export interface ReceiverInMemory {
  readonly taken: { readonly id: string; readonly body: string; readonly at: number }[];
  fault: ((id: string) => void) | undefined;
  readonly definition: ToolDefinition;
}

const receiverInMemory = (clock: VirtualClock): ReceiverInMemory => {
  const sender: EventSender = {
    send: async ({ id, body }) => {
      await Promise.resolve();
      receiver.fault?.(id);
      receiver.taken.push({ id, body, at: clock.now() });
      return { status: 202 };
    },
  };
  const receiver: ReceiverInMemory = {
    taken: [],
    fault: undefined,
    definition: {
      tool: 'webhook',
      title: 'Receiver',
      delivers: 'events',
      schemes: ['standard'],
      auth: ['none'],
      settings: z.record(z.string(), z.string()),
      fromTicket: () => [],
      sender: () => sender,
    },
  };
  return receiver;
};

interface Queued {
  readonly message: object;
  readonly atMs: number;
}

export interface GivenIncident {
  readonly id: string;
  /** ISO 8601. */
  readonly updated: string;
  /** Default: `updated`. */
  readonly created?: string;
  readonly title?: string;
  readonly severity?: string;
  readonly status?: string;
  readonly redirect?: string;
  readonly type?: EventType;
  readonly assignedTo?: string;
  readonly comments?: readonly string[];
  /** Default: `desk`. */
  readonly targets?: readonly Connection[];
  readonly keepsVersions?: boolean;
}

export interface DeliveryWorld {
  readonly clock: VirtualClock;
  readonly incidents: MemoryTable;
  readonly index: MemoryTable;
  readonly connectionsTable: MemoryTable;
  readonly tool: ToolInMemory;
  readonly receiver: ReceiverInMemory;
  readonly delivery: ReturnType<typeof createDelivery>;
  readonly queued: Queued[];
  readonly logged: string[];
  readonly lane: (
    incidentId: string,
    connection?: Connection,
  ) => { tenantId: string; targetId: string; incidentId: string };
  /** Another process over the same storage: what the first one remembered is gone. */
  restart(): ReturnType<typeof createDelivery>;
  put(connection: Connection): Promise<void>;
  /** As a run writes it: lane first, then incident and events in one batch; `hint: false`: the hint is lost. */
  store(incident: GivenIncident, options?: { readonly hint?: boolean }): Promise<void>;
  /** Takes every message that is due, until none is. */
  drain(): Promise<void>;
  /** Minute by minute, with a sweep every five. */
  live(minutes: number): Promise<void>;
  states(): Record<string, number>;
}

/** The real delivery over tables in memory, a tool in memory and a clock that moves when told. */
export const deliveryWorld = (wrap: (table: MemoryTable, name: string) => Table = (table) => table): DeliveryWorld => {
  const clock = virtualClock('2026-11-20T08:00:00.000Z');
  const nowMs = (): number => clock.now();
  const [incidents, index, connectionsTable] = [memoryTable(nowMs), memoryTable(nowMs), memoryTable(nowMs)];
  const bodies = memoryBlobs();
  const queued: Queued[] = [];
  const logged: string[] = [];
  const note = (message: string): void => void logged.push(message);
  const log = { info: note, warn: note, error: note };
  const tool = toolInMemory(clock);
  const receiver = receiverInMemory(clock);
  const queue = {
    send: (message: object, { delayMs = 0 }: { readonly delayMs?: number } = {}) => {
      queued.push({ message: JSON.parse(JSON.stringify(message)) as object, atMs: clock.now() + delayMs });
      return Promise.resolve();
    },
  };
  const tables = {
    incidents: wrap(incidents, 'incidents'),
    index: wrap(index, 'index'),
    connections: wrap(connectionsTable, 'connections'),
  };
  let ids = 0;
  const start = () =>
    createDelivery({
      storage: { ...tables, bodies, deliverQueue: queue },
      registry: {
        get: (asked) => Promise.resolve(asked === tenantId ? tenant : undefined),
        pages: async function* () {
          await Promise.resolve();
          yield [tenant];
        },
      },
      connections: connectionStore(tables.connections, tables.index),
      secrets: { auth: () => Promise.resolve('secret'), outbound: () => Promise.resolve([]) },
      tools: { servicenow: tool.definition, webhook: receiver.definition },
      send: () => Promise.reject(new Error('nothing is sent')),
      clock,
      log,
      randomId: () => `by${(ids += 1)}`,
    });
  let delivery = start();
  const take = async (): Promise<boolean> => {
    const at = queued.findIndex(({ atMs }) => atMs <= clock.now());
    if (at < 0) return false;
    const [next] = queued.splice(at, 1);
    await delivery.take(next?.message);
    return true;
  };
  const world: DeliveryWorld = {
    clock,
    incidents,
    index,
    connectionsTable,
    tool,
    receiver,
    get delivery() {
      return delivery;
    },
    queued,
    logged,
    lane: (incidentId, connection = connectionOf()) => ({ tenantId, targetId: targetIdOf(connection), incidentId }),
    restart: () => (delivery = start()),
    put: async (connection) => {
      await connectionStore(connectionsTable, index).put(connection);
    },
    store: async (given, { hint = true } = {}) => {
      const { id, updated, title = `Incident ${id}`, severity = 'medium', status = 'active', redirect = null } = given;
      const version = mustBeTime7(updated, 'updated');
      const body = {
        id,
        displayName: title,
        severity,
        status,
        lastUpdateDateTime: updated,
        redirectIncidentId: redirect,
        alerts: [],
        ...(given.comments === undefined
          ? {}
          : { comments: given.comments.map((comment) => ({ comment, createdDateTime: '2026-11-20T06:00:00Z' })) }),
      };
      const packed = packBody(body, 'none');
      const header = {
        incidentId: id,
        displayName: title,
        status,
        severity,
        classification: null,
        determination: null,
        assignedTo: given.assignedTo ?? null,
        createdDateTime: given.created ?? updated,
        lastUpdateDateTime: updated,
        redirectIncidentId: redirect,
        incidentWebUrl: null,
        alertsCount: 0,
      };
      const stored = { tenantId, header, version, complete: true, asOf: version };
      const row = { ...toIncidentRow(stored, { bodyDigest: 'b', watchedDigest: `w${updated}` }), ...packed.columns };
      const events = (given.targets ?? [connectionOf()]).map((connection): OutboxEvent => ({
        eventId: `evt_${id}_${updated}_${targetIdOf(connection)}`,
        tenantId,
        connectionId: targetIdOf(connection),
        incidentId: id,
        type: given.type ?? 'created',
        version,
        watchedDigest: `w${updated}`,
      }));
      await delivery.announcing.ahead(tenantId, events);
      await incidents.writeBatch([
        { kind: 'upsert', row },
        ...events.map((event) => ({
          kind: 'upsert' as const,
          row: toEventRow(event, given.keepsVersions === true ? packed : undefined),
        })),
      ]);
      if (hint) await delivery.announcing.after(tenantId, events);
    },
    drain: async () => {
      while (await take());
    },
    live: async (minutes) => {
      for (let minute = 1; minute <= minutes; minute += 1) {
        clock.advance(60_000);
        if (minute % 5 === 0) await delivery.sweep();
        await world.drain();
      }
    },
    states: () => {
      const counts: Record<string, number> = {};
      for (const row of incidents.rows())
        if (row.rowKey.startsWith('o_')) counts[String(row.state)] = (counts[String(row.state)] ?? 0) + 1;
      return counts;
    },
  };
  return world;
};
