import type { Access } from '../model/access';
import type { RegistrationName } from '../model/registration';
import type { Table } from '../ports';
import { present, text } from './columns';

/** A row for each registration; the reading one has the row that was there first. */
const accessRowKey = (registration: RegistrationName): string =>
  registration === 'reader' ? 'access' : `access_${registration}`;

/** A tenant nobody has asked Defender about yet. */
const pending = (since: string): Access => ({
  state: 'pending',
  reason: null,
  code: null,
  raw: null,
  cure: null,
  link: null,
  since,
  blockedUntil: null,
});

const states: ReadonlySet<string> = new Set<Access['state']>(['pending', 'granted', 'partial', 'blocked']);
const isState = (value: string | null): value is Access['state'] => value !== null && states.has(value);

export const readAccess = async (
  tenantId: string,
  table: Table,
  registration: RegistrationName = 'reader',
): Promise<Access> => {
  const found = await table.get(tenantId, accessRowKey(registration));
  const since = found === undefined ? undefined : text(found.row, 'since');
  const state = found === undefined ? null : text(found.row, 'state');
  if (found === undefined || !isState(state)) return pending(since ?? '');
  const { row } = found;
  return {
    state,
    reason: text(row, 'reason'),
    code: text(row, 'code'),
    raw: text(row, 'raw'),
    cure: text(row, 'cure'),
    link: text(row, 'link'),
    since: since ?? '',
    blockedUntil: text(row, 'blockedUntil'),
  };
};

/** Never part of a sync batch: the last one to know writes. */
export const writeAccess = async (
  tenantId: string,
  table: Table,
  access: Access,
  registration: RegistrationName = 'reader',
): Promise<void> => {
  await table.write({
    kind: 'upsert',
    row: { partitionKey: tenantId, rowKey: accessRowKey(registration), ...present({ ...access }) },
  });
};
