import type { Json, ObservedIncident } from '../../model/incident';
import type { IncidentUpdate, IncidentWriter, IncomingAnswer } from '../../ports';
import { contentOf } from '../answerContent';
import { patchTenant } from '../askTenant';
import { incidentPath } from '../incidentPath';
import { readOne } from '../incidentRows';
import { unwritable, withCheckedVerdict } from '../verdict';
import { firstTaken, writtenAnswer } from '../writeAnswer';
import { fromDefenderAnswer } from './defenderError';
import { fromDefenderIncident } from './fromDefenderIncident';
import type { DefenderSourceOptions } from './source';
import { defenderSource } from './source';

/** Determinations that the page on updates names otherwise than Graph does, each followed by the name of the page on incidents. */
const names: Readonly<Record<string, readonly [string, string]>> = {
  compromisedAccount: ['CompromisedAccount', 'CompromisedUser'],
  notMalicious: ['Clean', 'NotMalicious'],
  notEnoughDataToValidate: ['NoEnoughDataToValidate', 'InsufficientData'],
  confirmedActivity: ['ConfirmedActivity', 'ConfirmedUserActivity'],
};

const writableStatuses: readonly string[] = ['active', 'inProgress', 'resolved'];

/**
 * Changes to one tenant's incidents through the Defender API.
 * @see https://learn.microsoft.com/defender-xdr/api-update-incidents
 */
export const defenderWriter = (options: DefenderSourceOptions): IncidentWriter => {
  const { tenantId, portal, never, clock } = options;
  const source = defenderSource(options);
  const rows = { api: 'Defender', tenantId, idField: 'incidentId' } as const;
  const list = `${options.endpoint}/api/incidents`;
  const patch = async (incidentId: string, body: object): Promise<IncomingAnswer> => {
    const answer = await patchTenant(options, incidentPath(list, incidentId), body);
    return writtenAnswer(answer, { ...rows, incidentId, nowMs: clock.now(), refused: fromDefenderAnswer });
  };
  const incidentIn = (answer: IncomingAnswer, incidentId: string): ObservedIncident => {
    const { content, serverTime: asOf } = contentOf(answer, rows.api);
    const toIncident = (row: Json): ObservedIncident =>
      fromDefenderIncident(row, { tenantId, portal, never, complete: true, asOf });
    return readOne(content, incidentId, { ...rows, toIncident });
  };
  return {
    get: (incidentId) => source.get(incidentId),
    update: async (incidentId, change) => {
      const bodies = bodiesOf(withCheckedVerdict(change));
      return incidentIn(await firstTaken(bodies, (body) => patch(incidentId, body)), incidentId);
    },
    comment: async (incidentId, text) => {
      incidentIn(await patch(incidentId, { comment: text }), incidentId);
    },
  };
};

/**
 * The change as the API takes it, then under the determination's other name, then without it beside its classification.
 * @throws RequestError for what this API has no word for
 */
const bodiesOf = ({ status, classification, determination, assignedTo, customTags }: IncidentUpdate) => {
  if (status !== undefined && !writableStatuses.includes(status))
    throw unwritable('status', `must be one of ${writableStatuses.join(', ')} in the Defender API`);
  if (classification === 'unknown')
    throw unwritable('classification', 'cannot be taken away through the Defender API, only replaced by another');
  if (determination === 'unknown' && classification === undefined)
    throw unwritable('determination', 'cannot be taken away through the Defender API, only replaced by another');
  const rest = {
    ...(status === undefined ? {} : { status: inPascalCase(status) }),
    ...(classification === undefined ? {} : { classification: inPascalCase(classification) }),
    // An empty owner is none.
    ...(assignedTo === undefined ? {} : { assignedTo: assignedTo ?? '' }),
    ...(customTags === undefined ? {} : { tags: customTags }),
  };
  if (determination === undefined || determination === 'unknown') return [rest];
  const spellings = names[determination] ?? [inPascalCase(determination)];
  return [
    ...spellings.map((spelling) => ({ ...rest, determination: spelling })),
    ...(classification === undefined ? [] : [rest]),
  ];
};

const inPascalCase = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
