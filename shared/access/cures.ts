import type { AccessReason, CredentialReason } from '../errors';
import type { BackEnd, CloudName, CredentialKind } from '../model/tenant';
import { consentLink, conditionalAccessLink, credentialsLink, defenderPortalLink, enterpriseAppsLink } from './links';
import type { Api } from './permissions';
import { apiNames, apiOf, needs, permissionText } from './permissions';

export interface Registration {
  readonly authority: string;
  readonly clientId: string;
  /** What it reads a tenant through, and where; default Graph in the public cloud. */
  readonly backend?: BackEnd;
  readonly cloud?: CloudName;
  /** How it proves itself; default a secret of ours. */
  readonly credential?: CredentialFacts;
  /** Which API refused; default that of the back end. */
  readonly api?: Api;
  /** What is not granted, in words; default what incidents are read with. */
  readonly permission?: string;
}

export interface CredentialFacts {
  readonly kind: CredentialKind;
  /** In the vault; where it is the tenant's own the vault is that of tenants. */
  readonly name?: string;
  /** Brought by the tenant, put there through our API. */
  readonly isTenants?: boolean;
}

export type BlockReason = AccessReason | CredentialReason;

/** What a person can do, in one sentence, and where. */
export interface Cure {
  readonly cure: string;
  readonly link: string | null;
}

/** As told to someone about one tenant. */
interface Told extends Registration {
  readonly tenantId: string;
  readonly cloud: CloudName;
  readonly api: Api;
  readonly credential: CredentialFacts;
}

/**
 * What mends a shut door of a tenant. `raw` is what the other side said (`AADSTS7000222`): it sharpens the words and decides nothing.
 */
export const cureFor = (reason: BlockReason, tenantId: string, registration: Registration, raw = ''): Cure => {
  const { backend = 'graph', cloud = 'public', credential = { kind: 'secret' } } = registration;
  const told: Told = { ...registration, tenantId, cloud, credential, api: registration.api ?? apiOf(backend) };
  const cure = sharper.find((each) => each.reason === reason && each.raw.test(raw))?.cure ?? cures[reason];
  return { cure: cure(told), link: links[reason]?.(told, raw) ?? null };
};

const thing = ({ kind, name }: CredentialFacts): string =>
  `${kind === 'certificate' ? 'certificate' : 'secret'}${name === undefined ? '' : ` ${name}`}`;

const rejected: Readonly<Record<CredentialKind, string>> = {
  secret:
    "Entra refuses the relay's own credential: store the application's current client secret value in the vault, not the secret's id.",
  certificate:
    "Entra refuses the relay's certificate: upload the public half of the vault's current certificate to the application's registration.",
  federated:
    "Entra refuses the relay's managed identity: give the application's registration a federated credential with the home tenant as issuer, the identity's object id as subject and the exchange audience of its cloud.",
};

const rights: Readonly<Record<CredentialKind, string>> = {
  secret: 'the role Key Vault Secrets User',
  certificate: 'the roles Key Vault Crypto User and Key Vault Reader',
  federated: 'access',
};

const isTenantsSecret = ({ isTenants = false, kind }: CredentialFacts): boolean => isTenants && kind === 'secret';

const permissionOf = ({ api, permission }: Told): string =>
  permission ?? permissionText(api, 'application', needs[api].slice(0, 1));

/** One sentence a person can act on, for each way a tenant's door can be shut. */
const cures: Readonly<Record<BlockReason, (told: Told) => string>> = {
  consentMissing: () => 'An administrator of this tenant has to open the consent link and accept.',
  roleMissing: (told) =>
    `An administrator of this tenant has to accept the consent link again: the permission ${permissionOf(told)} is not granted.`,
  licenceMissing: () =>
    'This tenant has no active Microsoft Defender licence, or Defender was never set up: open security.microsoft.com once as its administrator.',
  tenantUnknown: () => 'Check the tenant id and its cloud: Entra knows no such tenant here.',
  conditionalAccess: () =>
    'A Conditional Access policy of this tenant blocks the application: its administrator has to exclude it.',
  resourceMissing: ({ api }) =>
    `This tenant lacks ${apiNames[api]}, the service behind the permission: license and set up Microsoft Defender there.`,
  notOffered: ({ api, cloud }) =>
    `Microsoft offers no ${apiNames[api]} in the cloud ${cloud}: put the tenant with the cloud it lives in, or with another back end.`,
  credentialRejected: ({ credential }) =>
    isTenantsSecret(credential)
      ? "Entra refuses the secret of the tenant's own application: put this tenant again with its current client secret value."
      : rejected[credential.kind],
  credentialMissing: ({ credential }) =>
    isTenantsSecret(credential)
      ? 'The vault of tenants holds no usable secret of this tenant: put it again with its client secret value.'
      : `Key Vault holds no usable ${thing(credential)}: store it there, or enable or renew the one that is there.`,
  vaultDenied: ({ credential }) =>
    `Key Vault refuses the ${thing(credential)} to the relay's managed identity: give it ${rights[credential.kind]} there, and see that the vault's network rules let the app in.`,
};

/** Where the other side's own words tell more than the reason does. @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const sharper: readonly {
  readonly reason: BlockReason;
  readonly raw: RegExp;
  readonly cure: (told: Told) => string;
}[] = [
  {
    reason: 'consentMissing',
    raw: /^AADSTS(?:7000112|70001)$/,
    cure: () =>
      'The application is switched off in this tenant: an administrator there has to enable it under Enterprise applications.',
  },
  {
    reason: 'consentMissing',
    raw: /^AADSTS50105$/,
    cure: () =>
      'The application is not assigned in this tenant: an administrator there has to assign it, or turn "Assignment required" off.',
  },
  {
    reason: 'consentMissing',
    raw: /^AADSTS650052$/,
    cure: () =>
      'This tenant lacks a service that the application asks for: license and set up Microsoft Defender there, then open the consent link again.',
  },
  {
    reason: 'tenantUnknown',
    raw: /^AADSTS(?:90038|900382|900432)$/,
    cure: () =>
      'This tenant lives in another national cloud: put it again with that cloud and a credential of its own.',
  },
  {
    reason: 'credentialRejected',
    raw: /^AADSTS7000222$/,
    cure: ({ credential }) =>
      isTenantsSecret(credential)
        ? "The secret of the tenant's own application has expired: make a new one there, and put this tenant again with its value."
        : "The client secret of the relay's application has expired: make a new one on its registration, and store its value in the vault.",
  },
  {
    reason: 'credentialMissing',
    raw: /^Disabled$/,
    cure: ({ credential }) =>
      `Key Vault holds the ${thing(credential)}, but disabled or outside its time: enable it there, or store a new version.`,
  },
  {
    reason: 'credentialMissing',
    raw: /^NotFound$/,
    cure: ({ credential }) =>
      isTenantsSecret(credential)
        ? 'The vault of tenants holds no secret of this tenant: put it again with its client secret value.'
        : `Key Vault has no ${thing(credential)}: store it there under this name.`,
  },
  {
    reason: 'credentialMissing',
    raw: /^empty$/,
    cure: ({ credential }) => `The ${thing(credential)} in Key Vault is empty: store a new version with its value.`,
  },
];

const links: Readonly<Partial<Record<BlockReason, (told: Told, raw: string) => string>>> = {
  consentMissing: (told, raw) =>
    /^AADSTS(?:7000112|70001|50105)$/.test(raw)
      ? enterpriseAppsLink(told.tenantId, told.cloud)
      : consentLink(told.tenantId, told),
  roleMissing: (told) => consentLink(told.tenantId, told),
  licenceMissing: ({ tenantId, cloud }) => defenderPortalLink(tenantId, cloud),
  resourceMissing: ({ tenantId, cloud }) => defenderPortalLink(tenantId, cloud),
  conditionalAccess: ({ tenantId, cloud }) => conditionalAccessLink(tenantId, cloud),
  credentialRejected: ({ clientId, cloud }) => credentialsLink(clientId, cloud),
};
