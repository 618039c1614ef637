import { ContractError } from '../../errors';
import type { Json, JsonObject, ObservedIncident } from '../../model/incident';
import type { Time7 } from '../../model/time7';
import { asList } from '../asList';
import { observed } from '../observed';
import { withoutContext } from '../withoutContext';
import { fromDefenderAlert } from './fromDefenderAlert';
import { fromDefenderComment } from './fromDefenderComment';
import { classification, determination, incidentStatus, severity } from './graphMember';
import { idText } from './idText';
import type { Places } from './renamed';
import { isObject, renamed } from './renamed';

export interface Reception {
  readonly tenantId: string;
  /** Defender's own web pages, for links. */
  readonly portal: string;
  /** `contract.never` of the tenant, of Graph's shape. */
  readonly never: readonly string[];
  readonly complete: boolean;
  readonly asOf: Time7;
}

const places: Places = new Map(
  Object.entries({
    incidentId: { name: 'id', value: idText },
    redirectIncidentId: { name: 'redirectIncidentId', value: idText },
    incidentName: { name: 'displayName' },
    createdTime: { name: 'createdDateTime' },
    lastUpdateTime: { name: 'lastUpdateDateTime' },
    status: { name: 'status', value: incidentStatus },
    severity: { name: 'severity', value: severity },
    classification: { name: 'classification', value: classification },
    determination: { name: 'determination', value: determination },
    comments: { name: 'comments', value: (value) => asList(value).map(fromDefenderComment) },
  }),
);

/**
 * One incident of the Defender API in Graph's shape and names; what nobody knows keeps its own. What a contract withholds is named in
 * Graph's shape too, so that one contract holds on both back ends.
 * @throws ContractError where id or last update cannot be read
 * @see https://learn.microsoft.com/defender-xdr/api-list-incidents · https://learn.microsoft.com/graph/api/resources/security-incident
 */
export const fromDefenderIncident = (raw: Json, reception: Reception): ObservedIncident => {
  if (!isObject(raw)) throw new ContractError('an incident is no object');
  const { tenantId, portal, ...rest } = reception;
  const { tags, customTags, alerts, ...fields } = withoutContext(raw);
  const incident: JsonObject = {
    ...renamed(fields, places),
    tenantId,
    customTags: [...new Set([...asList(tags), ...asList(customTags)])],
    alerts: asList(alerts).map(fromDefenderAlert),
  };
  return observed(
    { ...incident, incidentWebUrl: webUrl(portal, incident.id, tenantId) },
    { ...rest, backend: 'defender' },
  );
};

/** As Graph gives it. */
const webUrl = (portal: string, id: Json | undefined, tenantId: string): Json =>
  typeof id === 'string' ? `${portal}/incident2/${encodeURIComponent(id)}/overview?tid=${tenantId}` : null;
