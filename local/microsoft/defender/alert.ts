import { buildAlert } from '../world/alerts';
import type { AlertSeed, Incident, Tenant } from '../world/incident';
import { createRandom } from '../world/random';
import { toDevice } from './device';
import { toEntity } from './entity';
import { memberOf } from './members';

type Fields = Readonly<Record<string, unknown>>;

/** One alert in the Defender API's shape: the very alert Graph shows, told in the other's fields.
 *  @see https://learn.microsoft.com/defender-xdr/api-list-incidents */
export function toDefenderAlert(tenant: Tenant, incident: Incident, seed: AlertSeed): Fields {
  const alert = buildAlert(tenant, incident, seed, true);
  const random = createRandom(seed.seed ^ 0xdefe4de);
  const evidence = Array.isArray(alert.evidence) ? (alert.evidence as Fields[]) : [];
  const isDevice = (item: Fields): boolean => item['@odata.type'] === '#microsoft.graph.security.deviceEvidence';
  const member = (kind: string, value: unknown): string | null =>
    typeof value === 'string' ? memberOf(kind, value, incident) : null;
  return {
    alertId: alert.id,
    incidentId: incident.number,
    serviceSource: member('serviceSource', alert.serviceSource),
    creationTime: alert.createdDateTime,
    lastUpdatedTime: alert.lastUpdateDateTime,
    resolvedTime: alert.resolvedDateTime,
    firstActivity: alert.firstActivityDateTime,
    lastActivity: alert.lastActivityDateTime,
    title: alert.title,
    description: alert.description,
    category: alert.category,
    status: member('status', alert.status),
    severity: member('severity', alert.severity),
    investigationId: random.chance(0.3) ? random.int(1, 9_000) : null,
    investigationState: member('investigationState', alert.investigationState) ?? 'UnsupportedAlertType',
    classification: member('classification', alert.classification),
    determination: member('determination', alert.determination),
    detectionSource: member('detectionSource', alert.detectionSource),
    detectorId: alert.detectorId,
    assignedTo: alert.assignedTo,
    actorName: alert.actorDisplayName,
    threatFamilyName: alert.threatFamilyName,
    mitreTechniques: alert.mitreTechniques,
    devices: onceEach(evidence.filter(isDevice).map(toDevice)),
    entities: evidence.filter((item) => !isDevice(item)).map(toEntity),
  };
}

function onceEach(devices: readonly Fields[]): Fields[] {
  return [...new Map(devices.map((device) => [device.mdatpDeviceId, device])).values()];
}
