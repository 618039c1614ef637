import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { FakeChange, FakeTicket, FakeTool, FakeToolOptions, HookTarget } from '../fakeTool';
import type { ToolAnswer, ToolRequest } from '../server';
import { startToolServer } from '../server';
import type { ReceivedEvent } from './readEvent';
import { readEvent } from './readEvent';

export type { ReceivedEvent } from './readEvent';

/** Any receiver of events: it believes nothing that is not signed, and nothing that is no CloudEvent of ours. */
export interface WebhookReceiver extends FakeTool {
  /** Each id once, in the order of arrival. */
  events(): readonly ReceivedEvent[];
  /** Ids that came again, once for each time. */
  repeated(): readonly string[];
  /** The one key it takes from now on. */
  turnTo(secret: string): void;
}

const person = 'someone@example.com';

/** Serves on the loopback interface. `secret` is the `whsec_` key that events have to be signed with. */
export async function startWebhookReceiver({ secret, now }: FakeToolOptions): Promise<WebhookReceiver> {
  const events = new Map<string, ReceivedEvent>();
  const repeated: string[] = [];
  let key = secret;
  let hooksSent = 0;

  const answer = (request: ToolRequest): ToolAnswer => {
    if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    if (!isSigned(request, key, now)) return { status: 401 };
    const event = readEvent(request);
    if ('fault' in event) return { status: event.status, body: { fault: event.fault } };
    if (events.has(event.id)) repeated.push(event.id);
    else events.set(event.id, event);
    return { status: 204 };
  };
  const server = await startToolServer({ answer });

  return {
    url: server.url,
    events: () => [...events.values()],
    repeated: () => repeated,
    turnTo: (given) => {
      key = given;
    },
    tickets: () => ticketsOf([...events.values()]),
    change: async (ticketId, change) => {
      if (change.isDeleted === true) throw new Error('a receiver of events deletes nothing');
      hooksSent += 1;
      const atMs = now?.() ?? Date.now();
      await server.sendHook((target) => hookOf(target, { ticketId, change, atMs, count: hooksSent }));
    },
    calls: () => server.calls(),
    play: (fault) => server.play(fault),
    onWebhook: (target) => server.onWebhook(target),
    hooks: () => server.hooks(),
    settled: () => server.settled(),
    stop: () => server.stop(),
  };
}

const toleranceSeconds = 300;

/** By the package's own judgement; under a clock of the caller's, by its signature and that clock. */
function isSigned({ headers, body }: ToolRequest, secret: string, now: (() => number) | undefined): boolean {
  const given: Record<string, string> = {};
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) given[name] = headers[name] ?? '';
  const webhook = new Webhook(secret);
  if (now !== undefined) {
    const seconds = Number(given['webhook-timestamp']);
    if (!(Math.abs(now() / 1000 - seconds) <= toleranceSeconds)) return false;
    const expected = webhook.sign(given['webhook-id'] ?? '', new Date(seconds * 1000), body);
    return (given['webhook-signature'] ?? '').split(' ').includes(expected);
  }
  try {
    webhook.verify(body, given, { jsonParse: false });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

/** What a receiver that keeps tickets would have: one an incident, told by its newest version. */
function ticketsOf(events: readonly ReceivedEvent[]): readonly FakeTicket[] {
  const tickets = new Map<string, FakeTicket>();
  for (const { source, subject, data } of events) {
    if (subject === null) continue;
    const ticketId = `${source.replace(/^\/tenants\//, '')}:${subject}`;
    const writes = (tickets.get(ticketId)?.writes ?? 0) + 1;
    const { displayName, status } = data;
    tickets.set(ticketId, {
      ...{ ticketId, key: ticketId, number: subject, writes, fields: data, comments: [], isDeleted: false },
      title: typeof displayName === 'string' ? displayName : '',
      status: typeof status === 'string' ? status : '',
    });
  }
  return [...tickets.values()];
}

interface Told {
  readonly ticketId: string;
  readonly change: FakeChange;
  readonly atMs: number;
  /** Of webhooks so far. */
  readonly count: number;
}

/** The generic body, signed by Standard Webhooks. */
function hookOf(target: HookTarget, { ticketId, change, atMs, count }: Told) {
  const { status, comment, assignee, resolution, by = person } = change;
  const body = JSON.stringify({
    type: typeOf(change),
    ticketId,
    ...{ status, comment, assignee, resolution },
    author: by,
    occurredAt: new Date(atMs).toISOString(),
    version: count,
  });
  const id = `msg_${count}_${Math.floor(atMs)}`;
  const signature = new Webhook(target.secret).sign(id, new Date(atMs), body);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(atMs / 1000)),
    'webhook-signature': signature,
  };
  return { headers, body };
}

function typeOf({ status, comment }: FakeChange): string {
  if (status === 'resolved' || status === 'cancelled') return 'ticket.closed';
  if (status === 'new') return 'ticket.reopened';
  return status === undefined && comment !== undefined ? 'ticket.commented' : 'ticket.updated';
}
