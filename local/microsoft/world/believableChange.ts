import type { Change } from './changes';
import { verdictOf } from './generateIncidents';
import type { Incident, Tenant } from './incident';
import { personOf } from './people';
import type { Random } from './random';
import type { TenantIncidents } from './tenantIncidents';

const comments = [
  'Looking into it.',
  'User confirmed ✔',
  'Asked the site manager to call back.',
  'Device isolated, waiting for the scan.',
] as const;

/** The next thing an analyst or Defender might do in a tenant: mostly to what changed lately, new incidents included. */
export function believableChange(tenant: Tenant, incidents: TenantIncidents, random: Random): Change {
  const { tenantId } = tenant;
  const incident = recentOne(incidents, random);
  if (incident === undefined || random.chance(0.12)) {
    return { kind: 'create', tenantId, seed: random.int(0, 0xffffffff) };
  }
  const incidentId = incident.id;
  if (incident.status === 'resolved') {
    if (random.chance(0.3)) return { kind: 'reopen', tenantId, incidentId };
    return {
      kind: 'update',
      tenantId,
      incidentId,
      comment: random.pick(comments),
      author: personOf(tenant, random.int(0, 5)).displayName,
    };
  }
  const survivor = random.chance(0.03) ? recentOne(incidents, random) : undefined;
  if (survivor !== undefined && survivor !== incident) {
    return { kind: 'redirect', tenantId, incidentId, into: survivor.id };
  }
  if (random.chance(0.2)) return { kind: 'resolve', tenantId, incidentId, ...verdictOf(random) };
  return { kind: 'update', tenantId, incidentId, ...believableUpdate(tenant, incident, random) };
}

/** Any one update of a random incident that was not merged away; undefined where there is none. */
export function randomUpdate(tenant: Tenant, incidents: TenantIncidents, random: Random): Change | undefined {
  const { byCreation } = incidents;
  const start = random.int(0, Math.max(0, byCreation.length - 1));
  for (let step = 0; step < byCreation.length; step++) {
    const incident = byCreation[(start + step) % byCreation.length];
    if (incident === undefined || incident.status === 'redirected') continue;
    return {
      kind: 'update',
      tenantId: tenant.tenantId,
      incidentId: incident.id,
      ...believableUpdate(tenant, incident, random),
    };
  }
  return undefined;
}

type Update = Omit<Extract<Change, { kind: 'update' }>, 'kind' | 'tenantId' | 'incidentId'>;

function believableUpdate(tenant: Tenant, incident: Incident, random: Random): Update {
  const person = personOf(tenant, random.int(0, 5));
  const what = random.weighted([
    ['alert', 30],
    ['comment', 25],
    ['take', 25],
    ['severity', 10],
    ['tags', 10],
  ] as const);
  switch (what) {
    case 'alert':
      return { addAlerts: random.int(1, 2) };
    case 'comment':
      return { comment: random.pick(comments), author: person.displayName };
    case 'take':
      if (incident.status === 'resolved') return { assignedTo: person.userPrincipalName };
      return { assignedTo: person.userPrincipalName, status: 'inProgress' };
    case 'severity':
      return { severity: random.pick(['low', 'medium', 'high']) };
    case 'tags':
      return { customTags: [random.pick(['vip', 'p1', 'finance', 'follow-up'])] };
  }
}

/** One of the last fifty changed that was not merged away. */
function recentOne({ byLastUpdate }: TenantIncidents, random: Random): Incident | undefined {
  for (let attempt = 0; attempt < 8; attempt++) {
    const incident = byLastUpdate[byLastUpdate.length - 1 - random.int(0, Math.min(50, byLastUpdate.length) - 1)];
    if (incident !== undefined && incident.status !== 'redirected') return incident;
  }
  return undefined;
}
