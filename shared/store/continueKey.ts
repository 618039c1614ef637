import { randomBytes } from 'node:crypto';
import { ConflictError, ContractError } from '../errors';
import type { Table } from '../ports';

const at = { partitionKey: 'keys', rowKey: 'continue' } as const;
const keyBytes = 32;
const known = new WeakMap<Table, Promise<Uint8Array>>();

/**
 * The key that authenticates continue tokens: made once, by whoever comes first, and the same for all instances. It opens nothing:
 * a token says where a list goes on, and what is listed there is decided anew for its caller.
 */
export const continueKey = (index: Table): Promise<Uint8Array> => {
  const held = known.get(index);
  if (held !== undefined) return held;
  const key = readOrMake(index).catch((error: unknown) => {
    known.delete(index);
    throw error;
  });
  known.set(index, key);
  return key;
};

const readOrMake = async (index: Table): Promise<Uint8Array> => {
  const stored = await read(index);
  if (stored !== undefined) return stored;
  const key = randomBytes(keyBytes);
  try {
    await index.write({ kind: 'insert', row: { ...at, key } });
    return key;
  } catch (error) {
    const first = error instanceof ConflictError ? await read(index) : undefined;
    if (first === undefined) throw error;
    return first;
  }
};

const read = async (index: Table): Promise<Uint8Array | undefined> => {
  const found = await index.get(at.partitionKey, at.rowKey);
  if (found === undefined) return undefined;
  const key = found.row.key;
  if (!(key instanceof Uint8Array) || key.byteLength < keyBytes)
    throw new ContractError('The key of continue tokens cannot be read');
  return key;
};
