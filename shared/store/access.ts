import { ConflictError, NotFoundError } from '../errors';
import type { Access } from '../model/access';
import { pendingAccess } from '../model/access';
import { heldOff, keepingWait } from '../model/heldOff';
import type { RegistrationName } from '../model/registration';
import { toTicks } from '../model/time7';
import type { Row, StoredRow, Table } from '../ports';
import { present, text } from './columns';

/** A row for each registration; the reading one has the row that was there first. */
const accessRowKey = (registration: RegistrationName): string =>
  registration === 'reader' ? 'access' : `access_${registration}`;

const rowKeys: ReadonlyMap<string, RegistrationName> = new Map(
  (['reader', 'writer', 'defender'] as const).map((registration) => [accessRowKey(registration), registration]),
);
const firstRowKey = 'access';
/** The character after `_`. */
const rowKeysBefore = 'access`';

const states: ReadonlySet<string> = new Set<Access['state']>(['pending', 'granted', 'partial', 'blocked']);
const isState = (value: string | null): value is Access['state'] => value !== null && states.has(value);

export const readAccess = async (
  tenantId: string,
  table: Table,
  registration: RegistrationName = 'reader',
): Promise<Access> => {
  const found = await table.get(tenantId, accessRowKey(registration));
  return found === undefined ? pendingAccess : toAccess(found.row);
};

/** With when it was read by the storage's clock, milliseconds since 1970; undefined where there is no row. */
export const readAccessNow = async (
  tenantId: string,
  table: Table,
  registration: RegistrationName,
): Promise<{ readonly access: Access; readonly nowMs: number | undefined }> => {
  const found = await table.get(tenantId, accessRowKey(registration));
  return found === undefined
    ? { access: pendingAccess, nowMs: undefined }
    : { access: toAccess(found.row), nowMs: readAtMs(found) };
};

/** Of all registrations that have a row. */
export const readAccesses = async (tenantId: string, table: Table): Promise<ReadonlyMap<RegistrationName, Access>> => {
  const accesses = new Map<RegistrationName, Access>();
  for await (const page of table.pages({ partition: tenantId, rowFrom: firstRowKey, rowBefore: rowKeysBefore }))
    for (const { row } of page) {
      const registration = rowKeys.get(row.rowKey);
      if (registration !== undefined) accesses.set(registration, toAccess(row));
    }
  return accesses;
};

const toAccess = (row: Row): Access => {
  const state = text(row, 'state');
  const since = text(row, 'since') ?? '';
  const throttledUntil = text(row, 'throttledUntil');
  if (!isState(state)) return { ...pendingAccess, since };
  return {
    state,
    reason: text(row, 'reason'),
    code: text(row, 'code'),
    raw: text(row, 'raw'),
    cure: text(row, 'cure'),
    link: text(row, 'link'),
    since,
    blockedUntil: text(row, 'blockedUntil'),
    ...(throttledUntil === null ? {} : { throttledUntil }),
  };
};

const readAtMs = ({ readAt, writtenAt }: StoredRow): number => Number(toTicks(readAt ?? writtenAt) / 10_000n);

/**
 * Never part of a sync batch: the last one to know writes. A wait that was told meanwhile, by whichever instance, stays.
 * @returns the access as it stands now
 */
export const writeAccess = async (
  tenantId: string,
  table: Table,
  access: Access,
  registration: RegistrationName = 'reader',
): Promise<Access> => {
  const change: Change = (found, nowMs) => (nowMs === undefined ? access : keepingWait(found, access, nowMs));
  return (await changeRow({ tenantId, table, registration }, change)).access;
};

/**
 * Tells all instances that nobody may call for so long; what else stands in the row stays. The wait is put as a moment of the storage's
 * clock, which they all share.
 * @param leftMs what is left of it when it is asked
 */
export const writeWait = async (
  tenantId: string,
  table: Table,
  leftMs: () => number,
  registration: RegistrationName = 'reader',
): Promise<void> => {
  const change: Change = (found, nowMs) =>
    nowMs === undefined ? found : heldOff(found, new Date(nowMs + leftMs()).toISOString());
  const row = { tenantId, table, registration };
  // The storage's time comes with a row: where there was none, there is now.
  if ((await changeRow(row, change)).wasMissing) await changeRow(row, change);
};

interface AccessRow {
  readonly tenantId: string;
  readonly table: Table;
  readonly registration: RegistrationName;
}

/** The same object: nothing is written. `nowMs` is the storage's time; undefined where there is no row yet. */
type Change = (found: Access, nowMs: number | undefined) => Access;

/** Each change is over in two operations, so whoever is overtaken that often has met something else. */
const mostTries = 10;

/** Changes the row as it stands, again where another instance was quicker. @throws ConflictError where it always is */
const changeRow = async (
  { tenantId, table, registration }: AccessRow,
  change: Change,
): Promise<{ readonly access: Access; readonly wasMissing: boolean }> => {
  for (let tries = 1; ; tries += 1) {
    const stored = await table.get(tenantId, accessRowKey(registration));
    const found = stored === undefined ? pendingAccess : toAccess(stored.row);
    const access = change(found, stored && readAtMs(stored));
    const wasMissing = stored === undefined;
    if (access === found && !wasMissing) return { access, wasMissing };
    const row: Row = { partitionKey: tenantId, rowKey: accessRowKey(registration), ...present({ ...access }) };
    try {
      await table.write(wasMissing ? { kind: 'insert', row } : { kind: 'replace', row, etag: stored.etag });
      return { access, wasMissing };
    } catch (error) {
      const isOvertaken = error instanceof ConflictError || error instanceof NotFoundError;
      if (!isOvertaken || tries >= mostTries) throw error;
    }
  }
};
