import { toEntity } from '../defender/entity';
import { memberOf } from '../defender/members';
import { buildAlert } from '../world/alerts';
import type { AlertSeed, Incident, Tenant } from '../world/incident';
import { createRandom } from '../world/random';
import { scenarios } from '../world/scenarios';
import type { TenantIncidents } from '../world/tenantIncidents';
import type { Fields } from './machines';

/** A row before it is shown: cheap to order and to leave out. */
interface Place {
  incident: Incident;
  seed: AlertSeed;
}

/** Endpoint's own alerts of a tenant, newest first: the very ones its incidents show, without those of other products.
 *  @see https://learn.microsoft.com/defender-endpoint/api/alerts */
export function endpointAlerts(tenant: Tenant, { byCreation }: TenantIncidents, withEvidence: boolean): Fields[] {
  const places: Place[] = byCreation.flatMap((incident) =>
    incident.alerts.filter(isEndpoints).map((seed) => ({ incident, seed })),
  );
  places.sort((one, other) => (one.seed.createdTicks < other.seed.createdTicks ? 1 : -1));
  return places.map(({ incident, seed }) => toEndpointAlert(tenant, incident, seed, withEvidence));
}

function isEndpoints({ scenario }: AlertSeed): boolean {
  return scenarios[scenario]?.serviceSource === 'microsoftDefenderForEndpoint';
}

function toEndpointAlert(tenant: Tenant, incident: Incident, seed: AlertSeed, withEvidence: boolean): Fields {
  const alert = buildAlert(tenant, incident, seed, true);
  const random = createRandom(seed.seed ^ 0xe2d901);
  const evidence = Array.isArray(alert.evidence) ? (alert.evidence as Fields[]) : [];
  const device = evidence.find((item) => item['@odata.type'] === '#microsoft.graph.security.deviceEvidence');
  const user = evidence.find((item) => item['@odata.type'] === '#microsoft.graph.security.userEvidence');
  const account = user?.userAccount as Fields | undefined;
  const member = (kind: string, value: unknown): string | null =>
    typeof value === 'string' ? memberOf(kind, value, incident) : null;
  return {
    id: alert.id,
    incidentId: incident.number,
    investigationId: random.chance(0.3) ? random.int(1, 9_000) : null,
    assignedTo: alert.assignedTo,
    severity: member('severity', alert.severity),
    status: member('status', alert.status),
    classification: member('classification', alert.classification),
    determination: member('determination', alert.determination),
    investigationState: member('investigationState', alert.investigationState) ?? 'UnsupportedAlertType',
    detectionSource: member('detectionSource', alert.detectionSource),
    detectorId: alert.detectorId,
    category: alert.category,
    threatFamilyName: alert.threatFamilyName,
    threatName: alert.threatDisplayName,
    title: alert.title,
    description: alert.description,
    alertCreationTime: alert.createdDateTime,
    firstEventTime: alert.firstActivityDateTime,
    lastEventTime: alert.lastActivityDateTime,
    lastUpdateTime: alert.lastUpdateDateTime,
    resolvedTime: alert.resolvedDateTime,
    machineId: device?.mdeDeviceId ?? null,
    computerDnsName: device?.deviceDnsName ?? null,
    rbacGroupName: device?.rbacGroupName ?? null,
    aadTenantId: tenant.tenantId,
    mitreTechniques: alert.mitreTechniques,
    relatedUser: account === undefined ? null : { userName: account.accountName, domainName: account.domainName },
    comments: [],
    evidence: withEvidence ? evidence.filter((item) => item !== device).map(toEvidence) : [],
  };
}

/** Of the Defender API's flat entity, what this one has. */
const evidenceFields = [
  ...['entityType', 'sha1', 'sha256', 'fileName', 'filePath', 'processId', 'processCommandLine', 'processCreationTime'],
  ...['parentProcessId', 'parentProcessCreationTime', 'ipAddress', 'url', 'registryKey', 'registryHive'],
  ...['registryValueType', 'registryValue', 'accountName', 'domainName', 'userSid', 'aadUserId', 'userPrincipalName'],
];

function toEvidence(item: Fields): Fields {
  const entity = toEntity(item);
  return {
    ...Object.fromEntries(evidenceFields.map((name) => [name, entity[name] ?? null])),
    evidenceCreationTime: item.createdDateTime,
    detectionStatus: item.detectionStatus ?? null,
  };
}
