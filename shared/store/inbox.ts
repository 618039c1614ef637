import { createHash } from 'node:crypto';
import { ConflictError, NotFoundError } from '../errors';
import type { Time7 } from '../model/time7';
import type { Row, StoredRow, Table } from '../ports';
import { count, flag, present, text } from './columns';
import { deleteRows } from './deleteRows';

/** Something a webhook brought, its body kept in a blob. */
export interface InboxEntry {
  readonly scope: string;
  readonly connectionId: string;
  readonly blob: string;
  /** Its sender could not sign: it may comment and propose, never act. */
  readonly isWeak: boolean;
  /** As the sender calls it; null: it has no name. */
  readonly deliveryId: string | null;
  /** ISO 8601 UTC. */
  readonly receivedAt: string;
}

export interface FoundEntry extends InboxEntry {
  readonly isDone: boolean;
}

/** A hint that something was received and is not done yet. */
export interface OpenEntry {
  readonly inboxKey: string;
  readonly scope: string;
  readonly connectionId: string;
  /** How often the sweep asked for it again since a hint last came through. */
  readonly asked: number;
  /** Which of its hints is the last one: 0 the receiver's. */
  readonly turn: number;
  /** When that one comes, ISO 8601 UTC; null: as soon as it can. */
  readonly dueAt: string | null;
  /** Its connection, or the tenant it is about, was switched off when it was looked at; null: not that we know. */
  readonly off: SwitchedOff | null;
  /** When the hint was last written, by the storage's clock. */
  readonly writtenAt: Time7;
  readonly etag: string;
}

/** Null: the connection. */
export interface SwitchedOff {
  readonly tenantId: string | null;
}

/** By what a delivery is known again, the first being its name in the inbox; each is a text of any length. */
export type Marks = readonly [string, ...string[]];

/** What was received, by hook: a delivery is taken in once, by whichever of its marks it comes back. */
export interface Inbox {
  /** Point reads, one a mark. */
  seen(hookId: string, marks: Marks): Promise<boolean>;
  /**
   * All marks at once or none. A hint for the sweep is there before, so that nothing can be forgotten.
   * @returns the key of what is in, and whether it is this very entry: false where another came before
   */
  add(hookId: string, marks: Marks, entry: InboxEntry): Promise<{ readonly inboxKey: string; readonly isNew: boolean }>;
  /** What came again by any of its marks is known by the first from here on, too. Once more is no error. */
  remember(hookId: string, marks: Marks, receivedAt: string): Promise<void>;
  find(inboxKey: string): Promise<FoundEntry | undefined>;
  /** Done again is no error, and neither is what is gone. */
  done(inboxKey: string): Promise<void>;
  /** Hints, a page at a time. */
  open(): AsyncIterable<readonly OpenEntry[]>;
  /** Its hint says from here on what has to be switched on first. What is gone is no error. */
  leave(inboxKey: string, off: SwitchedOff): Promise<void>;
  /**
   * What has to wait gets another hint, due at `dueAt` (ISO 8601 UTC), where `turn` is the last one's.
   * @returns the turn of the next; undefined for whoever holds an older one, or a copy of which another was faster, and for what is done
   */
  wait(inboxKey: string, turn: number, dueAt: string): Promise<number | undefined>;
  /** Counts one more asking, so that the hint is young again. @returns the turn of the next; undefined where another was faster */
  ask(entry: OpenEntry): Promise<number | undefined>;
  /** Takes away a hint that points nowhere. */
  drop(entry: OpenEntry): Promise<void>;
  /** Deletes what was received before `before` (ISO 8601 UTC). @returns the rows deleted, and the blobs that are to go now */
  purge(before: string): Promise<{ readonly rows: number; readonly blobs: readonly string[]; readonly undone: number }>;
}

/** Whose webhooks are deleted. */
export interface ErasedInbox {
  readonly rows: number;
  readonly blobs: number;
}

const hashOf = (given: string): string => createHash('sha256').update(given).digest('hex');
/** What stands before the hash in a row key: a delivery, or a further mark of one. */
const deliveryPrefix = 'b_';
const markPrefix = 'd_';
const openPartition = (partition: string): string => `open_${partition.slice(0, 1)}`;

/** Of a day; what is left over goes on the next. */
const purgePages = 200;
/** Whoever is overtaken that often has met something else. */
const mostTries = 5;

export const inbox = (table: Table): Inbox => {
  const read = async (inboxKey: string): Promise<StoredRow | undefined> => {
    const place = placeOf(inboxKey);
    return place && table.get(place.partitionKey, place.rowKey);
  };
  return {
    seen: async (hookId, marks) => {
      const found = await Promise.all(
        keysOf(hookId, marks).map(({ partitionKey, rowKey }) => table.get(partitionKey, rowKey, ['blob'])),
      );
      return found.some((row) => row !== undefined);
    },
    add: async (hookId, marks, entry) => {
      const [key, ...others] = keysOf(hookId, marks);
      const inboxKey = inboxKeyOf(key);
      await table.write({ kind: 'upsert', row: toOpenRow({ inboxKey, ...asReceived, ...entry }) });
      const { receivedAt } = entry;
      try {
        await table.writeBatch([
          { kind: 'insert', row: toRow(key, entry) },
          ...others.map((other) => ({ kind: 'insert' as const, row: { ...other, receivedAt } })),
        ]);
        return { inboxKey, isNew: true };
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        // Our own batch, tried again by the SDK after its answer was lost, meets itself.
        const there = await read(inboxKey);
        return { inboxKey, isNew: there?.row.blob === entry.blob };
      }
    },
    remember: async (hookId, marks, receivedAt) => {
      const [key] = keysOf(hookId, marks);
      // A delivery without a body, done: nobody looks for either.
      await isWritten(() => table.write({ kind: 'insert', row: { ...key, receivedAt, state: 'done' } }));
    },
    find: async (inboxKey) => {
      const found = await read(inboxKey);
      return found && fromRow(found.row);
    },
    done: async (inboxKey) => {
      await markDone(table, inboxKey, () => read(inboxKey));
      const { partitionKey, rowKey } = openKeyOf(inboxKey);
      await table.write({ kind: 'delete', partitionKey, rowKey });
    },
    open: () => openPages(table),
    leave: async (inboxKey, off) => {
      const { partitionKey, rowKey } = openKeyOf(inboxKey);
      const found = await table.get(partitionKey, rowKey);
      if (found === undefined) return;
      const { etag, ...entry } = toOpenEntry(found);
      // Whoever was faster asked for it just now, and it comes here again.
      await isWritten(() => table.write({ kind: 'replace', row: toOpenRow({ ...entry, off }), etag }));
    },
    wait: async (inboxKey, turn, dueAt) => {
      const { partitionKey, rowKey } = openKeyOf(inboxKey);
      const found = await table.get(partitionKey, rowKey);
      if (found === undefined) return undefined;
      const entry = toOpenEntry(found);
      return entry.turn === turn ? toNextTurn(table, { ...entry, dueAt, asked: 0 }) : undefined;
    },
    ask: (entry) => toNextTurn(table, { ...entry, dueAt: null, asked: entry.asked + 1 }),
    drop: async ({ inboxKey, etag }) => {
      await isWritten(() => table.write({ kind: 'delete', ...openKeyOf(inboxKey), etag }));
    },
    purge: (before) => purge(table, before),
  };
};

const keysOf = (hookId: string, [first, ...others]: Marks): readonly [RowKeys, ...RowKeys[]] => {
  const partitionKey = hashOf(hookId);
  return [
    { partitionKey, rowKey: `${deliveryPrefix}${hashOf(first)}` },
    ...others.map((mark) => ({ partitionKey, rowKey: `${markPrefix}${hashOf(mark)}` })),
  ];
};

interface RowKeys {
  readonly partitionKey: string;
  readonly rowKey: string;
}

const inboxKeyOf = ({ partitionKey, rowKey }: RowKeys): string =>
  `${partitionKey}_${rowKey.slice(deliveryPrefix.length)}`;

/** Undefined for what no key of ours looks like. */
const placeOf = (inboxKey: string): RowKeys | undefined => {
  const [, partitionKey, hash] = /^([0-9a-f]{64})_([0-9a-f]{64})$/.exec(inboxKey) ?? [];
  return partitionKey === undefined || hash === undefined
    ? undefined
    : { partitionKey, rowKey: `${deliveryPrefix}${hash}` };
};

const openKeyOf = (inboxKey: string): RowKeys => ({ partitionKey: openPartition(inboxKey), rowKey: inboxKey });

const toRow = (key: RowKeys, { scope, connectionId, blob, isWeak, deliveryId, receivedAt }: InboxEntry): Row => ({
  ...key,
  ...present({ scope, connectionId, blob, isWeak, deliveryId, receivedAt }),
  state: 'received',
});

const fromRow = (row: Row): FoundEntry => ({
  scope: text(row, 'scope') ?? '',
  connectionId: text(row, 'connectionId') ?? '',
  blob: text(row, 'blob') ?? '',
  isWeak: flag(row, 'isWeak'),
  deliveryId: text(row, 'deliveryId'),
  receivedAt: text(row, 'receivedAt') ?? '',
  isDone: text(row, 'state') === 'done',
});

const asReceived = { asked: 0, turn: 0, dueAt: null, off: null } as const;

const toOpenRow = ({
  inboxKey,
  scope,
  connectionId,
  asked,
  turn,
  dueAt,
  off,
}: Omit<OpenEntry, 'writtenAt' | 'etag'>): Row => ({
  ...openKeyOf(inboxKey),
  scope,
  connectionId,
  asked,
  turn,
  ...present({ dueAt }),
  ...(off === null ? {} : { isOff: true, ...present({ offTenantId: off.tenantId }) }),
});

const toOpenEntry = ({ row, etag, writtenAt }: StoredRow): OpenEntry => ({
  inboxKey: row.rowKey,
  scope: text(row, 'scope') ?? '',
  connectionId: text(row, 'connectionId') ?? '',
  asked: count(row, 'asked'),
  turn: count(row, 'turn'),
  dueAt: text(row, 'dueAt'),
  off: flag(row, 'isOff') ? { tenantId: text(row, 'offTenantId') } : null,
  writtenAt,
  etag,
});

const toNextTurn = async (table: Table, { etag, ...entry }: OpenEntry): Promise<number | undefined> => {
  const turn = entry.turn + 1;
  const row = toOpenRow({ ...entry, turn, off: null });
  return (await isWritten(() => table.write({ kind: 'replace', row, etag }))) ? turn : undefined;
};

async function* openPages(table: Table): AsyncIterable<readonly OpenEntry[]> {
  for await (const page of table.pages({ partitionFrom: 'open_', partitionBefore: 'open`' }))
    yield page.map(toOpenEntry);
}

const markDone = async (table: Table, inboxKey: string, read: () => Promise<StoredRow | undefined>): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    const found = await read();
    if (found === undefined || fromRow(found.row).isDone) return;
    const row: Row = { ...found.row, state: 'done' };
    if (await isWritten(() => table.write({ kind: 'replace', row, etag: found.etag }))) return;
    if (tries >= mostTries) throw new ConflictError(`Inbox ${inboxKey.slice(0, 8)}: the row changes all the time`);
  }
};

const isWritten = async (write: () => Promise<unknown>): Promise<boolean> => {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConflictError || error instanceof NotFoundError) return false;
    throw error;
  }
};

const purge = async (
  table: Table,
  before: string,
): Promise<{ readonly rows: number; readonly blobs: readonly string[]; readonly undone: number }> => {
  const blobs: string[] = [];
  let [rows, undone, pages] = [0, 0, 0];
  const where = [{ column: 'receivedAt', op: 'lt' as const, value: before }];
  // Partitions of hooks are hexadecimal; hints are taken away by what finds them pointing nowhere.
  const query = { partitionFrom: '0', partitionBefore: 'g', where, select: ['blob', 'state'] };
  for await (const page of table.pages(query)) {
    for (const partition of new Set(page.map(({ row }) => row.partitionKey)))
      await deleteRows(
        table,
        page.filter(({ row }) => row.partitionKey === partition),
      );
    for (const { row } of page) {
      const blob = text(row, 'blob');
      if (blob === null) continue;
      blobs.push(blob);
      if (text(row, 'state') !== 'done') undone += 1;
    }
    rows += page.length;
    pages += 1;
    if (pages >= purgePages) break;
  }
  return { rows, blobs, undone };
};

/**
 * Deletes all that webhooks brought for the own connections of a scope, also for those that are gone: each blob before the row that names
 * it, so that it can be done again. A hook belongs to one connection, so its whole partition goes.
 */
export const eraseInbox = async (
  table: Table,
  scope: string,
  deleteBlob: (name: string) => Promise<unknown>,
): Promise<ErasedInbox> => {
  const where = [{ column: 'scope', op: 'eq' as const, value: scope }];
  let [rows, blobs] = [0, 0];
  const partitions = new Set<string>();
  for await (const page of table.pages({ partitionFrom: '0', partitionBefore: 'g', where, select: ['blob'] }))
    for (const { row } of page) partitions.add(row.partitionKey);
  for (const partition of partitions)
    for await (const page of table.pages({ partition, select: ['blob'] })) {
      const names = page.flatMap(({ row }) => text(row, 'blob') ?? []);
      for (let start = 0; start < names.length; start += blobsSideBySide)
        await Promise.all(names.slice(start, start + blobsSideBySide).map(deleteBlob));
      await deleteRows(table, page);
      rows += page.length;
      blobs += names.length;
    }
  for await (const page of table.pages({
    partitionFrom: 'open_',
    partitionBefore: 'open`',
    where,
    select: ['scope'],
  })) {
    for (const partition of new Set(page.map(({ row }) => row.partitionKey)))
      await deleteRows(
        table,
        page.filter(({ row }) => row.partitionKey === partition),
      );
    rows += page.length;
  }
  return { rows, blobs };
};

const blobsSideBySide = 16;
