import { ContractError } from '../errors';
import type { Column, Row, RowOperation } from '../ports';

/** Azure's limits, which Azurite enforces only in part. @see https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model */
const maxEntityBytes = 1024 * 1024;
const maxPropertyBytes = 64 * 1024;
const maxProperties = 252;
const maxKeyBytes = 1024;
export const maxOperations = 100;
/** Of the service's 4 MiB the envelope of each operation takes a part; base64 makes binary a third longer on the wire. */
export const maxBatchBytes = 3.5 * 1024 * 1024;

const forbiddenInKeys = /[/\\#?\u0000-\u001f\u007f-\u009f]/;

const valueBytes = (value: Column): number => {
  if (typeof value === 'string') return value.length * 2 + 4;
  if (value instanceof Uint8Array) return value.byteLength + 4;
  return 8;
};

/** Bytes of one entity as Azure counts them (UTF-16 text). */
export const rowBytes = (row: Row): number =>
  Object.entries(row).reduce(
    (sum, [name, value]) => (value === undefined ? sum : sum + 8 + name.length * 2 + valueBytes(value)),
    4,
  );

/** Bytes of one entity inside a batch request: JSON with base64 for binary. */
export const wireBytes = (row: Row): number =>
  Object.entries(row).reduce((sum, [name, value]) => {
    if (value === undefined) return sum;
    const content =
      value instanceof Uint8Array ? Math.ceil(value.byteLength / 3) * 4 + 40 : Buffer.byteLength(JSON.stringify(value));
    return sum + name.length + 8 + content;
  }, 700);

const checkKey = (name: string, key: string): void => {
  if (key.length * 2 > maxKeyBytes) throw new ContractError(`${name} is longer than 512 characters`);
  if (forbiddenInKeys.test(key)) throw new ContractError(`${name} holds a character that Azure refuses`);
  if (!key.isWellFormed()) throw new ContractError(`${name} holds half a surrogate pair`);
};

/** @throws ContractError where Azure would refuse the row, before any of its batch is sent */
export const checkRow = (row: Row): void => {
  checkKey('partition key', row.partitionKey);
  checkKey('row key', row.rowKey);
  const own = Object.entries(row).filter(([, value]) => value !== undefined);
  if (own.length - 2 > maxProperties)
    throw new ContractError(`row has ${own.length - 2} properties, ${maxProperties} are allowed`);
  for (const [name, value] of own) {
    const size = typeof value === 'string' ? value.length * 2 : value instanceof Uint8Array ? value.byteLength : 0;
    if (size > maxPropertyBytes)
      throw new ContractError(`property ${name} has ${size} bytes, ${maxPropertyBytes} are allowed`);
  }
  const total = rowBytes(row);
  if (total > maxEntityBytes) throw new ContractError(`row has ${total} bytes, ${maxEntityBytes} are allowed`);
};

/** @throws ContractError for a batch Azure would refuse */
export const checkBatch = (operations: readonly RowOperation[]): void => {
  if (operations.length === 0 || operations.length > maxOperations)
    throw new ContractError(`batch has ${operations.length} operations, 1 to ${maxOperations} are allowed`);
  const keys = new Set<string>();
  let partition: string | undefined;
  for (const operation of operations) {
    const { partitionKey, rowKey } = operation.kind === 'delete' ? operation : operation.row;
    partition ??= partitionKey;
    if (partitionKey !== partition) throw new ContractError('batch spans partitions');
    if (keys.has(rowKey)) throw new ContractError(`batch names row ${rowKey} twice`);
    keys.add(rowKey);
    if (operation.kind !== 'delete') checkRow(operation.row);
  }
};
