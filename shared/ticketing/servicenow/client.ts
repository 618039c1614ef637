import { z } from 'zod';
import { ContractError, TargetError } from '../../errors';
import type { TicketChange, TicketComment, TicketRef, TicketSnapshot } from '../../model/ticket';
import type { IncomingAnswer } from '../../ports';
import { askTool, jsonOf, refusal } from '../askTool';
import type { Connector, ConnectorDeps } from '../connector';
import { instant, readAs } from '../readAnswer';
import { authorizationOf } from './authorization';
import type { ServicenowSettings } from './settings';
import { servicenowSettings } from './settings';
import { fromState, isFinal, stepsTo } from './states';
import type { ServicenowRecord } from './toTicket';
import { ourMark, stateOf, toNewRecord, toRecordChange } from './toTicket';

const title = 'ServiceNow';
const mostListed = 200;
const mostComments = 100;
/** What a field no right reads is left out of answers. */
const text = z.string().default('');
const record = z.object({
  sys_id: z.string().regex(/^[0-9a-f]{32}$/),
  number: z.string(),
  state: z.string(),
  correlation_id: text,
  correlation_display: text,
  close_code: text,
  assigned_to: text,
  sys_updated_on: z.string(),
  sys_updated_by: text,
  sys_mod_count: z.string(),
});
type Record_ = z.output<typeof record>;
const columns = Object.keys(record.shape).join(',');
const one = z.object({ result: record });
const many = z.object({ result: z.array(record) });
const journals = z.object({ result: z.object({ sys_id: z.string(), comments: text, work_notes: text }) });
const entries = z.object({
  result: z.array(
    z.object({ element_id: text, element: text, value: text, sys_created_on: z.string(), sys_created_by: text }),
  ),
});
const users = z.object({ result: z.array(z.object({ user_name: text, name: text })) });

/** What may stand in an encoded query and mean itself. */
const keyShape = /^[\w:.-]{1,100}$/;

/** ServiceNow over its Table API. The key is the record's `correlation_id`. @see https://www.servicenow.com/docs (Table API) */
export const connectServicenow = (deps: ConnectorDeps): Connector => {
  const settings = servicenowSettings.read(deps.connection);
  const base = deps.connection.url.replace(/\/+$/, '');
  const { table } = settings;
  const refOf = ({ sys_id: ticketId, number }: Record_): TicketRef => ({
    ticketId,
    number,
    url: `${base}/${table}.do?sys_id=${ticketId}`,
  });

  const ask = async ({
    method,
    path,
    query,
    body,
    isOfTicket = false,
    accepts = [],
  }: Asked): Promise<IncomingAnswer> => {
    const asked = {
      send: deps.send,
      now: () => deps.clock.now(),
      title,
      notFound: isOfTicket ? ('ticketGone' as const) : ('refused' as const),
      waitOf: (answer: IncomingAnswer) => waitOf(answer, deps.clock.now()),
    };
    const url = `${base}/api/now/v2/table/${path}?${new URLSearchParams(query).toString()}`;
    const send = async (header: string) =>
      askTool(
        { ...asked, accepts: [401, ...accepts] },
        { method, url, headers: { authorization: header }, ...(body !== undefined && { body }) },
      );
    const authorization = await authorizationOf(deps, base, title);
    const answer = await send(authorization.header);
    if (answer.status !== 401) return answer;
    authorization.forget?.();
    // A token may end before its time.
    const again =
      authorization.forget === undefined ? answer : await send((await authorizationOf(deps, base, title)).header);
    if (again.status === 401) throw refusal(asked, again);
    return again;
  };
  const list = async (query: string, limit: number): Promise<readonly Record_[]> => {
    const answer = await ask({
      method: 'GET',
      path: table,
      query: { ...shape, sysparm_query: query, sysparm_limit: String(limit) },
    });
    return readAs(many, jsonOf(title, answer), title).result;
  };
  const get = async (ticketId: string): Promise<Record_ | undefined> => {
    if (!isTicketId(ticketId)) return undefined;
    const answer = await ask({ method: 'GET', path: `${table}/${ticketId}`, query: shape, accepts: [404] });
    return answer.status === 404 ? undefined : readAs(one, jsonOf(title, answer), title).result;
  };
  /** Undefined where ServiceNow refuses it: a rule or policy there, or a right. */
  const patch = async (ticketId: string, body: ServicenowRecord): Promise<Record_ | undefined> => {
    const path = `${table}/${ticketId}`;
    const answer = await ask({ method: 'PATCH', path, query: shape, body, isOfTicket: true, accepts: [403] });
    return answer.status === 403 ? undefined : readAs(one, jsonOf(title, answer), title).result;
  };
  const write = async (ticketId: string, body: ServicenowRecord, change: TicketChange): Promise<void> => {
    const written = await patch(ticketId, body);
    // A field that the account may not write is passed over there in silence.
    if (written !== undefined && (body.state === undefined || written.state === body.state)) return;
    const now = written ?? (await get(ticketId));
    if (now === undefined) throw gone();
    if (!isFinal(settings, now.state)) throw denied(written === undefined ? 403 : 200);
    if (!isDone(change)) throw closed();
    // It is closed already, as wanted. A comment it may still take; if not, nobody waits for it.
    if (written === undefined && change.comments.length > 0)
      await patch(ticketId, toRecordChange({ key: change.key, comments: change.comments }));
  };
  /** Security incidents walk: where the ticket stands says which steps are left. */
  const walk = async (ticketId: string, change: TicketChange): Promise<void> => {
    const body = toRecordChange(change);
    const { state, ...closing } = stateOf(change, settings);
    const now = await get(ticketId);
    if (now === undefined) throw gone();
    if (state === undefined || fromState(table, now.state) === change.status) {
      const rest = { ...body, ...(isFinal(settings, now.state) ? {} : closing) };
      if (Object.keys(rest).length > 0) await write(ticketId, rest, change);
      return;
    }
    if (isFinal(settings, now.state)) {
      if (isDone(change)) return;
      throw closed();
    }
    const path = settings.process === 'NIST Open' ? [state] : stepsTo(now.state, state);
    for (const step of path.slice(0, -1)) await write(ticketId, { state: step }, change);
    await write(ticketId, { ...body, ...closing, state }, change);
  };
  /** Both journals, as far as the account may read them: what a try before has written, whose answer was lost, is there. */
  const written = async (ticketId: string): Promise<string> => {
    const query = { sysparm_fields: 'sys_id,comments,work_notes', sysparm_display_value: 'true' };
    const answer = await ask({ method: 'GET', path: `${table}/${ticketId}`, query, isOfTicket: true });
    const { comments, work_notes: notes } = readAs(journals, jsonOf(title, answer), title).result;
    return `${comments}\n${notes}`;
  };
  const update = async (ticketId: string, given: TicketChange): Promise<void> => {
    if (!isTicketId(ticketId)) throw gone();
    const known = given.comments.length === 0 ? '' : await written(ticketId);
    const comments = given.comments.filter(({ writeId }) => !known.includes(`[xdr-relay:${writeId}]`));
    const change = { ...given, comments };
    if (table === 'sn_si_incident' && change.status !== undefined) {
      await walk(ticketId, change);
      return;
    }
    const body = { ...toRecordChange(change), ...stateOf(change, settings) };
    if (Object.keys(body).length > 0) await write(ticketId, body, change);
  };

  return {
    whoAmI: async () => {
      const id = deps.connection.auth?.kind === 'basic' ? deps.connection.auth.user : settings.account;
      if (id === undefined || !keyShape.test(id.replace(/[@+]/g, '')))
        throw new TargetError(
          'Set mapping.settings.account to the user name of the account in ServiceNow',
          'refused',
          null,
        );
      const answer = await ask({
        method: 'GET',
        path: 'sys_user',
        query: { sysparm_query: `user_name=${id}`, sysparm_fields: 'user_name,name', sysparm_limit: '1' },
      });
      const [user] = readAs(users, jsonOf(title, answer), title).result.filter(({ user_name }) => user_name === id);
      // Not every account may read users; that it was let in is proof enough.
      return { id, name: user === undefined || user.name === '' ? null : user.name };
    },
    find: async (key) => {
      if (!keyShape.test(key))
        throw new TargetError(`${title}: a key of this shape cannot be looked up`, 'refused', null);
      const found = await list(`correlation_id=${key}^ORDERBYsys_created_on`, 10);
      // Parts of a query that ServiceNow does not understand it leaves out, and answers with any records there are.
      if (found.some(({ correlation_id: other }) => other.toLowerCase() !== key.toLowerCase()))
        throw new ContractError(`${title} does not look up correlation_id in ${table}`);
      const first = found.find(({ correlation_id: id }) => id === key);
      return first === undefined ? undefined : refOf(first);
    },
    create: async (content) => {
      const body = toNewRecord(content, settings);
      const answer = await ask({ method: 'POST', path: table, query: shape, body });
      const ref = refOf(readAs(one, jsonOf(title, answer), title).result);
      if (table === 'sn_si_incident' && content.status !== 'new')
        await update(ref.ticketId, { key: content.key, status: content.status, comments: [], ...closeCodeOf(content) });
      return ref;
    },
    update,
    read: async (ticketId) => {
      const now = await get(ticketId);
      return now === undefined ? undefined : snapshotOf(now, refOf(now), settings);
    },
    changedSince: async (since) => {
      const from = instant(since, 'since');
      const query = `correlation_display=${ourMark}^sys_updated_on>=${toDatabaseTime(from)}^ORDERBYsys_updated_on`;
      const listed = await list(query, mostListed);
      return listed
        .filter(({ correlation_display: mark }) => mark === ourMark)
        .map((each) => snapshotOf(each, refOf(each), settings))
        .filter(({ updatedAt }) => updatedAt >= toSecond(from));
    },
    commentsSince: async (ticketId, since) => {
      if (!isTicketId(ticketId)) return [];
      const from = instant(since, 'since');
      const query = {
        sysparm_query: `element_id=${ticketId}^sys_created_on>=${toDatabaseTime(from)}^ORDERBYsys_created_on`,
        sysparm_fields: 'element_id,element,value,sys_created_on,sys_created_by',
        sysparm_limit: String(mostComments),
      };
      const answer = await ask({ method: 'GET', path: 'sys_journal_field', query, accepts: [403] });
      // Not every account may read it; then there is no more than what the webhooks brought.
      if (answer.status === 403) return [];
      return readAs(entries, jsonOf(title, answer), title)
        .result.filter(({ element_id: of, element }) => of === ticketId && isJournal(element))
        .map(({ element, value, sys_created_on: at, sys_created_by: by }): TicketComment => ({
          // The Business Rule does not know it.
          id: null,
          text: value,
          visibility: element === 'comments' ? 'public' : 'internal',
          author: by === '' ? null : { id: by, name: null },
          at: fromDatabaseTime(at),
        }))
        .filter(({ at }) => at >= toSecond(from));
    },
  };
};

interface Asked {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Table, or table and record. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: ServicenowRecord;
  readonly isOfTicket?: boolean;
  readonly accepts?: readonly number[];
}

const shape = { sysparm_fields: columns, sysparm_exclude_reference_link: 'true' };

const isTicketId = (ticketId: string): boolean => /^[0-9a-f]{32}$/.test(ticketId);
const isJournal = (element: string): boolean => element === 'comments' || element === 'work_notes';
const isDone = ({ status }: TicketChange): boolean => status === 'resolved' || status === 'cancelled';
const closeCodeOf = ({ closeCode }: { readonly closeCode?: string }) => (closeCode === undefined ? {} : { closeCode });

const gone = (): TargetError => new TargetError(`${title} has this ticket no more`, 'ticketGone', 404);
const closed = (): TargetError => new TargetError(`${title} keeps a closed ticket closed`, 'ticketClosed', 403);
const denied = (status: number): TargetError =>
  new TargetError(
    `${title} does not let the account change this ticket: a right, a mandatory field or a rule there; see the connector page`,
    'refused',
    status,
  );

/** `X-RateLimit-Reset`, seconds since 1970: when the hour of its rule ends. */
const waitOf = ({ headers }: IncomingAnswer, nowMs: number): number | undefined => {
  const reset = Number(headers['x-ratelimit-reset']);
  return Number.isFinite(reset) && reset > 0 ? Math.min(Math.max(reset * 1_000 - nowMs, 1_000), 3_600_000) : undefined;
};

/** `2026-11-20 12:00:00`: UTC in the database, and in queries where the account's time zone is GMT. */
const toDatabaseTime = (iso: string): string => iso.slice(0, 19).replace('T', ' ');
/** The database knows no parts of a second. */
const toSecond = (iso: string): string => `${iso.slice(0, 19)}.000Z`;
const fromDatabaseTime = (time: string): string => instant(`${time.replace(' ', 'T')}Z`, 'sys_updated_on');

const snapshotOf = (now: Record_, ref: TicketRef, { table }: ServicenowSettings): TicketSnapshot => ({
  ...ref,
  key: orNull(now.correlation_id),
  status: fromState(table, now.state),
  rawStatus: now.state,
  resolution: orNull(now.close_code),
  assignee: orNull(now.assigned_to),
  updatedAt: fromDatabaseTime(now.sys_updated_on),
  version: now.sys_mod_count,
  updatedBy: orNull(now.sys_updated_by),
});

const orNull = (value: string): string | null => (value === '' ? null : value);
