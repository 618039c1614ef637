import type { Answer } from '../../answer';
import type { CloudState } from '../../state';
import { TICKS_PER_SECOND } from '../../world/time7';
import { assertStillSignedIn } from '../admission';
import { authenticateUserFlow } from '../clientAuthentication';
import { issueDelegated, whoSignedIn } from '../delegatedTokens';
import type { DeviceRequest } from '../deviceCodes';
import { EntraError } from '../entraError';
import { graphResource } from '../resources';
import type { TokenCall } from '../tokenCall';
import { oneResource, userFlowClient } from '../tokenCall';

/** What the device hears while it waits, and its tokens in the end.
 *  @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code · RFC 8628, 3.5 */
export function deviceCode({ state, tenant: asked, form, credentials }: TokenCall): Promise<Answer> {
  const client = userFlowClient(state, credentials.clientId, asked);
  const credential = authenticateUserFlow(state, client, asked ?? state.world.homeTenant, credentials);
  const request = state.deviceCodes.byDeviceCode(form.required('device_code'));
  if (request?.client !== client || request.tenant !== asked)
    throw refused('bad_verification_code', 70018, "The provided value for the 'device_code' parameter is not valid.");
  const signedIn = whoApproved(state, request);
  assertStillSignedIn(signedIn.signIn);
  request.state = 'redeemed';
  const wanted = oneResource(request.asked, undefined, whoSignedIn(graphResource));
  return issueDelegated(state, { ...signedIn, client, credential, asked: request.asked, wanted });
}

function whoApproved(state: CloudState, request: DeviceRequest): Exclude<DeviceRequest['state'], string> {
  const now = state.world.clock();
  if (request.state === 'redeemed')
    throw refused('invalid_grant', 54005, 'OAuth2 Authorization code was already redeemed.');
  if (request.until <= now)
    throw refused('expired_token', 70020, 'The provided device_code has expired. Begin the sign-in again.');
  if (request.state === 'declined')
    throw refused('authorization_declined', 65004, 'User declined to consent to access the app.');
  const isHasty = isTooSoon(request, now);
  request.lastPoll = now;
  if (request.state !== 'pending') return request.state;
  if (isHasty)
    throw refused('slow_down', 70016, `The device asks more often than every ${request.intervalSeconds} seconds.`);
  throw refused(
    'authorization_pending',
    70016,
    'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
  );
}

/** A fifth of the interval is let pass, for timers that are early. */
function isTooSoon({ lastPoll, intervalSeconds }: DeviceRequest, now: bigint): boolean {
  const least = (BigInt(intervalSeconds) * TICKS_PER_SECOND * 4n) / 5n;
  return lastPoll !== undefined && now - lastPoll < least;
}

function refused(error: string, code: number, message: string): EntraError {
  return new EntraError(400, error, code, message);
}
