import { z } from 'zod';
import type { Request } from '../answer';
import { jsonBody } from '../jsonBody';
import type { CloudState } from '../state';
import { withoutUndefined } from '../withoutUndefined';
import type { Incident, Tenant } from '../world/incident';
import { classifications, determinations, statuses } from '../world/incident';
import { verdictChange } from '../world/verdictChange';
import { writerName } from '../writer';
import { badRequest } from './odataError';

const patchBody = z.strictObject({
  '@odata.type': z.literal(['#microsoft.graph.security.incident', 'microsoft.graph.security.incident']).optional(),
  status: z.enum(statuses).exclude(['redirected']).optional(),
  classification: z.enum(classifications).optional(),
  determination: z.enum(determinations).optional(),
  assignedTo: z.string().nullable().optional(),
  customTags: z.array(z.string()).optional(),
});

const commentBody = z.strictObject({
  '@odata.type': z.literal(['#microsoft.graph.security.alertComment', 'microsoft.graph.security.alertComment']),
  comment: z.string().min(1),
});

/** Changes what the body names of the five properties that are documented as writable.
 *  @throws ODataError 400 for any other property, member or pair, and for an incident that was merged
 *  @see https://learn.microsoft.com/graph/api/security-incident-update */
export function updateIncident(state: CloudState, request: Request, tenant: Tenant, incident: Incident): void {
  const { status, classification, determination, assignedTo, customTags } = read(patchBody, request);
  const given = withoutUndefined({ status, classification, determination, assignedTo, customTags });
  if (Object.keys(given).length === 0) throw badRequest('The request body names no property to update.');
  assertNotMerged(incident);
  const verdict = verdictChange(incident, given);
  if (verdict === undefined) throw badRequest('The determination is not valid for the classification of the incident.');
  const by = writerName(state, request, tenant);
  const what = { kind: 'write', tenantId: tenant.tenantId, incidentId: incident.id, by } as const;
  state.world.apply({ ...what, ...given, ...verdict });
}

/** @throws ODataError 400
 *  @see https://learn.microsoft.com/graph/api/security-incident-post-comments */
export function addComment(state: CloudState, request: Request, tenant: Tenant, incident: Incident): void {
  const { comment } = read(commentBody, request);
  assertNotMerged(incident);
  const by = writerName(state, request, tenant);
  state.world.apply({ kind: 'write', tenantId: tenant.tenantId, incidentId: incident.id, by, comment });
}

function assertNotMerged({ id, status }: Incident): void {
  if (status === 'redirected') throw badRequest(`Incident '${id}' was merged into another incident.`);
}

function read<T>(shape: z.ZodType<T>, request: Request): T {
  const parsed = shape.safeParse(jsonBody(request));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
  throw badRequest(
    issue?.code === 'unrecognized_keys'
      ? `The property '${name ?? ''}' does not exist on type 'microsoft.graph.security.incident' or cannot be written.`
      : `Invalid value specified for property '${name ?? ''}' of resource 'incident'.`,
  );
}
