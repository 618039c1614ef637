import type { QuarantineEntry, QuarantineStage } from '../model/quarantine';
import { toTime7 } from '../model/time7';
import type { Row, Table } from '../ports';
import { count, present, shown, text } from './columns';
import { quarantineRowKey, quarantineRows } from './keys';

/** Incidents of a tenant that could not be taken in whole. */
export const readQuarantine = async (tenantId: string, table: Table): Promise<readonly QuarantineEntry[]> => {
  const entries: QuarantineEntry[] = [];
  for await (const page of table.pages({ partition: tenantId, ...quarantineRows }))
    entries.push(...page.map(({ row }) => fromRow(row)));
  return entries;
};

export const toQuarantineRow = (tenantId: string, entry: QuarantineEntry): Row => ({
  partitionKey: tenantId,
  rowKey: quarantineRowKey(entry.incidentId),
  ...present({ ...entry, incidentId: shown(entry.incidentId), reason: shown(entry.reason) }),
});

const fromRow = (row: Row): QuarantineEntry => ({
  incidentId: text(row, 'incidentId') ?? '',
  version: toTime7(row.version),
  stage: (text(row, 'stage') ?? 'whole') as QuarantineStage,
  reason: text(row, 'reason') ?? '',
  attempts: count(row, 'attempts'),
  nextTry: text(row, 'nextTry') ?? '',
  since: text(row, 'since') ?? '',
});
