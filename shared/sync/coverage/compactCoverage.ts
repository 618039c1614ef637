import { ConflictError, NotFoundError } from '../../errors';
import type { CoverageWindow, Span } from '../../model/coverage';
import type { Time7 } from '../../model/time7';
import { justBefore, minusMinutes } from '../../model/time7';
import type { Table } from '../../ports';
import type { StoredWindow } from '../../store/coverage';
import { toCoverageRow, windowsMeeting, windowsToJoin } from '../../store/coverage';
import { deleteRows } from '../../store/deleteRows';
import { maxOperations } from '../../store/guard';
import { joinWindows } from './joinWindows';

const keptDays = 7;
const minutesADay = 1_440;

/**
 * Joins the windows of each day (UTC) that ended seven days ago or longer to one row; the statements of all of them stay. In each batch
 * the day's row takes in some windows and these are marked `absorbed`, all or nothing and only as they were read; then they are deleted.
 * So it may break off anywhere, run twice at once or again: nothing is lost or counted twice. Windows that do not touch are not joined,
 * because the row would claim what lies between.
 * @returns rows saved
 */
export const compactCoverage = async (table: Table, tenantId: string, now: Time7): Promise<number> => {
  const before = dayStart(minusMinutes(now, keptDays * minutesADay));
  const loose = (await windowsToJoin(table, tenantId, before)).filter(({ window }) => window.to <= before);
  const [first] = loose;
  if (first === undefined) return 0;
  const span: Span = { from: first.window.from, to: before };
  const all = await windowsMeeting(table, tenantId, { ...span, from: justBefore(span.from) });
  const days = all.filter(({ kind, window }) => kind === 'day' && window.to <= before);
  const absorbed = loose.filter(({ kind }) => kind === 'absorbed');
  const living = [...days, ...loose.filter(({ kind }) => kind === 'window')].sort((a, b) =>
    a.window.from < b.window.from ? -1 : 1,
  );
  await drop(table, tenantId, absorbed);
  let saved = absorbed.length;
  for (const group of groupsOf(living)) saved += await joinGroup(table, tenantId, group);
  return saved;
};

const dayStart = (time: Time7): Time7 => `${time.slice(0, 10)}T00:00:00.0000000Z` as Time7;

/** The day of its last instant. */
const dayOf = ({ window }: StoredWindow): string => justBefore(window.to).slice(0, 10);

/** Windows of one day, each of which begins before or where the one before it ends; oldest first. */
const groupsOf = (windows: readonly StoredWindow[]): readonly (readonly StoredWindow[])[] => {
  const groups: StoredWindow[][] = [];
  for (const one of windows) {
    const group = groups.find((other) => other.some((member) => belong(member, one)));
    if (group === undefined) groups.push([one]);
    else group.push(one);
  }
  return groups.filter((group) => group.some(({ kind }) => kind === 'window'));
};

const belong = (a: StoredWindow, b: StoredWindow): boolean => dayOf(a) === dayOf(b) && b.window.from <= a.window.to;

const joinGroup = async (table: Table, tenantId: string, group: readonly StoredWindow[]): Promise<number> => {
  const [first, ...others] = group;
  if (first === undefined) return 0;
  let day: CoverageWindow = first.window;
  let { etag } = first;
  for (let start = 0; start === 0 || start < others.length; start += maxOperations - 1) {
    const some = others.slice(start, start + maxOperations - 1);
    day = some.reduce((joined, { window }) => joinWindows(joined, window), day);
    try {
      const [next = ''] = await table.writeBatch([
        { kind: 'replace', row: toCoverageRow(tenantId, day, 'day'), etag },
        ...some.map((one) => ({
          kind: 'replace' as const,
          row: toCoverageRow(tenantId, one.window, 'absorbed'),
          etag: one.etag,
        })),
      ]);
      etag = next;
    } catch (error) {
      // Someone else changed or joined them meanwhile: the next night finds what is left.
      if (error instanceof ConflictError || error instanceof NotFoundError) return start;
      throw error;
    }
    await drop(table, tenantId, some);
  }
  return others.length;
};

const drop = (table: Table, tenantId: string, windows: readonly StoredWindow[]): Promise<void> =>
  deleteRows(
    table,
    windows.map(({ window }) => ({ row: toCoverageRow(tenantId, window) })),
  );
