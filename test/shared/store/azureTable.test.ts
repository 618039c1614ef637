import { TableClient } from '@azure/data-tables';
import type { Azurite } from '../../../local/azurite';
import { startAzurite } from '../../../local/azurite';
import { ConflictError, ContractError, NotFoundError, UpstreamError } from '../../../shared/errors';
import type { Row, RowQuery, Table } from '../../../shared/ports';
import { azureTable } from '../../../shared/store/azureTable';

let azurite: Azurite;
let client: TableClient;
let table: Table;
beforeAll(async () => {
  azurite = await startAzurite();
  client = TableClient.fromConnectionString(azurite.connectionString, 'rows', { allowInsecureConnection: true });
  await client.createTable();
  table = azureTable(client);
});
afterAll(() => azurite.stop());

const row = (partitionKey: string, rowKey: string, columns: Record<string, string | number | boolean> = {}): Row => ({
  partitionKey,
  rowKey,
  ...columns,
});
const keysOf = async (query: RowQuery): Promise<string[]> => {
  const keys: string[] = [];
  for await (const page of table.pages(query)) keys.push(...page.map((found) => found.row.rowKey));
  return keys;
};
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => error,
  );

describe('one row', () => {
  test('comes back with its columns, etag and both times of the service', async () => {
    const given: Row = {
      ...row('one', 'r', { text: "it's", number: 1.5, whole: 7, flag: false }),
      binary: new Uint8Array([0, 1, 255]),
      nothing: undefined,
    };
    const etag = await table.write({ kind: 'insert', row: given });
    const found = (await table.get('one', 'r'))!;
    const { binary, ...rest } = found.row;
    expect(rest).toEqual({ ...row('one', 'r'), text: "it's", number: 1.5, whole: 7, flag: false });
    expect([...(binary as Uint8Array)]).toEqual([0, 1, 255]);
    expect(found.etag).toBe(etag);
    expect(found.writtenAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    expect(found.readAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.0000000Z$/);
    const apartMs = Math.abs(Date.parse(found.readAt!) - Date.parse(found.writtenAt));
    expect(apartMs).toBeLessThan(10_000);
  });

  test('comes with the columns asked for, and still with etag and time of write', async () => {
    await table.write({ kind: 'insert', row: row('one', 'selected', { a: 1, b: 2 }) });
    const found = (await table.get('one', 'selected', ['b']))!;
    expect(found.row).toEqual({ partitionKey: 'one', rowKey: 'selected', b: 2 });
    expect(found.etag).toMatch(/^W\//);
    expect(found.writtenAt > '2020').toBe(true);
  });

  test('that is not there is undefined', async () => {
    expect(await table.get('one', 'nowhere')).toBeUndefined();
  });

  test('is replaced as a whole, not merged', async () => {
    await table.write({ kind: 'insert', row: row('one', 'whole', { a: 1, b: 2 }) });
    await table.write({ kind: 'upsert', row: row('one', 'whole', { b: 3 }) });
    expect((await table.get('one', 'whole'))!.row).toEqual({ partitionKey: 'one', rowKey: 'whole', b: 3 });
  });

  test('that is deleted twice is no error', async () => {
    await table.write({ kind: 'upsert', row: row('one', 'gone') });
    const removal = { kind: 'delete', partitionKey: 'one', rowKey: 'gone' } as const;
    expect(await table.write(removal)).toBe('');
    expect(await table.write(removal)).toBe('');
    expect(await table.get('one', 'gone')).toBeUndefined();
  });
});

describe('what the service refuses', () => {
  test('an insert of a row that exists is a conflict', async () => {
    await table.write({ kind: 'upsert', row: row('refused', 'exists') });
    expect(await codeOf(table.write({ kind: 'insert', row: row('refused', 'exists') }))).toBeInstanceOf(ConflictError);
  });

  test('a replace with an old etag is a conflict, of a missing row not found', async () => {
    const etag = await table.write({ kind: 'upsert', row: row('refused', 'old', { a: 1 }) });
    const newer = await table.write({ kind: 'replace', row: row('refused', 'old', { a: 2 }), etag });
    expect(newer).not.toBe(etag);
    const again = table.write({ kind: 'replace', row: row('refused', 'old', { a: 3 }), etag });
    expect(await codeOf(again)).toBeInstanceOf(ConflictError);
    const missing = table.write({ kind: 'replace', row: row('refused', 'missing'), etag });
    expect(await codeOf(missing)).toBeInstanceOf(NotFoundError);
  });

  test('a row beyond the limits is a ContractError before anything is sent', async () => {
    const refused = table.write({ kind: 'insert', row: row('refused', 'a#b') });
    expect(await codeOf(refused)).toBeInstanceOf(ContractError);
  });

  test('a query it cannot read is a ContractError', async () => {
    const odd = keysOf({ partition: 'refused', where: [{ column: 'a b', op: 'eq', value: 1 }] });
    expect(await codeOf(odd)).toBeInstanceOf(ContractError);
  });

  test('a table that is not there is not found; a service that is away is passing', async () => {
    const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
    const noTable = azureTable(TableClient.fromConnectionString(azurite.connectionString, 'notable', options));
    expect(await codeOf(noTable.write({ kind: 'insert', row: row('p', 'r') }))).toBeInstanceOf(NotFoundError);
    const away = azurite.connectionString.replace(
      /TableEndpoint=http:\/\/127.0.0.1:\d+/,
      'TableEndpoint=http://127.0.0.1:1',
    );
    const none = azureTable(TableClient.fromConnectionString(away, 'rows', options));
    for (const work of [none.get('p', 'r'), none.write({ kind: 'upsert', row: row('p', 'r') })])
      expect(await codeOf(work)).toBeInstanceOf(UpstreamError);
  });
});

describe('a batch', () => {
  test('writes all of its rows and answers their etags in order', async () => {
    const old = await table.write({ kind: 'insert', row: row('batch', 'b', { v: 1 }) });
    await table.write({ kind: 'insert', row: row('batch', 'd', { v: 1 }) });
    const etags = await table.writeBatch([
      { kind: 'insert', row: row('batch', 'a', { v: 2 }) },
      { kind: 'replace', row: row('batch', 'b', { v: 2 }), etag: old },
      { kind: 'upsert', row: row('batch', 'c', { v: 2 }) },
      { kind: 'delete', partitionKey: 'batch', rowKey: 'd' },
    ]);
    expect(await keysOf({ partition: 'batch' })).toEqual(['a', 'b', 'c']);
    for (const [at, key] of ['a', 'b', 'c'].entries())
      expect(await table.get('batch', key)).toMatchObject({ row: { v: 2 }, etag: etags[at] });
  });

  test('with one conflict writes nothing', async () => {
    await table.write({ kind: 'insert', row: row('fence', 'state') });
    const batch = table.writeBatch([
      { kind: 'insert', row: row('fence', 'new') },
      {
        kind: 'replace',
        row: row('fence', 'state', { v: 2 }),
        etag: 'W/"datetime\'2020-01-01T00%3A00%3A00.0000000Z\'"',
      },
    ]);
    expect(await codeOf(batch)).toBeInstanceOf(ConflictError);
    expect(await keysOf({ partition: 'fence' })).toEqual(['state']);
  });

  test('with an insert of what exists is a conflict, with a delete of what does not is not found', async () => {
    await table.write({ kind: 'insert', row: row('mixed', 'a') });
    const twice = table.writeBatch([{ kind: 'insert', row: row('mixed', 'a') }]);
    expect(await codeOf(twice)).toBeInstanceOf(ConflictError);
    const gone = table.writeBatch([{ kind: 'delete', partitionKey: 'mixed', rowKey: 'z' }]);
    expect(await codeOf(gone)).toBeInstanceOf(NotFoundError);
  });

  test('of a hundred rows of 30 KB is taken', async () => {
    const rows = Array.from({ length: 100 }, (_, at) => ({
      ...row('large', `r${at}`),
      body0: new Uint8Array(25_000).fill(at),
    }));
    expect(await table.writeBatch(rows.map((each) => ({ kind: 'insert', row: each })))).toHaveLength(100);
  });
});

describe('a query', () => {
  beforeAll(async () => {
    for (const partition of ['q1', 'q2', 'q3'])
      await table.writeBatch(
        Array.from({ length: 25 }, (_, at) => ({
          kind: 'insert' as const,
          row: row(partition, `r${(10 + at).toString()}`, {
            at,
            text: at % 2 === 0 ? "O'Brien's" : "''",
            even: at % 2 === 0,
          }),
        })),
      );
  });

  test('takes ranges of keys with their first key in and their end out', async () => {
    expect(await keysOf({ partition: 'q1', rowFrom: 'r12', rowBefore: 'r15' })).toEqual(['r12', 'r13', 'r14']);
    expect(await keysOf({ partitionFrom: 'q2', partitionBefore: 'q3' })).toHaveLength(25);
    expect(await keysOf({ partitionFrom: 'q2', partitionBefore: 'q4' })).toHaveLength(50);
  });

  test('quotes its texts, quotes inside them included', async () => {
    expect(await keysOf({ partition: 'q1', where: [{ column: 'text', op: 'eq', value: "O'Brien's" }] })).toHaveLength(
      13,
    );
    expect(await keysOf({ partition: 'q1', where: [{ column: 'text', op: 'eq', value: "''" }] })).toHaveLength(12);
    const attack = "x' or PartitionKey ne '";
    expect(await keysOf({ partition: 'q1', where: [{ column: 'text', op: 'eq', value: attack }] })).toEqual([]);
    expect(await keysOf({ partition: attack })).toEqual([]);
  });

  test('compares numbers and flags, and all conditions hold together', async () => {
    const where = [
      { column: 'at', op: 'ge', value: 10 },
      { column: 'at', op: 'lt', value: 14 },
      { column: 'even', op: 'eq', value: true },
    ] as const;
    expect(await keysOf({ partition: 'q1', where })).toEqual(['r20', 'r22']);
  });

  test('comes in pages of the size asked for, in order, and a reader may stop', async () => {
    const sizes: number[] = [];
    for await (const page of table.pages({ partition: 'q1', pageSize: 10 })) sizes.push(page.length);
    expect(sizes).toEqual([10, 10, 5]);
    for await (const page of table.pages({ partition: 'q1', pageSize: 10, select: ['at'] })) {
      expect(page[0]!.row).toEqual({ partitionKey: 'q1', rowKey: 'r10', at: 0 });
      expect(page[0]!.etag).toMatch(/^W\//);
      break;
    }
  });
});
