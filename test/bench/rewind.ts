import { emptyCursor } from '../../shared/model/cursor';
import type { TenantState } from '../../shared/model/tenantState';
import { noCalls } from '../../shared/model/tenantState';
import type { Time7 } from '../../shared/model/time7';
import { openStorage } from '../../shared/store/openStorage';
import { readState, toStateRow } from '../../shared/store/tenantState';
import { sideBySide } from './sideBySide';

const longAgo = '2000-01-01T00:00:00.0000000Z' as Time7;

/**
 * Resets the cursors of tenants and keeps their rows: the next run reads everything again, row by row, and finds it unchanged. The calls
 * made so far are forgotten, as they are after an hour.
 */
export const resetCursors = (connectionString: string, tenantIds: readonly string[]): Promise<void> =>
  changeStates(connectionString, tenantIds, (state) => ({ ...state, cursor: emptyCursor, calls: noCalls }));

/** Sets the cursors back before all incidents: as at a busy hour, the next run's overlap shows again what the last one stored. */
export const rewindCursors = (connectionString: string, tenantIds: readonly string[]): Promise<void> =>
  changeStates(connectionString, tenantIds, (state) => ({
    ...state,
    cursor: { ...state.cursor, readThrough: longAgo },
  }));

const changeStates = async (
  connectionString: string,
  tenantIds: readonly string[],
  changed: (state: TenantState) => TenantState,
): Promise<void> => {
  const { incidents } = openStorage({ kind: 'connectionString', connectionString });
  await sideBySide(tenantIds, async (tenantId) => {
    const { state, etag } = await readState(tenantId, incidents);
    if (etag === undefined) throw new Error(`tenant ${tenantId} was never read`);
    await incidents.write({ kind: 'replace', row: toStateRow(tenantId, changed(state)), etag });
  });
};
