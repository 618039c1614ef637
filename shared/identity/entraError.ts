import { AuthenticationError } from '@azure/identity';
import type { AccessReason } from '../errors';
import { AuthError, ConsentError, messageOf, UpstreamError } from '../errors';

/**
 * What a refused token request means. The OAuth `error` decides; the AADSTS number is kept for the reader only.
 * `refusal` is the body of Entra's answer, for where the SDK tells nothing of it (a tenant whose discovery is refused).
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export const fromEntra = (error: unknown, tenantId: string, refusal = ''): Error => {
  const message = `${messageOf(error)} ${refusal}`;
  const raw = /AADSTS\d+/.exec(message)?.[0] ?? '';
  const details = { tenantId, cause: error };
  const oauthError = oauthErrorOf(error, message);
  const reason = consentReasons[oauthError];
  if (reason !== undefined)
    return new ConsentError('Entra gives no token for this tenant', reason, raw || oauthError, details);
  if (ourFault.has(oauthError)) return new AuthError('Entra refuses our credential', raw || oauthError, details);
  return new UpstreamError('Entra does not answer as expected', details);
};

const consentReasons: Readonly<Record<string, AccessReason>> = {
  unauthorized_client: 'consentMissing',
  consent_required: 'consentMissing',
  invalid_grant: 'consentMissing',
  invalid_resource: 'resourceMissing',
  invalid_request: 'tenantUnknown',
  invalid_tenant: 'tenantUnknown',
  access_denied: 'conditionalAccess',
  interaction_required: 'conditionalAccess',
};

const ourFault = new Set(['invalid_client', 'invalid_scope', 'unsupported_grant_type']);

/** Named only so that a word of their description is not taken for the error. */
const passing = ['temporarily_unavailable', 'server_error', 'network_error'];

const known = [...Object.keys(consentReasons), ...ourFault, ...passing];
const oauthErrors = new RegExp(`(?<![a-z_])(${known.join('|')})(?![a-z_])`);

/**
 * The SDK gives the OAuth error as a field, or, out of MSAL, only inside the message (`invalid_client: … AADSTS7000215 …`), where it
 * stands before the description.
 */
const oauthErrorOf = (error: unknown, message: string): string => {
  if (error instanceof AuthenticationError) return error.errorResponse.error;
  return oauthErrors.exec(message)?.[1] ?? '';
};
