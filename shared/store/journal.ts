import { z } from 'zod';
import { syncedFields } from '../model/connection';
import type { JournalEntry } from '../model/conflict';
import { toTicks, toTime7 } from '../model/time7';
import type { Row, StoredRow, Table } from '../ports';
import { present, shown, text } from './columns';
import { escapeKey } from './keys';

const largest20 = 10n ** 20n - 1n;

/** Newest first, so that a bounded read shows what happened last. */
const invertedTime = (at: string): string => {
  const time = toTime7(at);
  return (largest20 - (time === undefined ? 0n : toTicks(time))).toString().padStart(20, '0');
};

/** An id of a tool's or an incident's may be long; two of them must leave room for the time in a key of 512 characters. */
const longestEntryId = 64;

export const journalRowKey = ({
  incidentId,
  at,
  entryId,
}: Pick<JournalEntry, 'incidentId' | 'at' | 'entryId'>): string =>
  `c_${escapeKey(incidentId)}_${invertedTime(at)}_${escapeKey(entryId).slice(0, longestEntryId)}`;

/** All entries of an incident. */
export const journalRowsOf = (incidentId: string) =>
  ({ rowFrom: `c_${escapeKey(incidentId)}_`, rowBefore: `c_${escapeKey(incidentId)}\`` }) as const;

const value = z.string().nullable();
const changeShape = z.partialRecord(z.enum(syncedFields), value);
const entryShape = z.object({
  entryId: z.string(),
  targetId: z.string(),
  kind: z.enum(['overruled', 'proposal', 'suspended', 'comment']),
  at: z.string(),
  field: z.enum(syncedFields).nullable(),
  value,
  holds: value,
  side: z.enum(['defender', 'ticket']),
  actor: value,
  because: z.string(),
  change: changeShape.optional(),
  state: z.enum(['open', 'accepted', 'dismissed', 'reversed', 'noted']),
  decidedBy: value,
  decidedAt: value,
});

/** Values that people typed are cut to what a page shows of them. */
export const toJournalRow = (entry: JournalEntry): Row => ({
  partitionKey: entry.tenantId,
  rowKey: journalRowKey(entry),
  ...present({
    incidentId: entry.incidentId,
    entryId: entry.entryId,
    targetId: entry.targetId,
    kind: entry.kind,
    at: entry.at,
    field: entry.field,
    value: shown(entry.value),
    holds: shown(entry.holds),
    side: entry.side,
    actor: shown(entry.actor),
    because: shown(entry.because),
    change: entry.change === undefined ? null : JSON.stringify(entry.change),
    state: entry.state,
    decidedBy: shown(entry.decidedBy),
    decidedAt: entry.decidedAt,
  }),
});

/** Undefined where someone garbled the row: an entry explains, and nothing is decided by it alone. */
const fromRow = (row: Row): JournalEntry | undefined => {
  const columns = Object.fromEntries(
    ['entryId', 'targetId', 'kind', 'at', 'field', 'value', 'holds', 'side', 'actor', 'because', 'state'].map(
      (column) => [column, text(row, column)],
    ),
  );
  const change = text(row, 'change');
  const parsed = entryShape.safeParse({
    ...columns,
    decidedBy: text(row, 'decidedBy'),
    decidedAt: text(row, 'decidedAt'),
    ...(change === null ? {} : { change: parsedJson(change) }),
  });
  if (!parsed.success) return undefined;
  const { change: changes, ...entry } = parsed.data;
  const incidentId = text(row, 'incidentId') ?? '';
  return {
    ...entry,
    tenantId: row.partitionKey,
    incidentId,
    ...(changes === undefined ? {} : { change: withoutUndefined(changes) }),
  };
};

const parsedJson = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
};

type Change = NonNullable<JournalEntry['change']>;

const withoutUndefined = (change: Readonly<Record<string, string | null | undefined>>): Change =>
  Object.fromEntries(Object.entries(change).filter(([, each]) => each !== undefined));

/** Read of one incident at the most; older entries stay in storage until they are purged. */
const mostRead = 200;

/** What happened between an incident and its tickets, newest first, 200 at the most. */
export const readJournal = async (
  tenantId: string,
  incidentId: string,
  table: Table,
): Promise<readonly JournalEntry[]> => (await journalRows(tenantId, incidentId, table)).map(({ entry }) => entry);

/** An entry as it was read, to be decided on by its etag. */
export interface FoundEntry {
  readonly entry: JournalEntry;
  readonly etag: string;
}

/** Undefined where the incident has no such entry among its newest. */
export const findEntry = async (
  tenantId: string,
  incidentId: string,
  entryId: string,
  table: Table,
): Promise<FoundEntry | undefined> =>
  (await journalRows(tenantId, incidentId, table)).find(({ entry }) => entry.entryId === entryId);

const journalRows = async (tenantId: string, incidentId: string, table: Table): Promise<readonly FoundEntry[]> => {
  const rows: StoredRow[] = [];
  for await (const page of table.pages({ partition: tenantId, ...journalRowsOf(incidentId), pageSize: mostRead })) {
    rows.push(...page);
    if (rows.length >= mostRead) break;
  }
  return rows.slice(0, mostRead).flatMap(({ row, etag }) => {
    const entry = fromRow(row);
    return entry === undefined ? [] : [{ entry, etag }];
  });
};
