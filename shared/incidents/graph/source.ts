import { z } from 'zod';
import { ContractError, UpstreamError } from '../../errors';
import { loopTurn } from '../../loopTurn';
import type { Json, ObservedIncident } from '../../model/incident';
import type { ChangedQuery, Clock, IncidentPage, IncidentSource, IncomingAnswer } from '../../ports';
import { contentOf } from '../answerContent';
import type { TenantAccess } from '../askTenant';
import { askTenant } from '../askTenant';
import { incidentPath } from '../incidentPath';
import { toIncidentPage } from '../incidentPage';
import { readOne } from '../incidentRows';
import { isTooDeep, maxDepth } from '../isTooDeep';
import { observed } from '../observed';
import { odataFilter } from '../odataFilter';
import { fromGraphIncident } from './fromGraphIncident';
import { fromGraphAnswer } from './graphError';

export interface GraphSourceOptions extends TenantAccess {
  /** Where Graph is reached. */
  readonly endpoint: string;
  /** `contract.never` of the tenant. */
  readonly never: readonly string[];
  readonly clock: Clock;
}

/** Graph's largest page of incidents; above it answers 400. @see https://learn.microsoft.com/graph/api/security-list-incidents */
export const graphPageSize = 50;

/** One tenant's incidents through Graph's security API, alerts inside unless told otherwise. */
export const graphSource = (options: GraphSourceOptions): IncidentSource => {
  const { tenantId, never } = options;
  const rows = { api: 'Graph', tenantId, idField: 'id' } as const;
  const list = `${options.endpoint}/v1.0/security/incidents`;
  return {
    paging: 'keyset',
    pageSize: graphPageSize,
    alertsApart: true,
    listChanged: async (query): Promise<IncidentPage> => {
      const answer = judged(options, await ask(options, `${list}?${listParameters(query)}`));
      await loopTurn();
      const expanded = query.alerts !== false;
      return toIncidentPage(answer, query, {
        ...rows,
        pageSize: graphPageSize,
        toIncident: (row, asOf) => fromGraphIncident(row, { never, expanded, asOf }),
      });
    },
    get: async (incidentId, { alerts = true } = {}): Promise<ObservedIncident | undefined> => {
      const url = `${incidentPath(list, incidentId)}${alerts ? '?$expand=alerts' : ''}`;
      const answer = await ask(options, url);
      if (answer.status === 404) return undefined;
      const { content, serverTime: asOf, incomplete } = contentOf(judged(options, answer), rows.api);
      const expanded = alerts && incomplete === undefined;
      const toIncident = (row: Json): ObservedIncident => fromGraphIncident(row, { never, expanded, asOf });
      return readOne(content, incidentId, { ...rows, toIncident });
    },
    withAlerts: async (incident): Promise<ObservedIncident> => {
      const { incidentId } = incident.header;
      const answer = await ask(options, `${incidentPath(list, incidentId)}/alerts`);
      // The incident was there a moment ago; whether it is gone, the next look at it shows.
      if (answer.status === 404) throw new UpstreamError('Graph does not find the alerts', { tenantId, incidentId });
      const { alerts, isWhole } = alertsIn(judged(options, answer), incidentId);
      const reception = { backend: 'graph', never, complete: isWhole, asOf: incident.asOf } as const;
      return observed({ ...incident.body, alerts }, reception);
    },
  };
};

/**
 * Times unquoted, ascending by the time asked for: not promised in the docs, used in production by others (elastic/integrations#20348),
 * and checked by the reader.
 */
const listParameters = ({ from, to, by = 'updated', status, skip = 0, alerts = true }: ChangedQuery): string => {
  const time = by === 'created' ? 'createdDateTime' : 'lastUpdateDateTime';
  return [
    ...odataFilter({ time, from, to, status }),
    `$orderby=${time}%20asc`,
    `$top=${graphPageSize}`,
    ...(skip === 0 ? [] : [`$skip=${skip}`]),
    ...(alerts ? ['$expand=alerts'] : []),
  ].join('&');
};

/** Without the preference `awaitingAction` arrives as unknownFutureValue. */
const ask = (options: GraphSourceOptions, url: string): Promise<IncomingAnswer> =>
  askTenant(options, url, { prefer: 'include-unknown-enum-members' });

const judged = ({ tenantId, clock }: GraphSourceOptions, answer: IncomingAnswer): IncomingAnswer => {
  if (answer.status === 200 || answer.status === 206) return answer;
  throw fromGraphAnswer(answer, tenantId, clock.now());
};

const alertsShape = z.object({ value: z.array(z.unknown()), '@odata.nextLink': z.unknown().optional() });

const alertsIn = (answer: IncomingAnswer, incidentId: string): { alerts: Json; isWhole: boolean } => {
  const { content, incomplete } = contentOf(answer, 'Graph');
  const list = alertsShape.safeParse(content);
  if (!list.success) throw new ContractError('Graph answered something that is no list of alerts', { incidentId });
  const { value, '@odata.nextLink': nextLink } = list.data;
  if (isTooDeep(value)) throw new ContractError(`alerts are nested deeper than ${maxDepth}`, { incidentId });
  return { alerts: value as Json, isWhole: incomplete === undefined && (nextLink ?? null) === null };
};
