import { emptyCursor } from '../../shared/model/cursor';
import { openStorage } from '../../shared/store/openStorage';
import { readState, toStateRow } from '../../shared/store/tenantState';
import { sideBySide } from './sideBySide';

/** Resets the cursors of tenants and keeps their rows: the next run reads everything again and finds it unchanged. */
export const rewind = async (connectionString: string, tenantIds: readonly string[]): Promise<void> => {
  const { incidents } = openStorage({ kind: 'connectionString', connectionString });
  await sideBySide(tenantIds, async (tenantId) => {
    const { state, etag } = await readState(tenantId, incidents);
    if (etag === undefined) throw new Error(`tenant ${tenantId} was never read`);
    const row = toStateRow(tenantId, { ...state, cursor: emptyCursor });
    await incidents.write({ kind: 'replace', row, etag });
  });
};
