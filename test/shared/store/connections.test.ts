import type { Connection } from '../../../shared/model/connection';
import { allTenants } from '../../../shared/model/connection';
import { mustBeTime7 } from '../../../shared/model/time7';
import type { ConnectionStore } from '../../../shared/store/connections';
import { connectionStore } from '../../../shared/store/connections';
import { openStorage } from '../../../shared/store/openStorage';
import type { MemoryTable } from '../../support/memoryTable';
import { memoryTable } from '../../support/memoryTable';
import type { Azurite } from '../../support/azurite';
import { startAzurite } from '../../support/azurite';
import { plainConnection } from '../../support/plainConnection';

const tenantId = '11111111-1111-4111-8111-111111111111';
const other = '22222222-2222-4222-8222-222222222222';
const hook = (digit: string): string => digit.repeat(32);

let connections: MemoryTable;
let index: MemoryTable;
let store: ConnectionStore;
beforeEach(() => {
  [connections, index] = [memoryTable(), memoryTable()];
  store = connectionStore(connections, index);
});

const full: Connection = {
  ...plainConnection,
  scope: tenantId,
  connectionId: 'snow-1',
  disabledBecause: 'it answered 410',
  enabled: false,
  since: mustBeTime7('2026-11-20T08:00:00.1234567Z', 'since'),
  auth: { kind: 'basic', user: 'relay' },
  filters: { severity: ['high'], group: [other] },
  mapping: { title: '{{displayName}}', settings: { table: 'incident' } },
  contract: { send: ['displayName'] },
  storm: { count: 10, minutes: 5 },
  settleSeconds: 30,
  hookId: hook('a'),
  secretsSetAt: { auth: '2026-11-20T08:00:00.000Z' },
  secretsEnd: { auth: '2027-05-31T00:00:00.000Z' },
};

describe('over Azurite', () => {
  let azurite: Azurite;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(() => azurite.stop());

  test('a connection is read as it was put, found by its hook, and gone after delete', async () => {
    const storage = openStorage({ kind: 'connectionString', connectionString: azurite.connectionString });
    await storage.prepare();
    const real = connectionStore(storage.connections, storage.index);
    expect(await real.put(full)).toBe(true);
    expect(await real.get(tenantId, 'snow-1')).toEqual(full);
    expect(await real.byHook(hook('a'))).toEqual(full);
    await storage.connections.write({
      kind: 'upsert',
      row: { partitionKey: tenantId, rowKey: 'snow-1!state', state: 'down' },
    });
    expect(await real.ofScope(tenantId)).toEqual([full]);
    expect(await real.put({ ...full, enabled: true })).toBe(false);
    expect(await real.delete(tenantId, 'snow-1')).toBe(true);
    expect(await real.delete(tenantId, 'snow-1')).toBe(false);
    expect(await real.byHook(hook('a'))).toBeUndefined();
    expect(await storage.connections.get(tenantId, 'snow-1!state')).toBeUndefined();
  });
});

test('only what belongs in a row comes into it', async () => {
  const withSecret = { ...full, auth: { kind: 'basic' as const, user: 'relay', secret: 'canary-1' } };
  const deep = { ...withSecret, inbound: { ...full.inbound, secret: 'canary-2' } };
  await store.put({ ...deep, outbound: { ...full.outbound, secret: 'canary-3' } } as Connection);
  expect(JSON.stringify(connections.rows())).not.toContain('canary');
});

test.each<[Connection['auth'], Connection['secretsEnd'], string]>([
  [undefined, undefined, 'never'],
  [{ kind: 'bearer' }, undefined, ''],
  [{ kind: 'bearer' }, { inbound: '2027-01-01T00:00:00.000Z' }, ''],
  [{ kind: 'bearer' }, { auth: 'never' }, 'never'],
  [{ kind: 'bearer' }, { auth: 'never', inbound: '2027-01-01T00:00:00.000Z' }, '2027-01-01T00:00:00.000Z'],
  [
    undefined,
    { inbound: '2028-01-01T00:00:00.000Z', outbound: '2027-02-01T00:00:00.000Z' },
    '2027-02-01T00:00:00.000Z',
  ],
])('with auth %j and ends %j the first end is told as %j', async (auth, secretsEnd, first) => {
  await store.put({ ...plainConnection, ...(auth && { auth }), ...(secretsEnd && { secretsEnd }) });
  expect(connections.rows()[0]?.secretsEndFirst).toBe(first);
});

test('of a tenant are its own and those of all tenants that do not exclude it, whether switched on or not', async () => {
  const shared = { ...plainConnection, scope: allTenants };
  await store.put({ ...plainConnection, scope: tenantId, connectionId: 'own', enabled: false, hookId: hook('1') });
  await store.put({ ...plainConnection, scope: other, connectionId: 'foreign', hookId: hook('2') });
  await store.put({ ...shared, connectionId: 'for-all', hookId: hook('3') });
  await store.put({ ...shared, connectionId: 'not-here', excludeTenants: [tenantId], hookId: hook('4') });
  expect((await store.forTenant(tenantId)).map(({ connectionId }) => connectionId)).toEqual(['own', 'for-all']);
});

describe('the hook', () => {
  test('is in the index before the row is, and nowhere as it is called', async () => {
    const order: string[] = [];
    const noted = (name: string, table: MemoryTable): MemoryTable => ({
      ...table,
      write: (operation) => {
        order.push(`${operation.kind} ${name}`);
        return table.write(operation);
      },
    });
    await connectionStore(noted('connections', connections), noted('index', index)).put(full);
    expect(order).toEqual(['upsert index', 'upsert connections']);
    expect(JSON.stringify(index.rows())).not.toContain(full.hookId);
  });

  test('that was replaced leads nowhere, nor does a hint that a broken-off put left', async () => {
    await store.put(full);
    await store.put({ ...full, hookId: hook('b') });
    expect(await store.byHook(hook('a'))).toBeUndefined();
    expect((await store.byHook(hook('b')))?.connectionId).toBe('snow-1');
    const failing = connectionStore({ ...connections, write: () => Promise.reject(new Error('away')) }, index);
    await expect(failing.put({ ...full, hookId: hook('c') })).rejects.toThrow('away');
    expect(await store.byHook(hook('c'))).toBeUndefined();
  });

  test.each([hook('f'), '', '../x', 'ü'.repeat(900), '\ud800'])(
    'costs two point reads whether there is one or not: %j',
    async (asked) => {
      await store.put(full);
      let reads = 0;
      const counted = (table: MemoryTable): MemoryTable => ({
        ...table,
        get: (partition, row) => {
          reads += 1;
          return table.get(partition, row);
        },
      });
      const counting = connectionStore(counted(connections), counted(index));
      expect(await counting.byHook(asked)).toBeUndefined();
      expect(reads).toBe(2);
      await counting.byHook(full.hookId);
      expect(reads).toBe(4);
    },
  );
});

describe('switching off', () => {
  test('says why, and leaves what was changed meanwhile', async () => {
    const on: Connection = { ...plainConnection, scope: tenantId, hookId: hook('a') };
    await store.put(on);
    await store.put({ ...on, settleSeconds: 60 });
    await store.disable(on, 'It answered 410.');
    expect(await store.get(tenantId, on.connectionId)).toEqual({
      ...on,
      settleSeconds: 60,
      enabled: false,
      disabledBecause: 'It answered 410.',
    });
  });

  test('does nothing to one that leads elsewhere by now, or is gone', async () => {
    const on: Connection = { ...plainConnection, scope: tenantId, hookId: hook('a') };
    const moved = { ...on, url: 'https://new.example' };
    await store.put(moved);
    await store.disable(on, 'It answered 410.');
    expect(await store.get(tenantId, on.connectionId)).toEqual(moved);
    await store.delete(tenantId, on.connectionId);
    await store.disable(on, 'It answered 410.');
    expect(connections.rows()).toEqual([]);
  });

  test('is tried again where another was faster', async () => {
    const on: Connection = { ...plainConnection, scope: tenantId, hookId: hook('a') };
    await store.put(on);
    let isFirst = true;
    const racing = connectionStore(
      {
        ...connections,
        write: async (operation) => {
          if (isFirst) {
            isFirst = false;
            await store.put({ ...on, settleSeconds: 90 });
          }
          return connections.write(operation);
        },
      },
      index,
    );
    await racing.disable(on, 'It answered 410.');
    expect(await store.get(tenantId, on.connectionId)).toMatchObject({ enabled: false, settleSeconds: 90 });
  });
});
