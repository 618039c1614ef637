import { createHash } from 'node:crypto';
import { basicOf, bearerOf, jsonObject } from '../body';
import type { FakeChange, FakeComment, FakeTicket, FakeTool, FakeToolOptions } from '../fakeTool';
import type { OutgoingHook, ToolAnswer, ToolRequest } from '../server';
import { startToolServer } from '../server';
import type { RuleRun } from './businessRule';
import { runBusinessRule, shippedRule } from './businessRule';
import type { Journal, TableRules } from './dictionary';
import { journalFields, journals, steps, systemFields, tables } from './dictionary';
import { select } from './query';

export interface ServicenowOptions extends FakeToolOptions {
  /** Of Security Incident Response; default `NIST Stateful`, as the platform's. */
  readonly process?: 'NIST Stateful' | 'NIST Open';
  /** Whether the account may read `sys_journal_field`; default true. */
  readonly readsJournal?: boolean;
}

export interface FakeServicenow extends FakeTool {
  /** Ends every OAuth token at once, before its time. */
  endTokens(): void;
  /** A record that a person made. @returns its sys_id */
  add(table: string, values: Readonly<Record<string, string>>): string;
}

/** User name of the account of the API, with basic authentication and behind the OAuth client. */
export const servicenowAccount = 'xdr.relay';
export const servicenowClient = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
/** `sys_id` of a person. */
export const servicenowPerson = '46d44a40c611228b014ac3b8a97bd2bd';

interface Entry {
  readonly table: string;
  values: Record<string, string>;
  readonly comments: FakeComment[];
  /** Rows of `sys_journal_field`. */
  readonly journal: Record<string, string>[];
  writes: number;
  isDeleted: boolean;
}

interface Save {
  readonly values: Readonly<Record<string, string>>;
  readonly user: { readonly id: string; readonly name: string };
  readonly isApi: boolean;
}

class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly detail: string,
  ) {
    super(message);
  }
}

const tokenSeconds = 1_800;
const people: Readonly<Record<string, { readonly user_name: string; readonly name: string }>> = {
  [servicenowPerson]: { user_name: 'beth.anglin', name: 'Beth Anglin' },
  '02826bf03710200044e0bfc8bcbe5d3f': { user_name: servicenowAccount, name: 'XDR Relay' },
};

/**
 * A ServiceNow instance: Table API of `incident` and `sn_si_incident`, client credentials at `/oauth_token.do`, and the shipped Business Rule
 * run on every save. Stricter than the platform: a field it does not know, or a text that is too long, is refused instead of dropped or cut.
 */
export async function startServicenow(options: ServicenowOptions): Promise<FakeServicenow> {
  const { secret, now = () => Date.now(), process: sirProcess = 'NIST Stateful', readsJournal = true } = options;
  const script = shippedRule();
  const entries: Entry[] = [];
  const tokens = new Map<string, number>();
  let made = 0;

  const userOf = (request: ToolRequest): Save['user'] | undefined => {
    const basic = basicOf(request);
    const bearer = bearerOf(request);
    const isToken = bearer !== undefined && ((tokens.get(bearer) ?? 0) > now() || bearer === secret);
    const isUser = basic?.user === servicenowAccount && basic.password === secret;
    return isToken || isUser ? { id: servicenowAccount, name: 'XDR Relay' } : undefined;
  };

  /** All rules of the platform and its policies; then the Business Rule. @throws Refused */
  const save = (entry: Entry, rules: TableRules, { values, user, isApi }: Save): Promise<void> => {
    const before = { ...entry.values };
    const after = { ...before, ...plain(values) };
    checkFields(values, rules);
    if (isApi && before.state !== undefined) checkClosed(entry, before.state);
    if (before.state !== undefined && after.state !== before.state)
      checkStep(entry, before.state, after.state ?? '', isApi);
    checkMandatory(entry, values, after, rules);
    const atMs = now();
    const time = databaseTime(atMs);
    const isNew = before.sys_id === undefined;
    entry.values = {
      ...after,
      ...(isNew && { sys_created_on: time, sys_created_by: user.id }),
      sys_updated_on: time,
      sys_updated_by: user.id,
      sys_mod_count: isNew ? '0' : String(Number(before.sys_mod_count) + 1),
    };
    if (isApi) entry.writes += 1;
    const written: Record<string, string> = {};
    for (const journal of journals) {
      const text = values[journal];
      if (text === undefined || text === '') continue;
      const isNote = journal === 'work_notes';
      entry.comments.push({ text, visibility: isNote ? 'internal' : 'public', author: user.id });
      entry.journal.push({ element: journal, value: text, sys_created_on: time, sys_created_by: user.id });
      written[journal] = `${time} - ${user.name} (${isNote ? 'Work notes' : 'Additional comments'})\n${text}\n\n`;
    }
    const changed = Object.keys(entry.values).filter((name) => entry.values[name] !== (before[name] ?? ''));
    // The rule is not ticked for Insert.
    if (isNew) return Promise.resolve();
    return tell(entry, { operation: 'update', before, changed, journals: written, user, atMs });
  };

  const tell = (
    { table, values }: Entry,
    {
      before,
      changed,
      journals: entriesWritten,
      atMs,
      ...rest
    }: Pick<RuleRun, 'operation' | 'user' | 'journals'> & {
      before: Readonly<Record<string, string>>;
      changed: readonly string[];
      atMs: number;
    },
  ): Promise<void> =>
    server.sendHook((target): OutgoingHook | undefined => {
      const [request] = runBusinessRule(script, {
        ...rest,
        current: { table, values: withAll(values) },
        previous: { table, values: withAll(before) },
        changed: new Set([...changed, ...Object.keys(entriesWritten)]),
        journals: entriesWritten,
        properties: {
          'xdr_relay.endpoint': target.url,
          'xdr_relay.secret': target.secret,
          'xdr_relay.account': servicenowAccount,
        },
        nowMs: atMs,
      });
      return request;
    });

  const checkClosed = ({ table }: Entry, state: string): void => {
    if (table === 'incident' && state === '7') throw aborted('A closed incident is read only.');
  };

  const checkStep = ({ table }: Entry, from: string, to: string, isApi: boolean): void => {
    if (table === 'incident' && to === '7' && isApi) throw aborted('Only itil_admin may close.');
    if (table === 'incident' && from === '8') throw aborted('A cancelled incident stays so.');
    if (table !== 'sn_si_incident' || sirProcess === 'NIST Open') return;
    const at = steps.findIndex((step) => step === from);
    if (at === -1 || (to !== '7' && steps[at + 1] !== to) || from === '3')
      throw aborted(`No step from ${from} to ${to}.`);
  };

  const checkMandatory = (
    { table, values: before }: Entry,
    given: Readonly<Record<string, string>>,
    after: Readonly<Record<string, string>>,
    { closing }: TableRules,
  ): void => {
    const isClosing = closing.includes(after.state ?? '') && before.state !== after.state;
    if (isClosing && ((after.close_code ?? '') === '' || (after.close_notes ?? '') === ''))
      throw policy('Resolution code, Resolution notes');
    if (table !== 'incident' || after.state !== '3') return;
    if (!['1', '3', '4', '5'].includes(after.hold_reason ?? '')) throw policy('On hold reason');
    if (before.state !== '3' && after.hold_reason === '1' && given.comments === undefined)
      throw policy('Additional comments');
  };

  const answer = (request: ToolRequest): ToolAnswer => {
    const { segments, method } = request;
    if (request.url === '/oauth_token.do') return grant(request);
    const user = userOf(request);
    if (user === undefined) return failure(401, 'User Not Authenticated', 'Required to provide Auth information');
    const [api, version, ...rest] = segments;
    if (api !== 'api' || version !== 'now') return failure(400, 'Requested URI does not represent any resource', '');
    const isV2 = rest[0] === 'v2';
    const path = rest[0] === 'v1' || isV2 ? rest.slice(1) : rest;
    const [resource, table = '', sysId] = path;
    if (resource !== 'table' || path.length > 3)
      return failure(400, 'Requested URI does not represent any resource', '');
    try {
      if (table === 'sys_user' && method === 'GET' && sysId === undefined) return listUsers(request.query);
      if (table === 'sys_journal_field' && method === 'GET' && sysId === undefined) return listJournal(request.query);
      const rules = Object.hasOwn(tables, table) ? tables[table] : undefined;
      if (rules === undefined) return failure(400, `Invalid table ${table}`, '');
      if (sysId === undefined && method === 'GET') return list(table, rules, request.query, isV2);
      if (sysId === undefined && method === 'POST') return create(table, rules, request, user);
      const entry = entries.find((each) => each.table === table && each.values.sys_id === sysId && !each.isDeleted);
      if (entry === undefined)
        return failure(404, 'No Record found', "Record doesn't exist or ACL restricts the record retrieval");
      if (method === 'GET') return { status: 200, body: { result: shown(entry, request.query) } };
      if (method !== 'PATCH' && method !== 'PUT') return failure(405, 'Method not supported', '');
      void save(entry, rules, { values: valuesIn(request), user, isApi: true });
      return { status: 200, body: { result: shown(entry, request.query) } };
    } catch (error) {
      if (error instanceof Refused) return failure(error.status, error.message, error.detail);
      throw error;
    }
  };

  const create = (table: string, rules: TableRules, request: ToolRequest, user: Save['user']): ToolAnswer => {
    const entry = newEntry(table);
    const values = valuesIn(request);
    const first = newRecord(rules);
    void save(entry, rules, {
      values: { state: rules.firstState, impact: '3', urgency: '3', ...values },
      user,
      isApi: true,
    });
    Object.assign(entry.values, first);
    entries.push(entry);
    return { status: 201, body: { result: shown(entry, request.query) } };
  };

  const newRecord = ({ prefix }: TableRules): { sys_id: string; number: string } => {
    made += 1;
    return {
      sys_id: createHash('md5').update(`record ${made}`).digest('hex'),
      number: `${prefix}${String(10_000 + made).padStart(7, '0')}`,
    };
  };

  const list = (table: string, rules: TableRules, query: URLSearchParams, isV2: boolean): ToolAnswer => {
    const fields = new Set([...Object.keys(rules.fields), ...systemFields]);
    const rows = entries.filter((entry) => entry.table === table && !entry.isDeleted);
    const found = select(
      rows.map(({ values }) => values),
      query.get('sysparm_query') ?? '',
      fields,
    );
    const limit = Number(query.get('sysparm_limit') ?? 10_000);
    const result = found.slice(0, limit).map((values) => shown({ values }, query));
    return result.length === 0 && !isV2 ? failure(404, 'No Record found', '') : { status: 200, body: { result } };
  };

  const listJournal = (query: URLSearchParams): ToolAnswer => {
    if (!readsJournal)
      return failure(
        403,
        'Insufficient rights to query records',
        'Field(s) present in the query do not have permission',
      );
    const rows = entries
      .filter(({ isDeleted }) => !isDeleted)
      .flatMap(({ table, values, journal }) =>
        journal.map((row, at) => ({
          ...row,
          sys_id: createHash('md5').update(`journal ${values.sys_id} ${at}`).digest('hex'),
          name: table,
          element_id: values.sys_id ?? '',
        })),
      );
    const found = select(rows, query.get('sysparm_query') ?? '', new Set(journalFields));
    const limit = Number(query.get('sysparm_limit') ?? 10_000);
    return { status: 200, body: { result: found.slice(0, limit).map((values) => shown({ values }, query)) } };
  };

  const listUsers = (query: URLSearchParams): ToolAnswer => {
    const rows = Object.entries(people).map(([sys_id, person]) => ({ sys_id, ...person }));
    const found = select(rows, query.get('sysparm_query') ?? '', new Set(['sys_id', 'user_name', 'name']));
    const limit = Number(query.get('sysparm_limit') ?? 10_000);
    return { status: 200, body: { result: found.slice(0, limit).map((values) => shown({ values }, query)) } };
  };

  const grant = (request: ToolRequest): ToolAnswer => {
    const isForm = /^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? '');
    const form = new URLSearchParams(isForm ? request.body.toString('utf8') : '');
    if (request.method !== 'POST' || form.get('grant_type') !== 'client_credentials')
      return {
        status: 400,
        body: { error: 'unsupported_grant_type', error_description: 'grant type is not supported' },
      };
    if (form.get('client_id') !== servicenowClient || form.get('client_secret') !== secret)
      return { status: 401, body: { error: 'server_error', error_description: 'access_denied' } };
    const token = createHash('sha256').update(`token ${tokens.size} ${secret}`).digest('base64url');
    tokens.set(token, now() + tokenSeconds * 1_000);
    return {
      status: 200,
      body: { access_token: token, scope: 'useraccount', token_type: 'Bearer', expires_in: tokenSeconds },
    };
  };

  const server = await startToolServer({ answer });
  const entryOf = (ticketId: string): Entry => {
    const found = entries.find(({ values, isDeleted }) => values.sys_id === ticketId && !isDeleted);
    if (found === undefined) throw new Error(`no record ${ticketId}`);
    return found;
  };
  const rulesOf = ({ table }: Entry): TableRules => {
    const rules = tables[table];
    if (rules === undefined) throw new Error(`no table ${table}`);
    return rules;
  };

  return {
    ...server,
    endTokens: () => tokens.clear(),
    add: (table, values) => {
      const entry = newEntry(table);
      const rules = rulesOf(entry);
      void save(entry, rules, {
        values: { state: rules.firstState, ...values },
        user: { id: 'beth.anglin', name: 'Beth Anglin' },
        isApi: false,
      });
      Object.assign(entry.values, newRecord(rules));
      entries.push(entry);
      return entry.values.sys_id ?? '';
    },
    tickets: () => entries.map(toFakeTicket),
    change: async (ticketId, change) => {
      const entry = entryOf(ticketId);
      const id = change.by ?? 'beth.anglin';
      const user = { id, name: Object.values(people).find(({ user_name }) => user_name === id)?.name ?? id };
      if (change.isDeleted === true) {
        entry.isDeleted = true;
        await tell(entry, { operation: 'delete', before: entry.values, changed: [], journals: {}, user, atMs: now() });
        return;
      }
      await save(entry, rulesOf(entry), { values: valuesOf(change, entry), user, isApi: false });
    },
  };
}

const newEntry = (table: string): Entry => ({
  table,
  values: {},
  comments: [],
  journal: [],
  writes: 0,
  isDeleted: false,
});

const toFakeTicket = ({ values, comments, writes, isDeleted }: Entry): FakeTicket => ({
  ticketId: values.sys_id ?? '',
  number: values.number ?? '',
  key: (values.correlation_id ?? '') === '' ? null : (values.correlation_id ?? null),
  title: values.short_description ?? '',
  status: values.state ?? '',
  comments,
  fields: values,
  writes,
  isDeleted,
});

/** What the form fills in by itself when a person resolves. */
const valuesOf = ({ status, comment, assignee, resolution }: FakeChange, { table }: Entry): Record<string, string> => {
  const isClosing = status !== undefined && (tables[table]?.closing.includes(status) ?? false);
  const journal: Journal = comment?.visibility === 'internal' ? 'work_notes' : 'comments';
  return {
    ...(status !== undefined && { state: status }),
    ...(status === '3' && table === 'incident' && { hold_reason: '4' }),
    ...(isClosing && { close_code: resolution ?? tables[table]?.closeCodes[0] ?? '', close_notes: 'Done.' }),
    ...(!isClosing && resolution !== undefined && { close_code: resolution }),
    ...(assignee !== undefined && { assigned_to: assignee ?? '' }),
    ...(comment !== undefined && { [journal]: comment.text }),
  };
};

/** @throws Refused */
const valuesIn = (request: ToolRequest): Record<string, string> => {
  const given = jsonObject(request);
  if (given === undefined) throw new Refused(400, 'Exception while reading request', 'The payload is not valid JSON');
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (typeof value !== 'string') throw new Refused(400, 'Invalid value', `${name} is no text`);
      return [name, value];
    }),
  );
};

const checkFields = (values: Readonly<Record<string, string>>, { fields, states, closeCodes }: TableRules): void => {
  for (const [name, value] of Object.entries(values)) {
    if (journals.some((journal) => journal === name) || /^u_\w+$/.test(name)) continue;
    const most = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (most === undefined) throw new Refused(400, 'Invalid field', `${name} cannot be written`);
    if (value.length > most) throw new Refused(400, 'Value too long', name);
    if (!value.isWellFormed()) throw new Refused(400, 'Invalid characters', name);
  }
  oneOf(values.state, states, 'state');
  oneOf(values.close_code, ['', ...closeCodes], 'close_code');
  oneOf(values.impact, ['1', '2', '3'], 'impact');
  oneOf(values.urgency, ['1', '2', '3'], 'urgency');
  oneOf(values.assigned_to, ['', ...Object.keys(people)], 'assigned_to');
};

const oneOf = (value: string | undefined, choices: readonly string[], name: string): void => {
  if (value !== undefined && !choices.includes(value)) throw new Refused(400, 'Invalid choice', name);
};

const plain = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !journals.some((journal) => journal === name)));

/** Elements exist whether they hold a value or not. */
const withAll = (values: Readonly<Record<string, string>>): Record<string, string> => ({
  state: '',
  assigned_to: '',
  close_code: '',
  ...values,
});

/** Journals show what was written in them only where display values are asked for. */
const shown = (
  { values, comments = [] }: Pick<Entry, 'values'> & { readonly comments?: readonly FakeComment[] },
  query: URLSearchParams,
): object => {
  const isDisplayed = query.get('sysparm_display_value') === 'true';
  const names = query.get('sysparm_fields')?.split(',') ?? Object.keys(values);
  const isPlain = query.get('sysparm_exclude_reference_link') === 'true';
  return Object.fromEntries(
    names.map((name) => {
      if (isDisplayed && (name === 'comments' || name === 'work_notes')) return [name, history(comments, name)];
      const value = values[name] ?? '';
      const isReference = name === 'assigned_to' && value !== '' && !isPlain;
      const reference = new Map([
        ['link', `/api/now/table/sys_user/${value}`],
        ['value', value],
      ]);
      return [name, isReference ? Object.fromEntries(reference) : value];
    }),
  );
};

/** Newest first. */
const history = (comments: readonly FakeComment[], journal: Journal): string =>
  comments
    .filter(({ visibility }) => (visibility === 'internal') === (journal === 'work_notes'))
    .map(({ author, text }) => `2026-11-20 12:00:00 - ${author}\n${text}\n\n`)
    .toReversed()
    .join('');

const databaseTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

const aborted = (detail: string): Refused =>
  new Refused(403, 'Operation Failed', `Operation against file was aborted by Business Rule. ${detail}`);
const policy = (names: string): Refused =>
  new Refused(403, 'Operation Failed', `Data Policy Exception: The following fields are mandatory: ${names}`);
const failure = (status: number, message: string, detail: string): ToolAnswer => ({
  status,
  body: { error: { message, detail }, status: 'failure' },
});
