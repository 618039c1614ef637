import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { EntraError } from './entraError';
import type { Registration } from './registrations';
import type { SignIn } from './signIns';
import type { DefenderRole, User } from './users';

/** The user of this name in the tenant, or a partner's. @throws EntraError 50034 where nobody has it */
export function findUser(state: CloudState, name: string, tenant: Tenant | undefined): User {
  const trimmed = name.trim();
  const domain = trimmed.split('@')[1] ?? '';
  const home = state.world.findTenant(domain);
  const user = home === undefined ? undefined : state.users.find(home, trimmed);
  if (user !== undefined) return user;
  throw new EntraError(
    400,
    'invalid_grant',
    50034,
    `The user account ${trimmed} does not exist in the ${tenant?.domain ?? domain} directory. To sign into this application, the account must be added to the directory.`,
  );
}

/** Whether the user may have tokens in this tenant at all: an own one, or a partner's whom the customer lets in (GDAP).
 *  @throws EntraError 50020 · 50057 */
export function assertAdmitted(state: CloudState, user: User, tenant: Tenant, client: Registration): void {
  if (user.tenant !== tenant && state.partnerships.roleAt(tenant, user) === undefined) {
    throw new EntraError(
      400,
      'invalid_grant',
      50020,
      `User account '${user.userPrincipalName}' from identity provider 'https://sts.windows.net/${user.tenant.tenantId}/' does not exist in tenant '${tenant.displayName}' and cannot access the application '${client.clientId}'(${client.displayName}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.`,
    );
  }
  if (user.blocked) throw new EntraError(400, 'invalid_grant', 50057, 'The user account is disabled.');
}

/** In this tenant; null: Defender is closed to this user. */
export function defenderRoleIn(state: CloudState, user: User, tenant: Tenant): DefenderRole | null {
  if (user.tenant !== tenant) return state.partnerships.roleAt(tenant, user) ?? null;
  return user.administrator ? 'Security Operator' : user.defenderRole;
}

/** The number Conditional Access refuses with until the user has signed in with a second factor; undefined: it does not. */
export function mfaCode(state: CloudState, user: User, tenant: Tenant): 50076 | 50079 | undefined {
  const demands = [user.mfa, state.users.mfaOf(tenant.tenantId), state.users.mfaOf(user.tenant.tenantId)];
  if (demands.includes('toEnrol')) return 50079;
  return demands.includes('demanded') ? 50076 : undefined;
}

/** @throws EntraError interaction_required, with the claims a new sign-in must ask for */
export function assertMfa(state: CloudState, { user, mfa }: Pick<SignIn, 'user' | 'mfa'>, tenant: Tenant): void {
  const code = mfa ? undefined : mfaCode(state, user, tenant);
  if (code === undefined) return;
  const what =
    code === 50076 ? 'you must use multi-factor authentication' : 'you must enroll in multi-factor authentication';
  const policy = state.registrations.principalId('conditionalAccess', tenant.tenantId);
  throw new EntraError(
    400,
    'interaction_required',
    code,
    `Due to a configuration change made by your administrator, or because you moved to a new location, ${what} to access the resource.`,
    {
      suberror: 'basic_action',
      claims: JSON.stringify({ access_token: { capolids: { essential: true, values: [policy] } } }),
    },
  );
}

/** @throws EntraError invalid_grant where the user's sign-ins were ended after this one */
export function assertStillSignedIn({ user, at }: SignIn): void {
  if (user.signedOut === undefined || user.signedOut.at < at) return;
  if (user.signedOut.why === 'expired') throw expiredRefreshToken();
  throw new EntraError(
    400,
    'invalid_grant',
    50173,
    'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.',
    { suberror: 'bad_token' },
  );
}

export function expiredRefreshToken(): EntraError {
  return new EntraError(
    400,
    'invalid_grant',
    700082,
    'The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.',
    { suberror: 'bad_token' },
  );
}

/** What the application lacks can be had only by asking a person. */
export function consentRequired({ clientId, displayName }: Registration): EntraError {
  return new EntraError(
    400,
    'invalid_grant',
    65001,
    `The user or administrator has not consented to use the application with ID '${clientId}' named '${displayName}'. Send an interactive authorization request for this user and resource.`,
    { suberror: 'consent_required' },
  );
}
