import type { Blobs, Row, RowOperation } from '../../../shared/ports';
import { memoryBlobs } from '../../support/inProcessRelay';
import type { MemoryTable } from '../../support/memoryTable';
import { memoryTable } from '../../support/memoryTable';
import type { Timeline } from './timeline';

export type TableName = 'tenants' | 'incidents' | 'index' | 'connections' | 'runs';
export const tableNames = ['tenants', 'incidents', 'index', 'connections', 'runs'] as const;

/** The data account all instances share; it keeps what it acknowledged, whoever dies. */
export interface Storage {
  readonly tables: Readonly<Record<TableName, MemoryTable>>;
  readonly blobs: Blobs & { readonly contents: Map<string, Uint8Array> };
  /** Hears of every transaction right after it took place, by whichever instance. */
  watch(hear: (table: TableName, operations: readonly RowOperation[], instance: string) => void): void;
  /** The tables as one instance reaches them. */
  reachedBy(instance: string): Readonly<Record<TableName, MemoryTable>>;
  row(table: TableName, partitionKey: string, rowKey: string): Promise<Row | undefined>;
}

export const createStorage = (timeline: Timeline): Storage => {
  const made = (): MemoryTable => memoryTable(() => timeline.now());
  const tables = { tenants: made(), incidents: made(), index: made(), connections: made(), runs: made() };
  let hear: (table: TableName, operations: readonly RowOperation[], instance: string) => void = () => undefined;
  const heard = (name: TableName, instance: string): MemoryTable => {
    const table = tables[name];
    return {
      ...table,
      write: async (operation) => {
        const etag = await table.write(operation);
        hear(name, [operation], instance);
        return etag;
      },
      writeBatch: async (operations) => {
        const etags = await table.writeBatch(operations);
        hear(name, operations, instance);
        return etags;
      },
    };
  };
  return {
    tables,
    blobs: memoryBlobs(),
    watch: (watcher) => {
      hear = watcher;
    },
    reachedBy: (instance) => ({
      tenants: heard('tenants', instance),
      incidents: heard('incidents', instance),
      index: heard('index', instance),
      connections: heard('connections', instance),
      runs: heard('runs', instance),
    }),
    row: async (table, partitionKey, rowKey) => (await tables[table].get(partitionKey, rowKey))?.row,
  };
};
