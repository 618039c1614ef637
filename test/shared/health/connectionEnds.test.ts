import { connectionEnds, endsOfConnections } from '../../../shared/health/connectionEnds';
import { expiryWarnings } from '../../../shared/health/expiry';
import type { Connection } from '../../../shared/model/connection';
import { allTenants } from '../../../shared/model/connection';
import type { Table } from '../../../shared/ports';
import { connectionStates } from '../../../shared/store/connectionStates';
import { connectionStore } from '../../../shared/store/connections';
import { openStorage } from '../../../shared/store/openStorage';
import type { Azurite } from '../../support/azurite';
import { startAzurite } from '../../support/azurite';
import { memoryTable } from '../../support/memoryTable';
import { plainConnection } from '../../support/plainConnection';

const tenantId = plainConnection.scope;
const other = '22222222-2222-4222-8222-222222222222';
const last = 'ffffffff-2222-4222-8222-222222222222';
const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const auth = { kind: 'basic', user: 'relay' } as const;
const soon = '2026-12-01T00:00:00.000Z';
const far = '2027-12-01T00:00:00.000Z';

describe('of a connection', () => {
  test.each<[string, Partial<Connection>, readonly (readonly [string, string | null])[]]>([
    ['what calls the tool ends on a day nobody told, unless someone did', { auth }, [['auth', null]]],
    ['a day that was told is that day', { auth, secretsEnd: { auth: far } }, [['auth', far]]],
    ['never is never', { auth, secretsEnd: { auth: 'never', inbound: 'never' } }, []],
    ['a key of signatures ends only if someone told when', { secretsSetAt: { inbound: soon, outbound: soon } }, []],
    [
      'each kind has a day of its own',
      { auth, secretsEnd: { auth: far, inbound: soon, outbound: far } },
      [
        ['auth', far],
        ['inbound', soon],
        ['outbound', far],
      ],
    ],
    ['without anything to sign in with there is nothing to know', {}, []],
  ])('%s', (_, change, ends) => {
    const found = connectionEnds({ ...plainConnection, ...change });
    expect(found.map((each) => [each.what === 'connectionSecret' && each.secret, each.endsAt])).toEqual(ends);
    expect(found.every((each) => each.name === 'tickets' && each.tenantId === tenantId)).toBe(true);
  });

  test('one for all tenants is no tenant’s', () => {
    expect(connectionEnds({ ...plainConnection, scope: allTenants, auth })).toEqual([
      { what: 'connectionSecret', name: 'tickets', secret: 'auth', endsAt: null },
    ]);
  });
});

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

const azureTables = async (): Promise<readonly [Table, Table]> => {
  const storage = openStorage({ kind: 'connectionString', connectionString: azurite.connectionString });
  await storage.prepare();
  return [storage.connections, storage.index];
};

describe.each([
  ['Azurite', azureTables],
  ['memory', () => Promise.resolve([memoryTable(), memoryTable()] as const)],
])('one look over the table, in %s', (_, open) => {
  let table: Table;
  let queries = 0;
  let rows = 0;
  const asked: Table['pages'] = async function* (query) {
    queries += 1;
    for await (const page of table.pages(query)) {
      rows += page.length;
      yield page;
    }
  };
  beforeAll(async () => {
    const [connections, index] = await open();
    table = connections;
    const store = connectionStore(connections, index);
    const put = (change: Partial<Connection>) =>
      store.put({ ...plainConnection, hookId: `${change.scope ?? ''}${change.connectionId ?? ''}`, auth, ...change });
    await put({ connectionId: 'far', secretsEnd: { auth: far } });
    await put({ connectionId: 'never', secretsEnd: { auth: 'never' } });
    await put({ connectionId: 'near', secretsEnd: { auth: soon } });
    await put({ connectionId: 'key', secretsEnd: { auth: 'never', inbound: soon } });
    await put({ connectionId: 'off', secretsEnd: { auth: soon }, enabled: false });
    await put({ connectionId: 'untold' });
    await put({ scope: other, connectionId: 'both', secretsEnd: { inbound: soon } });
    await put({ scope: allTenants, connectionId: 'shared', secretsEnd: { auth: soon } });
    await put({ scope: last, connectionId: 'last' });
    await connectionStates(connections).update(plainConnection, (state) => ({ ...state, state: 'down' }));
  });
  beforeEach(() => {
    [queries, rows] = [0, 0];
  });
  const look = async (scopes?: readonly string[]): Promise<readonly string[]> => {
    const ends = await endsOfConnections({ ...table, pages: asked }, nowMs, scopes);
    return [...ends.values()]
      .flatMap((found) => expiryWarnings(found, nowMs))
      .map(({ expiring, stage }) => `${expiring.name} ${stage}`)
      .sort();
  };

  test('finds what ends soon or on a day nobody told, and reads no others', async () => {
    expect(await look()).toEqual([
      ...['both near', 'both unknown', 'key near', 'last unknown', 'near near', 'shared near', 'untold unknown'],
    ]);
    expect([queries, rows]).toEqual([1, 6]);
  });

  test('of some tenants goes from the first to the last of them, and of none asks nothing', async () => {
    expect(await look([other, tenantId])).toEqual([
      ...['both near', 'both unknown', 'key near', 'near near', 'untold unknown'],
    ]);
    expect(await look([allTenants])).toEqual(['shared near']);
    expect(queries).toBe(2);
    expect([await look([]), queries]).toEqual([[], 2]);
  });
});
