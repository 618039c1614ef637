import { ContractError } from '../../../shared/errors';
import type { Column, Row, RowOperation } from '../../../shared/ports';
import { checkBatch, checkRow, rowBytes, wireBytes } from '../../../shared/store/guard';

const row = (columns: Record<string, Column> = {}, rowKey = 'r', partitionKey = 'p'): Row => ({
  partitionKey,
  rowKey,
  ...columns,
});
const isRefused = (given: Row): boolean => {
  try {
    checkRow(given);
    return false;
  } catch (error) {
    if (error instanceof ContractError) return true;
    throw error;
  }
};

describe('a property', () => {
  test('holds 64 KiB of binary and no byte more', () => {
    expect(isRefused(row({ a: new Uint8Array(65_536) }))).toBe(false);
    expect(isRefused(row({ a: new Uint8Array(65_537) }))).toBe(true);
  });

  test('holds 32,768 UTF-16 units of text and no unit more', () => {
    expect(isRefused(row({ a: 'x'.repeat(32_768) }))).toBe(false);
    expect(isRefused(row({ a: 'x'.repeat(32_769) }))).toBe(true);
    expect(isRefused(row({ a: '😀'.repeat(16_384) }))).toBe(false);
    expect(isRefused(row({ a: '😀'.repeat(16_385) }))).toBe(true);
    expect(isRefused(row({ a: '日'.repeat(32_768) }))).toBe(false);
  });
});

describe('an entity', () => {
  const columnsOf = (count: number): Record<string, Column> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, at]));

  test('has 252 properties of its own and not one more; undefined ones do not count', () => {
    expect(isRefused(row(columnsOf(252)))).toBe(false);
    expect(isRefused(row(columnsOf(253)))).toBe(true);
    expect(isRefused(row({ ...columnsOf(252), more: undefined }))).toBe(false);
  });

  /**
   * Fifteen full binary columns of three-letter names take 15 × (8 + 6 + 4 + 65,536) bytes; the entity's own 4, its two keys of a
   * letter 8 + 24 + 4 + 2 and 8 + 12 + 4 + 2, and the last column's name and length 8 + 6 + 4.
   */
  const fixedBytes = 15 * 65_554 + 4 + 38 + 26 + 18;
  const nearly = (lastBytes: number): Row =>
    row({
      ...Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`b${10 + at}`, new Uint8Array(65_536)])),
      b99: new Uint8Array(lastBytes),
    });

  test('holds 1 MiB and no byte more', () => {
    const room = 1_048_576 - fixedBytes;
    expect(room).toBeLessThan(65_536);
    expect(rowBytes(nearly(room))).toBe(1_048_576);
    expect(isRefused(nearly(room))).toBe(false);
    expect(isRefused(nearly(room + 1))).toBe(true);
  });

  test('of text is counted in UTF-16, whatever its UTF-8 size', () => {
    const texts = (text: string): Row =>
      row(Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`t${10 + at}`, text.repeat(32_768)])));
    expect(isRefused(texts('x'))).toBe(true);
    expect(rowBytes(texts('日'))).toBe(rowBytes(texts('x')));
  });
});

describe('a key', () => {
  test('has 512 characters and not one more', () => {
    for (const key of ['partitionKey', 'rowKey']) {
      expect(isRefused({ ...row(), [key]: 'k'.repeat(512) })).toBe(false);
      expect(isRefused({ ...row(), [key]: 'k'.repeat(513) })).toBe(true);
    }
  });

  test.each(['/', '\\', '#', '?', '\u0000', '\t', '\n', '\u001f', '\u007f', '\u0080', '\u009f'])(
    'never holds %j',
    (character) => {
      expect(isRefused(row({}, `a${character}b`))).toBe(true);
      expect(isRefused(row({}, 'r', `a${character}b`))).toBe(true);
    },
  );

  test('never holds half a surrogate pair', () => {
    expect(isRefused(row({}, 'a\ud83d'))).toBe(true);
    expect(isRefused(row({}, 'a\ude00b'))).toBe(true);
    expect(isRefused(row({}, 'a😀b'))).toBe(false);
  });

  test.each([' ', '%', '+', "'", '"', '=', '_', '~', '\u00a0', 'ü'])('may hold %j', (character) => {
    expect(isRefused(row({}, `a${character}b`))).toBe(false);
  });
});

describe('a batch', () => {
  const insert = (rowKey: string, partitionKey = 'p'): RowOperation => ({
    kind: 'insert',
    row: row({}, rowKey, partitionKey),
  });
  const many = (count: number): RowOperation[] => Array.from({ length: count }, (_, at) => insert(`r${at}`));

  test('has 1 to 100 operations', () => {
    expect(() => checkBatch([])).toThrow(ContractError);
    expect(() => checkBatch(many(1))).not.toThrow();
    expect(() => checkBatch(many(100))).not.toThrow();
    expect(() => checkBatch(many(101))).toThrow(ContractError);
  });

  test('stays in one partition', () => {
    expect(() => checkBatch([insert('a'), insert('b', 'q')])).toThrow(ContractError);
    expect(() => checkBatch([insert('a'), { kind: 'delete', partitionKey: 'q', rowKey: 'b' }])).toThrow(ContractError);
  });

  test('names no row twice, in whatever operations', () => {
    const removal: RowOperation = { kind: 'delete', partitionKey: 'p', rowKey: 'a' };
    expect(() => checkBatch([insert('a'), insert('a')])).toThrow(ContractError);
    expect(() => checkBatch([{ kind: 'upsert', row: row({}, 'a') }, removal])).toThrow(ContractError);
    expect(() => checkBatch([insert('a'), insert('A')])).not.toThrow();
  });

  test('is refused for one bad row in it', () => {
    expect(() => checkBatch([insert('a'), insert('b#')])).toThrow(ContractError);
    const tooLarge = row({ a: new Uint8Array(65_537) }, 'c');
    expect(() => checkBatch([insert('a'), { kind: 'replace', row: tooLarge, etag: 'e' }])).toThrow(ContractError);
  });
});

test('the estimate of a row on the wire is never below its request', () => {
  const given = row({ text: 'é"\\'.repeat(900), binary: new Uint8Array(65_536).fill(255), number: 12.5, flag: true });
  const entity = {
    PartitionKey: 'p',
    RowKey: 'r',
    text: given.text,
    binary: Buffer.from(given.binary as Uint8Array).toString('base64'),
    'binary@odata.type': 'Edm.Binary',
    number: 12.5,
    flag: true,
  };
  expect(wireBytes(given)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(entity)));
});
