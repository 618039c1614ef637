import type { CoverageWindow, HeldUp, Reconciled, Repair, Span } from '../model/coverage';
import type { Time7 } from '../model/time7';
import { beginning, toTime7 } from '../model/time7';
import type { Row, RowQuery, StoredRow, Table } from '../ports';
import { count, present, text } from './columns';
import { deleteRows } from './deleteRows';

/** `day`: joined from the windows of a day; `absorbed`: such a row holds all it said, and it is about to be deleted. */
export type WindowKind = 'window' | 'day' | 'absorbed';

export interface StoredWindow {
  readonly window: CoverageWindow;
  readonly kind: WindowKind;
  readonly etag: string;
}

export interface Ledger {
  /** Oldest first. */
  readonly windows: readonly CoverageWindow[];
  /** False where there are more than one question may cost. */
  readonly whole: boolean;
}

/** A year in days and a week in hours are about 600. */
const maxRows = 5_000;

const keyOf = (from: Time7): string => `w_${from}`;
const ledgerRows = { rowFrom: 'w_', rowBefore: 'w`' } as const;

/** The row of a closed window; keys sort by where windows begin. */
export const toCoverageRow = (tenantId: string, window: CoverageWindow, kind: WindowKind = 'window'): Row => ({
  partitionKey: tenantId,
  rowKey: keyOf(window.from),
  kind,
  to: window.to,
  passes: window.passes,
  calls: window.calls,
  listed: window.listed,
  added: window.new,
  changed: window.changed,
  foundLate: window.foundLate,
  ...present({
    heldUp: listText(window.heldUp),
    repairs: listText(window.repairs),
    repairedFrom: window.repairs.map(({ from }) => from).sort()[0],
    repairedTo: window.repairs
      .map(({ to }) => to)
      .sort()
      .at(-1),
    reconciled: listText(window.reconciled),
  }),
});

const listText = (list: readonly unknown[]): string | undefined =>
  list.length === 0 ? undefined : JSON.stringify(list);

/** What was written by hand and cannot be understood says nothing, so that a ledger never claims more than was read. */
const toStoredWindow = ({ row, etag }: StoredRow): StoredWindow | undefined => {
  const [from, to, kind] = [toTime7(row.rowKey.slice('w_'.length)), toTime7(row.to), text(row, 'kind')];
  const lists = [listOf(row, 'heldUp'), listOf(row, 'repairs'), listOf(row, 'reconciled')] as const;
  const [heldUp, repairs, reconciled] = lists;
  if (from === undefined || to === undefined || !isKind(kind)) return undefined;
  const window: CoverageWindow = {
    from,
    to,
    passes: count(row, 'passes'),
    calls: count(row, 'calls'),
    listed: count(row, 'listed'),
    new: count(row, 'added'),
    changed: count(row, 'changed'),
    heldUp: heldUp as readonly HeldUp[],
    repairs: repairs as readonly Repair[],
    reconciled: reconciled as readonly Reconciled[],
    foundLate: count(row, 'foundLate'),
  };
  return { window, kind, etag };
};

const kinds: ReadonlySet<string> = new Set<WindowKind>(['window', 'day', 'absorbed']);
const isKind = (value: string | null): value is WindowKind => value !== null && kinds.has(value);

const listOf = (row: Row, column: string): readonly unknown[] => {
  try {
    const list: unknown = JSON.parse(text(row, column) ?? '[]');
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
};

async function* storedWindows(
  table: Table,
  tenantId: string,
  query: Pick<RowQuery, 'rowFrom' | 'rowBefore' | 'where'>,
): AsyncIterable<readonly StoredWindow[]> {
  for await (const page of table.pages({ partition: tenantId, ...ledgerRows, ...query }))
    yield page.flatMap((row) => toStoredWindow(row) ?? []);
}

/** Closed windows that share an instant with `span`; windows may be of any length, so only their ends are asked for. */
const meeting = ({ from, to }: Span): Pick<RowQuery, 'rowBefore' | 'where'> => ({
  rowBefore: keyOf(to),
  where: [{ column: 'to', op: 'gt', value: from }],
});

/** Closed windows that share an instant with `span`, those being absorbed included, oldest first. */
export const windowsMeeting = async (table: Table, tenantId: string, span: Span): Promise<readonly StoredWindow[]> => {
  const found: StoredWindow[] = [];
  for await (const page of storedWindows(table, tenantId, meeting(span))) found.push(...page);
  return found;
};

/** The ledger's part on `span`, the state row's open window apart. */
export const readLedger = async (table: Table, tenantId: string, span: Span): Promise<Ledger> => {
  const windows: CoverageWindow[] = [];
  for await (const page of storedWindows(table, tenantId, meeting(span))) {
    windows.push(...page.filter(({ kind }) => kind !== 'absorbed').map(({ window }) => window));
    if (windows.length >= maxRows) return { windows: windows.slice(0, maxRows), whole: false };
  }
  return { windows, whole: true };
};

/** Ranges on `span` that were read late, as windows after it tell. */
export const readLaterRepairs = async (table: Table, tenantId: string, span: Span): Promise<readonly Repair[]> => {
  const repairs: Repair[] = [];
  const where = [
    { column: 'repairedFrom', op: 'lt' as const, value: span.to },
    { column: 'repairedTo', op: 'ge' as const, value: span.from },
  ];
  for await (const page of storedWindows(table, tenantId, { rowFrom: keyOf(span.to), where })) {
    const told = page.filter(({ kind }) => kind !== 'absorbed').flatMap(({ window }) => window.repairs);
    repairs.push(...told.filter(({ from, to }) => from < span.to && to >= span.from));
    if (repairs.length >= maxRows) break;
  }
  return repairs;
};

/** Windows that begin before `before` and are not joined to days yet; the first reading, which stays as it is, apart. */
export const windowsToJoin = async (
  table: Table,
  tenantId: string,
  before: Time7,
): Promise<readonly StoredWindow[]> => {
  const found: StoredWindow[] = [];
  const where = [{ column: 'kind', op: 'ne' as const, value: 'day' }];
  for await (const page of storedWindows(table, tenantId, { rowBefore: keyOf(before), where })) {
    found.push(...page.filter(({ window }) => window.from !== beginning));
    if (found.length >= maxRows) break;
  }
  return found;
};

/** Forgets what ended before `before`, the first reading too. @returns rows deleted */
export const purgeCoverage = async (table: Table, tenantId: string, before: Time7): Promise<number> => {
  let purged = 0;
  const where = [{ column: 'to', op: 'lt' as const, value: before }];
  const query = { partition: tenantId, ...ledgerRows, rowBefore: keyOf(before), where, select: ['kind'] };
  for await (const page of table.pages(query)) {
    await deleteRows(table, page);
    purged += page.length;
  }
  return purged;
};
