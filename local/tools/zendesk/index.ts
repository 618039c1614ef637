import { basicOf, bearerOf, isObject, jsonObject } from '../body';
import type { FakeChange, FakeTicket, FakeTool, FakeToolOptions } from '../fakeTool';
import type { ToolAnswer, ToolRequest } from '../server';
import { startToolServer } from '../server';
import type { ZendeskEvent } from './hooks';
import { eventHook, triggerHook } from './hooks';
import { htmlOf } from './text';
import type { ZendeskComment, ZendeskTicket } from './ticket';
import { shown } from './ticket';
import type { NewComment } from './write';
import { apply, commentOf, refusals } from './write';

/** Whom the API writes as, and a person of the desk. */
export const zendeskAccount = { id: 9_001, name: 'xdr-relay', email: 'relay@example.com', role: 'agent' } as const;
export const zendeskPerson = { id: 7_001, name: 'Mia Keller', email: 'mia@example.com', role: 'agent' } as const;

export interface ZendeskOptions extends FakeToolOptions {
  /** How changes are told: one webhook an event, or what the shipped trigger sends. */
  readonly webhooks?: 'events' | 'trigger';
  /** Solving an unassigned ticket is refused, as accounts may set it. */
  readonly solvedNeedsAssignee?: boolean;
  /** Update Ticket, in 60 seconds and account. */
  readonly updatesPerMinute?: number;
}

const notFound: ToolAnswer = { status: 404, body: { error: 'RecordNotFound', description: 'Not found' } };
const invalid = (details: Readonly<Record<string, readonly { description: string }[]>>): ToolAnswer => ({
  status: 422,
  body: { error: 'RecordInvalid', description: 'Record validation errors', details },
});
const idempotencyMs = 2 * 60 * 60_000;

/** A Zendesk account: ticketing API and webhooks. @see https://developer.zendesk.com/api-reference/ticketing/tickets/tickets */
export async function startZendesk({
  secret,
  now = Date.now,
  webhooks = 'events',
  solvedNeedsAssignee = false,
  updatesPerMinute = 100,
}: ZendeskOptions): Promise<FakeTool> {
  const tickets = new Map<number, ZendeskTicket>();
  const made = new Map<string, { readonly body: string; readonly answer: ToolAnswer; readonly atMs: number }>();
  const updates: number[] = [];
  let lastId = 35_000;
  let base = '';
  const time = (): string => `${new Date(now()).toISOString().slice(0, 19)}Z`;

  const isKnown = (request: ToolRequest): boolean => {
    const basic = basicOf(request);
    if (basic !== undefined) return basic.user === `${zendeskAccount.email}/token` && basic.password === secret;
    return bearerOf(request) === secret;
  };

  const addComment = (ticket: ZendeskTicket, comment: NewComment, by: number, at: string): ZendeskComment => {
    const added: ZendeskComment = {
      id: (lastId += 1) * 1_000,
      author_id: by,
      html_body: comment.html,
      plain_body: comment.plain,
      public: comment.isPublic,
      created_at: at,
    };
    ticket.comments.push(added);
    return added;
  };

  const tell = (
    ticket: ZendeskTicket,
    before: ZendeskTicket,
    comment: ZendeskComment | undefined,
    by: number,
    at: string,
  ): void => {
    const events: ZendeskEvent[] = [];
    const changed = (type: string, current: unknown, previous: unknown): void => {
      if (current !== previous) events.push({ type, event: { current, previous } });
    };
    changed('status_changed', ticket.status.toUpperCase(), before.status.toUpperCase());
    changed('agent_assignment_changed', idText(ticket.assignee_id), idText(before.assignee_id));
    changed('priority_changed', ticket.priority?.toUpperCase() ?? '', before.priority?.toUpperCase() ?? '');
    changed('subject_changed', ticket.subject, before.subject);
    if (comment !== undefined) events.push({ type: 'comment_added', event: { comment: commentEvent(comment) } });
    if (ticket.isDeleted) events.splice(0, events.length, { type: 'soft_deleted', event: {} });
    if (webhooks === 'trigger') void server.sendHook(triggerHook({ ...ticket }, comment, by, at));
    else for (const event of events) void server.sendHook(eventHook({ ...ticket }, event, by, at));
  };

  const change = (
    ticket: ZendeskTicket,
    given: Readonly<Record<string, unknown>>,
    by: number,
  ): ToolAnswer | undefined => {
    if (ticket.status === 'closed')
      return invalid({ status: [{ description: 'Status: closed prevents ticket update' }] });
    const wrong = refusals(given);
    if (wrong.length > 0)
      return invalid(Object.fromEntries(wrong.map(({ field, sentence }) => [field, [{ description: sentence }]])));
    const assignee = 'assignee_id' in given ? given.assignee_id : ticket.assignee_id;
    if (solvedNeedsAssignee && given.status === 'solved' && assignee === null)
      return invalid({ assignee: [{ description: 'Assignee: is required when solving a ticket' }] });
    const before = { ...ticket };
    apply(ticket, given);
    const at = time();
    ticket.updated_at = at;
    const comment = commentOf(given.comment);
    const added = comment === undefined ? undefined : addComment(ticket, comment, by, at);
    tell(ticket, before, added, by, at);
    return undefined;
  };

  const create = (request: ToolRequest): ToolAnswer => {
    const ticketBody = ticketOf(request);
    if (ticketBody === undefined) return { status: 400, body: { error: 'MissingParameter', description: 'ticket' } };
    const key = request.headers['idempotency-key'];
    const kept = key === undefined ? undefined : made.get(key);
    if (key !== undefined && kept !== undefined && now() - kept.atMs < idempotencyMs) {
      if (kept.body !== request.body.toString('utf8'))
        return { status: 400, body: { error: 'IdempotentRequestError', description: 'Request parameters differ' } };
      return { ...kept.answer, headers: { 'x-idempotency-lookup': 'hit' } };
    }
    const comment = commentOf(ticketBody.comment);
    const wrong = [
      ...refusals(ticketBody),
      ...(ticketBody.status === 'closed' ? [{ field: 'status', sentence: 'is invalid' }] : []),
    ];
    if (comment === undefined && wrong.length === 0) wrong.push({ field: 'comment', sentence: 'cannot be blank' });
    if (wrong.length > 0)
      return invalid(Object.fromEntries(wrong.map(({ field, sentence }) => [field, [{ description: sentence }]])));
    const at = time();
    const ticket: ZendeskTicket = {
      id: (lastId += 1),
      created_at: at,
      updated_at: at,
      external_id: null,
      subject: comment?.plain.slice(0, 100) ?? '',
      status: 'new',
      priority: null,
      type: null,
      assignee_id: null,
      tags: [],
      custom_fields: [],
      others: { requester_id: zendeskAccount.id, submitter_id: zendeskAccount.id },
      comments: [],
      writes: 1,
      isDeleted: false,
    };
    apply(ticket, ticketBody);
    if (comment !== undefined) addComment(ticket, comment, zendeskAccount.id, at);
    tickets.set(ticket.id, ticket);
    if (webhooks === 'events')
      void server.sendHook(eventHook({ ...ticket }, { type: 'created', event: {} }, zendeskAccount.id, at));
    const answer = { status: 201, body: { ticket: shown(ticket, base), audit: { id: ticket.id * 10, events: [] } } };
    if (key !== undefined) made.set(key, { body: request.body.toString('utf8'), answer, atMs: now() });
    return { ...answer, headers: { 'x-idempotency-lookup': 'miss' } };
  };

  const update = (ticket: ZendeskTicket, request: ToolRequest): ToolAnswer => {
    const atMs = now();
    while (updates[0] !== undefined && atMs - updates[0] >= 60_000) updates.shift();
    if (updates.length >= updatesPerMinute) {
      const seconds = Math.ceil((60_000 - (atMs - (updates[0] ?? atMs))) / 1_000);
      return { status: 429, headers: { 'retry-after': String(seconds) }, body: { error: 'TooManyRequests' } };
    }
    const given = ticketOf(request);
    if (given === undefined) return { status: 400, body: { error: 'MissingParameter', description: 'ticket' } };
    updates.push(atMs);
    const refused = change(ticket, given, zendeskAccount.id);
    if (refused !== undefined) return refused;
    ticket.writes += 1;
    return { status: 200, body: { ticket: shown(ticket, base) } };
  };

  const list = (found: readonly ZendeskTicket[]): ToolAnswer => ({
    status: 200,
    body: { tickets: found.map((each) => shown(each, base)), count: found.length, next_page: null },
  });

  const search = ({ query, url }: ToolRequest): ToolAnswer => {
    const terms = (query.get('query') ?? '').split(' ');
    const size = Number(query.get('per_page') ?? '100');
    const page = Number(query.get('page') ?? '1');
    if (query.get('sort_by') !== 'updated_at' || query.get('sort_order') !== 'asc' || size > 100 || page * size > 1_000)
      return { status: 422, body: { error: 'invalid', description: 'Invalid search' } };
    const found = living().filter((ticket) => terms.every((term) => matches(ticket, term)));
    found.sort((one, other) => one.updated_at.localeCompare(other.updated_at) || one.id - other.id);
    const results = found
      .slice((page - 1) * size, page * size)
      .map((each) => ({ ...shown(each, base), result_type: 'ticket' }));
    const next = page * size < found.length ? `${base}${url.replace(/page=\d+$/, `page=${page + 1}`)}` : null;
    return { status: 200, body: { results, count: found.length, next_page: next, previous_page: null, facets: null } };
  };

  const living = (): ZendeskTicket[] => [...tickets.values()].filter(({ isDeleted }) => !isDeleted);

  const answer = (request: ToolRequest): ToolAnswer => {
    const { method, segments, query } = request;
    const [api, version, ...path] = segments;
    if (api !== 'api' || version !== 'v2') return notFound;
    if (!isKnown(request)) return { status: 401, body: { error: "Couldn't authenticate you" } };
    const route = `${method} ${path.map((part, at) => (at === 1 && path[0] === 'tickets' ? ':id' : part)).join('/')}`;
    const ticketId = Number((path[1] ?? '').replace(/\.json$/, ''));
    const ticket = tickets.get(ticketId);
    switch (route) {
      case 'GET users/me.json':
        return { status: 200, body: { user: { ...zendeskAccount, active: true, verified: true } } };
      case 'POST tickets.json':
        return create(request);
      case 'GET tickets.json': {
        const key = query.get('external_id');
        return key === null ? list(living()) : list(living().filter(({ external_id: id }) => id === key));
      }
      case 'GET search.json':
        return search(request);
      case 'GET tickets/:id':
        return ticket === undefined || ticket.isDeleted
          ? notFound
          : { status: 200, body: { ticket: shown(ticket, base) } };
      case 'PUT tickets/:id':
        return ticket === undefined || ticket.isDeleted ? notFound : update(ticket, request);
      case 'GET tickets/:id/comments.json': {
        if (ticket === undefined || ticket.isDeleted) return notFound;
        if (
          Number(query.get('page[size]') ?? '100') > 100 ||
          !['created_at', '-created_at'].includes(query.get('sort') ?? 'created_at')
        )
          return { status: 400, body: { error: 'InvalidPaginationParameter' } };
        const comments = ticket.comments.map((each) => ({ ...each, type: 'Comment', body: each.plain_body }));
        if (query.get('sort') === '-created_at') comments.reverse();
        return { status: 200, body: { comments: comments.slice(0, 100), meta: { has_more: comments.length > 100 } } };
      }
      default:
        return { status: 404, body: { error: 'InvalidEndpoint', description: 'Not found' } };
    }
  };

  const server = await startToolServer({
    answer,
    triesHookAgain: (status) => status === null || status === 409 || status === 429 || status === 503,
  });
  base = server.url;

  return {
    ...server,
    tickets: () => [...tickets.values()].map(asFake),
    change: async (ticketId, wanted) => {
      const ticket = tickets.get(Number(ticketId));
      if (ticket === undefined || ticket.isDeleted) throw new Error(`Zendesk has no ticket ${ticketId}`);
      const by = Number(wanted.by ?? zendeskPerson.id);
      if (wanted.isDeleted === true) {
        const before = { ...ticket };
        ticket.isDeleted = true;
        tell(ticket, before, undefined, by, time());
      } else {
        const refused = change(ticket, wantedOf(wanted), by);
        if (refused !== undefined) throw new Error(`Zendesk does not allow it: ${JSON.stringify(refused.body)}`);
      }
      await server.settled();
    },
  };
}

/** The field the desk's people choose a resolution in. */
export const zendeskResolutionField = 360_000_000_042;

const wantedOf = ({ status, comment, assignee, resolution }: FakeChange): Record<string, unknown> => ({
  ...(status !== undefined && { status }),
  ...(assignee !== undefined && { assignee_id: assignee === null ? null : Number(assignee) }),
  ...(resolution !== undefined && { custom_fields: [{ id: zendeskResolutionField, value: resolution }] }),
  ...(comment !== undefined && {
    comment: { html_body: htmlOf(comment.text), public: comment.visibility === 'public' },
  }),
});

const idText = (id: number | null): string => (id === null ? '0' : String(id));

const commentEvent = ({ id, author_id: author, plain_body: body, public: isPublic }: ZendeskComment) => ({
  id: String(id),
  author: { id: String(author), is_staff: true, name: 'Agent' },
  body,
  is_public: isPublic,
});

const ticketOf = (request: ToolRequest): Readonly<Record<string, unknown>> | undefined => {
  const body = jsonObject(request);
  return body !== undefined && Object.keys(body).join() === 'ticket' && isObject(body.ticket) ? body.ticket : undefined;
};

const matches = (ticket: ZendeskTicket, term: string): boolean => {
  if (term === 'type:ticket') return true;
  if (term.startsWith('tags:')) return ticket.tags.includes(term.slice('tags:'.length));
  if (term.startsWith('updated>=')) return Date.parse(ticket.updated_at) >= Date.parse(term.slice('updated>='.length));
  return false;
};

const asFake = (ticket: ZendeskTicket): FakeTicket => ({
  ticketId: String(ticket.id),
  number: String(ticket.id),
  key: ticket.external_id,
  title: ticket.subject,
  status: ticket.status,
  comments: ticket.comments.map(({ plain_body: text, public: isPublic, author_id: author }) => ({
    text,
    visibility: isPublic ? 'public' : 'internal',
    author: String(author),
  })),
  fields: shown(ticket, ''),
  writes: ticket.writes,
  isDeleted: ticket.isDeleted,
});
