import type { JsonObject } from '../model/incident';
import type { OutboxEvent } from '../model/outbox';

/** One event in CloudEvents' structured mode: a JSON object, serialised once and signed as it stands. @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  /** What it is about within `source`. */
  readonly subject?: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: JsonObject;
}

/**
 * What became of an incident, with the incident as it was in that version (of `merged`: the absorbed one). `time` is when Defender last
 * updated it, so that a retry, a replay and a rebuild say the very same.
 */
export const toCloudEvent = (
  { eventId, tenantId, incidentId, type, version }: OutboxEvent,
  incident: JsonObject,
): CloudEvent => ({
  specversion: '1.0',
  id: eventId,
  source: `/tenants/${tenantId}`,
  subject: incidentId,
  type: `xdr-relay.incident.${type}`,
  time: version,
  datacontenttype: 'application/json',
  data: incident,
});
