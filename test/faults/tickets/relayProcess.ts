import { createApplying } from '../../../shared/changes/createApplying';
import { connectorOf } from '../../../shared/changes/ownAccounts';
import { pollTickets } from '../../../shared/changes/pollTickets';
import { createWritePermits } from '../../../shared/changes/writePermits';
import type { Delivery } from '../../../shared/delivery/createDelivery';
import { createDelivery } from '../../../shared/delivery/createDelivery';
import type { Connection } from '../../../shared/model/connection';
import type { ObservedIncident } from '../../../shared/model/incident';
import { noCalls } from '../../../shared/model/tenantState';
import type { TicketSnapshot } from '../../../shared/model/ticket';
import type { Blobs, Clock, IncidentWriter, LogFields, Send, Table, Vault } from '../../../shared/ports';
import { applyTicketChange, inboxMessage } from '../../../shared/receive/applyTicketChange';
import { createHookLimit } from '../../../shared/receive/hookLimit';
import type { Received } from '../../../shared/receive/receiveWebhook';
import { receiveWebhook } from '../../../shared/receive/receiveWebhook';
import { sweepInbox } from '../../../shared/receive/sweepInbox';
import { connectionStore } from '../../../shared/store/connections';
import { dueIndex } from '../../../shared/store/due';
import { incidentFeed } from '../../../shared/store/feed';
import { inbox as inboxOf } from '../../../shared/store/inbox';
import { incidentStore } from '../../../shared/store/incidents';
import { readQuarantine } from '../../../shared/store/quarantine';
import { tenantRegistry } from '../../../shared/store/tenants';
import { readState } from '../../../shared/store/tenantState';
import { ticketPolls } from '../../../shared/store/ticketPolls';
import { isWritten, judge } from '../../../shared/sync/comparing/diff';
import { createHeardWaits } from '../../../shared/sync/limits/heardWaits';
import { createPassWriter } from '../../../shared/sync/storing/passWriter';
import { createQuarantine } from '../../../shared/sync/position/quarantine';
import { connectionSecrets } from '../../../shared/ticketing/connectionSecrets';
import type { Connector } from '../../../shared/ticketing/connector';
import { webhook } from '../../../shared/ticketing/webhook';
import type { Steps } from '../day/steps';
import { steppedBlobs, steppedTable } from '../day/steps';
import type { Timeline } from '../day/timeline';
import { deskTool } from './desk';
import type { Door } from './hooks';
import type { Messages, Taker } from './messages';

export type TicketTables = Readonly<Record<'tenants' | 'incidents' | 'index' | 'connections' | 'inbox', Table>>;

/** A process of the app: the real services over ports of its own. What it has in memory ends with it. */
export interface RelayProcess extends Taker, Door {
  readonly name: string;
  readonly delivery: Delivery;
  /** What the timer does. */
  sweep(): Promise<void>;
  /** Stores what a poll has shown, as a run does. */
  store(tenantId: string, shown: readonly ObservedIncident[]): Promise<void>;
}

export interface RelayProcessOptions {
  readonly name: string;
  readonly steps: Steps;
  readonly timeline: Timeline;
  readonly tables: TicketTables;
  readonly bodies: Blobs;
  readonly received: Blobs;
  readonly messages: Messages;
  readonly vault: Pick<Vault, 'getSecret' | 'setSecret' | 'deleteSecret'>;
  readonly send: Send;
  readonly writerOf: (tenantId: string) => IncidentWriter;
  readonly randomId: () => string;
  readonly log: (line: string) => void;
  /** It was shown what changed in a tool. */
  readonly onShown: (connection: Connection, tickets: readonly TicketSnapshot[]) => void;
}

const plain = (): Promise<void> => Promise.resolve();

export const startRelayProcess = (options: RelayProcessOptions): RelayProcess => {
  const { name, steps, timeline, messages, send, randomId } = options;
  const clock: Clock = { now: () => timeline.now(), elapsedMs: () => timeline.now() };
  const table = (of: keyof TicketTables): Table =>
    swift(options.tables[of], steppedTable(of, options.tables[of], steps, plain));
  const [tenants, incidents, index, connectionsTable] = [
    table('tenants'),
    table('incidents'),
    table('index'),
    table('connections'),
  ];
  const bodies = steppedBlobs(options.bodies, steps);
  const received = steppedBlobs(options.received, steps);
  const [deliverQueue, inboxQueue] = [messages.reachedBy('deliver', steps), messages.reachedBy('inbox', steps)];
  const note =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      options.log(`${name} ${level} ${message} ${JSON.stringify(fields)}`);
  const log = { info: note('info'), warn: note('warn'), error: note('error') };
  const pause = (ms: number): Promise<unknown> => steps.take('pause', 'pause', () => timeline.wait(ms));
  const vault: typeof options.vault = {
    getSecret: (secret) => steps.take('token', 'vault', () => options.vault.getSecret(secret)),
    setSecret: (secret, value) => steps.take('token', 'vault', () => options.vault.setSecret(secret, value)),
    deleteSecret: (secret) => steps.take('token', 'vault', () => options.vault.deleteSecret(secret)),
  };
  const registry = tenantRegistry(tenants);
  const connections = connectionStore(connectionsTable, index);
  const secrets = connectionSecrets(vault, clock);
  const inbox = inboxOf(table('inbox'));
  const due = dueIndex(index);
  const waits = createHeardWaits(clock);
  const tools = {
    servicenow: deskTool('servicenow', true),
    zendesk: deskTool('zendesk', true),
    jira: deskTool('jira', false),
    webhook,
  };
  const delivery = createDelivery({
    storage: { incidents, index, bodies, connections: connectionsTable, deliverQueue },
    ...{ registry, connections, secrets, tools, send, clock, log, randomId },
  });
  const writing = {
    ...{ incidents, clock, waits },
    permitsFor: createWritePermits({ incidents, clock, pause, waits }),
    writerFor: ({ tenantId }: { readonly tenantId: string }): IncidentWriter => options.writerOf(tenantId),
    registrationOf: ({ backend }: { readonly backend: 'graph' | 'defender' }) => ({
      ...{ authority: 'https://login.example', clientId: 'relay', backend },
    }),
  };
  const changes = createApplying({
    ...{ writing, registry, connections, secrets, tools, inbox, due, clock, randomId, log },
    storage: { index, received, deliverQueue },
    targetSend: send,
  });
  const hookLimit = createHookLimit(clock);
  const feed = incidentFeed(index);

  return {
    name,
    steps,
    delivery,
    take: async (queue, message) => {
      if (queue === 'deliver') return delivery.take(message);
      const given = inboxMessage.parse(message);
      const taken = await applyTicketChange(changes, given);
      if (taken.is === 'again') await inboxQueue.send(taken.message, { delayMs: taken.inMs });
    },
    receive: (hookId, headers, body): Promise<Received> =>
      receiveWebhook(
        {
          ...{ connections, registry, inbox, received, inboxQueue, hookLimit, clock, randomId, log },
          connectionSecrets: secrets,
        },
        { hookId, headers, body },
      ),
    sweep: async () => {
      await delivery.sweep();
      await sweepInbox({ inbox, connections, registry, inboxQueue, clock, log });
      await pollTickets({
        ...{ ...changes, connections, polls: ticketPolls(connectionsTable) },
        connectorOf: (connection) => {
          const connector = connectorOf({ tools, secrets, send, clock, log }, connection);
          return connector && withShown(connector, (found) => options.onShown(connection, found));
        },
      });
    },
    store: async (tenantId, shown) => {
      const targets = await delivery.announcing.targetsOf(tenantId);
      const quarantine = createQuarantine(await readQuarantine(tenantId, incidents));
      const writer = await createPassWriter(
        {
          ...{ table: incidents, bodies, feed, clock, targets, quarantine },
          incidents: incidentStore(tenantId, incidents, bodies),
          announcing: delivery.announcing,
          calls: () => noCalls,
        },
        { tenantId, runId: `run-${randomId()}`, requested: false },
        await readState(tenantId, incidents),
      );
      const known = await writer.known(shown.map(({ header }) => header.incidentId));
      for (const each of shown) {
        const judged = judge(each, known.get(each.header.incidentId));
        if (isWritten(judged.difference)) writer.add(judged);
      }
      await writer.finish({ state: 'succeeded', code: null, reason: null }, () => ({ changes: {}, rows: [] }));
    },
  };
};

const withShown = (connector: Connector, onShown: (found: readonly TicketSnapshot[]) => void): Connector => ({
  ...connector,
  changedSince: async (since) => {
    const found = await connector.changedSince(since);
    onShown(found);
    return found;
  },
});

/** Looking through a partition that is empty takes no time: worlds last for days, and mostly there is nothing. */
const swift = (table: Table, stepped: Table): Table => ({
  ...stepped,
  pages: async function* (query) {
    const first = await table
      .pages({ ...query, pageSize: 1 })
      [Symbol.asyncIterator]()
      .next();
    if (first.done !== true) yield* stepped.pages(query);
  },
});
