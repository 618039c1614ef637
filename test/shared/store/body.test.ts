import { createHash } from 'node:crypto';
import { ContractError } from '../../../shared/errors';
import type { Column, Row } from '../../../shared/ports';
import type { PackedBody } from '../../../shared/store/body';
import { packBody, unpackBody } from '../../../shared/store/body';
import { checkRow } from '../../../shared/store/guard';
import { memoryBlobs } from '../../support/inProcessRelay';

/** As many characters as asked for that no compression makes much smaller. */
const noise = (characters: number): string => {
  const parts: string[] = [];
  for (let part = 0; part * 86 < characters; part += 1)
    parts.push(createHash('sha512').update(`noise ${part}`).digest('base64url'));
  return parts.join('').slice(0, characters);
};
const allNoise = noise(3_000_000);
const pack = (characters: number): PackedBody => packBody({ noise: allNoise.slice(0, characters) }, 'a/blob');
const bytesOf = (column: Column): number => (column instanceof Uint8Array ? column.byteLength : -1);
const sizesOf = ({ columns }: PackedBody): number[] => Object.values(columns).map(bytesOf);
const packedSize = ({ columns, blob }: PackedBody): number =>
  blob?.content.byteLength ?? Object.values(columns).reduce<number>((sum, column) => sum + bytesOf(column), 0);

/** A body whose packed size is exactly `bytes`. */
const packedTo = (bytes: number): PackedBody => {
  let characters = Math.floor(bytes * 1.32);
  for (let tries = 0; tries < 60; tries += 1) {
    const packed = pack(characters);
    const off = bytes - packedSize(packed);
    if (off === 0) return packed;
    characters += Math.abs(off) > 2 ? Math.round(off * 1.32) : Math.sign(off);
  }
  throw new Error(`no body packs to ${bytes} bytes`);
};

const roundTrip = async (packed: PackedBody): Promise<unknown> => {
  const blobs = memoryBlobs();
  if (packed.blob !== undefined) await blobs.put(packed.blob.name, packed.blob.content);
  const row: Row = { partitionKey: 'p', rowKey: 'r', ...packed.columns };
  checkRow(row);
  return unpackBody(row, blobs);
};

test.each([0, 1, 1_000, 60_000, 90_000, 300_000, 650_000, 700_000, 1_500_000, 3_000_000])(
  'a body of %i incompressible characters comes back as it was',
  async (characters) => {
    expect(await roundTrip(pack(characters))).toEqual({ noise: allNoise.slice(0, characters) });
  },
);

test('an empty object, unicode and nulls come back as they were', async () => {
  for (const body of [{}, { a: null, text: '日本 😀 \u0000 "\\', lone: '\ud800', list: [[], {}, 0.1, -0] }])
    expect(await roundTrip(packBody(body, 'b'))).toEqual(JSON.parse(JSON.stringify(body)));
});

describe('the edges', () => {
  test('64 KiB are one column, a byte more is two', () => {
    expect(sizesOf(packedTo(65_536))).toEqual([65_536]);
    expect(sizesOf(packedTo(65_537))).toEqual([65_536, 1]);
    expect(sizesOf(packedTo(131_072))).toEqual([65_536, 65_536]);
  });

  test('512 KiB are eight columns, a byte more is a blob', async () => {
    const largest = packedTo(524_288);
    expect(sizesOf(largest)).toEqual(Array.from({ length: 8 }, () => 65_536));
    expect(largest.blob).toBeUndefined();
    expect(Object.keys(largest.columns)).toEqual([
      'body0',
      'body1',
      'body2',
      'body3',
      'body4',
      'body5',
      'body6',
      'body7',
    ]);
    const larger = packedTo(524_289);
    expect(larger.columns).toEqual({ bodyBlob: 'a/blob' });
    expect(larger.blob).toMatchObject({ name: 'a/blob' });
    expect(await roundTrip(larger)).toHaveProperty('noise');
  });

  test('what counts is the size packed: 3 MB that repeat stay in the row', () => {
    const packed = packBody({ text: 'an ordinary alert '.repeat(170_000) }, 'b');
    expect(packed.blob).toBeUndefined();
    expect(sizesOf(packed)).toHaveLength(1);
  });
});

describe('a body that is gone or garbled is a ContractError', () => {
  const unpack = (columns: Record<string, Column>, blobs = memoryBlobs()) =>
    unpackBody({ partitionKey: 'p', rowKey: 'r', ...columns }, blobs);

  test('where the row has none, or bytes that are no body', async () => {
    await expect(unpack({})).rejects.toBeInstanceOf(ContractError);
    await expect(unpack({ body0: new Uint8Array([1, 2, 3]) })).rejects.toBeInstanceOf(ContractError);
  });

  test('where a chunk is missing', async () => {
    const { body1: gone, ...rest } = pack(300_000).columns;
    expect(bytesOf(gone)).toBe(65_536);
    await expect(unpack(rest)).rejects.toBeInstanceOf(ContractError);
  });

  test('where its blob is missing', async () => {
    await expect(unpack({ bodyBlob: 'nowhere' })).rejects.toBeInstanceOf(ContractError);
  });
});
