import { createHash } from 'node:crypto';
import { ConflictError, NotFoundError } from '../errors';
import type {
  Connection,
  ConnectionAuth,
  Filters,
  InboundRules,
  Mapping,
  OutboundRules,
  SecretKind,
  Tool,
} from '../model/connection';
import { allTenants, endsNever } from '../model/connection';
import { mustBeTime7 } from '../model/time7';
import type { Row, RowQuery, StoredRow, Table } from '../ports';
import { count, flag, present, text } from './columns';

type Key = Pick<Connection, 'scope' | 'connectionId'>;

/** Connections by their scope (a tenant, or all), and their hooks in the index. */
export interface ConnectionStore {
  /** One point read. */
  get(scope: string, connectionId: string): Promise<Connection | undefined>;
  /** In order of their ids. */
  ofScope(scope: string): Promise<readonly Connection[]>;
  /** Its own first, then those of all tenants that do not exclude it; enabled or not. */
  forTenant(tenantId: string): Promise<readonly Connection[]>;
  /** Two point reads, and as many where there is none. */
  byHook(hookId: string): Promise<Connection | undefined>;
  /** True where it made a new row. Its hook is in the index before the row is. */
  put(connection: Connection): Promise<boolean>;
  /** Only where it still leads to the same address; what was changed meanwhile stays. */
  disable(connection: Connection, because: string): Promise<void>;
  /** With all that is kept beside it. False where there was none. */
  delete(scope: string, connectionId: string): Promise<boolean>;
}

/** Whoever is overtaken that often has met something else. */
const mostTries = 5;

/** What is kept beside a connection has this after its id: no id holds it. */
const beside = '!';

export const connectionStore = (connections: Table, index: Table): ConnectionStore => {
  const get: ConnectionStore['get'] = async (scope, connectionId) => {
    const found = await connections.get(scope, connectionId);
    return found && toConnection(found);
  };
  const ofScope: ConnectionStore['ofScope'] = async (scope) => {
    const found: Connection[] = [];
    for await (const page of connections.pages({ partition: scope }))
      for (const stored of page) if (!stored.row.rowKey.includes(beside)) found.push(toConnection(stored));
    return found;
  };
  return {
    get,
    ofScope,
    forTenant: async (tenantId) => {
      const [own, shared] = await Promise.all([ofScope(tenantId), ofScope(allTenants)]);
      return [...own, ...shared.filter(({ excludeTenants }) => !excludeTenants.includes(tenantId))];
    },
    byHook: async (hookId) => {
      const { partitionKey, rowKey } = hookKey(hookId);
      const hint = await index.get(partitionKey, rowKey);
      // Asked even where there is no hint: how long it takes does not tell which hooks exist.
      const found = await get(
        text(hint?.row ?? noRow, 'scope') ?? '-',
        text(hint?.row ?? noRow, 'connectionId') ?? '-',
      );
      return found?.hookId === hookId ? found : undefined;
    },
    put: async (connection) => {
      const { scope, connectionId, hookId } = connection;
      const before = await get(scope, connectionId);
      await index.write({ kind: 'upsert', row: { ...hookKey(hookId), scope, connectionId } });
      await connections.write({ kind: 'upsert', row: toRow(connection) });
      if (before !== undefined && before.hookId !== hookId)
        await index.write({ kind: 'delete', ...hookKey(before.hookId) });
      return before === undefined;
    },
    disable: async ({ scope, connectionId, url }, because) => {
      for (let tries = 1; ; tries += 1) {
        const found = await connections.get(scope, connectionId);
        if (found?.row.url !== url || !flag(found.row, 'enabled')) return;
        const row: Row = { ...found.row, enabled: false, disabledBecause: because };
        try {
          await connections.write({ kind: 'replace', row, etag: found.etag });
          return;
        } catch (error) {
          const isOvertaken = error instanceof ConflictError || error instanceof NotFoundError;
          if (!isOvertaken || tries >= mostTries) throw error;
        }
      }
    },
    delete: async (scope, connectionId) => {
      const before = await get(scope, connectionId);
      // What is beside it first: a removal that broke off is found and done again.
      for await (const page of connections.pages(besideOf({ scope, connectionId })))
        for (const { row } of page)
          await connections.write({ kind: 'delete', partitionKey: row.partitionKey, rowKey: row.rowKey });
      if (before === undefined) return false;
      await connections.write({ kind: 'delete', partitionKey: scope, rowKey: connectionId });
      await index.write({ kind: 'delete', ...hookKey(before.hookId) });
      return true;
    },
  };
};

const noRow: Row = { partitionKey: '', rowKey: '' };

const hookKey = (hookId: string) => {
  const rowKey = createHash('sha256').update(hookId).digest('hex');
  return { partitionKey: `hook_${rowKey.slice(0, 2)}`, rowKey };
};

const besideOf = ({ scope, connectionId }: Key): RowQuery => ({
  partition: scope,
  rowFrom: `${connectionId}${beside}`,
  rowBefore: `${connectionId}"`,
  select: ['state'],
});

/** Field by field: whatever else an object may carry, a secret never comes into this row. */
const toRow = (connection: Connection): Row => ({
  partitionKey: connection.scope,
  rowKey: connection.connectionId,
  ...present({
    tool: connection.tool,
    enabled: connection.enabled,
    disabledBecause: connection.disabledBecause,
    audience: connection.audience,
    since: connection.since,
    backlog: connection.backlog,
    url: connection.url,
    auth: connection.auth && JSON.stringify(authOf(connection.auth)),
    inbound: JSON.stringify(inboundOf(connection.inbound)),
    outbound: JSON.stringify(outboundOf(connection.outbound)),
    filters: JSON.stringify(connection.filters),
    mapping: JSON.stringify(connection.mapping),
    ownership: JSON.stringify(connection.ownership),
    contract: JSON.stringify(connection.contract),
    storm: connection.storm && JSON.stringify(connection.storm),
    settleSeconds: connection.settleSeconds,
    excludeTenants: JSON.stringify(connection.excludeTenants),
    hookId: connection.hookId,
    createdAt: connection.createdAt,
    secretsSetAt: JSON.stringify(connection.secretsSetAt ?? {}),
    secretsEnd: JSON.stringify(connection.secretsEnd ?? {}),
    secretsEndFirst: firstEnd(connection),
  }),
});

/** For one look over all: the first day on which one of them ends; empty where nobody told when the one for calling the tool does. */
const firstEnd = ({ auth, secretsEnd = {} }: Connection): string =>
  auth !== undefined && secretsEnd.auth === undefined ? '' : (Object.values(secretsEnd).toSorted()[0] ?? endsNever);

const authOf = ({ kind, user }: ConnectionAuth): ConnectionAuth => ({ kind, ...(user === undefined ? {} : { user }) });

const inboundOf = ({ scheme, closes, reopens, comments }: InboundRules): InboundRules => ({
  scheme,
  closes,
  reopens,
  comments,
});

const outboundOf = ({ events, comments, as }: OutboundRules): OutboundRules => ({ events, comments, as });

const toConnection = ({ row }: StoredRow): Connection => {
  const disabledBecause = text(row, 'disabledBecause');
  const auth = text(row, 'auth');
  const storm = text(row, 'storm');
  return {
    scope: row.partitionKey,
    connectionId: row.rowKey,
    tool: text(row, 'tool') as Tool,
    enabled: flag(row, 'enabled'),
    ...(disabledBecause === null ? {} : { disabledBecause }),
    audience: text(row, 'audience') as Connection['audience'],
    since: mustBeTime7(text(row, 'since'), 'since'),
    backlog: text(row, 'backlog') as Connection['backlog'],
    url: text(row, 'url') ?? '',
    ...(auth === null ? {} : { auth: JSON.parse(auth) as ConnectionAuth }),
    inbound: json(row, 'inbound') as InboundRules,
    outbound: json(row, 'outbound') as OutboundRules,
    filters: json(row, 'filters') as Filters,
    mapping: json(row, 'mapping') as Mapping,
    ownership: json(row, 'ownership') as Connection['ownership'],
    contract: json(row, 'contract') as Connection['contract'],
    ...(storm === null ? {} : { storm: JSON.parse(storm) as NonNullable<Connection['storm']> }),
    settleSeconds: count(row, 'settleSeconds'),
    excludeTenants: json(row, 'excludeTenants') as readonly string[],
    hookId: text(row, 'hookId') ?? '',
    createdAt: text(row, 'createdAt') ?? '',
    secretsSetAt: json(row, 'secretsSetAt') as Partial<Record<SecretKind, string>>,
    secretsEnd: secretsEndIn(row),
  };
};

/** Of a connection's row. */
export const secretsEndIn = (row: Row): NonNullable<Connection['secretsEnd']> =>
  json(row, 'secretsEnd') as Partial<Record<SecretKind, string>>;

const json = (row: Row, column: string): unknown => JSON.parse(text(row, column) ?? '{}');
