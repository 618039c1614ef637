import type { JsonObject } from '../../model/incident';
import { mustBeTime7 } from '../../model/time7';
import type { IncidentState } from '../rules/deliveryPlan';

/** Of no tenant: where a connection serves all of them. */
export const testTenant = {
  tenantId: '00000000-0000-4000-8000-000000000000',
  name: 'xdr-relay connection test',
  groups: [],
  attributes: {},
} as const;

/** An incident that never was, with something in every field that templates show first. @param now ISO 8601 UTC */
export const testIncident = (now: string): IncidentState => {
  const shown = {
    displayName: 'Connection test of xdr-relay, please ignore',
    status: 'active',
    severity: 'informational',
    classification: 'unknown',
    determination: 'unknown',
    assignedTo: null,
    createdDateTime: now,
    lastUpdateDateTime: now,
    redirectIncidentId: null,
    incidentWebUrl: null,
  };
  const header = { incidentId: '0', ...shown, alertsCount: 1 };
  const body: JsonObject = {
    id: header.incidentId,
    ...shown,
    description: 'Nothing happened: an administrator of xdr-relay tests a connection.',
    customTags: ['xdr-relay-test'],
    comments: [],
    alerts: [
      {
        id: 'test',
        title: 'Connection test of xdr-relay',
        severity: 'informational',
        status: 'new',
        serviceSource: 'xdr-relay',
        createdDateTime: now,
        evidence: [],
      },
    ],
  };
  return { header, body, version: mustBeTime7(now, 'now') };
};
