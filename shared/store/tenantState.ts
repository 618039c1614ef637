import type { Cursor, Gap } from '../model/cursor';
import type { RunCounts } from '../model/run';
import { noCounts } from '../model/run';
import type { SeenIncident, TenantState } from '../model/tenantState';
import { newTenantState } from '../model/tenantState';
import type { Time7 } from '../model/time7';
import { toTime7 } from '../model/time7';
import type { Row, Table } from '../ports';
import { count, present, text } from './columns';

export const stateRowKey = 'state';

export interface FencedState {
  readonly state: TenantState;
  /** Undefined where no row exists yet: the first writer inserts, and only one insert can win. */
  readonly etag: string | undefined;
  /** When the row was last written and when it was read, by the storage's clock. */
  readonly writtenAt: Time7 | undefined;
  readonly readAt: Time7 | undefined;
}

/** A garbled cursor reads as no cursor: everything is read again, which digests make free of writes. */
export const readState = async (tenantId: string, table: Table): Promise<FencedState> => {
  const found = await table.get(tenantId, stateRowKey);
  if (found === undefined) return { state: newTenantState, etag: undefined, writtenAt: undefined, readAt: undefined };
  return { state: fromRow(found.row), etag: found.etag, writtenAt: found.writtenAt, readAt: found.readAt };
};

export const toStateRow = (tenantId: string, state: TenantState): Row => ({
  partitionKey: tenantId,
  rowKey: stateRowKey,
  ...present({
    head: state.cursor.head,
    readThrough: state.cursor.readThrough,
    resumeAt: state.cursor.resume?.at,
    resumeStartedAt: state.cursor.resume?.startedAt,
    gaps: JSON.stringify(state.cursor.gaps),
    leaseOwner: state.leaseOwner,
    batchMark: state.batchMark,
    lastSeen: state.lastSeen.length === 0 ? undefined : JSON.stringify(state.lastSeen),
    stored: state.stored,
    open: state.open,
    totals: JSON.stringify(state.totals),
    lastRun: state.lastRun === undefined ? undefined : JSON.stringify(state.lastRun),
    lastSuccess: state.lastSuccess,
  }),
});

const fromRow = (row: Row): TenantState => ({
  cursor: cursorFrom(row),
  leaseOwner: text(row, 'leaseOwner') ?? undefined,
  batchMark: text(row, 'batchMark') ?? '',
  lastSeen: parsedList(row, 'lastSeen') as readonly SeenIncident[],
  stored: count(row, 'stored'),
  open: count(row, 'open'),
  totals: (parsed(row, 'totals') as RunCounts | undefined) ?? noCounts,
  lastRun: parsed(row, 'lastRun') as TenantState['lastRun'],
  lastSuccess: text(row, 'lastSuccess') ?? undefined,
});

const cursorFrom = (row: Row): Cursor => {
  const at = toTime7(row.resumeAt);
  const startedAt = toTime7(row.resumeStartedAt);
  return {
    head: toTime7(row.head),
    readThrough: toTime7(row.readThrough),
    resume: at === undefined || startedAt === undefined ? undefined : { at, startedAt },
    gaps: parsedList(row, 'gaps') as readonly Gap[],
  };
};

const parsedList = (row: Row, column: string): readonly unknown[] => {
  const value = parsed(row, column);
  return Array.isArray(value) ? value : [];
};

/** What this app wrote itself, or undefined where someone garbled it. */
const parsed = (row: Row, column: string): unknown => {
  const json = text(row, column);
  if (json === null) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};
