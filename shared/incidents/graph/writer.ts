import { z } from 'zod';
import { ContractError } from '../../errors';
import type { Json, ObservedIncident } from '../../model/incident';
import type { IncidentUpdate, IncidentWriter, IncomingAnswer } from '../../ports';
import { contentOf } from '../answerContent';
import { patchTenant, postTenant } from '../askTenant';
import { incidentPath } from '../incidentPath';
import { readOne } from '../incidentRows';
import { withCheckedVerdict } from '../verdict';
import { firstTaken, writtenAnswer } from '../writeAnswer';
import { fromGraphIncident } from './fromGraphIncident';
import { fromGraphAnswer } from './graphError';
import type { GraphSourceOptions } from './source';
import { graphSource } from './source';

/** The other of the two names that Graph's pages have for a determination. @see https://learn.microsoft.com/graph/api/resources/security-incident */
const otherNames: Readonly<Record<string, string>> = {
  compromisedAccount: 'compromisedUser',
  notMalicious: 'clean',
  notEnoughDataToValidate: 'insufficientData',
  confirmedActivity: 'confirmedUserActivity',
};

const commentsShape = z.object({ value: z.array(z.unknown()) });

/**
 * Changes to one tenant's incidents through Graph's security API. Incidents come back without their alerts.
 * @see https://learn.microsoft.com/graph/api/security-incident-update · https://learn.microsoft.com/graph/api/security-incident-post-comments
 */
export const graphWriter = (options: GraphSourceOptions): IncidentWriter => {
  const { tenantId, never, clock } = options;
  const source = graphSource(options);
  const rows = { api: 'Graph', tenantId, idField: 'id' } as const;
  const list = `${options.endpoint}/v1.0/security/incidents`;
  const written = (answer: IncomingAnswer, incidentId: string): IncomingAnswer =>
    writtenAnswer(answer, { ...rows, incidentId, nowMs: clock.now(), refused: fromGraphAnswer });
  return {
    get: (incidentId) => source.get(incidentId, { alerts: false }),
    update: async (incidentId, change): Promise<ObservedIncident> => {
      const url = incidentPath(list, incidentId);
      const answer = await firstTaken(bodiesOf(withCheckedVerdict(change)), async (body) =>
        written(await patchTenant(options, url, body, { prefer: 'include-unknown-enum-members' }), incidentId),
      );
      const { content, serverTime: asOf } = contentOf(answer, rows.api);
      const toIncident = (row: Json): ObservedIncident => fromGraphIncident(row, { never, expanded: false, asOf });
      return readOne(content, incidentId, { ...rows, toIncident });
    },
    comment: async (incidentId, text) => {
      const body = { '@odata.type': 'microsoft.graph.security.alertComment', comment: text };
      const answer = await postTenant(options, `${incidentPath(list, incidentId)}/comments`, body);
      const { content } = contentOf(written(answer, incidentId), rows.api);
      if (!commentsShape.safeParse(content).success)
        throw new ContractError('Graph answered something that is no list of comments', { tenantId, incidentId });
    },
  };
};

/** The change as Graph takes it, then under the determination's other name, then without it beside its classification. */
const bodiesOf = ({ status, classification, determination, assignedTo, customTags }: IncidentUpdate) => {
  const rest = {
    ...(status === undefined ? {} : { status }),
    ...(classification === undefined ? {} : { classification }),
    ...(assignedTo === undefined ? {} : { assignedTo }),
    ...(customTags === undefined ? {} : { customTags }),
  };
  if (determination === undefined) return [rest];
  const other = otherNames[determination];
  return [
    { ...rest, determination },
    ...(other === undefined ? [] : [{ ...rest, determination: other }]),
    ...(classification === undefined ? [] : [rest]),
  ];
};
