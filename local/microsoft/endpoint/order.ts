import type { Request } from '../answer';
import { badRequest, ODataError } from '../graph/odataError';
import { jsonBody } from '../jsonBody';
import type { Fields } from './machines';

export interface ActionOrder {
  comment: string;
  scope: string | null;
}

const isolationTypes = ['Full', 'Selective', 'UnManagedDevice'];
/** Which machines can be cut off, by kind of isolation. */
const platforms: Readonly<Record<string, readonly string[]>> = {
  Full: ['Windows11', 'Windows10', 'WindowsServer2022', 'Ubuntu'],
  Selective: ['Windows11', 'Windows10'],
};

/** The body of an isolation or release; its names are compared letter by letter.
 *  @throws ODataError 400
 *  @see https://learn.microsoft.com/defender-endpoint/api/isolate-machine · unisolate-machine · common-errors */
export function parseOrder(request: Request, verb: 'isolate' | 'unisolate', machine: Fields): ActionOrder {
  const body = jsonBody(request);
  const known = verb === 'isolate' ? ['Comment', 'IsolationType'] : ['Comment'];
  const { Comment: comment, IsolationType: type = 'Full' } = body;
  if (comment === undefined || comment === '')
    throw new ODataError(400, 'MissingRequiredParameter', 'Parameter Comment is missing.');
  const foreign = Object.keys(body).find((name) => !known.includes(name));
  if (foreign !== undefined || typeof comment !== 'string')
    throw new ODataError(400, 'InvalidRequestBody', 'The request body is incorrect.');
  if (verb === 'unisolate') return { comment, scope: null };
  if (typeof type !== 'string' || !isolationTypes.includes(type))
    throw new ODataError(400, 'InvalidInput', `Invalid input IsolationType '${String(type)}'.`);
  if (type === 'UnManagedDevice') throw badRequest('The device is onboarded and cannot be contained.');
  const platform = String(machine.osPlatform);
  if (platforms[type]?.includes(platform) !== true)
    throw new ODataError(400, 'OsPlatformNotSupported', `OS Platform ${platform} isn't supported for this action.`);
  return { comment, scope: type };
}
