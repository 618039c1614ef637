import type { Json } from '../../model/incident';
import { asList } from '../asList';
import { fromDefenderComment } from './fromDefenderComment';
import { fromDefenderDevice } from './fromDefenderDevice';
import { fromDefenderEntity } from './fromDefenderEntity';
import {
  alertStatus,
  classification,
  detectionSource,
  determination,
  graphMember,
  serviceSource,
  severity,
} from './graphMember';
import { idText } from './idText';
import type { Places } from './renamed';
import { isObject, renamed } from './renamed';

const places: Places = new Map(
  Object.entries({
    alertId: { name: 'id', value: idText },
    incidentId: { name: 'incidentId', value: idText },
    creationTime: { name: 'createdDateTime' },
    lastUpdatedTime: { name: 'lastUpdateDateTime' },
    resolvedTime: { name: 'resolvedDateTime' },
    firstActivity: { name: 'firstActivityDateTime' },
    lastActivity: { name: 'lastActivityDateTime' },
    status: { name: 'status', value: alertStatus },
    severity: { name: 'severity', value: severity },
    classification: { name: 'classification', value: classification },
    determination: { name: 'determination', value: determination },
    serviceSource: { name: 'serviceSource', value: serviceSource },
    detectionSource: { name: 'detectionSource', value: detectionSource },
    investigationState: { name: 'investigationState', value: graphMember },
    actorName: { name: 'actorDisplayName' },
    comments: { name: 'comments', value: (value) => asList(value).map(fromDefenderComment) },
    // Together they become evidence.
    devices: undefined,
    entities: undefined,
    evidence: undefined,
  }),
);

/** An alert in Graph's shape; its devices and entities are Graph's evidence, devices first. */
export const fromDefenderAlert = (raw: Json): Json => {
  if (!isObject(raw)) return raw;
  const { devices, entities, evidence } = raw;
  return {
    providerAlertId: idText(raw.alertId ?? null),
    ...renamed(raw, places),
    evidence: [
      ...withoutNull(devices).map(fromDefenderDevice),
      ...withoutNull(entities).map(fromDefenderEntity),
      ...withoutNull(evidence),
    ],
  };
};

const withoutNull = (value: Json | undefined): readonly Json[] => asList(value).filter((item) => item !== null);
