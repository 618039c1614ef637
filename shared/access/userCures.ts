import type { CloudName } from '../model/tenant';
import { consentLink, defenderPortalLink, usersLink } from './links';
import type { Cure } from './cures';
import type { Api } from './permissions';
import { needs, permissionText } from './permissions';

/** Why a person gets no further, where the app might. */
export type UserReason =
  | 'delegatedConsentMissing'
  | 'delegatedPermissionMissing'
  | 'userBlocked'
  | 'userUnknown'
  | 'signInNeeded'
  | 'conditionalAccess'
  | 'defenderRoleMissing';

export interface PersonAsking {
  /** Entra's address, without a final slash. */
  readonly authority: string;
  /** Of our API's registration, in whose name tokens are asked. */
  readonly clientId: string;
  readonly cloud: CloudName;
  readonly api: Api;
  /** What is not granted, in words. */
  readonly missing?: string | undefined;
}

/** What mends a shut door for one person, in one sentence, and where. */
export const userCureFor = (reason: UserReason, tenantId: string, asking: PersonAsking): Cure => {
  const { cloud, api, missing } = asking;
  const permission = missing ?? permissionText(api, 'delegated', needs[api].slice(0, 1));
  const consent = consentLink(tenantId, asking);
  const cures: Readonly<Record<UserReason, Cure>> = {
    delegatedConsentMissing: {
      cure: `An administrator of this tenant has to consent to the delegated permission ${permission} for the relay's API.`,
      link: consent,
    },
    delegatedPermissionMissing: {
      cure: `Add the delegated permission ${permission} to the registration of the relay's API, and have an administrator accept the consent link again.`,
      link: consent,
    },
    userBlocked: {
      cure: 'This account is blocked: an administrator of its organisation has to allow it to sign in again.',
      link: usersLink(tenantId, cloud),
    },
    userUnknown: {
      cure: 'This account is not one of this tenant: sign in with an account of it, or have its administrator invite this one.',
      link: null,
    },
    signInNeeded: {
      cure: 'The organisation wants a further proof of who you are: sign in to the relay again, and then check once more.',
      link: null,
    },
    conditionalAccess: {
      cure: 'A Conditional Access policy of this tenant refuses this person here: its administrator has to allow this application or device.',
      link: null,
    },
    defenderRoleMissing: {
      cure: 'This person has no role in Defender: an administrator has to give them Security Reader in Entra, or a Defender role that may view security data.',
      link: defenderPortalLink(tenantId, cloud),
    },
  };
  return cures[reason];
};
