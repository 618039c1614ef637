import type { AccessReason } from '../errors';

export type BlockReason = AccessReason | 'credentialRejected';

/** One sentence a person can act on, for each way a tenant's door can be shut. */
const cures: Readonly<Record<BlockReason, string>> = {
  consentMissing: 'An administrator of this tenant has to open the consent link and accept.',
  roleMissing:
    'An administrator of this tenant has to accept the consent link again: the permission SecurityIncident.Read.All is not granted.',
  licenceMissing:
    'This tenant has no active Microsoft Defender licence, or Defender was never set up: open security.microsoft.com once as its administrator.',
  tenantUnknown: 'Check the tenant id and its cloud: Entra knows no such tenant here.',
  conditionalAccess:
    'A Conditional Access policy of this tenant blocks the application: its administrator has to exclude it.',
  resourceMissing: 'This tenant lacks the service behind the permission: license and set up Microsoft Defender there.',
  credentialRejected:
    "Entra or Key Vault refuses the relay's own credential: store the application's current client secret value in the vault.",
};

const linked = new Set<BlockReason>(['consentMissing', 'roleMissing']);

/** @see https://learn.microsoft.com/entra/identity-platform/v2-admin-consent */
const consentLink = (authority: string, tenantId: string, clientId: string): string =>
  `${authority}/${tenantId}/v2.0/adminconsent?client_id=${clientId}&scope=${encodeURIComponent('https://graph.microsoft.com/.default')}`;

export const cureFor = (
  reason: BlockReason,
  tenantId: string,
  registration: { readonly authority: string; readonly clientId: string },
): { readonly cure: string; readonly link: string | null } => ({
  cure: cures[reason],
  link: linked.has(reason) ? consentLink(registration.authority, tenantId, registration.clientId) : null,
});
