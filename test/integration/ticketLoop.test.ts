import type { FakeTool } from '../../local/tools/fakeTool';
import { jiraPerson, jiraProject, jiraUser, startJira } from '../../local/tools/jira/index';
import { servicenowAccount, servicenowPerson, startServicenow } from '../../local/tools/servicenow/index';
import { answerGraph } from '../../local/microsoft';
import type { Incident } from '../../local/microsoft/world/incident';
import { createApplying } from '../../shared/changes/createApplying';
import { createWritePermits } from '../../shared/changes/writePermits';
import { createDelivery } from '../../shared/delivery/createDelivery';
import { deliverLane } from '../../shared/delivery/deliverLane';
import { writerFor } from '../../shared/incidents/writerFor';
import type { Connection } from '../../shared/model/connection';
import type { Tenant } from '../../shared/model/tenant';
import { mustBeTime7 } from '../../shared/model/time7';
import type { Queue, Send } from '../../shared/ports';
import type { InboxMessage } from '../../shared/receive/applyTicketChange';
import { applyTicketChange } from '../../shared/receive/applyTicketChange';
import { undiciSend } from '../../shared/send';
import { connectionStore } from '../../shared/store/connections';
import { dueIndex } from '../../shared/store/due';
import type { Inbox } from '../../shared/store/inbox';
import { jira } from '../../shared/ticketing/jira';
import { servicenow } from '../../shared/ticketing/servicenow';
import { verifySignature } from '../../shared/ticketing/signatures/verifySignature';
import type { HookReceiver, ReceivedHook } from '../shared/ticketing/hookReceiver';
import { startHookReceiver } from '../shared/ticketing/hookReceiver';
import type { InProcessRelay } from '../support/inProcessRelay';
import { inProcessRelay, memoryBlobs } from '../support/inProcessRelay';
import { memoryTable } from '../support/memoryTable';
import { plainConnection } from '../support/plainConnection';

const secrets: Readonly<Record<string, string>> = {
  jira: 'ATATT3xFfGF0T2-correct-horse',
  servicenow: 'correct-horse-battery-staple',
};
const hookSecrets: Readonly<Record<string, string>> = {
  jira: 'a-secret-of-thirty-two-characters',
  servicenow: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
};

interface Desk {
  readonly connection: Connection;
  readonly tool: FakeTool;
  readonly hooks: HookReceiver;
  taken: number;
}

/** One incident's way through sync, delivery and both tools, and back through their signed webhooks. */
interface Stage {
  readonly relay: InProcessRelay;
  readonly desks: Readonly<Record<'jira' | 'servicenow', Desk>>;
  /** Changes that Defender was asked for. */
  readonly writes: string[];
  create(): Incident;
  /** Reads, delivers and takes in, minute by minute. @returns how often anything was written anywhere */
  live(minutes: number): Promise<number>;
  stop(): Promise<void>;
}

const endpoint = 'https://graph.invalid';

const start = async (): Promise<Stage> => {
  const since = mustBeTime7('2026-11-20T08:00:00Z', 'since');
  const targets = ['jira', 'servicenow'].map((connectionId) => ({ connectionId, since }));
  const relay = await inProcessRelay({ seed: 3, incidents: 5, targets });
  const { clock, cloud, incidents, index, blobs } = relay;
  const tenant: Tenant = { ...relay.tenant, writeBack: true };
  const { tenantId } = tenant;
  const now = (): number => clock.now();
  const open = async (tool: FakeTool, change: Partial<Connection> & Pick<Connection, 'tool'>): Promise<Desk> => {
    const hooks = await startHookReceiver();
    const connection: Connection = {
      ...{ ...plainConnection, scope: tenantId, connectionId: change.tool, url: tool.url, since },
      inbound: { ...plainConnection.inbound, closes: { upTo: 'high', else: 'propose' } },
      ...change,
    };
    tool.onWebhook({ url: hooks.url, secret: hookSecrets[change.tool]! });
    return { connection, tool, hooks, taken: 0 };
  };
  const desks = {
    jira: await open(await startJira({ secret: secrets.jira!, now }), {
      tool: 'jira',
      auth: { kind: 'basic', user: jiraUser },
      mapping: { settings: { project: jiraProject } },
      inbound: { scheme: 'jira', closes: { upTo: 'high', else: 'propose' }, reopens: true, comments: 'public' },
    }),
    servicenow: await open(await startServicenow({ secret: secrets.servicenow!, now }), {
      tool: 'servicenow',
      auth: { kind: 'basic', user: servicenowAccount },
      mapping: { settings: { table: 'incident' } },
    }),
  };
  const connectionsTable = memoryTable(now);
  const connections = connectionStore(connectionsTable, index);
  for (const { connection } of Object.values(desks)) await connections.put(connection);
  const registry = {
    get: (asked: string) => Promise.resolve(asked === tenantId ? tenant : undefined),
    pages: async function* () {
      await Promise.resolve();
      yield [tenant];
    },
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const deliverQueue: Queue = { send: () => Promise.resolve() };
  let drawn = 0;
  const common = {
    ...{ connections, registry, clock, log, tools: { jira, servicenow } },
    secrets: { auth: ({ tool }: Connection) => Promise.resolve(secrets[tool]!), outbound: () => Promise.resolve([]) },
    randomId: () => `by${(drawn += 1)}`,
  };
  const toolSend = undiciSend();
  const storage = { incidents, bodies: blobs, connections: connectionsTable, index, deliverQueue };
  const delivery = createDelivery({ ...common, storage, send: toolSend });

  const writes: string[] = [];
  const send: Send = ({ method, url, headers, body = '' }) => {
    const asked = { method, url: url.slice(endpoint.length), headers, body };
    if (method !== 'GET') writes.push(`${method} ${body}`);
    return Promise.resolve(answerGraph(cloud, asked, tenantId));
  };
  const { waits } = relay.deps;
  const pause = relay.deps.pause;
  const received = new Map<string, { readonly body: Buffer; readonly isWeak: boolean; readonly desk: Desk }>();
  const inbox = {
    find: (inboxKey: string) => {
      const found = received.get(inboxKey);
      if (found === undefined) return Promise.resolve(undefined);
      const { scope, connectionId } = found.desk.connection;
      return Promise.resolve({
        ...{ scope, connectionId, blob: inboxKey, isWeak: found.isWeak, deliveryId: null },
        ...{ receivedAt: new Date(now()).toISOString(), isDone: false },
      });
    },
    done: (inboxKey: string) => Promise.resolve(void received.delete(inboxKey)),
    leave: () => Promise.resolve(),
    wait: (_, turn) => Promise.resolve(turn + 1),
  } satisfies Partial<Inbox> as unknown as Inbox;
  const tokens = {
    getToken: () => Promise.resolve({ token: 'in-process', tenantId, expiresAtMs: Number.MAX_SAFE_INTEGER }),
    forget: () => undefined,
  };
  const applying = createApplying({
    ...common,
    writing: {
      ...{ incidents, clock, waits },
      permitsFor: createWritePermits({ incidents, clock, pause, waits }),
      writerFor: (asked, options) =>
        writerFor({ endpoints: { graph: endpoint, defender: '' }, send, tokens, clock }, asked, options),
      registrationOf: () => ({ authority: 'https://login.invalid', clientId: 'writer' }),
    },
    storage: {
      ...{ index, deliverQueue },
      received: { ...memoryBlobs(), get: (name) => Promise.resolve(received.get(name)?.body) },
    },
    targetSend: toolSend,
    inbox,
    due: dueIndex(index),
  });

  const takeIn = async (desk: Desk, { headers, body }: ReceivedHook): Promise<void> => {
    const { connection } = desk;
    const keys = [hookSecrets[connection.tool]!];
    const proof = verifySignature(connection.inbound.scheme, { headers, body, keys, nowMs: now() });
    expect(proof.ok).toBe(true);
    const inboxKey = `${connection.connectionId}-${desk.taken}`;
    received.set(inboxKey, { body, isWeak: false, desk });
    const { scope, connectionId } = connection;
    let message: InboxMessage = { scope, connectionId, inboxKey };
    for (let tries = 0; tries < 5; tries += 1) {
      const taken = await applyTicketChange(applying, message);
      if (taken.is === 'done') return;
      if (taken.is !== 'again') break;
      clock.advance(taken.inMs);
      message = taken.message;
    }
    throw new Error('a webhook is never done');
  };
  const toolWrites = (): number =>
    Object.values(desks).reduce(
      (sum, { tool }) => sum + tool.tickets().reduce((all, { writes: own }) => all + own, 0),
      0,
    );
  const lanes = () =>
    incidents
      .rows()
      .filter(({ rowKey, state }) => rowKey.startsWith('o_') && state === 'pending')
      .map((row) => ({ tenantId, targetId: String(row.connectionId), incidentId: String(row.incidentId) }));
  return {
    relay,
    desks,
    writes,
    create: () => {
      const { incidentId } = cloud.world.apply({ kind: 'create', tenantId, severity: 'high' });
      return cloud.world.incidentsOf(cloud.world.tenants[0]!).byId.get(incidentId)!;
    },
    live: async (minutes) => {
      const before = writes.length + toolWrites();
      for (let minute = 0; minute < minutes; minute += 1) {
        clock.advance(60_000);
        await relay.sync();
        for (const lane of lanes()) await deliverLane(delivery.lane, lane);
        for (const desk of Object.values(desks)) {
          await desk.tool.settled();
          for (const hook of desk.hooks.received().slice(desk.taken)) {
            await takeIn(desk, hook);
            desk.taken += 1;
          }
        }
      }
      return writes.length + toolWrites() - before;
    },
    stop: async () => {
      for (const { tool, hooks } of Object.values(desks)) await Promise.all([tool.stop(), hooks.stop()]);
    },
  };
};

let stage: Stage;
beforeAll(async () => {
  stage = await start();
  await stage.relay.sync();
});
afterAll(() => stage.stop());

const ticketIn = (name: 'jira' | 'servicenow', incident: Incident) =>
  stage.desks[name].tool.tickets().find(({ key }) => key?.endsWith(`:${incident.id}`) === true)!;

test('a ticket that a person closes resolves the incident, which closes the other tool’s ticket, and there it ends', async () => {
  const incident = stage.create();
  await stage.live(3);
  expect(ticketIn('jira', incident).status).toBe('To Do');
  expect(await stage.live(3)).toBe(0);

  const before = { jira: ticketIn('jira', incident).writes, servicenow: ticketIn('servicenow', incident).writes };
  stage.writes.length = 0;
  await stage.desks.jira.tool.change(ticketIn('jira', incident).ticketId, { status: 'Done', by: jiraPerson });
  await stage.live(4);
  expect(incident.status).toBe('resolved');
  expect(stage.writes.filter((each) => each.startsWith('PATCH'))).toHaveLength(1);
  expect(stage.writes.filter((each) => each.startsWith('POST'))).toHaveLength(1);
  expect(ticketIn('servicenow', incident).status).toBe('6');
  // One hop: what came from Jira is told to the other tool once, and to Jira not at all.
  expect(ticketIn('servicenow', incident).writes - before.servicenow).toBe(1);
  expect(ticketIn('jira', incident).writes - before.jira).toBe(0);
  expect(await stage.live(10)).toBe(0);
});

test('comments of people cross once, and none comes back', async () => {
  const incident = stage.create();
  await stage.live(3);
  stage.writes.length = 0;
  const comment = { text: 'The machine was reinstalled.', visibility: 'public' } as const;
  await stage.desks.servicenow.tool.change(ticketIn('servicenow', incident).ticketId, {
    comment,
    by: servicenowPerson,
  });
  await stage.live(4);
  const said = incident.comments.filter((each) => each.comment.includes(comment.text));
  expect(said).toHaveLength(1);
  expect(await stage.live(10)).toBe(0);
});

test('a ticket opened again opens the incident again, and the other ticket, once', async () => {
  const incident = stage.create();
  await stage.live(3);
  await stage.desks.servicenow.tool.change(ticketIn('servicenow', incident).ticketId, {
    ...{ status: '6', resolution: 'Known error', by: servicenowPerson },
  });
  await stage.live(4);
  expect([incident.status, ticketIn('jira', incident).status]).toEqual(['resolved', 'Done']);
  stage.relay.clock.advance(30 * 60_000);
  await stage.live(1);
  stage.writes.length = 0;
  await stage.desks.jira.tool.change(ticketIn('jira', incident).ticketId, { status: 'In Progress', by: jiraPerson });
  await stage.live(4);
  expect(incident.status).toBe('inProgress');
  expect(ticketIn('servicenow', incident).status).toBe('2');
  expect(stage.writes.filter((each) => each.startsWith('PATCH'))).toHaveLength(1);
  expect(await stage.live(10)).toBe(0);
});
