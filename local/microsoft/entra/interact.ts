import type { Answer, Request } from '../answer';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { assertAdmitted, findUser, mfaCode } from './admission';
import { EntraError } from './entraError';
import { readForm } from './form';
import type { Interaction } from './interactions';
import { missingAccess } from './missingAccess';
import type { Access } from './permissions';
import { isForAdministrators } from './permissions';
import { accountPage, approvalPage, consentPage, errorPage, secondFactorPage } from './pages/signInPages';
import type { User } from './users';

/** Takes one press of a button on the pages of a sign-in and answers the next page, or sends the user back to the application. */
export function interact(state: CloudState, request: Request): Answer {
  const form = readForm(request);
  const interaction = state.interactions.find(form.get('context') ?? '');
  if (interaction === undefined)
    return errorPage('This page is too old, or was answered before. Begin the sign-in again.');
  const step = form.get('step') ?? '';
  const answer = form.get('answer') ?? '';
  if (step === 'account') return pickAccount(state, interaction, form.get('username') ?? '');
  if (step === 'cancel') return fail(state, interaction, declined());
  if (interaction.user === undefined) return firstPage(state, interaction);
  if (step === 'secondFactor') {
    if (answer !== 'accept') return fail(state, interaction, declined());
    interaction.mfa = true;
    return nextPage(state, interaction, interaction.user);
  }
  if (step === 'approval') {
    if (answer === 'return') return fail(state, interaction, needsAdministrator());
    interaction.user = undefined;
    return firstPage(state, interaction);
  }
  if (step === 'consent') {
    if (answer !== 'accept') return fail(state, interaction, declined());
    // The form is only a form: what the pages before it asked for is checked again.
    if (lacksFactor(state, interaction, interaction.user)) return nextPage(state, interaction, interaction.user);
    return accept(state, interaction, interaction.user, form.get('forAll') === 'yes');
  }
  return errorPage(`There is no step '${step}'.`);
}

export function firstPage(state: CloudState, interaction: Interaction, typed?: string, refusal?: string): Answer {
  const { client, tenant, loginHint, notice, context, purpose } = interaction;
  // Anyone may sign in where no tenant is named; the provider's own people are the likely ones.
  const offered = tenant ?? (purpose.kind === 'signIn' ? state.world.homeTenant : undefined);
  const users = offered === undefined ? [] : state.users.of(offered);
  return accountPage({ context, client, tenant, users, notice, refusal, typed: typed ?? loginHint ?? '' });
}

function pickAccount(state: CloudState, interaction: Interaction, username: string): Answer {
  try {
    const user = findUser(state, username, interaction.tenant);
    assertAdmitted(state, user, interaction.tenant ?? user.tenant, interaction.client);
    interaction.user = user;
    interaction.mfa = false;
    return nextPage(state, interaction, user);
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    // Whoever has the wrong account may pick another; the application hears nothing of it.
    return firstPage(state, interaction, username, `AADSTS${error.code}: ${error.message}`);
  }
}

/** What is still to be asked of a user who may be let in. */
function nextPage(state: CloudState, interaction: Interaction, user: User): Answer {
  const { client, purpose, context } = interaction;
  const tenant = interaction.tenant ?? user.tenant;
  if (lacksFactor(state, interaction, user))
    return secondFactorPage({ context, client, tenant, user, enrols: mfaCode(state, user, tenant) === 50079 });
  try {
    const access = accessToAsk(state, interaction, tenant, user);
    if (access.length === 0) return succeed(state, interaction, tenant, user);
    const forAll = purpose.kind === 'adminConsent';
    const isAdministrator = user.administrator && user.tenant === tenant;
    const needsOne = forAll || access.some(({ scopes }) => scopes.some(isForAdministrators));
    if (needsOne && !isAdministrator) return approvalPage({ context, client, tenant, user });
    return consentPage({ context, client, tenant, user, access, forAll });
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    return fail(state, interaction, error);
  }
}

function lacksFactor(state: CloudState, { mfa, stepUp, tenant }: Interaction, user: User): boolean {
  return !mfa && (stepUp || mfaCode(state, user, tenant ?? user.tenant) !== undefined);
}

/** @throws EntraError 650052 where the tenant lacks a service that is asked for */
function accessToAsk(state: CloudState, interaction: Interaction, tenant: Tenant, user: User): readonly Access[] {
  const { client, purpose } = interaction;
  const access =
    purpose.kind === 'adminConsent' ? purpose.access : missingAccess(state, { client, tenant, user, ...purpose });
  const absent = access.find(({ resource }) => !state.consents.hasResource(tenant, resource));
  if (absent === undefined) return access;
  const { clientId, displayName } = absent.resource;
  throw new EntraError(
    400,
    'invalid_client',
    650052,
    `The app is trying to access a service '${clientId}'(${displayName}) that your organization '${tenant.tenantId}' lacks a service principal for. Contact your IT Admin to review the configuration of your service subscriptions or consent to the application in order to create the required service principal.`,
  );
}

function accept(state: CloudState, interaction: Interaction, user: User, ticked: boolean): Answer {
  const { client, purpose } = interaction;
  const tenant = interaction.tenant ?? user.tenant;
  const isAdministrator = user.administrator && user.tenant === tenant;
  try {
    const access = accessToAsk(state, interaction, tenant, user);
    const needsOne = purpose.kind === 'adminConsent' || access.some(({ scopes }) => scopes.some(isForAdministrators));
    if (needsOne && !isAdministrator) return fail(state, interaction, needsAdministrator());
    if (purpose.kind === 'adminConsent') {
      state.consents.grant(tenant, client, access);
    } else {
      state.consents.grantToUser(tenant, client, user, access);
      if (ticked && isAdministrator)
        state.consents.grant(tenant, client, [...state.consents.of(tenant, client).access, ...access]);
    }
    return succeed(state, interaction, tenant, user);
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    return fail(state, interaction, error);
  }
}

function succeed(state: CloudState, interaction: Interaction, tenant: Tenant, user: User): Answer {
  state.interactions.end(interaction.context);
  return interaction.succeed({ signIn: state.signIns.begin(user, interaction.mfa), tenant });
}

function fail(state: CloudState, interaction: Interaction, refusal: EntraError): Answer {
  state.interactions.end(interaction.context);
  return interaction.fail(refusal, interaction.tenant ?? interaction.user?.tenant);
}

function declined(): EntraError {
  return new EntraError(400, 'access_denied', 65004, 'User declined to consent to access the app.');
}

function needsAdministrator(): EntraError {
  return new EntraError(400, 'access_denied', 90094, 'The grant requires admin permission.');
}
