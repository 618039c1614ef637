import { randomBytes } from 'node:crypto';
import { AuthError, UpstreamError, messageOf } from '../errors';
import { parseJsonBytes } from '../http/input/jsonBody';
import type { Connection } from '../model/connection';
import { allTenants } from '../model/connection';
import type { Blobs, Clock, Log, Queue, RandomId } from '../ports';
import type { ConnectionStore } from '../store/connections';
import type { Inbox } from '../store/inbox';
import type { TenantRegistry } from '../store/tenants';
import type { ConnectionSecrets } from '../ticketing/connectionSecrets';
import type { Verified } from '../ticketing/signatures/verifySignature';
import { verifySignature } from '../ticketing/signatures/verifySignature';
import type { HookLimit } from './hookLimit';
import { marksOf } from './marksOf';
import { greetingIn } from './pings';

export interface ReceiveDeps {
  readonly connections: Pick<ConnectionStore, 'byHook'>;
  readonly connectionSecrets: Pick<ConnectionSecrets, 'inbound'>;
  readonly registry: Pick<TenantRegistry, 'get'>;
  readonly inbox: Pick<Inbox, 'seen' | 'add' | 'remember'>;
  readonly received: Blobs;
  readonly inboxQueue: Queue;
  readonly hookLimit: HookLimit;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomId: RandomId;
  readonly log: Log;
}

export interface Delivered {
  /** The last part of the address it was sent to. */
  readonly hookId: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/**
 * `refused` says the same of an unknown hook, a missing header and a wrong signature. `ignored`: it is genuine, and nobody wants it
 * (its tenant is gone, a ping). `duplicate`: it is in already.
 */
export type Received =
  | { readonly kind: 'accepted' | 'duplicate' | 'ignored' | 'refused' | 'tooMany' }
  | { readonly kind: 'challenge'; readonly challenge: string };

/** What queues carry: where it lies, nothing of what it says. */
export interface InboxMessage {
  readonly scope: string;
  readonly connectionId: string;
  readonly inboxKey: string;
  /** Which of its hints this is; by default the first, 0. */
  readonly turn?: number | undefined;
}

/** Deeper than any tool nests. */
export const maxBodyDepth = 64;

/**
 * Takes in what a tool sent, once: proven first, then written down, then hinted at. `accepted` means that body, marks and a hint for the
 * sweep are durable; a queue that is away costs minutes.
 * @throws RequestError (proven, but no JSON) · UpstreamError (storage or vault away: nothing was taken in, or it comes out as a duplicate)
 */
export const receiveWebhook = async (deps: ReceiveDeps, delivered: Delivered): Promise<Received> => {
  const { hookId, body } = delivered;
  if (!deps.hookLimit.allows(hookId)) return { kind: 'tooMany' };
  const connection = await deps.connections.byHook(hookId);
  const verified = await verify(deps, connection, delivered);
  if (connection === undefined) return { kind: 'refused' };
  const { scope, connectionId, inbound } = connection;
  const fields = { scope, connectionId };
  if (!verified.ok) {
    deps.log.warn('webhook refused', { ...fields, because: verified.because });
    return { kind: 'refused' };
  }
  if (!(await isWanted(deps, connection))) return { kind: 'ignored' };
  const json = body.length === 0 ? {} : parseJsonBytes(body, maxBodyDepth);
  const greeting = body.length === 0 ? ({ kind: 'ping' } as const) : greetingIn(inbound.scheme, json);
  if (greeting?.kind === 'challenge') return greeting;
  if (greeting !== undefined) return { kind: 'ignored' };
  const marks = marksOf(inbound.scheme, verified, body, json);
  const receivedAt = new Date(deps.clock.now()).toISOString();
  const duplicate = async (): Promise<Received> => {
    await deps.inbox.remember(hookId, marks, receivedAt);
    return { kind: 'duplicate' };
  };
  if (await deps.inbox.seen(hookId, marks)) return duplicate();

  const blob = `${receivedAt.slice(0, 10)}/${deps.randomId()}`;
  await deps.received.put(blob, body);
  const { isWeak, deliveryId } = verified;
  const entry = { ...fields, blob, isWeak, deliveryId: deliveryId?.slice(0, 256) ?? null, receivedAt };
  const { inboxKey, isNew } = await deps.inbox.add(hookId, marks, entry);
  if (!isNew) {
    await leave(deps, blob);
    return duplicate();
  }
  await hint(deps, { ...fields, inboxKey });
  deps.log.info('webhook received', { ...fields, bytes: body.length, isWeak });
  return { kind: 'accepted' };
};

/** Of no connection: it opens nothing, and costs what a right one costs. */
const nobodysKey = `whsec_${randomBytes(32).toString('base64')}`;

const verify = async (
  { connectionSecrets, clock }: ReceiveDeps,
  connection: Connection | undefined,
  { headers, body }: Delivered,
): Promise<Verified> => {
  const nowMs = clock.now();
  if (connection === undefined) return verifySignature('standard', { headers, body, keys: [nobodysKey], nowMs });
  const keys = await inboundKeys(connectionSecrets, connection);
  return verifySignature(connection.inbound.scheme, { headers, body, keys, nowMs });
};

/** A vault that refuses is ours to mend: the sender shall try again meanwhile. */
const inboundKeys = async (
  secrets: ReceiveDeps['connectionSecrets'],
  connection: Connection,
): Promise<readonly string[]> => {
  try {
    return await secrets.inbound(connection);
  } catch (cause) {
    if (cause instanceof AuthError)
      throw new UpstreamError('The vault does not hand out the keys of a hook', { cause });
    throw cause;
  }
};

/** Of all tenants' connections the tenant is known only later, by the ticket. What is switched off finds it when it is on again. */
const isWanted = async ({ registry }: ReceiveDeps, { scope }: Connection): Promise<boolean> =>
  scope === allTenants || (await registry.get(scope)) !== undefined;

/** What another's entry made needless; where it stays, the container's own retention takes it. */
const leave = async ({ received, log }: ReceiveDeps, blob: string): Promise<void> => {
  try {
    await received.delete(blob);
  } catch (error) {
    log.warn('blob of a duplicate stays', { reason: messageOf(error) });
  }
};

/** A hint that is lost costs minutes: the sweep finds what is not done. */
const hint = async ({ inboxQueue, log }: ReceiveDeps, message: InboxMessage): Promise<void> => {
  try {
    await inboxQueue.send(message);
  } catch (error) {
    log.warn('webhook not queued, the sweep will', { ...messageFields(message), reason: messageOf(error) });
  }
};

const messageFields = ({ scope, connectionId }: InboxMessage) => ({ scope, connectionId });
