import { z } from 'zod';
import { ContractError, TargetError, ThrottledError, UpstreamError } from '../../../shared/errors';
import type { TicketRef, TicketSnapshot, TicketStatus } from '../../../shared/model/ticket';
import type { IncomingAnswer, OutgoingRequest } from '../../../shared/ports';
import type { Connector, ToolDefinition } from '../../../shared/ticketing/connector';
import { fromGenericBody } from '../../../shared/ticketing/genericBody';
import type { Timeline } from '../day/timeline';

export interface DeskTicket {
  readonly ticketId: string;
  readonly key: string;
  /** The key of what it was last told of: another's, where its incident was merged into one without a ticket. */
  follows: string;
  readonly createdAtMs: number;
  title: string;
  status: TicketStatus;
  assignee: string | null;
  readonly comments: { readonly text: string; readonly by: string; readonly atMs: number }[];
  version: number;
  updatedAtMs: number;
  updatedBy: string;
  /** Calls that wrote it, making it included. */
  writes: number;
  isDeleted: boolean;
}

/** What a person did. */
export interface DeskDeed {
  readonly atMs: number;
  readonly ticketId: string;
  readonly status?: TicketStatus;
  readonly comment?: string;
  readonly isDeleted?: boolean;
}

/** News of a ticket, as its webhook will tell. */
export interface DeskNews {
  readonly body: Readonly<Record<string, unknown>>;
  /** A comment of a person, told by this very message. */
  readonly deed: DeskDeed | undefined;
}

/** A ticket tool in memory, reached by HTTP. */
export interface Desk {
  readonly url: string;
  readonly secret: string;
  /** Its solved tickets stay closed. */
  readonly isFinal: boolean;
  readonly tickets: ReadonlyMap<string, DeskTicket>;
  readonly deeds: readonly DeskDeed[];
  onNews: (news: DeskNews) => void;
  answer(request: OutgoingRequest): IncomingAnswer;
  /** False where the tool does not allow it. */
  person(ticketId: string, deed: Omit<DeskDeed, 'atMs' | 'ticketId'>, isInternal?: boolean): boolean;
}

const account = 'relay-account';
const isDone = (status: TicketStatus): boolean => status === 'resolved' || status === 'cancelled';

const call = z.looseObject({ op: z.string() });
const commentShape = z.object({ writeId: z.string(), text: z.string() });
const changeShape = z.looseObject({
  key: z.string().optional(),
  title: z.string().optional(),
  status: z.enum(['new', 'inProgress', 'waiting', 'resolved', 'cancelled']).optional(),
  assignee: z.string().nullish(),
  comments: z.array(commentShape).default([]),
});

export interface DeskOptions {
  readonly url: string;
  readonly secret: string;
  readonly isFinal: boolean;
  readonly timeline: Timeline;
  /** What its webhooks say besides, of another tenant: nobody may believe it. */
  readonly decoy: Readonly<Record<string, string>>;
}

export const createDesk = ({ url, secret, isFinal, timeline, decoy }: DeskOptions): Desk => {
  const tickets = new Map<string, DeskTicket>();
  const deeds: DeskDeed[] = [];
  const tell = (ticket: DeskTicket, type: string, more: Readonly<Record<string, unknown>>, deed?: DeskDeed): void => {
    const { ticketId, version, updatedAtMs, updatedBy } = ticket;
    const told = {
      ticketId,
      version,
      occurredAt: new Date(updatedAtMs).toISOString(),
      author: { id: updatedBy, name: `Ünï ${updatedBy}` },
    };
    desk.onNews({ body: { type, ...told, ...more, ...decoy }, deed });
  };
  const touch = (ticket: DeskTicket, by: string): void => {
    ticket.version += 1;
    ticket.updatedAtMs = timeline.now();
    ticket.updatedBy = by;
  };
  const typeOf = (before: TicketStatus, now: TicketStatus): string =>
    isDone(now) && !isDone(before)
      ? 'ticket.closed'
      : isDone(before) && !isDone(now)
        ? 'ticket.reopened'
        : 'ticket.updated';

  const ok = (body: unknown): IncomingAnswer => ({ status: 200, headers: {}, body: JSON.stringify(body) });
  const no = (status: number): IncomingAnswer => ({ status, headers: {}, body: '{}' });
  const refOf = ({ ticketId }: DeskTicket): TicketRef => ({ ticketId, number: ticketId, url: null });
  const snapshotOf = (ticket: DeskTicket): TicketSnapshot => ({
    ...refOf(ticket),
    key: ticket.key,
    status: ticket.status,
    rawStatus: ticket.status,
    resolution: null,
    assignee: ticket.assignee,
    updatedAt: new Date(ticket.updatedAtMs).toISOString(),
    version: String(ticket.version),
    updatedBy: ticket.updatedBy,
  });

  const create = (given: unknown): IncomingAnswer => {
    const { key = '', title = '', status = 'new', comments } = changeShape.parse(given);
    const ticketId = `T${tickets.size + 1}`;
    const ticket: DeskTicket = {
      ...{ ticketId, key, follows: key, createdAtMs: timeline.now(), title, status, assignee: null },
      comments: comments.map(({ text }) => ({ text, by: account, atMs: timeline.now() })),
      ...{ version: 1, updatedAtMs: timeline.now(), updatedBy: account, writes: 1, isDeleted: false },
    };
    tickets.set(ticketId, ticket);
    tell(ticket, 'ticket.updated', { status });
    return ok(refOf(ticket));
  };
  const update = (ticketId: string, given: unknown): IncomingAnswer => {
    const ticket = tickets.get(ticketId);
    if (ticket === undefined || ticket.isDeleted) return no(404);
    if (isFinal && isDone(ticket.status)) return no(409);
    const { title, status, assignee, comments, key } = changeShape.parse(given);
    const before = ticket.status;
    ticket.writes += 1;
    ticket.follows = key ?? ticket.follows;
    ticket.title = title ?? ticket.title;
    ticket.status = status ?? ticket.status;
    ticket.assignee = assignee === undefined ? ticket.assignee : assignee;
    touch(ticket, account);
    tell(ticket, typeOf(before, ticket.status), { status: ticket.status });
    for (const { writeId, text } of comments) {
      // Every connector looks for its marker first.
      if (ticket.comments.some((one) => one.text.includes(writeId))) continue;
      ticket.comments.push({ text, by: account, atMs: timeline.now() });
      tell(ticket, 'ticket.commented', { comment: { id: null, text, visibility: 'internal' } });
    }
    return ok({});
  };

  const desk: Desk = {
    ...{ url, secret, isFinal, tickets, deeds },
    onNews: () => undefined,
    answer: ({ headers, body }) => {
      if (headers.authorization !== `Bearer ${secret}`) return no(401);
      const given = call.parse(JSON.parse(body ?? '{}'));
      const { op, key, ticketId, content, change, since } = given;
      const found = [...tickets.values()].find((one) => one.key === key && !one.isDeleted);
      const asked = tickets.get(String(ticketId));
      switch (op) {
        case 'whoAmI':
          return ok({ id: account, name: 'relay' });
        case 'find':
          return found === undefined ? ok({}) : ok({ ref: refOf(found) });
        case 'create':
          return create(content);
        case 'update':
          return update(String(ticketId), change);
        case 'read':
          return asked === undefined || asked.isDeleted ? ok({}) : ok({ snapshot: snapshotOf(asked) });
        case 'changedSince':
          return ok({
            snapshots: [...tickets.values()]
              .filter((one) => !one.isDeleted && one.updatedAtMs >= Date.parse(String(since)))
              .sort((one, other) => one.updatedAtMs - other.updatedAtMs)
              .slice(0, 200)
              .map(snapshotOf),
          });
        default:
          return no(400);
      }
    },
    person: (ticketId, { status, comment, isDeleted }, isInternal = false) => {
      const ticket = tickets.get(ticketId);
      if (ticket === undefined || ticket.isDeleted) return false;
      if (isFinal && isDone(ticket.status) && status !== undefined) return false;
      const deed: DeskDeed = {
        ...{ atMs: timeline.now(), ticketId },
        ...(status === undefined ? {} : { status }),
        ...(comment === undefined ? {} : { comment }),
        ...(isDeleted === undefined ? {} : { isDeleted }),
      };
      deeds.push(deed);
      const before = ticket.status;
      touch(ticket, 'person-1');
      if (isDeleted === true) {
        ticket.isDeleted = true;
        return true;
      }
      if (status !== undefined) {
        ticket.status = status;
        tell(ticket, typeOf(before, status), { status }, deed);
      }
      if (comment !== undefined) {
        ticket.comments.push({ text: comment, by: 'person-1', atMs: timeline.now() });
        const visibility = isInternal ? 'internal' : 'public';
        tell(ticket, 'ticket.commented', { comment: { id: null, text: comment, visibility } }, deed);
      }
      return true;
    },
  };
  return desk;
};

/** The tool behind the real port: what its answers mean is all that is written here. */
export const deskTool = (tool: 'servicenow' | 'jira' | 'zendesk', reopens: boolean): ToolDefinition => ({
  tool,
  title: 'Desk',
  delivers: 'state',
  reopens,
  schemes: ['standard', 'github', 'jira', 'zendesk', 'header'],
  auth: ['bearer'],
  settings: z.record(z.string(), z.string()),
  fromTicket: (body) => fromGenericBody(body),
  connect: ({ connection, secret, send, clock }): Connector => {
    const ask = async (request: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> => {
      const answer = await send({
        method: 'POST',
        url: connection.url,
        headers: { authorization: `Bearer ${await secret()}`, 'content-type': 'application/json' },
        body: JSON.stringify(request),
        timeoutMs: 20_000,
      });
      return read(answer, clock.now());
    };
    return {
      whoAmI: async () => (await ask({ op: 'whoAmI' })) as { id: string; name: string },
      find: async (key) => (await ask({ op: 'find', key })).ref as TicketRef | undefined,
      create: async (content) => (await ask({ op: 'create', content })) as unknown as TicketRef,
      update: async (ticketId, change) => {
        await ask({ op: 'update', ticketId, change });
      },
      read: async (ticketId) => (await ask({ op: 'read', ticketId })).snapshot as TicketSnapshot | undefined,
      changedSince: async (since) => (await ask({ op: 'changedSince', since })).snapshots as readonly TicketSnapshot[],
    };
  },
});

const read = ({ status, headers, body }: IncomingAnswer, nowMs: number): Record<string, unknown> => {
  if (status === 200) return JSON.parse(body) as Record<string, unknown>;
  if (status === 404) throw new TargetError('the ticket is gone', 'ticketGone', status);
  if (status === 409) throw new TargetError('the ticket is closed', 'ticketClosed', status);
  if (status === 410) throw new TargetError('the tool is gone', 'gone', status);
  if (status === 413) throw new TargetError('too large', 'tooLarge', status);
  if (status === 401) throw new TargetError('refused', 'credential', status);
  if (status === 422) throw new TargetError('refused', 'refused', status);
  if (status === 429) throw new ThrottledError('wait', Number(headers['retry-after'] ?? '60') * 1000);
  if (status >= 500) throw new UpstreamError(`the tool answers ${status} at ${nowMs}`);
  throw new ContractError(`the tool answers ${status}`);
};
