import { clouds } from '../clouds';
import type { AccessReason, CredentialReason } from '../errors';
import type { BackEnd, CloudName, CredentialKind } from '../model/tenant';

export interface Registration {
  readonly authority: string;
  readonly clientId: string;
  /** What it reads a tenant through, and where; default Graph in the public cloud. */
  readonly backend?: BackEnd;
  readonly cloud?: CloudName;
  /** How it proves itself; default a secret of ours. */
  readonly credential?: CredentialFacts;
}

export interface CredentialFacts {
  readonly kind: CredentialKind;
  /** In the vault; where it is the tenant's own the vault is that of tenants. */
  readonly name?: string;
  /** Brought by the tenant, put there through our API. */
  readonly isTenants?: boolean;
}

export type BlockReason = AccessReason | CredentialReason;

/** One sentence a person can act on, for each way a tenant's door can be shut. */
const cures: Readonly<Record<Exclude<AccessReason, 'roleMissing'>, string>> = {
  consentMissing: 'An administrator of this tenant has to open the consent link and accept.',
  licenceMissing:
    'This tenant has no active Microsoft Defender licence, or Defender was never set up: open security.microsoft.com once as its administrator.',
  tenantUnknown: 'Check the tenant id and its cloud: Entra knows no such tenant here.',
  conditionalAccess:
    'A Conditional Access policy of this tenant blocks the application: its administrator has to exclude it.',
  resourceMissing: 'This tenant lacks the service behind the permission: license and set up Microsoft Defender there.',
};

/** For each way a credential of ours can fail. */
const credentialCures: Readonly<Record<CredentialReason, (facts: CredentialFacts) => string>> = {
  credentialRejected: ({ kind, isTenants = false }) => {
    if (isTenants && kind === 'secret')
      return "Entra refuses the secret of the tenant's own application: put this tenant again with its current client secret value.";
    return rejected[kind];
  },
  credentialMissing: (facts) =>
    facts.isTenants === true && facts.kind === 'secret'
      ? 'The vault of tenants holds no usable secret of this tenant: put it again with its client secret value.'
      : `Key Vault holds no usable ${thing(facts)}: store it there, or enable or renew the one that is there.`,
  vaultDenied: (facts) =>
    `Key Vault refuses the ${thing(facts)} to the relay's managed identity: give it ${rights[facts.kind]} there, and see that the vault's network rules let the app in.`,
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

/** What must be granted for each back end. */
const permissions: Readonly<Record<BackEnd, string>> = {
  graph: 'SecurityIncident.Read.All',
  defender: 'Incident.Read.All of Microsoft Threat Protection',
};

const cureOf = (reason: BlockReason, { backend = 'graph', credential = { kind: 'secret' } }: Registration): string => {
  if (reason === 'roleMissing')
    return `An administrator of this tenant has to accept the consent link again: the permission ${permissions[backend]} is not granted.`;
  return isOurs(reason) ? credentialCures[reason](credential) : cures[reason];
};

const isOurs = (reason: BlockReason): reason is CredentialReason => Object.hasOwn(credentialCures, reason);

const linked = new Set<BlockReason>(['consentMissing', 'roleMissing']);

/** @see https://learn.microsoft.com/entra/identity-platform/v2-admin-consent */
const consentLink = (tenantId: string, registration: Registration): string => {
  const { authority, clientId, backend = 'graph', cloud = 'public' } = registration;
  const { graphScope, defenderScope } = clouds[cloud];
  const scope = backend === 'defender' && defenderScope !== null ? defenderScope : graphScope;
  return `${authority}/${tenantId}/v2.0/adminconsent?client_id=${clientId}&scope=${encodeURIComponent(scope)}`;
};

export const cureFor = (
  reason: BlockReason,
  tenantId: string,
  registration: Registration,
): { readonly cure: string; readonly link: string | null } => ({
  cure: cureOf(reason, registration),
  link: linked.has(reason) ? consentLink(tenantId, registration) : null,
});
