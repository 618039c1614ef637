export interface PagerdutyNote {
  readonly id: string;
  readonly content: string;
  readonly userId: string;
  readonly created_at: string;
}

/** As PagerDuty keeps it. */
export interface PagerdutyIncident {
  readonly id: string;
  readonly number: number;
  readonly created_at: string;
  updated_at: string;
  title: string;
  status: string;
  urgency: string;
  priority: { readonly id: string } | null;
  /** Null of one that alerts made: they have the key. */
  readonly incident_key: string | null;
  readonly alerts: { readonly alert_key: string; readonly severity: string; readonly details: unknown }[];
  readonly details: unknown;
  readonly serviceId: string;
  assigneeId: string | null;
  lastAgentId: string | null;
  resolution: string | null;
  readonly notes: PagerdutyNote[];
  writes: number;
  /** How many looks at lists do not show it yet: events are worked on later. */
  hiddenFor: number;
}

export interface PagerdutyUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export const reference = (id: string, type: string, summary: string) => ({
  id,
  type: `${type}_reference`,
  summary,
  self: `https://api.pagerduty.com/${type}s/${id}`,
  html_url: `https://acme.pagerduty.com/${type}s/${id}`,
});

/** As the REST API shows it. */
export const shown = (incident: PagerdutyIncident, users: readonly PagerdutyUser[]): Record<string, unknown> => {
  const userRef = (id: string) => reference(id, 'user', users.find((user) => user.id === id)?.name ?? id);
  return {
    id: incident.id,
    type: 'incident',
    summary: `[#${incident.number}] ${incident.title}`,
    self: `https://api.pagerduty.com/incidents/${incident.id}`,
    html_url: `https://acme.pagerduty.com/incidents/${incident.id}`,
    incident_number: incident.number,
    title: incident.title,
    created_at: incident.created_at,
    updated_at: incident.updated_at,
    status: incident.status,
    incident_key: incident.incident_key,
    service: reference(incident.serviceId, 'service', 'Security'),
    // PagerDuty empties it when an incident is resolved.
    assignments:
      incident.assigneeId === null || incident.status === 'resolved'
        ? []
        : [{ at: incident.updated_at, assignee: userRef(incident.assigneeId) }],
    last_status_change_at: incident.updated_at,
    last_status_change_by:
      incident.lastAgentId === null
        ? reference(incident.serviceId, 'service', 'Security')
        : userRef(incident.lastAgentId),
    urgency: incident.urgency,
    priority: incident.priority === null ? null : reference(incident.priority.id, 'priority', 'P1'),
    resolve_reason: null,
    alert_counts: { all: incident.alerts.length, triggered: 0, resolved: 0 },
  };
};
