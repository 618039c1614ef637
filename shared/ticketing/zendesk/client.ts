import { z } from 'zod';
import type { AppError } from '../../errors';
import { TargetError } from '../../errors';
import type { OutgoingComment, TicketActor, TicketRef, TicketSnapshot } from '../../model/ticket';
import type { Connector, ConnectorDeps } from '../connector';
import { writeIdsIn } from '../../model/marker';
import { instant, readAs } from '../readAnswer';
import type { ToolAnswer, ToolCall } from '../toolCall';
import { callTool, withoutSlash } from '../toolCall';

import type { ZendeskSettings } from './settings';
import { zendeskSettings } from './settings';
import { fromZendeskStatus } from './status';
import type { ZendeskTicket } from './toTicket';
import { laterComments, ourTag, toComments, toNewTicket, toTicketUpdate } from './toTicket';

const title = 'Zendesk';
const id = z.number().int();

/** @see https://developer.zendesk.com/api-reference/ticketing/tickets/tickets */
const ticket = z.object({
  id,
  external_id: z.string().nullish(),
  status: z.string(),
  assignee_id: id.nullish(),
  tags: z.array(z.string()).nullish(),
  updated_at: z.string(),
  custom_fields: z.array(z.object({ id, value: z.unknown().optional() })).nullish(),
});
type Ticket = z.output<typeof ticket>;
const one = z.object({ ticket });
const listed = z.object({ tickets: z.array(ticket) });
const found = z.object({ results: z.array(ticket), next_page: z.string().nullish() });
const me = z.object({ user: z.object({ id: id.nullish(), name: z.string().nullish(), role: z.string().nullish() }) });
const commentList = z.object({
  comments: z.array(z.object({ plain_body: z.string().nullish(), body: z.string().nullish() })),
});
/** `details` says for each field what is wrong with it. */
const refusal = z.object({ error: z.unknown().optional(), details: z.record(z.string(), z.unknown()).nullish() });

type Ask = Omit<ToolCall, 'url' | 'headers'> & {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Zendesk over its ticketing API. The key is the ticket's external id. */
export const connectZendesk = (deps: ConnectorDeps): Connector => {
  const { connection, send, clock } = deps;
  const settings = zendeskSettings.read(connection);
  const base = withoutSlash(connection.url);

  const ask = async ({ path, headers, ...request }: Ask): Promise<ToolAnswer> => {
    const authorization = authorizationOf(deps, await deps.secret());
    return callTool(
      { title, send, clock, ownMeaning },
      { ...request, url: `${base}/api/v2${path}`, headers: { ...headers, authorization } },
    );
  };
  const refOf = ({ id: number }: Ticket): TicketRef => {
    const ticketId = String(number);
    return { ticketId, number: ticketId, url: `${base}/agent/tickets/${ticketId}` };
  };
  const write = async (ticketId: string, body: ZendeskTicket): Promise<void> => {
    const put = (content: ZendeskTicket, accepts: readonly number[] = []): Promise<ToolAnswer> =>
      ask({ method: 'PUT', path: pathOf(ticketId), json: { ticket: content }, isOfTicket: true, accepts });
    const { solver } = settings;
    if (body.status !== 'solved' || solver === undefined) {
      await put(body);
      return;
    }
    const answer = await put(body, [422]);
    if (answer.status !== 422) return;
    if (!wantsAgent(answer.json)) throw ownMeaning(answer) ?? refusedContent(422);
    await put({ ...body, assignee_id: Number(solver) });
  };
  const get = async (ticketId: string): Promise<Ticket | undefined> => {
    if (!isId(ticketId)) return undefined;
    const answer = await ask({ method: 'GET', path: pathOf(ticketId), accepts: [404] });
    if (answer.status === 404) return undefined;
    const read = readAs(one, answer.json, title).ticket;
    return read.status === 'deleted' ? undefined : read;
  };
  /** Those not written yet: a try before may have come through without its answer. */
  const unwritten = async (
    ticketId: string,
    comments: readonly OutgoingComment[],
  ): Promise<readonly OutgoingComment[]> => {
    if (comments.length === 0) return comments;
    const path = pathOf(ticketId, '/comments.json?sort=-created_at&page%5Bsize%5D=100');
    const { json } = await ask({ method: 'GET', path, isOfTicket: true });
    const kept = readAs(commentList, json, title).comments;
    const written = new Set(kept.flatMap((each) => writeIdsIn(each.plain_body ?? each.body ?? '')));
    return comments.filter(({ writeId }) => !written.has(writeId));
  };
  const find = async (key: string): Promise<TicketRef | undefined> => {
    const { json } = await ask({ method: 'GET', path: `/tickets.json?external_id=${encodeURIComponent(key)}` });
    const [first] = readAs(listed, json, title)
      .tickets.filter(({ external_id, status }) => external_id === key && status !== 'deleted')
      .sort((earlier, later) => earlier.id - later.id);
    return first === undefined ? undefined : refOf(first);
  };
  const snapshotOf = (read: Ticket): TicketSnapshot => {
    const updatedAt = instant(read.updated_at, 'updated_at');
    return {
      ...refOf(read),
      key: read.external_id ?? null,
      // A word of the future is something that is being worked on.
      status: fromZendeskStatus(read.status) ?? 'inProgress',
      rawStatus: read.status,
      resolution: resolutionOf(read, settings),
      assignee: typeof read.assignee_id === 'number' ? String(read.assignee_id) : null,
      updatedAt,
      version: updatedAt,
      updatedBy: null,
    };
  };

  return {
    whoAmI: async (): Promise<TicketActor> => {
      const { user } = readAs(me, (await ask({ method: 'GET', path: '/users/me.json' })).json, title);
      // To a caller it does not know, Zendesk shows nobody instead of refusing.
      if (typeof user.id !== 'number')
        throw new TargetError('Zendesk does not take the credential: put in a new one', 'credential', 200);
      if (user.role === 'end-user')
        throw new TargetError('The account is no agent of Zendesk: give it the role of one', 'credential', 200);
      return { id: String(user.id), name: user.name ?? null };
    },
    find,
    create: async (content) => {
      const answer = await ask({
        method: 'POST',
        path: '/tickets.json',
        // Kept for two hours: a second try then makes no second ticket.
        headers: { 'idempotency-key': `xdr-relay:${content.key}`.slice(0, 255) },
        json: { ticket: toNewTicket(content, connection, settings) },
        accepts: [400],
      });
      // The same idempotency key with other words: an earlier try made it.
      const known = isOtherTry(answer) ? await find(content.key) : undefined;
      if (answer.status === 400 && known === undefined) throw refusedContent(400);
      const ref = known ?? refOf(readAs(one, answer.json, title).ticket);
      for (const comment of laterComments(content, connection)) await write(ref.ticketId, { comment });
      return ref;
    },
    update: async (ticketId, change) => {
      const comments = toComments(await unwritten(ticketId, change.comments));
      const now = change.tags === undefined ? undefined : await get(ticketId);
      if (change.tags !== undefined && now === undefined)
        throw new TargetError('Zendesk has this ticket no more', 'ticketGone', 404);
      const fields = toTicketUpdate(change, settings, now?.tags ?? []);
      const [first, ...rest] = comments;
      if (first !== undefined || Object.keys(fields).length > 0)
        await write(ticketId, { ...fields, ...(first !== undefined && { comment: first }) });
      for (const comment of rest) await write(ticketId, { comment });
    },
    read: async (ticketId) => {
      const read = await get(ticketId);
      return read === undefined ? undefined : snapshotOf(read);
    },
    changedSince: async (since) => {
      const query = encodeURIComponent(`type:ticket tags:${ourTag} updated>=${instant(since, 'since')}`);
      const all: Ticket[] = [];
      for (const page of [1, 2]) {
        const path = `/search.json?query=${query}&sort_by=updated_at&sort_order=asc&per_page=100&page=${page}`;
        const { results, next_page: next } = readAs(found, (await ask({ method: 'GET', path })).json, title);
        all.push(...results);
        if (typeof next !== 'string') break;
      }
      return all.map(snapshotOf);
    },
  };
};

/** An API token goes as password of `<user>/token`, an OAuth token as bearer. @see https://developer.zendesk.com/api-reference/introduction/security-and-auth */
const authorizationOf = ({ connection: { auth } }: ConnectorDeps, secret: string): string => {
  if (auth?.kind === 'bearer') return `Bearer ${secret}`;
  const user = (auth?.user ?? '').replace(/\/token$/, '');
  return `Basic ${Buffer.from(`${user}/token:${secret}`).toString('base64')}`;
};

const isId = (ticketId: string): boolean => /^\d{1,20}$/.test(ticketId);

const pathOf = (ticketId: string, rest = '.json'): string => {
  if (isId(ticketId)) return `/tickets/${ticketId}${rest}`;
  throw new TargetError('This is no ticket id of Zendesk', 'ticketGone', null);
};

const resolutionOf = (read: Ticket, { resolutionField }: ZendeskSettings): string | null => {
  const value = read.custom_fields?.find((field) => String(field.id) === resolutionField)?.value;
  return typeof value === 'string' && value !== '' ? value : null;
};

const detail = (json: unknown, field: string): string => {
  const said = refusal.safeParse(json);
  return JSON.stringify((said.success ? said.data.details?.[field] : undefined) ?? '');
};

const wantsAgent = (json: unknown): boolean =>
  ['assignee', 'assignee_id'].some((field) => /required when solving/i.test(detail(json, field)));

const isOtherTry = ({ status, json }: ToolAnswer): boolean =>
  status === 400 && refusal.safeParse(json).data?.error === 'IdempotentRequestError';

/** Zendesk has no codes of its own for these, only sentences. */
const ownMeaning = ({ status, json }: ToolAnswer): AppError | undefined => {
  if (status !== 422) return undefined;
  if (/closed prevents ticket update/i.test(detail(json, 'status')))
    return new TargetError('Zendesk keeps a closed ticket closed', 'ticketClosed', status);
  if (wantsAgent(json))
    return new TargetError('Zendesk wants an agent on a solved ticket: set mapping.settings.solver', 'refused', status);
  return undefined;
};

const refusedContent = (status: number): TargetError =>
  new TargetError(`Zendesk answered ${status}: it does not take the content; check the mapping`, 'refused', status);
