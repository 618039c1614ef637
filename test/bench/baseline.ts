import type { Row } from '../../shared/ports';
import { packBody } from '../../shared/store/body';
import type { GraphIncident, PageAccess } from './pages';
import { graphPages } from './pages';

export interface BaselineOptions extends PageAccess {
  readonly tenantId: string;
  /** Stores one row. */
  readonly upsert: (row: Row) => Promise<unknown>;
}

/**
 * What a plain reader does: one page after the other by nextLink, one row after the other, each awaited. It packs bodies as the relay
 * does and shares its HTTP client and tokens, so what differs is the order of work.
 * @returns how many different incidents it stored
 */
export const readPlainly = async (options: BaselineOptions): Promise<number> => {
  const stored = new Set<string>();
  for await (const page of graphPages(options))
    for (const incident of page) {
      await options.upsert(toRow(options.tenantId, incident));
      stored.add(incident.id);
    }
  return stored.size;
};

const toRow = (tenantId: string, incident: GraphIncident): Row => {
  const { columns, blob } = packBody(incident, '');
  if (blob !== undefined) throw new Error(`incident ${incident.id} does not fit a row`);
  const { id, status, severity, displayName, lastUpdateDateTime, alerts } = incident;
  const header = { status, severity, displayName, lastUpdateDateTime, alertsCount: alerts.length };
  return { partitionKey: tenantId, rowKey: id, ...header, ...columns };
};
