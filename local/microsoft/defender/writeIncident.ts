import { z } from 'zod';
import type { Request } from '../answer';
import { ODataError } from '../graph/odataError';
import { jsonBody } from '../jsonBody';
import type { CloudState } from '../state';
import { withoutUndefined } from '../withoutUndefined';
import type { Classification, Determination, Incident, Tenant } from '../world/incident';
import { verdictChange } from '../world/verdictChange';
import type { WritableStatus } from '../world/changes';
import { writerName } from '../writer';

const statuses: Readonly<Record<string, WritableStatus>> = {
  Active: 'active',
  InProgress: 'inProgress',
  Resolved: 'resolved',
};
/** What is unknown is no member here: it cannot be written. */
const classifications: Readonly<Record<string, Classification>> = {
  TruePositive: 'truePositive',
  InformationalExpectedActivity: 'informationalExpectedActivity',
  FalsePositive: 'falsePositive',
};
const determinations: Readonly<Record<string, Determination>> = {
  MultiStagedAttack: 'multiStagedAttack',
  MaliciousUserActivity: 'maliciousUserActivity',
  Malware: 'malware',
  Phishing: 'phishing',
  UnwantedSoftware: 'unwantedSoftware',
  Other: 'other',
  SecurityTesting: 'securityTesting',
  LineOfBusinessApplication: 'lineOfBusinessApplication',
};
/** Microsoft's two pages name these four differently; a cloud takes one page's names. */
const disputed: Readonly<Record<'update' | 'resource', Readonly<Record<string, Determination>>>> = {
  update: {
    CompromisedAccount: 'compromisedAccount',
    ConfirmedActivity: 'confirmedActivity',
    Clean: 'notMalicious',
    NoEnoughDataToValidate: 'notEnoughDataToValidate',
  },
  resource: {
    CompromisedUser: 'compromisedAccount',
    ConfirmedUserActivity: 'confirmedActivity',
    NotMalicious: 'notMalicious',
    InsufficientData: 'notEnoughDataToValidate',
  },
};

const body = z.strictObject({
  status: z.string().optional(),
  assignedTo: z.string().optional(),
  classification: z.string().optional(),
  determination: z.string().optional(),
  tags: z.array(z.string()).optional(),
  comment: z.string().min(1).optional(),
});

/** Changes what the body names; an empty owner is none, tags are replaced, the comment joins the others.
 *  @throws ODataError 400 for any other parameter, member or pair, and for an incident that was merged
 *  @see https://learn.microsoft.com/defender-xdr/api-update-incidents */
export function updateIncident(state: CloudState, request: Request, tenant: Tenant, incident: Incident): void {
  const parsed = body.safeParse(jsonBody(request));
  if (!parsed.success) throw refused('InvalidRequestBody', 'The request body is incorrect.');
  const { status, assignedTo, classification, determination, tags, comment } = parsed.data;
  if (Object.keys(parsed.data).length === 0) throw refused('MissingRequiredParameter', 'No parameter to update.');
  if (incident.status === 'redirected') throw refused('InvalidInput', `Incident ${incident.id} was merged.`);
  const named = { ...determinations, ...disputed[state.behaviour.settings.determinationNames] };
  const verdict = verdictChange(
    incident,
    withoutUndefined({
      classification: memberOf('classification', classifications, classification),
      determination: memberOf('determination', named, determination),
    }),
  );
  if (verdict === undefined) throw refused('InvalidInput', 'Determination is not valid for the classification.');
  state.world.apply({
    kind: 'write',
    tenantId: tenant.tenantId,
    incidentId: incident.id,
    by: writerName(state, request, tenant),
    ...withoutUndefined({ status: memberOf('status', statuses, status), customTags: tags, comment }),
    ...(assignedTo === undefined ? {} : { assignedTo: assignedTo === '' ? null : assignedTo }),
    ...verdict,
  });
}

function memberOf<T>(name: string, members: Readonly<Record<string, T>>, value: string | undefined): T | undefined {
  if (value === undefined) return undefined;
  const member = Object.hasOwn(members, value) ? members[value] : undefined;
  if (member === undefined) throw refused('InvalidInput', `Invalid input ${name} '${value}'.`);
  return member;
}

function refused(code: string, message: string): ODataError {
  return new ODataError(400, code, message);
}
