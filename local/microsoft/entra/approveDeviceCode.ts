import type { CloudState } from '../state';
import { assertAdmitted, consentRequired, findUser, mfaCode } from './admission';
import { wantedOf } from './authorizeEndpoint';
import { missingAccess } from './missingAccess';

/** A user types the code and signs in, as on the pages; consent has to be there already. `mfa`: shows a second factor where it is demanded.
 *  @throws EntraError as the pages would refuse · RangeError for a code that nobody waits for */
export function approveDeviceCode(
  state: CloudState,
  userCode: string,
  userPrincipalName: string,
  { mfa = true }: { mfa?: boolean } = {},
): void {
  const device = state.deviceCodes.byUserCode(userCode);
  if (device === undefined) throw new RangeError(`nobody waits for ${userCode}`);
  const user = findUser(state, userPrincipalName, device.tenant);
  const tenant = device.tenant ?? user.tenant;
  const { client, asked } = device;
  assertAdmitted(state, user, tenant, client);
  const missing = missingAccess(state, { client, tenant, user, wanted: wantedOf(asked), ask: false });
  if (missing.length > 0) throw consentRequired(client);
  const withFactor = mfa && mfaCode(state, user, tenant) !== undefined;
  device.state = { signIn: state.signIns.begin(user, withFactor), tenant };
}
