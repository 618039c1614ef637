import { conditionalAccessLink, defenderPortalLink, usersLink } from '../../shared/access/links';
import { messageOf } from '../../shared/errors';
import type { CloudName } from '../../shared/model/tenant';
import { Failure } from '../failure';

/** For whom a token was asked. */
export interface Asked {
  readonly tenantId: string;
  /** What a token was wanted for, in words. */
  readonly what: string;
  readonly cloud: CloudName;
  /** Where an administrator of the tenant consents. */
  readonly consentLink: string;
}

interface Known {
  readonly message: (asked: Asked) => string;
  readonly cure: (asked: Asked) => string;
  readonly link?: (asked: Asked) => string;
}

/** Signing in again mends these. */
const stale = new Set(['AADSTS50173', 'AADSTS70008', 'AADSTS700082', 'AADSTS70043', 'AADSTS70000']);

const consent: Known = {
  message: ({ what }) => `You may not use ${what} yet: nobody has consented.`,
  cure: ({ tenantId }) => `An administrator of tenant ${tenantId} has to open this link and accept.`,
  link: ({ consentLink }) => consentLink,
};
const noService: Known = {
  message: ({ tenantId, what }) => `Tenant ${tenantId} has no ${what}.`,
  cure: () =>
    'License Microsoft Defender there and open its portal once as an administrator: that makes the service behind the permission.',
  link: ({ tenantId, cloud }) => defenderPortalLink(tenantId, cloud),
};
const outsider: Known = {
  message: ({ tenantId }) => `This account does not belong to tenant ${tenantId}.`,
  cure: ({ tenantId }) =>
    `Sign in with an account of that tenant, or, as a partner, have an active GDAP relationship with it (xdr-relay token --context partner --as-user --tenant ${tenantId}).`,
};
const secondFactor: Known = {
  message: () => 'Entra asks for another proof of who you are.',
  cure: () => 'Sign in again and complete the second factor: xdr-relay login',
};
const policy: Known = {
  message: ({ tenantId }) => `A Conditional Access policy of tenant ${tenantId} refuses this sign-in.`,
  cure: () => 'Use a device and network the policy allows, or have its administrator exclude this application.',
  link: ({ tenantId, cloud }) => conditionalAccessLink(tenantId, cloud),
};

/**
 * Texts for people are chosen by the AADSTS number, because the OAuth error is `invalid_grant` for nearly all of them; nothing else
 * hangs on it.
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
const known: Readonly<Record<string, Known>> = {
  AADSTS50057: {
    message: () => 'This account is blocked.',
    cure: () => 'An administrator of its organisation has to allow it to sign in again.',
    link: ({ tenantId, cloud }) => usersLink(tenantId, cloud),
  },
  AADSTS50053: {
    message: () => 'This account is locked.',
    cure: () => 'Wait a while or have an administrator reset its password, then sign in again.',
  },
  AADSTS50034: {
    message: ({ tenantId }) => `Tenant ${tenantId} knows no such account.`,
    cure: () => 'Check the name, or sign in with an account of that tenant.',
  },
  AADSTS50020: outsider,
  AADSTS90072: outsider,
  AADSTS65001: consent,
  AADSTS90094: consent,
  AADSTS90095: consent,
  AADSTS65004: {
    message: () => 'The consent was declined.',
    cure: () => 'Sign in again and accept, or have an administrator accept for all.',
    link: ({ consentLink }) => consentLink,
  },
  AADSTS50105: {
    message: () => 'This account is not assigned to the application.',
    cure: () => 'Assign it to the enterprise application, or turn off the demand for assignment there.',
  },
  AADSTS700016: {
    message: ({ tenantId }) => `Tenant ${tenantId} does not know this application.`,
    cure: ({ tenantId }) => `An administrator of tenant ${tenantId} has to open this link and accept.`,
    link: ({ consentLink }) => consentLink,
  },
  AADSTS90002: {
    message: ({ tenantId }) => `Entra knows no tenant ${tenantId} here.`,
    cure: () => 'Check the tenant id, and that it belongs to this cloud.',
  },
  AADSTS500011: noService,
  AADSTS650052: noService,
  AADSTS50076: secondFactor,
  AADSTS50079: secondFactor,
  AADSTS50074: secondFactor,
  AADSTS50158: secondFactor,
  AADSTS53000: policy,
  AADSTS53001: policy,
  AADSTS53002: policy,
  AADSTS53003: policy,
  AADSTS7000218: {
    message: () => 'This registration is not a public client.',
    cure: () =>
      'Allow public client flows on it (Entra, App registrations, Authentication), or use the cli registration.',
  },
};

/** The number Entra names, `AADSTS50057`; undefined where it names none. */
export const entraCode = (error: unknown): string | undefined => /AADSTS\d+/.exec(messageOf(error))?.[0];

/** True where signing in again, by hand, is what helps. */
export const wantsPerson = (error: unknown): boolean => {
  const code = entraCode(error);
  if (code !== undefined && stale.has(code)) return true;
  const name = error instanceof Error ? error.name : '';
  return name === 'InteractionRequiredAuthError' && (code === undefined || !(code in known));
};

/** What MSAL threw, in words. */
export const signInFailure = (error: unknown, asked: Asked): Failure => {
  if (error instanceof Failure) return error;
  const code = entraCode(error);
  const found = code === undefined ? undefined : known[code];
  if (found !== undefined)
    return new Failure(found.message(asked), {
      code,
      cure: found.cure(asked),
      link: found.link?.(asked),
      cause: error,
    });
  if (code !== undefined && stale.has(code))
    return new Failure('The sign-in is over.', { code, cure: 'Sign in again: xdr-relay login', cause: error });
  return unnumbered(error, code);
};

const unnumbered = (error: unknown, code: string | undefined): Failure => {
  const oauth = oauthErrorOf(error);
  if (oauth === 'authorization_declined' || oauth === 'access_denied')
    return new Failure('The sign-in was declined.', { code: code ?? oauth, cure: 'Run the command again and accept.' });
  if (oauth === 'expired_token' || oauth === 'code_expired' || oauth === 'device_code_expired')
    return new Failure('The code was not used in time.', { code: code ?? oauth, cure: 'Run the command again.' });
  if (oauth === 'network_error' || oauth === 'endpoints_resolution_error' || oauth === 'openid_config_error')
    return new Failure('Entra does not answer.', {
      code: code ?? oauth,
      cure: 'Check the network and the authority of the profile; xdr-relay doctor looks further.',
      cause: error,
    });
  return new Failure('Entra refuses the sign-in.', {
    code: code ?? oauth,
    cure: 'Sign in again: xdr-relay login. If it stays, the code above says what Entra minds.',
    cause: error,
  });
};

/** Of a device code that came to nothing MSAL says so in its message alone: `post_request_failed: authorization_declined`. */
const oauthErrorOf = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'errorCode' in error ? String(error.errorCode) : undefined;
  return code === 'post_request_failed' ? (/: (\w+)/.exec(messageOf(error))?.[1] ?? code) : code;
};
