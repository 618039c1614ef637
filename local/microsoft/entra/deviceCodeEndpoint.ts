import type { Answer, Request } from '../answer';
import { jsonAnswer, pathOf } from '../answer';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { wantedOf } from './authorizeEndpoint';
import { deviceCodeLifeSeconds } from './deviceCodes';
import { readForm } from './form';
import { firstPage } from './interact';
import { deviceDonePage, deviceRefusedPage, userCodePage } from './pages/deviceCodePages';
import { parseScopes } from './scopes';
import { userFlowClient } from './tokenCall';

/** Begins the sign-in of a device that has no browser of its own.
 *  @throws EntraError
 *  @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code */
export function beginDeviceCode(state: CloudState, request: Request, tenant: Tenant | undefined): Answer {
  const form = readForm(request);
  const client = userFlowClient(state, form.required('client_id'), tenant);
  const asked = parseScopes(state, form.required('scope'), client.displayName);
  const intervalSeconds = state.behaviour.settings.deviceCodeIntervalSeconds;
  const { userCode, deviceCode } = state.deviceCodes.begin({ client, tenant, asked, intervalSeconds });
  const verificationUri = `${state.urls.entra}/common/oauth2/deviceauth`;
  return jsonAnswer(200, {
    user_code: userCode,
    device_code: deviceCode,
    verification_uri: verificationUri,
    expires_in: deviceCodeLifeSeconds,
    interval: intervalSeconds,
    message: `To sign in, use a web browser to open the page ${verificationUri} and enter the code ${userCode} to authenticate.`,
  });
}

/** The page where the user types the code, and what follows once it is right. */
export function deviceAuth(state: CloudState, request: Request): Answer {
  if (request.method !== 'POST') return userCodePage(pathOf(request).query.get('otc') ?? '');
  const typed = readForm(request).get('otc') ?? '';
  const device = state.deviceCodes.byUserCode(typed);
  if (device === undefined)
    return userCodePage(typed, 'That code didn’t work. Check the code and try again, or begin anew on your device.');
  const { client, tenant, asked } = device;
  const interaction = state.interactions.begin({
    client,
    tenant,
    purpose: { kind: 'signIn', wanted: wantedOf(asked), ask: false },
    loginHint: undefined,
    stepUp: false,
    notice: `You’re signing in to ${client.displayName} on another device or in a terminal. If it’s not you, close this page.`,
    succeed: (done) => {
      // Somebody may have answered on another page meanwhile.
      if (device.state === 'pending') device.state = done;
      return deviceDonePage(client.displayName);
    },
    fail: ({ code, message }) => {
      if (device.state === 'pending') device.state = 'declined';
      return deviceRefusedPage(client.displayName, `AADSTS${code}: ${message}`);
    },
  });
  return firstPage(state, interaction);
}
