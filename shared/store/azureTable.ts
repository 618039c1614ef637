import type { GetTableEntityOptions, TableClient, TableEntityResult, TransactionAction } from '@azure/data-tables';
import { odata, RestError } from '@azure/data-tables';
import { ConflictError, ContractError, NotFoundError, UpstreamError } from '../errors';
import type { Time7 } from '../model/time7';
import { fromHttpDate, mustBeTime7 } from '../model/time7';
import type { Column, Row, RowOperation, RowQuery, StoredRow, Table } from '../ports';
import { checkBatch, checkRow } from './guard';

/** A Table over Azure Table storage; our own guard stands in front because Azurite enforces Azure's limits only in part. */
export const azureTable = (client: TableClient): Table => ({
  get: async (partitionKey, rowKey, select) => {
    let readAt: Time7 | undefined;
    const onResponse: GetTableEntityOptions['onResponse'] = ({ headers }) =>
      (readAt = fromHttpDate(headers.get('date')));
    const columns = select === undefined ? {} : { queryOptions: { select: [...select, ...keyColumns] } };
    try {
      const found = toStoredRow(await client.getEntity(partitionKey, rowKey, { ...columns, onResponse }));
      return readAt === undefined ? found : { ...found, readAt };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw toAppError(error, 'read');
    }
  },
  pages: (query) => queryPages(client, query),
  write: async (operation) => {
    if (operation.kind !== 'delete') checkRow(operation.row);
    try {
      return await writeOne(client, operation);
    } catch (error) {
      if (operation.kind === 'delete' && statusOf(error) === 404) return '';
      throw toAppError(error, 'write');
    }
  },
  writeBatch: async (operations) => {
    checkBatch(operations);
    try {
      const answer = await client.submitTransaction(operations.map(toAction));
      return answer.subResponses.map((sub) => sub.etag ?? '');
    } catch (error) {
      throw toAppError(error, 'batch');
    }
  },
});

const keyColumns = ['partitionKey', 'rowKey', 'timestamp', 'etag'] as const;

async function* queryPages(client: TableClient, query: RowQuery): AsyncIterable<readonly StoredRow[]> {
  const filter = toFilter(query);
  const select = query.select === undefined ? {} : { select: [...query.select, ...keyColumns] };
  const entities = client.listEntities({ queryOptions: { ...(filter === '' ? {} : { filter }), ...select } });
  try {
    for await (const page of entities.byPage({ maxPageSize: query.pageSize ?? 1000 })) yield page.map(toStoredRow);
  } catch (error) {
    throw toAppError(error, 'query');
  }
}

const toFilter = (query: RowQuery): string =>
  [
    query.partition === undefined ? '' : odata`PartitionKey eq ${query.partition}`,
    query.partitionFrom === undefined ? '' : odata`PartitionKey ge ${query.partitionFrom}`,
    query.partitionBefore === undefined ? '' : odata`PartitionKey lt ${query.partitionBefore}`,
    query.rowFrom === undefined ? '' : odata`RowKey ge ${query.rowFrom}`,
    query.rowBefore === undefined ? '' : odata`RowKey lt ${query.rowBefore}`,
    ...(query.where ?? []).map(({ column, op, value }) => `${column} ${op} ${literal(value)}`),
  ]
    .filter((part) => part !== '')
    .join(' and ');

/** The SDK's `odata` quotes a text only where a quote or an operator stands before it. */
const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

const writeOne = async (client: TableClient, operation: RowOperation): Promise<string> => {
  switch (operation.kind) {
    case 'insert':
      return (await client.createEntity(operation.row)).etag ?? '';
    case 'replace':
      return (await client.updateEntity(operation.row, 'Replace', { etag: operation.etag })).etag ?? '';
    case 'upsert':
      return (await client.upsertEntity(operation.row, 'Replace')).etag ?? '';
    case 'delete':
      await client.deleteEntity(
        operation.partitionKey,
        operation.rowKey,
        operation.etag === undefined ? {} : { etag: operation.etag },
      );
      return '';
  }
};

const toAction = (operation: RowOperation): TransactionAction => {
  switch (operation.kind) {
    case 'insert':
      return ['create', operation.row];
    case 'replace':
      return ['update', operation.row, 'Replace', { etag: operation.etag }];
    case 'upsert':
      return ['upsert', operation.row, 'Replace'];
    case 'delete':
      return ['delete', { partitionKey: operation.partitionKey, rowKey: operation.rowKey }];
  }
};

const toStoredRow = (entity: TableEntityResult<Record<string, unknown>>): StoredRow => {
  const { etag, timestamp, partitionKey = '', rowKey = '', ...columns } = entity;
  // A single entity comes with the service's annotation beside its columns.
  const own = Object.entries(columns).filter(
    (entry): entry is [string, Column] => entry[0] !== 'odata.metadata' && isColumn(entry[1]),
  );
  const row: Row = { partitionKey, rowKey, ...Object.fromEntries(own) };
  return { row, etag, writtenAt: mustBeTime7(timestamp ?? '1970-01-01T00:00:00Z', 'Timestamp') };
};

const isColumn = (value: unknown): value is Column =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof Uint8Array;

const statusOf = (error: unknown): number | undefined => (error instanceof RestError ? error.statusCode : undefined);

/** 409 and 412 are conflicts, 400 and 413 a shape the service refuses; the rest is passing. */
const toAppError = (error: unknown, what: string): Error => {
  const status = statusOf(error);
  if (status === 409 || status === 412)
    return new ConflictError(`Table ${what}: the row changed or exists`, { cause: error });
  if (status === 404) return new NotFoundError(`Table ${what}: the row is not there`, { cause: error });
  if (status === 400 || status === 413)
    return new ContractError(`Table ${what}: the service refused it`, { cause: error });
  return new UpstreamError(`Table ${what}: storage did not answer as expected (${status ?? 'no answer'})`, {
    cause: error,
  });
};
