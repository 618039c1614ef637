import type { TextOptions } from '../graph/incidentText';
import { bareOf } from '../graph/incidentText';
import { createKeptTexts } from '../keptTexts';
import type { Incident, Tenant } from '../world/incident';
import { toDefenderAlert } from './alert';
import { memberOf } from './members';

export interface DefenderTexts {
  /** The incident as the Defender API sends it, alerts inside, as JSON. */
  incidentText(tenant: Tenant, incident: Incident): string;
}

export function createDefenderTexts(options: TextOptions = {}): DefenderTexts {
  const { withoutEvidence = false, maxCharacters } = options;
  const texts = createKeptTexts(maxCharacters);
  return {
    incidentText: (tenant, incident) =>
      texts.keep(`${tenant.index}/${incident.id}`, incident.revision, () =>
        JSON.stringify(toDefenderIncident(tenant, withoutEvidence ? bareOf(incident) : incident)),
      ),
  };
}

function toDefenderIncident(tenant: Tenant, incident: Incident): Record<string, unknown> {
  return {
    incidentId: incident.number,
    redirectIncidentId: incident.redirectIncidentId === null ? null : Number(incident.redirectIncidentId),
    incidentName: incident.displayName,
    createdTime: incident.createdDateTime,
    lastUpdateTime: incident.lastUpdateDateTime,
    assignedTo: incident.assignedTo,
    classification: memberOf('classification', incident.classification, incident),
    determination: memberOf('determination', incident.determination, incident),
    status: memberOf('status', incident.status, incident),
    severity: memberOf('severity', incident.severity, incident),
    tags: incident.customTags,
    comments: incident.comments.map(({ comment, createdByDisplayName, createdDateTime }) => ({
      comment,
      createdBy: createdByDisplayName,
      createdTime: createdDateTime,
    })),
    alerts: incident.alerts.map((alert) => toDefenderAlert(tenant, incident, alert)),
  };
}
