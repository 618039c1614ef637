import type { z } from 'zod';
import type { Cursor } from '../model/cursor';
import { emptyCursor } from '../model/cursor';
import { noCounts } from '../model/run';
import type { TenantState } from '../model/tenantState';
import { newTenantState, noCalls } from '../model/tenantState';
import type { Time7 } from '../model/time7';
import { toTime7 } from '../model/time7';
import type { Row, Table } from '../ports';
import { count, present, text } from './columns';
import { stateShapes } from './stateShapes';

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
    lastNonEmpty: state.lastNonEmpty,
    window: jsonOf(state.window),
    month: jsonOf(state.month),
    rhythm: jsonOf(state.rhythm),
    calls: jsonOf(state.calls),
    quarantined: state.quarantined,
    foundLate: jsonOf(state.foundLate),
    disagreement: state.disagreement,
  }),
});

const fromRow = (row: Row): TenantState => {
  const foundLate = jsonIn(row, 'foundLate', stateShapes.foundLate);
  return {
    cursor: cursorFrom(row),
    leaseOwner: text(row, 'leaseOwner') ?? undefined,
    batchMark: text(row, 'batchMark') ?? '',
    lastSeen: jsonIn(row, 'lastSeen', stateShapes.lastSeen) ?? [],
    stored: count(row, 'stored'),
    open: count(row, 'open'),
    totals: jsonIn(row, 'totals', stateShapes.totals) ?? noCounts,
    lastRun: jsonIn(row, 'lastRun', stateShapes.lastRun),
    lastSuccess: text(row, 'lastSuccess') ?? undefined,
    lastNonEmpty: text(row, 'lastNonEmpty') ?? undefined,
    window: jsonIn(row, 'window', stateShapes.window),
    month: jsonIn(row, 'month', stateShapes.month),
    rhythm: jsonIn(row, 'rhythm', stateShapes.rhythm),
    calls: jsonIn(row, 'calls', stateShapes.calls) ?? noCalls,
    quarantined: count(row, 'quarantined'),
    disagreement: text(row, 'disagreement') ?? undefined,
    ...(foundLate === undefined ? {} : { foundLate }),
  };
};

const jsonOf = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

/** Without its gaps a position claims too much: then it is none. */
const cursorFrom = (row: Row): Cursor => {
  const at = toTime7(row.resumeAt);
  const startedAt = toTime7(row.resumeStartedAt);
  const gaps = jsonIn(row, 'gaps', stateShapes.gaps);
  if (gaps === undefined) return emptyCursor;
  return {
    head: toTime7(row.head),
    readThrough: toTime7(row.readThrough),
    resume: at === undefined || startedAt === undefined ? undefined : { at, startedAt },
    gaps,
  };
};

/** What this app wrote itself, or undefined where it is missing or someone garbled it. */
const jsonIn = <T>(row: Row, column: string, shape: z.ZodType<T>): T | undefined => {
  const json = text(row, column);
  if (json === null) return undefined;
  try {
    return shape.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
};
