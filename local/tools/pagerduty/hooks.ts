import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { HookTarget } from '../fakeTool';
import type { PagerdutyIncident, PagerdutyNote, PagerdutyUser } from './incident';
import { reference } from './incident';

/** One V3 webhook: one event a delivery, signed once for each secret. @see https://developer.pagerduty.com/docs/verifying-signatures */
export const hook =
  (type: string, data: Readonly<Record<string, unknown>>, agent: PagerdutyUser | null, occurredAt: string) =>
  (target: HookTarget) => {
    const body = JSON.stringify({
      event: {
        id: randomBytes(13).toString('hex').toUpperCase(),
        event_type: `incident.${type}`,
        resource_type: 'incident',
        occurred_at: occurredAt,
        agent: agent === null ? null : reference(agent.id, 'user', agent.name),
        client: null,
        data,
      },
    });
    const mac = createHmac('sha256', target.secret).update(body).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'PagerDuty-Webhook/V3.0',
      'x-webhook-id': randomUUID(),
      'x-webhook-subscription': 'PFXD9QB',
      // While a secret is being turned there is one for each.
      'x-pagerduty-signature': `v1=${mac}`,
    };
    return { headers, body };
  };

export const incidentData = (
  incident: PagerdutyIncident,
  users: readonly PagerdutyUser[],
): Record<string, unknown> => ({
  id: incident.id,
  type: 'incident',
  self: `https://api.pagerduty.com/incidents/${incident.id}`,
  html_url: `https://acme.pagerduty.com/incidents/${incident.id}`,
  number: incident.number,
  status: incident.status,
  incident_key: incident.incident_key,
  created_at: incident.created_at,
  title: incident.title,
  service: reference(incident.serviceId, 'service', 'Security'),
  assignees:
    incident.assigneeId === null || incident.status === 'resolved'
      ? []
      : [reference(incident.assigneeId, 'user', users.find(({ id }) => id === incident.assigneeId)?.name ?? '')],
  escalation_policy: reference('PUS0KTE', 'escalation_policy', 'Default'),
  teams: [],
  priority: incident.priority === null ? null : reference(incident.priority.id, 'priority', 'P1'),
  urgency: incident.urgency,
  conference_bridge: null,
  resolve_reason: null,
});

export const noteData = (incident: PagerdutyIncident, note: PagerdutyNote): Record<string, unknown> => ({
  incident: reference(incident.id, 'incident', incident.title),
  id: note.id,
  type: 'incident_note',
  content: note.content,
  trimmed: false,
});
