import { loopTurn } from '../../loopTurn';
import type { Json, ObservedIncident } from '../../model/incident';
import type { ChangedQuery, Clock, IncidentPage, IncidentSource, IncomingAnswer } from '../../ports';
import { contentOf } from '../answerContent';
import type { TenantAccess } from '../askTenant';
import { askTenant } from '../askTenant';
import { incidentPath } from '../incidentPath';
import { toIncidentPage } from '../incidentPage';
import { readOne } from '../incidentRows';
import { odataFilter } from '../odataFilter';
import { fromDefenderAnswer } from './defenderError';
import { fromDefenderIncident } from './fromDefenderIncident';

export interface DefenderSourceOptions extends TenantAccess {
  /** Where the Defender API is reached. */
  readonly endpoint: string;
  /** Defender's own web pages, for links. */
  readonly portal: string;
  /** `contract.never` of the tenant. */
  readonly never: readonly string[];
  readonly clock: Clock;
}

/** The largest page; above it 400. @see https://learn.microsoft.com/defender-xdr/api-list-incidents */
export const defenderPageSize = 100;

/** One tenant's incidents through the Defender API (Microsoft Threat Protection), in Graph's shape. Alerts are always inside. */
export const defenderSource = (options: DefenderSourceOptions): IncidentSource => {
  const { tenantId, portal, never } = options;
  const rows = { api: 'Defender', tenantId, idField: 'incidentId' } as const;
  const list = `${options.endpoint}/api/incidents`;
  return {
    paging: 'slices',
    pageSize: defenderPageSize,
    alertsApart: false,
    listChanged: async (query): Promise<IncidentPage> => {
      const answer = judged(options, await askTenant(options, `${list}?${listParameters(query)}`));
      await loopTurn();
      return toIncidentPage(answer, query, {
        ...rows,
        pageSize: defenderPageSize,
        toIncident: (row, asOf) => fromDefenderIncident(row, { tenantId, portal, never, complete: true, asOf }),
      });
    },
    get: async (incidentId): Promise<ObservedIncident | undefined> => {
      const answer = await askTenant(options, incidentPath(list, incidentId));
      if (answer.status === 404) return undefined;
      const { content, serverTime: asOf, incomplete } = contentOf(judged(options, answer), rows.api);
      const complete = incomplete === undefined;
      const toIncident = (row: Json): ObservedIncident =>
        fromDefenderIncident(row, { tenantId, portal, never, complete, asOf });
      return readOne(content, incidentId, { ...rows, toIncident });
    },
    withAlerts: (incident) => Promise.resolve(incident),
  };
};

/** Only `$filter`, `$top` and `$skip` are understood; the order cannot be asked for. */
const listParameters = ({ from, to, by = 'updated', status, skip = 0 }: ChangedQuery): string => {
  const time = by === 'created' ? 'createdTime' : 'lastUpdateTime';
  return [
    ...odataFilter({ time, from, to, status: status && inPascalCase(status) }),
    `$top=${defenderPageSize}`,
    ...(skip === 0 ? [] : [`$skip=${skip}`]),
  ].join('&');
};

/** `inProgress` is `InProgress` here. */
const inPascalCase = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

const judged = ({ tenantId, clock }: DefenderSourceOptions, answer: IncomingAnswer): IncomingAnswer => {
  if (answer.status === 200 || answer.status === 206) return answer;
  throw fromDefenderAnswer(answer, tenantId, clock.now());
};
