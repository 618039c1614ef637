import type { Json } from '../../model/incident';
import { graphMember } from './graphMember';
import type { Places } from './renamed';
import { isObject, renamedWithoutNulls } from './renamed';

const places: Places = new Map(
  Object.entries({
    // The page's table says `deviceId`, its samples `mdatpDeviceId`.
    deviceId: { name: 'mdeDeviceId' },
    mdatpDeviceId: { name: 'mdeDeviceId' },
    aadDeviceId: { name: 'azureAdDeviceId' },
    firstSeen: { name: 'firstSeenDateTime' },
    healthStatus: { name: 'healthStatus', value: graphMember },
    riskScore: { name: 'riskScore', value: graphMember },
    defenderAvStatus: { name: 'defenderAvStatus', value: graphMember },
    onboardingStatus: { name: 'onboardingStatus', value: graphMember },
  }),
);

/** A device of an alert as Graph's `deviceEvidence`, without its nulls. */
export const fromDefenderDevice = (raw: Json): Json =>
  isObject(raw)
    ? { '@odata.type': '#microsoft.graph.security.deviceEvidence', ...renamedWithoutNulls(raw, places) }
    : raw;
