import { buildAlert } from '../world/alerts';
import type { Incident, Tenant } from '../world/incident';
import { createRandom } from '../world/random';
import { createKeptTexts } from '../keptTexts';

export interface View {
  expandAlerts: boolean;
  /** The caller asked for enum members newer than `unknownFutureValue`. */
  showFutureMembers: boolean;
}

export interface IncidentTexts {
  /** The incident as Graph sends it, as JSON. */
  incidentText(tenant: Tenant, incident: Incident, view: View): string;
  /** Its alerts, as a JSON array. */
  alertsText(tenant: Tenant, incident: Incident, showFutureMembers: boolean): string;
}

export interface TextOptions {
  withoutEvidence?: boolean;
  /** How much text is kept, about. */
  maxCharacters?: number;
}

export function createIncidentTexts(options: TextOptions = {}): IncidentTexts {
  const { withoutEvidence = false, maxCharacters } = options;
  const texts = createKeptTexts(maxCharacters);
  const shown = (incident: Incident): Incident => (withoutEvidence ? bareOf(incident) : incident);
  return {
    incidentText: (tenant, incident, view) =>
      texts.keep(
        `${tenant.index}/${incident.id}/${view.expandAlerts}/${view.showFutureMembers}`,
        incident.revision,
        () => JSON.stringify(toGraphIncident(tenant, shown(incident), view)),
      ),
    alertsText: (tenant, incident, showFutureMembers) =>
      JSON.stringify(alertsOf(tenant, shown(incident), showFutureMembers)),
  };
}

/** The incident with alerts that hold no evidence. */
export function bareOf(incident: Incident): Incident {
  return { ...incident, alerts: incident.alerts.map((alert) => ({ ...alert, evidence: 0 })) };
}

function toGraphIncident(tenant: Tenant, incident: Incident, view: View): Record<string, unknown> {
  const { showFutureMembers } = view;
  // What Graph leaves out, it leaves out of an incident for good: the seed decides, not the moment.
  const random = createRandom(incident.seed ^ 0x0ddba11);
  const isNewMember = incident.status === 'awaitingAction' && !showFutureMembers;
  const hidden = incident.severity === 'critical' && !showFutureMembers;
  return {
    id: incident.id,
    tenantId: tenant.tenantId,
    status: isNewMember ? 'unknownFutureValue' : incident.status,
    incidentWebUrl: `https://security.microsoft.com/incident2/${incident.id}/overview?tid=${tenant.tenantId}`,
    redirectIncidentId: incident.redirectIncidentId,
    displayName: incident.displayName,
    createdDateTime: incident.createdDateTime,
    lastUpdateDateTime: incident.lastUpdateDateTime,
    ...unsetOrNot('assignedTo', incident.assignedTo, random.int(0, 19)),
    classification: incident.classification,
    determination: incident.determination,
    severity: hidden ? 'unknownFutureValue' : incident.severity,
    customTags: incident.customTags,
    ...(random.chance(0.9) ? { systemTags: incident.systemTags } : {}),
    ...unsetOrNot(
      'description',
      random.chance(0.5) ? 'This incident is tagged with techniques seen in your sector.' : null,
      random.int(0, 9),
    ),
    lastModifiedBy: incident.lastWriter ?? incident.assignedTo ?? 'Microsoft 365 Defender-AlertCorrelation',
    resolvingComment: incident.resolvingComment,
    ...(random.chance(0.7) ? { summary: null } : {}),
    comments: incident.comments,
    ...(view.expandAlerts ? { alerts: alertsOf(tenant, incident, showFutureMembers) } : {}),
  };
}

/** "None" is spelled null, as a missing key or as an empty text. */
function unsetOrNot(name: string, value: string | null, spelling: number): Record<string, string | null> {
  if (value !== null) return { [name]: value };
  if (spelling === 0) return {};
  if (spelling === 1) return { [name]: '' };
  return { [name]: null };
}

function alertsOf(tenant: Tenant, incident: Incident, showFutureMembers: boolean): Record<string, unknown>[] {
  return incident.alerts.map((alert) => buildAlert(tenant, incident, alert, showFutureMembers));
}
