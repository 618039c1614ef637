import type { Connection, InboundScheme } from '../../../shared/model/connection';
import { mustBeTime7 } from '../../../shared/model/time7';
import type { Blobs, Queue, Table } from '../../../shared/ports';
import { createHookLimit } from '../../../shared/receive/hookLimit';
import { nextHint } from '../../../shared/receive/nextHint';
import type { Delivered, InboxMessage, ReceiveDeps, Received } from '../../../shared/receive/receiveWebhook';
import { receiveWebhook } from '../../../shared/receive/receiveWebhook';
import { sweepInbox } from '../../../shared/receive/sweepInbox';
import type { TakenWebhook } from '../../../shared/receive/takeReceived';
import { takeReceived } from '../../../shared/receive/takeReceived';
import { inbox } from '../../../shared/store/inbox';
import { memoryBlobs } from '../../support/inProcessRelay';
import type { MemoryTable } from '../../support/memoryTable';
import { memoryTable } from '../../support/memoryTable';
import { plainTenant, tenantIdOf } from '../../support/plainTenant';
import type { Signed } from '../ticketing/signatures/signed';
import { keyFor, seeded, senders } from '../ticketing/signatures/signed';

export const tenantId = tenantIdOf(1);
export const hookId = '00112233445566778899aabbccddeeff';
export const startMs = Date.parse('2026-11-20T08:00:00Z');

export const connectionOf = (scheme: InboundScheme, change: Partial<Connection> = {}): Connection => ({
  scope: tenantId,
  connectionId: 'desk',
  tool: 'webhook',
  enabled: true,
  audience: 'customer',
  since: mustBeTime7('2026-11-01T00:00:00Z', 'since'),
  backlog: 'none',
  url: 'https://hooks.example.com/',
  inbound: { scheme, closes: { upTo: 'low', else: 'propose' }, reopens: true, comments: 'all' },
  outbound: { events: [], comments: 'none', as: 'internal' },
  filters: {},
  mapping: {},
  ownership: { status: 'latest', classification: 'latest', determination: 'latest', assignedTo: 'latest' },
  contract: { send: [] },
  settleSeconds: 0,
  excludeTenants: [],
  hookId,
  createdAt: '2026-11-01T00:00:00Z',
  ...change,
});

export interface HookWorld {
  readonly key: string;
  readonly table: MemoryTable;
  /** What was put into the queue. */
  readonly queued: InboxMessage[];
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  readonly logged: string[];
  connection: Connection | undefined;
  /** Null: there is no such tenant any more. */
  isTenantEnabled: boolean | null;
  pass(ms: number): void;
  now(): number;
  /** As the tool signs it, now. */
  signed(body: object | string, id?: string): Signed;
  post(sent: Signed, to?: string): Promise<Received>;
  take(inboxKey: string): Promise<TakenWebhook | undefined>;
  /** It has to wait. @returns what is to be sent in so many milliseconds */
  wait(message: InboxMessage, inMs: number): Promise<InboxMessage | undefined>;
  sweep(): Promise<number>;
  /** A new process over the same storage. */
  restart(): void;
}

export interface Ports {
  readonly table?: (table: Table) => Table;
  readonly blobs?: (blobs: Blobs) => Blobs;
  readonly queue?: (queue: Queue) => Queue;
}

/** The receiver over storage in memory. */
export const hookWorld = (scheme: InboundScheme = 'standard', ports: Ports = {}): HookWorld => {
  let nowMs = startMs;
  let names = 0;
  const clock = { now: () => nowMs, elapsedMs: () => nowMs };
  const table = memoryTable(clock.now);
  const kept = new Map<string, Uint8Array>();
  const inMemory: Blobs = {
    ...memoryBlobs(),
    put: async (name, content) => {
      await Promise.resolve();
      kept.set(name, content);
    },
    get: (name) => Promise.resolve(kept.get(name)),
    delete: (name) => Promise.resolve(void kept.delete(name)),
  };
  const queued: InboxMessage[] = [];
  const plainQueue: Queue = { send: (message) => Promise.resolve(void queued.push(message as InboxMessage)) };
  const store = inbox(ports.table?.(table) ?? table);
  const received = ports.blobs?.(inMemory) ?? inMemory;
  const inboxQueue = ports.queue?.(plainQueue) ?? plainQueue;
  const key = keyFor(scheme, seeded(99));
  const logged: string[] = [];
  const keep = (message: string, fields?: unknown) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: keep, warn: keep, error: keep };
  const registry = {
    get: (id: string) =>
      Promise.resolve(
        world.isTenantEnabled === null ? undefined : { ...plainTenant(id), enabled: world.isTenantEnabled },
      ),
  };
  const world: HookWorld = {
    key,
    table,
    queued,
    blobs: kept,
    logged,
    connection: connectionOf(scheme),
    isTenantEnabled: true,
    pass: (ms) => void (nowMs += ms),
    now: () => nowMs,
    signed: (body, id = 'delivery-1') =>
      senders[world.connection?.inbound.scheme ?? scheme]({
        body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
        key,
        atMs: nowMs,
        id,
      }),
    post: ({ headers, body }, to = hookId) => receiveWebhook(deps, { hookId: to, headers, body } satisfies Delivered),
    take: (inboxKey) => takeReceived({ inbox: store, received, log }, inboxKey),
    wait: (message, inMs) => nextHint({ inbox: store, clock }, message, inMs),
    sweep: () =>
      sweepInbox({
        ...{ inbox: store, inboxQueue, clock, log, registry },
        connections: { get: () => Promise.resolve(world.connection) },
      }),
    restart: () => void (deps = made()),
  };
  const made = (): ReceiveDeps => ({
    connections: { byHook: (asked) => Promise.resolve(asked === hookId ? world.connection : undefined) },
    connectionSecrets: { inbound: () => Promise.resolve([key]) },
    registry,
    inbox: store,
    received,
    inboxQueue,
    hookLimit: createHookLimit(clock),
    clock,
    randomId: () => `blob${(names += 1)}`,
    log,
  });
  let deps = made();
  return world;
};
