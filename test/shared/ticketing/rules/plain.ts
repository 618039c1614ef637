import type { Connection } from '../../../../shared/model/connection';
import type { IncidentHeader, JsonObject } from '../../../../shared/model/incident';
import { newLink } from '../../../../shared/model/link';
import type { Link } from '../../../../shared/model/link';
import type { TicketEvent } from '../../../../shared/model/ticket';
import { beginning, mustBeTime7 } from '../../../../shared/model/time7';
import type { DeliveryInput, IncidentState } from '../../../../shared/ticketing/rules/deliveryPlan';
import type { InboundInput } from '../../../../shared/ticketing/rules/inboundPlan';

export const tenantId = '11111111-1111-4111-8111-111111111111';

/** Everything crosses, both ways. */
export const plainConnection: Connection = {
  scope: tenantId,
  connectionId: 'desk',
  tool: 'jira',
  enabled: true,
  audience: 'customer',
  since: beginning,
  backlog: 'none',
  url: 'https://desk.example',
  inbound: { scheme: 'jira', closes: { upTo: 'high', else: 'propose' }, reopens: true, comments: 'all' },
  outbound: { events: ['created', 'updated', 'resolved', 'reopened', 'merged'], comments: 'all', as: 'internal' },
  filters: {},
  mapping: { assignees: { 'ana@contoso.example': 'u-ana', 'bo@contoso.example': 'u-bo' } },
  ownership: { status: 'latest', classification: 'latest', determination: 'latest', assignedTo: 'latest' },
  contract: { send: [] },
  settleSeconds: 0,
  excludeTenants: [],
  hookId: '0123456789abcdef0123456789abcdef',
  createdAt: '2026-11-01T00:00:00Z',
};

export const plainTenant = { tenantId, name: 'Contoso', groups: [], attributes: { customerNumber: 'C-42' } };

export const at = (minutes: number, seconds = 0): string =>
  new Date(Date.UTC(2026, 10, 20, 8, 0, 0) + minutes * 60_000 + seconds * 1_000).toISOString();

/** An incident last changed so many minutes after eight. */
export const incidentOf = (fields: Partial<IncidentHeader> = {}, minutes = 0, body: JsonObject = {}): IncidentState => {
  const header: IncidentHeader = {
    incidentId: '42',
    displayName: 'Suspicious sign-in',
    status: 'active',
    severity: 'low',
    classification: 'unknown',
    determination: 'unknown',
    assignedTo: null,
    createdDateTime: at(0),
    lastUpdateDateTime: at(minutes),
    redirectIncidentId: null,
    incidentWebUrl: 'https://security.microsoft.com/incident2/42/overview',
    alertsCount: 0,
    ...fields,
  };
  return { header, version: mustBeTime7(header.lastUpdateDateTime, 'x'), body: { id: '42', ...header, ...body } };
};

export const deliveryOf = (given: Partial<DeliveryInput> = {}): DeliveryInput => {
  const incident = given.incident ?? incidentOf();
  return {
    connection: plainConnection,
    tenant: plainTenant,
    incident,
    events: [{ type: 'updated', version: incident.version }],
    link: newLink(tenantId, 'desk', '42'),
    storm: null,
    now: at(1),
    ...given,
  };
};

/** A link whose ticket, `INC1`, was told of the incident by now. */
export const linkedTo = (incident: IncidentState, given: Partial<Link> = {}): Link => ({
  ...newLink(tenantId, 'desk', '42'),
  tickets: [
    { ticketId: 't1', number: 'INC1', url: null, generation: 1, state: 'open', createdAt: at(0), version: null },
  ],
  base: { status: incident.header.status, classification: null, determination: null, assignedTo: null },
  version: incident.version,
  ...given,
});

export const eventOf = (given: Partial<TicketEvent> = {}): TicketEvent => ({
  ticketId: 't1',
  kind: 'updated',
  actor: { id: 'u-cy', name: 'Cy Young' },
  occurredAt: at(10),
  version: null,
  ...given,
});

export const inboundOf = (given: Partial<InboundInput> = {}): InboundInput => {
  const live = given.live ?? incidentOf();
  return {
    connection: plainConnection,
    writeBack: true,
    link: linkedTo(live),
    event: eventOf(),
    live,
    ownAccount: 'u-relay',
    isWeak: false,
    now: at(11),
    ...given,
  };
};
