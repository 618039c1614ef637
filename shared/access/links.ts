import { clouds } from '../clouds';
import type { CloudName } from '../model/tenant';
import type { Api } from './permissions';

export interface ConsentAsked {
  /** Entra's address, without a final slash. */
  readonly authority: string;
  readonly clientId: string;
  readonly cloud?: CloudName;
  /** Whose permissions are in question; the page itself asks for all that the registration lists. */
  readonly api?: Api;
}

/** The resource's `/.default`; null where the cloud does not offer that API. */
export const scopeOf = (cloud: CloudName, api: Api): string | null => {
  const { graphScope, defenderScope, mdeScope } = clouds[cloud];
  return { graph: graphScope, mtp: defenderScope, mde: mdeScope }[api];
};

/** Where an administrator of the tenant consents. @see https://learn.microsoft.com/entra/identity-platform/v2-admin-consent */
export const consentLink = (tenantId: string, asked: ConsentAsked): string => {
  const { authority, clientId, cloud = 'public', api = 'graph' } = asked;
  const scope = scopeOf(cloud, api) ?? clouds[cloud].graphScope;
  return `${authority}/${tenantId}/v2.0/adminconsent?client_id=${clientId}&scope=${encodeURIComponent(scope)}`;
};

/** Defender's own portal, opened in that tenant. */
export const defenderPortalLink = (tenantId: string, cloud: CloudName): string =>
  `${clouds[cloud].portal}/?tid=${tenantId}`;

/** @see https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud (portals) */
const azurePortals: Readonly<Record<CloudName, string>> = {
  public: 'https://portal.azure.com',
  usgov: 'https://portal.azure.us',
  usgovdod: 'https://portal.azure.us',
  china: 'https://portal.azure.cn',
};

/** Conditional Access of a tenant. */
export const conditionalAccessLink = (tenantId: string, cloud: CloudName): string =>
  `${azurePortals[cloud]}/${tenantId}/#view/Microsoft_AAD_ConditionalAccess/ConditionalAccessBlade/~/Policies`;

/** The applications that a tenant let in. */
export const enterpriseAppsLink = (tenantId: string, cloud: CloudName): string =>
  `${azurePortals[cloud]}/${tenantId}/#view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview`;

/** Where an application's credentials are registered; opened in the directory of whoever signs in. */
export const credentialsLink = (clientId: string, cloud: CloudName): string =>
  `${azurePortals[cloud]}/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/${clientId}`;

/** The people of a tenant. */
export const usersLink = (tenantId: string, cloud: CloudName): string =>
  `${azurePortals[cloud]}/${tenantId}/#view/Microsoft_AAD_UsersAndTenants/UserManagementMenuBlade/~/AllUsers`;
