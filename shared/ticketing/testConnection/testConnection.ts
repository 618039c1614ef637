import { sendUntil } from '../../delivery/sendUntil';
import type { Connection, Tool } from '../../model/connection';
import type { Tenant } from '../../model/tenant';
import type { TicketRef } from '../../model/ticket';
import type { Clock, RandomId, Send, Table } from '../../ports';
import { hasArrived } from '../../store/inboxSeen';
import type { ConnectionSecrets } from '../connectionSecrets';
import type { ConnectorDeps, ToolDefinition } from '../connector';
import { testTenant } from './testIncident';
import { testSender } from './testSender';
import type { TestStep } from './testStep';
import { failed, failedBy, held, notTried } from './testStep';
import { testTicketTool } from './testTicketTool';

export interface TestDeps {
  readonly tools: Readonly<Partial<Record<Tool, ToolDefinition>>>;
  readonly secrets: Pick<ConnectionSecrets, 'auth' | 'inbound' | 'outbound'>;
  /** Guarded. */
  readonly send: Send;
  readonly inbox: Table;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly randomId: RandomId;
}

export interface TestAsked {
  readonly connection: Connection;
  /** Undefined: it serves all tenants. */
  readonly tenant: Tenant | undefined;
  /** Null: the relay knows no public address of its own. */
  readonly webhookUrl: string | null;
  /** How long the tool's webhook is waited for, 30 at the most. */
  readonly waitSeconds: number;
}

export interface ConnectionTest {
  /** Every step held; what proves nothing counts as held. */
  readonly ok: boolean;
  readonly steps: readonly TestStep[];
  /** That was made; null: none. */
  readonly ticket: (TicketRef & { readonly isClosed: boolean }) | null;
}

/** For all calls to the tool; the caller waits for the webhook besides. */
const budgetMs = 25_000;

/**
 * Walks a ticket that is clearly a test through the tool and back: account, make, find, comment, change, close, and the tool's own webhook
 * where it is set up. How the connection fares is not touched, and neither is any incident: our tickets' index knows nothing of it, so
 * that what the webhook tells is left aside.
 */
export const testConnection = async (deps: TestDeps, asked: TestAsked): Promise<ConnectionTest> => {
  const { connection } = asked;
  const definition = deps.tools[connection.tool];
  if (definition === undefined) {
    const step = failed(
      'account',
      `This release knows no ${connection.tool}.`,
      'Install the release it was made with.',
    );
    return { ok: false, steps: [step], ticket: null };
  }
  const startedMs = deps.clock.now();
  const secret = await secretStep(deps, connection);
  const { steps, ticket } = secret.ok === false ? notSpoken : await spoken(deps, asked, definition);
  const webhook = await webhookStep(deps, asked, definition, { startedMs, isTold: ticket !== null });
  const all = [secret, ...steps, webhook];
  return { ok: all.every(({ ok }) => ok !== false), steps: all, ticket };
};

type Spoken = Pick<ConnectionTest, 'steps' | 'ticket'>;

const notSpoken: Spoken = { steps: [], ticket: null };

const secretStep = async ({ secrets }: TestDeps, connection: Connection): Promise<TestStep> => {
  try {
    if (connection.auth !== undefined) await secrets.auth(connection);
    else if (connection.tool !== 'webhook') return notTried('secret', 'The connection has no auth.');
    const keys = connection.tool === 'webhook' ? await secrets.outbound(connection) : undefined;
    if (keys?.length === 0) return failed('secret', 'No key is kept that signs what is sent.', 'Put outbound.secret.');
    return held('secret', keys?.length === 2 ? 'signed with two keys: the one before is good for a day' : null);
  } catch (error) {
    return failedBy('secret', error);
  }
};

const spoken = async (
  deps: TestDeps,
  { connection, tenant }: TestAsked,
  definition: ToolDefinition,
): Promise<Spoken> => {
  const now = new Date(deps.clock.now()).toISOString();
  const connectorDeps: ConnectorDeps = {
    connection,
    secret: () => deps.secrets.auth(connection),
    signingSecrets: () => deps.secrets.outbound(connection),
    send: sendUntil(deps.send, deps.clock, deps.clock.elapsedMs() + budgetMs),
    clock: deps.clock,
  };
  const key = `test:${deps.randomId()}`;
  if (definition.delivers === 'state') {
    const asking = { connection, tenant: tenant ?? testTenant, key, now, pause: deps.pause };
    try {
      return await testTicketTool({ connector: definition.connect(connectorDeps), ...asking });
    } catch (error) {
      return { steps: [failedBy('account', error)], ticket: null };
    }
  }
  return { steps: [await testSender(definition.sender(connectorDeps), { id: key, now })], ticket: null };
};

const everyMs = 1_000;

const webhookStep = async (
  { secrets, inbox, pause }: TestDeps,
  { connection, webhookUrl, waitSeconds }: TestAsked,
  { title, delivers }: ToolDefinition,
  { startedMs, isTold }: { readonly startedMs: number; readonly isTold: boolean },
): Promise<TestStep> => {
  if (webhookUrl === null)
    return notTried('webhook', 'The relay knows no public address of its own.', 'Set RELAY_PUBLIC_URL.');
  try {
    if ((await secrets.inbound(connection)).length === 0)
      return notTried(
        'webhook',
        'No inbound.secret is kept, so whatever comes is refused.',
        `Let ${title} send to ${webhookUrl} with a secret, and put that as inbound.secret.`,
      );
  } catch (error) {
    return failedBy('webhook', error);
  }
  const since = new Date(startedMs).toISOString();
  const isExpected = isTold && delivers === 'state';
  const waitMs = isExpected ? waitSeconds * 1_000 : 0;
  for (let waited = 0; ; waited += everyMs) {
    if (await hasArrived(inbox, connection.hookId, since)) return held('webhook', 'a signed webhook arrived');
    if (waited >= waitMs) break;
    await pause(everyMs);
  }
  if (!isExpected)
    return notTried(
      'webhook',
      'Nothing here makes the other side send.',
      `Let it send something to ${webhookUrl}, and look at its log: 202 means that it was taken.`,
    );
  return notTried(
    'webhook',
    waitSeconds === 0 ? 'No webhook was waited for.' : `No webhook with a good signature came within ${waitSeconds} s.`,
    `If ${title} is to tell us of changes: does it send to ${webhookUrl}? Its own log shows our answer: 401 means that its secret is not inbound.secret; nothing at all, that no webhook is set up, or that it does not send for changes by the account of the relay. Comment a ticket by hand to see.`,
  );
};
