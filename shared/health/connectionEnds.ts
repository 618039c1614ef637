import type { Connection } from '../model/connection';
import { allTenants, endsNever, secretKinds } from '../model/connection';
import type { Expiring } from '../model/expiring';
import type { Row, RowQuery, Table } from '../ports';
import { text } from '../store/columns';
import { secretsEndIn } from '../store/connections';
import { warnedAheadMs } from './expiry';

type Holder = Pick<Connection, 'scope' | 'connectionId' | 'auth' | 'secretsEnd'>;

/**
 * Which of a connection's secrets end one day. What calls the tool is a password, a token or a client secret, and those mostly end: of one
 * whose end nobody told the end is unknown. A key of signatures ends on no day unless someone told one.
 */
export const connectionEnds = ({ scope, connectionId, auth, secretsEnd = {} }: Holder): readonly Expiring[] =>
  secretKinds
    .filter((secret) => secretsEnd[secret] !== endsNever)
    .filter((secret) => secretsEnd[secret] !== undefined || (secret === 'auth' && auth !== undefined))
    .map((secret) => ({
      what: 'connectionSecret',
      name: connectionId,
      secret,
      ...(scope === allTenants ? {} : { tenantId: scope }),
      endsAt: secretsEnd[secret] ?? null,
    }));

/**
 * What ends soon or on a day nobody told, of the connections that are switched on, by their scope: one filtered look at their table.
 * @param scopes only what lies between the first and the last of these has to be looked through; left out: everything
 */
export const endsOfConnections = async (
  connections: Table,
  nowMs: number,
  scopes?: readonly string[],
): Promise<ReadonlyMap<string, readonly Expiring[]>> => {
  const ends = new Map<string, Expiring[]>();
  if (scopes?.length === 0) return ends;
  const where = [
    // What lies beside a connection has no such column.
    { column: 'enabled', op: 'eq', value: true },
    { column: 'secretsEndFirst', op: 'le', value: new Date(nowMs + warnedAheadMs).toISOString() },
  ] as const;
  for await (const page of connections.pages({ ...spanOf(scopes), where, select: ['auth', 'secretsEnd'] }))
    for (const { row } of page)
      ends.set(row.partitionKey, [...(ends.get(row.partitionKey) ?? []), ...connectionEnds(holderIn(row))]);
  return ends;
};

const spanOf = (scopes: readonly string[] = []): Pick<RowQuery, 'partition' | 'partitionFrom' | 'partitionBefore'> => {
  const sorted = scopes.toSorted();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined) return {};
  // No scope has a `!`.
  return first === last ? { partition: first } : { partitionFrom: first, partitionBefore: `${last}!` };
};

const holderIn = (row: Row): Holder => {
  const auth = text(row, 'auth');
  return {
    scope: row.partitionKey,
    connectionId: row.rowKey,
    ...(auth === null ? {} : { auth: JSON.parse(auth) as NonNullable<Connection['auth']> }),
    secretsEnd: secretsEndIn(row),
  };
};
