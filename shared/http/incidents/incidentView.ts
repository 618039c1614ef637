import type { TicketView } from '../../changes/ticketsOf';
import type { JournalEntry } from '../../model/conflict';
import type { JsonObject, StoredIncident } from '../../model/incident';
import type { Tenant } from '../../model/tenant';
import type { Time7 } from '../../model/time7';
import { latest } from '../../model/time7';

/** A row of an incident list as the API shows it; every key always there. */
export interface IncidentRowView {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly incidentId: string;
  readonly displayName: string | null;
  readonly status: string | null;
  readonly severity: string | null;
  readonly classification: string | null;
  readonly determination: string | null;
  readonly assignedTo: string | null;
  readonly createdDateTime: string | null;
  readonly lastUpdateDateTime: string;
  readonly redirectIncidentId: string | null;
  readonly alertsCount: number;
  readonly complete: boolean;
  readonly incidentWebUrl: string | null;
  /** The later of the time it was read and the time up to which its whole tenant is. */
  readonly asOf: string;
  /** Only of one that Defender does not know any more: since when. */
  readonly vanishedAt?: string;
  /** Of all its connections, oldest first in each. */
  readonly tickets: readonly TicketView[];
}

/** `readThrough` of the tenant, undefined before its first complete pass. */
export const incidentRowView = (
  incident: StoredIncident,
  tenant: Tenant,
  readThrough: Time7 | undefined,
  tickets: readonly TicketView[] = [],
): IncidentRowView => {
  const { header } = incident;
  return {
    tenantId: tenant.tenantId,
    tenantName: tenant.name,
    incidentId: header.incidentId,
    displayName: header.displayName,
    status: header.status,
    severity: header.severity,
    classification: header.classification,
    determination: header.determination,
    assignedTo: header.assignedTo,
    createdDateTime: header.createdDateTime,
    lastUpdateDateTime: header.lastUpdateDateTime,
    redirectIncidentId: header.redirectIncidentId,
    alertsCount: header.alertsCount,
    complete: incident.complete,
    incidentWebUrl: header.incidentWebUrl,
    asOf: latest(readThrough, incident.asOf),
    ...(incident.vanishedAt === undefined ? {} : { vanishedAt: incident.vanishedAt }),
    tickets,
  };
};

export interface IncidentView extends IncidentRowView {
  /** The whole, in Graph's shape and names, alerts inside. */
  readonly incident: JsonObject;
  readonly history: readonly never[];
  /** What was overruled or stopped between it and its tickets, and what waits for an Analyst; newest first, 200 at the most. */
  readonly conflicts: readonly ConflictView[];
}

/** An entry of the journal; whose incident it is stands above it. */
export type ConflictView = Omit<JournalEntry, 'tenantId' | 'incidentId' | 'change'> & {
  /** All that a proposal would change at once; null of others. */
  readonly change: NonNullable<JournalEntry['change']> | null;
};

export const conflictView = (entry: JournalEntry): ConflictView => {
  const { entryId, targetId, kind, at, field, value, holds, side, actor, because } = entry;
  const { change = null, state, decidedBy, decidedAt } = entry;
  return {
    ...{ entryId, targetId, kind, at, field, value, holds, side, actor, because },
    ...{ change, state, decidedBy, decidedAt },
  };
};

export const incidentView = (
  row: IncidentRowView,
  body: JsonObject,
  journal: readonly JournalEntry[] = [],
): IncidentView => ({
  ...row,
  incident: body,
  history: [],
  conflicts: journal.map(conflictView),
});
