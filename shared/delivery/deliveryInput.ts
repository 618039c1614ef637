import type { FoundLink, Link } from '../model/link';
import { newLink } from '../model/link';
import type { Clock } from '../ports';
import type { DeliveryInput, IncidentState } from '../ticketing/rules/deliveryPlan';
import { keyOf } from '../ticketing/rules/keyOf';
import { planDelivery } from '../ticketing/rules/planDelivery';
import type { LaneFacts } from './laneFacts';

/** Where a redirected incident went, as `readSurvivor` found it. */
export type Survivor = { readonly incidentId: string; readonly found: FoundLink | undefined } | undefined;

/** What the rules are asked about a lane. */
export const deliveryInput = (
  clock: Clock,
  { lane, connection, tenant, events }: LaneFacts,
  incident: IncidentState,
  link: Link,
  survivor?: Survivor,
): DeliveryInput => ({
  connection,
  tenant,
  incident,
  events: events.map(({ event: { type, version } }) => ({ type, version })),
  link,
  ...(survivor === undefined
    ? {}
    : {
        survivor: {
          incidentId: survivor.incidentId,
          link: survivor.found?.link ?? newLink(lane.tenantId, lane.targetId, survivor.incidentId),
        },
      }),
  storm: null,
  now: isoNow(clock),
  isBacklog: events.every(({ event }) => event.version < connection.since),
});

export const isoNow = (clock: Clock): string => new Date(clock.now()).toISOString();

/** Whether it wants the incident's first ticket, now or once it has settled. */
export const wantsFirstTicket = (input: DeliveryInput): boolean => {
  const { connection, tenant, incident, link } = input;
  if (link.tickets.length > 0) return false;
  const plan = planDelivery({ ...input, connection: { ...connection, settleSeconds: 0 } });
  return plan.do === 'create' && plan.content.key === keyOf(tenant.tenantId, incident.header.incidentId);
};
