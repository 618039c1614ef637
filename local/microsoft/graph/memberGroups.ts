import { z } from 'zod';
import type { Answer, Request } from '../answer';
import { jsonAnswer } from '../answer';
import { jsonBody } from '../jsonBody';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { badRequest, ODataError } from './odataError';

export const groupPermissions = ['GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'];

const body = z.strictObject({ securityEnabledOnly: z.boolean() });
/** @see https://learn.microsoft.com/graph/api/directoryobject-getmembergroups */
const mostGroups = 2_046;

/** All groups of a user, those of groups included; all of them are security groups here.
 *  @throws ODataError 400 · 404 */
export function memberGroups(state: CloudState, request: Request, tenant: Tenant, userId: string): Answer {
  const parsed = body.safeParse(jsonBody(request));
  if (!parsed.success) throw badRequest(`The request body is incorrect: ${z.prettifyError(parsed.error)}`);
  const user = state.users.find(tenant, userId);
  if (user === undefined) {
    throw new ODataError(
      404,
      'Request_ResourceNotFound',
      `Resource '${userId}' does not exist or one of its queried reference-property objects are not present.`,
    );
  }
  if (user.groups.length > mostGroups) {
    throw new ODataError(
      400,
      'Directory_ResultSizeLimitExceeded',
      'The result size exceeds the number of groups that can be returned.',
    );
  }
  return jsonAnswer(200, {
    '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#Collection(Edm.String)',
    value: user.groups,
  });
}
