import { AppError } from '../../../shared/errors';
import { AuthError } from '../../../shared/errors';
import { replayRange } from '../../../shared/delivery/replay';
import type { Connection } from '../../../shared/model/connection';
import { allTenants, targetIdOf } from '../../../shared/model/connection';
import type { TicketSnapshot } from '../../../shared/model/ticket';
import { mustBeTime7 } from '../../../shared/model/time7';
import type { Row, RowOperation, Table, Vault } from '../../../shared/ports';
import { connectionStore } from '../../../shared/store/connections';
import { deadLetters } from '../../../shared/store/deadLetters';
import { openLanes } from '../../../shared/store/openLanes';
import { ticketPartition } from '../../../shared/store/ticketIndex';
import { tenantRegistry } from '../../../shared/store/tenants';
import { connectionSecrets } from '../../../shared/ticketing/connectionSecrets';
import { memoryBlobs } from '../../support/inProcessRelay';
import type { MemoryTable } from '../../support/memoryTable';
import { memoryTable } from '../../support/memoryTable';
import { plainConnection } from '../../support/plainConnection';
import { plainTenant, tenantIdOf } from '../../support/plainTenant';
import type { RandomSource } from '../../support/randomSource';
import { randomSource } from '../../support/randomSource';
import { createTimeline } from '../day/timeline';
import { checkWorld } from './checkWorld';
import type { DeskTicket } from './desk';
import { createDesk } from './desk';
import type { HookSender } from './hooks';
import { createHooks } from './hooks';
import { createMessages } from './messages';
import type { DefenderIncident } from './microsoft';
import { createMicrosoft } from './microsoft';
import type { Host } from './network';
import { createNetwork, elsewhere } from './network';
import { actAsPeople } from './people';
import type { TicketPlan } from './plan';
import type { RelayProcess, TicketTables } from './relayProcess';
import { startRelayProcess } from './relayProcess';
import { connectionsToForbidden } from './rebinding';
import { sendBursts } from './bursts';
import { createSink } from './sink';
import { createTicketSteps } from './steps';
import { createTicketTally } from './ticketFaults';
import type { Announced, Target, World, WorldResult } from './world';

export interface WorldOptions {
  readonly seed: number;
  readonly plan: (random: RandomSource, others: RandomSource) => TicketPlan;
  readonly withStory?: boolean;
}

const startMs = Date.parse('2026-11-20T08:00:00.000Z');
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** All tries of an event, with what a target that was down costs. */
const longestQuietMs = 10 * 24 * hourMs;
const sinceIso = '2026-11-19T00:00:00Z';

export const runWorld = async ({ seed, plan: planOf, withStory = false }: WorldOptions): Promise<WorldResult> => {
  const random = randomSource(seed * 2_654_435_761);
  const others = randomSource(seed * 40_503 + 17);
  const plan = planOf(random, others);
  const { rates } = plan;
  const timeline = createTimeline(startMs);
  const tally = createTicketTally();
  const story: string[] = [];
  const tell = (what: string): void => {
    if (withStory) story.push(`${new Date(timeline.now()).toISOString().slice(5, 23)} ${what}`);
  };
  const endMs = startMs + plan.hours * hourMs;
  let areFaultsOn = true;
  const faultsOn = (): boolean => areFaultsOn;
  const breaches: string[] = [];
  const onBug = (error: unknown): void => {
    // What the app throws on purpose comes again; anything else is a mistake of the app, or of this world.
    if (!(error instanceof AppError))
      breaches.push(`bug: ${error instanceof Error ? (error.stack ?? error.message).slice(0, 600) : String(error)}`);
    else tell(`failed: ${error.message}`);
  };
  const logged: string[] = [];
  const log = (line: string): void => {
    logged.push(line);
    tell(line);
  };

  const table = (): MemoryTable => memoryTable(() => timeline.now());
  const tables = { tenants: table(), incidents: table(), index: table(), connections: table(), inbox: table() };
  const announced = new Map<string, Announced>();
  const watched: TicketTables = {
    ...tables,
    incidents: watching(tables.incidents, announced, breaches),
    connections: {
      ...tables.connections,
      write: (operation) => tables.connections.write(operation).finally(() => noteRows()),
    },
  };
  const bodies = memoryBlobs();
  const received = memoryBlobs();
  const secretsKept = new Map<string, string>();
  const canaries: string[] = [];
  const vault: Pick<Vault, 'getSecret' | 'setSecret' | 'deleteSecret'> = {
    getSecret: (name) => {
      const value = secretsKept.get(name);
      if (value === undefined)
        return Promise.reject(new AuthError('no such secret', 'SecretNotFound', { reason: 'credentialMissing' }));
      return Promise.resolve(value);
    },
    setSecret: (name, value) => Promise.resolve(void secretsKept.set(name, value)),
    deleteSecret: (name) => Promise.resolve(secretsKept.delete(name)),
  };
  const clock = { now: () => timeline.now(), elapsedMs: () => timeline.now() };
  const operator = {
    connections: connectionStore(tables.connections, tables.index),
    secrets: connectionSecrets(vault, clock),
  };
  const newKey = (): string => {
    const key = Buffer.from(Array.from({ length: 32 }, () => random.below(256))).toString('base64');
    canaries.push(key);
    return `whsec_${key}`;
  };

  const tenantIds = Array.from({ length: plan.tenants }, (_, at) => tenantIdOf(at + 1));
  const registry = tenantRegistry(tables.tenants);
  for (const tenantId of tenantIds) await registry.put(plainTenant(tenantId, { writeBack: random.next() < 0.85 }));
  const microsoft = createMicrosoft({ timeline, random, tally, rates, faultsOn });
  const processes: (RelayProcess | undefined)[] = [];
  const alive = (): readonly RelayProcess[] =>
    processes.filter((each) => each !== undefined && !each.steps.dead) as RelayProcess[];
  const messages = createMessages({ timeline, random, tally, rates, faultsOn, onBug, takers: alive });
  const isKnown = (hookId: string, ticketId: string): boolean => {
    const target = targets.find((one) => one.hookId === hookId);
    return tables.index
      .rows()
      .some((row) => target !== undefined && row.ticketId === ticketId && row.partitionKey === ticketPartition(target));
  };
  const hooks = createHooks({ timeline, random, tally, rates, faultsOn, onBug, isKnown, doors: alive });

  // Connections, with whoever stands at their other end.
  const targets: Target[] = [];
  const hosts = new Map<string, Host>();
  let downTarget = -1;
  const downFromMs = startMs + 30 * minuteMs + random.below(2 * hourMs);
  const downToMs = downFromMs + plan.outageHours * hourMs;
  const addTarget = async (scope: string, kind: 'desk' | 'sink'): Promise<void> => {
    const at = targets.length;
    const isForgetful = random.next() < plan.forgetfulShare;
    const isFinal = random.next() < plan.finalShare;
    const inboundKey = random.next() < plan.keylessShare ? undefined : newKey();
    const outboundKey = newKey();
    const authSecret = `canary-${seed}-${at}-${random.below(1e9)}`;
    canaries.push(authSecret);
    const connectionId = kind;
    const scheme = kind === 'desk' ? (plan.schemes[at % plan.schemes.length] ?? 'standard') : 'standard';
    const storm = kind === 'desk' ? plan.storm : null;
    const hookId = at.toString(16).padStart(32, '0');
    const urls =
      kind === 'desk' ? [`https://desk${at}.example/`] : [`https://sink${at}.example/a`, `https://sink${at}.example/b`];
    const decoyTenant = tenantIds.find((one) => one !== scope) ?? '';
    const desk =
      kind === 'desk'
        ? createDesk({
            url: urls[0] ?? '',
            secret: authSecret,
            isFinal,
            timeline,
            decoy: { tenantId: decoyTenant, scope: decoyTenant },
          })
        : undefined;
    const sink = kind === 'sink' ? createSink(urls, outboundKey, timeline) : undefined;
    const owners = ['defender', 'ticket', 'latest'] as const;
    const owner = () => owners[random.below(3)] ?? 'latest';
    const connection: Connection = {
      ...plainConnection,
      ...{ scope, connectionId, hookId, url: urls[0] ?? '', since: mustBeTime7(sinceIso, 'since') },
      tool: kind === 'sink' ? 'webhook' : isForgetful ? 'servicenow' : isFinal ? 'jira' : 'zendesk',
      ...(desk === undefined ? {} : { auth: { kind: 'bearer' as const } }),
      ...(storm === null ? {} : { storm }),
      inbound: {
        scheme,
        closes: {
          upTo: (['none', 'low', 'high', 'high'] as const)[random.below(4)] ?? 'high',
          else: random.next() < 0.5 ? 'propose' : 'ignore',
        },
        reopens: random.next() < 0.7,
        comments: 'all',
      },
      outbound: { ...plainConnection.outbound, comments: random.next() < 0.5 ? 'all' : 'own' },
      ownership: { status: owner(), classification: owner(), determination: owner(), assignedTo: owner() },
      settleSeconds: [0, 0, 60, 300][random.below(4)] ?? 0,
      secretsSetAt: {
        auth: new Date(startMs).toISOString(),
        inbound: new Date(startMs).toISOString(),
        outbound: new Date(startMs).toISOString(),
      },
    };
    await operator.secrets.put(connection, {
      ...(desk === undefined ? {} : { auth: authSecret }),
      ...(inboundKey === undefined ? {} : { inbound: inboundKey }),
      ...(sink === undefined ? {} : { outbound: outboundKey }),
    });
    await operator.connections.put(connection);
    const isDown = (): boolean => downTarget === at && timeline.now() >= downFromMs && timeline.now() < downToMs;
    const host: Host = {
      isDesk: desk !== undefined,
      isDown,
      answer: (request) => (desk ?? sink)?.answer(request) ?? { status: 500, headers: {}, body: '' },
    };
    for (const url of urls) hosts.set(url, host);
    const target: Target = {
      ...{
        scope,
        connectionId,
        targetId: targetIdOf(connection),
        hookId,
        desk,
        sink,
        isForgetful,
        inboundKey,
        scheme,
        storm,
      },
      removedAtMs: undefined,
      closedSinceMs: new Map(urls.slice(1).map((url) => [url, startMs])),
    };
    targets.push(target);
    if (desk !== undefined) desk.onNews = (news) => hooks.send(senderOf(target), news);
  };
  for (const scope of tenantIds) {
    await addTarget(scope, 'desk');
    await addTarget(scope, 'sink');
  }
  if (plan.shared !== 'none') await addTarget(allTenants, plan.shared);
  if (plan.outageHours > 0) downTarget = random.below(targets.length);

  let connectionRows = new Map<string, Row>();
  const stored = ({ scope, connectionId }: Target): Row | undefined => connectionRows.get(`${scope} ${connectionId}`);
  const senders = new Map<Target, HookSender>();
  const senderOf = (target: Target): HookSender => {
    const known = senders.get(target);
    if (known !== undefined) return known;
    const sender: HookSender = {
      hookId: target.hookId,
      isForgetful: target.isForgetful,
      scheme: target.scheme,
      key: () => target.inboundKey,
      isServed: () => stored(target)?.enabled === true,
    };
    senders.set(target, sender);
    return sender;
  };

  // The line to the targets. Nothing may be sent to whom the rows say no longer, but for what was under way.
  let ambiguous = 0;
  const underWayMs = 150_000;
  const connectionOfUrl = (url: string): Target | undefined =>
    targets.find(({ desk, sink }) => desk?.url === url || sink?.urls.has(url) === true);
  const network = createNetwork({
    ...{ timeline, random, tally, rates, faultsOn },
    hostOf: (url) => hosts.get(url),
    onCall: ({ url }) => {
      tell(`call ${url}`);
      if (url === elsewhere) breaches.push('a redirect was followed');
      const target = connectionOfUrl(url);
      const closed = target?.closedSinceMs.get(url);
      if (closed !== undefined && timeline.now() - closed > underWayMs)
        breaches.push(
          `${url} was called ${Math.round((timeline.now() - closed) / 1000)} s after it was switched off, removed or moved`,
        );
    },
    onLostAnswer: () => {
      ambiguous += 1;
    },
    onGone: (url) => tell(`${url} says it is gone`),
  });
  const noteRows = (): void => {
    connectionRows = new Map(tables.connections.rows().map((row) => [`${row.partitionKey} ${row.rowKey}`, row]));
    for (const target of targets) {
      const row = stored(target);
      const open = row?.enabled === true ? row.url : undefined;
      for (const url of [...(target.desk === undefined ? [] : [target.desk.url]), ...(target.sink?.urls ?? [])])
        if (url === open) target.closedSinceMs.delete(url);
        else if (!target.closedSinceMs.has(url)) target.closedSinceMs.set(url, timeline.now());
    }
  };

  noteRows();

  const inDesk = (hookId: string, { ticketId }: TicketSnapshot): DeskTicket | undefined =>
    targets.find((one) => one.hookId === hookId)?.desk?.tickets.get(ticketId);
  let ids = 0;
  const start = (at: number): void => {
    const name = `P${at}.${(ids += 1)}`;
    const onDeath = (): void => {
      tell(`${name} ends`);
      ambiguous += 1;
      timeline.at(timeline.now() + 1_000 * (1 + random.below(120)), () => start(at));
    };
    const steps = createTicketSteps({ timeline, random, tally, rates, faultsOn, onDeath });
    processes[at] = startRelayProcess({
      ...{ name, steps, timeline, tables: watched, bodies, received, messages, vault, log },
      send: network(steps),
      writerOf: (tenantId) => microsoft.writer(tenantId, steps),
      onShown: ({ hookId }, tickets) =>
        hooks.shown(
          hookId,
          tickets.flatMap((each) => inDesk(hookId, each) ?? []),
        ),
      randomId: () => `${name}-${(ids += 1)}`.replaceAll('.', '-').padEnd(20, 'x'),
    });
  };
  for (let at = 0; at < plan.processes; at += 1) start(at);

  // What polls have to store, by tenant.
  const unread = new Map<string, Map<string, DefenderIncident>>(tenantIds.map((tenantId) => [tenantId, new Map()]));
  let versions = 0;
  microsoft.onVersion = (incident) => {
    versions += 1;
    unread.get(incident.tenantId)?.set(incident.id, incident);
    pollSoon(incident.tenantId);
  };
  const pollsDue = new Set<string>();
  const pollSoon = (tenantId: string): void => {
    if (pollsDue.has(tenantId)) return;
    pollsDue.add(tenantId);
    timeline.at(timeline.now() + 20_000 + random.below(100_000), () => {
      pollsDue.delete(tenantId);
      poll(tenantId)
        .catch(onBug)
        .finally(() => {
          if ((unread.get(tenantId)?.size ?? 0) > 0) pollSoon(tenantId);
        });
    });
  };
  const polling = new Set<string>();
  const poll = async (tenantId: string): Promise<void> => {
    const waiting = unread.get(tenantId);
    const running = alive();
    const by = running[random.below(running.length)];
    if (waiting === undefined || waiting.size === 0 || by === undefined || polling.has(tenantId)) return;
    polling.add(tenantId);
    const shown = [...waiting.values()].map((incident) => microsoft.observe(incident));
    const done = by.store(tenantId, shown).then(
      () => true,
      (error: unknown) => {
        onBug(error);
        return false;
      },
    );
    const isDone = await Promise.race([done, by.steps.died.then(() => false)]);
    polling.delete(tenantId);
    if (!isDone) return;
    for (const { header, version } of shown)
      if (waiting.get(header.incidentId)?.version === version) waiting.delete(header.incidentId);
  };
  const every = (ms: () => number, work: () => void): void => {
    const next = (): void => {
      timeline.at(timeline.now() + ms(), () => {
        work();
        next();
      });
    };
    next();
  };
  every(
    // Days in which nobody does anything are gone through in longer strides.
    () => (timeline.now() < endMs + 3 * hourMs ? 5 : 20) * minuteMs,
    () => {
      if (faultsOn() && random.next() < rates.timerSkipped) {
        tally.hit('6 timer skipped');
        return;
      }
      const running = alive();
      running[random.below(running.length)]?.sweep().catch(onBug);
    },
  );
  // Whoever runs the relay switches on again what a 410 switched off.
  const put = async (target: Target, change: Partial<Connection>): Promise<void> => {
    const found = await operator.connections.get(target.scope, target.connectionId);
    if (found === undefined || target.removedAtMs !== undefined) return;
    const next: Connection = { ...found, ...change };
    await operator.connections.put(next);
    noteRows();
    if (next.enabled) messages.put('deliver', { announce: { scope: target.scope, connectionId: target.connectionId } });
  };
  every(
    () => 45 * minuteMs,
    () => {
      for (const target of targets)
        if (stored(target)?.enabled === false && stored(target)?.disabledBecause !== undefined)
          put(target, { enabled: true }).catch(onBug);
    },
  );

  const during = (): number => startMs + random.below(plan.hours * hourMs);
  const config = async (target: Target): Promise<void> => {
    const kind = random.below(4);
    if (kind === 0 && target.scope !== allTenants) {
      tally.hit('39 removed');
      const found = await operator.connections.get(target.scope, target.connectionId);
      target.removedAtMs = timeline.now();
      if (found === undefined) return;
      await operator.connections.put({ ...found, enabled: false });
      await operator.secrets.delete(found);
      await operator.connections.delete(target.scope, target.connectionId);
      noteRows();
    } else if (kind === 1) {
      tally.hit('39 switched');
      await put(target, { enabled: false });
      timeline.at(timeline.now() + random.below(3 * hourMs), () => void put(target, { enabled: true }).catch(onBug));
    } else if (kind === 2 && target.sink !== undefined) {
      tally.hit('39 switched');
      const now = stored(target)?.url;
      const other = [...target.sink.urls].find((url) => url !== now) ?? '';
      await put(target, { url: other, enabled: true });
    } else await turnKey(target);
  };
  const turnKey = async (target: Target): Promise<void> => {
    const found = await operator.connections.get(target.scope, target.connectionId);
    if (found === undefined || (target.desk !== undefined && target.inboundKey === undefined)) return;
    tally.hit('39 key turned');
    const key = newKey();
    const kind = target.sink === undefined ? 'inbound' : 'outbound';
    await operator.secrets.put(found, { [kind]: key });
    const { secretsSetAt = {} } = found;
    if (target.sink !== undefined) {
      const before = target.sink.keys;
      target.sink.keys = [key, ...before.slice(0, 1)];
      timeline.at(timeline.now() + 25 * hourMs, () => {
        if (target.sink !== undefined) target.sink.keys = target.sink.keys.slice(0, 1);
      });
    } else timeline.at(timeline.now() + random.below(20 * hourMs), () => void (target.inboundKey = key));
    await put(target, { secretsSetAt: { ...secretsSetAt, [kind]: new Date(timeline.now()).toISOString() } });
  };
  // Keys are turned at most once each, far apart from the next.
  const changeable = [...targets];
  for (let at = 0; at < plan.configChanges; at += 1) {
    const [target] = changeable.splice(random.below(changeable.length), 1);
    if (target !== undefined) timeline.at(during(), () => void config(target).catch(onBug));
  }
  for (let at = 0; at < plan.attacks; at += 1) timeline.at(during(), () => hooks.attack(targets.map(senderOf)));
  actAsPeople({ plan, random, timeline, tally, microsoft, targets, tenantIds, during, faultsOn, tell });
  const bursts = sendBursts({ plan, random: others, timeline, tally, microsoft, tenantIds, startMs, tell });

  await timeline.runUntil(endMs);
  await timeline.runUntil(Math.max(endMs, plan.outageHours > 0 ? downToMs : 0));
  areFaultsOn = false;
  const pending = (): number =>
    tables.incidents.rows().filter(({ rowKey, state }) => rowKey.startsWith('o_') && state === 'pending').length;
  const isQuiet = (): boolean =>
    pending() === 0 &&
    messages.waiting === 0 &&
    hooks.underWay === 0 &&
    // Whoever switched one off switches it on again.
    targets.every((target) => target.removedAtMs !== undefined || stored(target)?.enabled === true) &&
    [...unread.values()].every(({ size }) => size === 0) &&
    !tables.inbox.rows().some(({ partitionKey }) => partitionKey.startsWith('open_'));
  const quiet = async (limitMs: number): Promise<void> => {
    const untilMs = timeline.now() + limitMs;
    await timeline.runUntil(timeline.now() + 30 * minuteMs);
    for (let calmFor = 0; timeline.now() < untilMs && calmFor < 2; calmFor = isQuiet() ? calmFor + 1 : 0)
      await timeline.runUntil(timeline.now() + 20 * minuteMs);
  };
  await quiet(longestQuietMs);
  const deadRows = tables.incidents.rows().filter(({ rowKey, state }) => rowKey.startsWith('o_') && state === 'dead');
  const letters = tables.index.rows().filter(({ partitionKey }) => partitionKey.startsWith('dead_'));
  for (const row of deadRows)
    if (
      !letters.some(
        (one) =>
          one.tenantId === row.partitionKey &&
          one.connectionId === row.connectionId &&
          one.incidentId === row.incidentId &&
          one.version === row.version,
      )
    )
      breaches.push(`an event that was given up is in no list of dead letters: ${row.rowKey}`);
  let replayed = 0;
  if (deadRows.length > 0) {
    const queue = { send: (message: object) => Promise.resolve().then(() => messages.put('deliver', message)) };
    const replaying = {
      incidents: tables.incidents,
      lanes: openLanes(tables.index),
      dead: deadLetters(tables.index),
      queue,
      clock,
    };
    for (const tenantId of tenantIds) {
      const range = {
        targetIds: undefined,
        from: mustBeTime7('2026-01-01T00:00:00Z', 'from'),
        to: mustBeTime7('2027-12-31T00:00:00Z', 'to'),
      };
      const { count } = await replayRange(replaying, tenantId, { ...range, states: ['dead'] });
      replayed += count;
    }
    await quiet(longestQuietMs);
  }
  if (!isQuiet())
    breaches.push(
      `it does not come to rest: ${pending()} events pending, ${messages.waiting} messages, ${[...unread.values()].reduce((sum, { size }) => sum + size, 0)} unread, ${tables.inbox.rows().filter(({ partitionKey }) => partitionKey.startsWith('open_')).length} webhooks open`,
    );
  const world: World = {
    ...{ tenantIds, targets, bursts, microsoft, hooks, tables, announced, canaries, logged, queued: messages.sent },
    ambiguous: () => ambiguous + (tally.counts()['22 storage before'] ?? 0) + (tally.counts()['22 storage after'] ?? 0),
  };
  if (plan.withSockets) {
    const opened = await connectionsToForbidden(4);
    if (opened > 0) breaches.push(`${opened} connections were opened to an address that is not public`);
  }
  const checked = checkWorld(world);
  const virtualHours = Math.round((timeline.now() - startMs) / hourMs);
  for (const each of alive()) each.steps.die();
  return {
    ...{ seed, tenants: plan.tenants, incidents: microsoft.incidents.size, versions, events: announced.size },
    ...checked.counts,
    ...{
      ambiguous: world.ambiguous(),
      dead: deadRows.length,
      replayed,
      hooks: hooks.messages.length,
      genuine: hooks.genuine,
      forged: hooks.forged,
    },
    relayWrites: microsoft.writes.length,
    unheard: hooks.messages.filter(({ isUnheard }) => isUnheard).length,
    breaches: [...breaches, ...hooks.faults, ...checked.breaches],
    faults: tally.counts(),
    ...{ virtualHours, story },
  };
};

/** Remembers each event as it was first announced: it may never be called otherwise. */
const watching = (table: MemoryTable, announced: Map<string, Announced>, breaches: string[]): Table => {
  const look = (operations: readonly RowOperation[]): void => {
    for (const operation of operations) {
      if (operation.kind === 'delete' || !operation.row.rowKey.startsWith('o_')) continue;
      const { partitionKey, rowKey, eventId, connectionId, incidentId, version } = operation.row as Row &
        Readonly<Record<string, string>>;
      const key = `${partitionKey} ${rowKey}`;
      const known = announced.get(key);
      if (known !== undefined && known.eventId !== eventId) breaches.push(`an event got another id: ${rowKey}`);
      announced.set(key, {
        ...{ eventId: eventId ?? '', tenantId: partitionKey, targetId: connectionId ?? '' },
        ...{ incidentId: incidentId ?? '', version: version ?? '' },
      });
    }
  };
  return {
    ...table,
    write: async (operation) => {
      const etag = await table.write(operation);
      look([operation]);
      return etag;
    },
    writeBatch: async (operations) => {
      const etags = await table.writeBatch(operations);
      look(operations);
      return etags;
    },
  };
};
