import type { IncidentHeader, JsonObject } from '../model/incident';
import { withoutPaths } from './withoutPaths';

/** An incident as its tenant's contract lets it be shown today: it may have become stricter since the incident was stored. */
export const underContract = (
  { header, body }: { readonly header: IncidentHeader; readonly body: JsonObject },
  never: readonly string[],
): { readonly header: IncidentHeader; readonly body: JsonObject } => ({
  header: withoutFields(header, new Set(never)),
  body: withoutPaths(body, never),
});

/** The id and the time of the last update cannot be withheld. */
const withoutFields = (header: IncidentHeader, withheld: ReadonlySet<string>): IncidentHeader => ({
  incidentId: header.incidentId,
  displayName: withheld.has('displayName') ? null : header.displayName,
  status: withheld.has('status') ? null : header.status,
  severity: withheld.has('severity') ? null : header.severity,
  classification: withheld.has('classification') ? null : header.classification,
  determination: withheld.has('determination') ? null : header.determination,
  assignedTo: withheld.has('assignedTo') ? null : header.assignedTo,
  createdDateTime: withheld.has('createdDateTime') ? null : header.createdDateTime,
  lastUpdateDateTime: header.lastUpdateDateTime,
  redirectIncidentId: withheld.has('redirectIncidentId') ? null : header.redirectIncidentId,
  incidentWebUrl: withheld.has('incidentWebUrl') ? null : header.incidentWebUrl,
  alertsCount: withheld.has('alerts') ? 0 : header.alertsCount,
});
