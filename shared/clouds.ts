import type { CloudName } from './model/tenant';

/** One national cloud: where its services are and what their tokens are for. Tokens never cross clouds. */
export interface Cloud {
  readonly authority: string;
  /** Graph's root; null where Graph security is not offered. */
  readonly graph: string | null;
  readonly graphScope: string;
  /** The Defender API's root (Microsoft Threat Protection); null where it is not offered. */
  readonly defender: string | null;
  readonly defenderScope: string | null;
  /** The root of Defender for Endpoint's API (WindowsDefenderATP); null where it is not offered. */
  readonly mde: string | null;
  readonly mdeScope: string | null;
  /** Defender's own web pages, for links. */
  readonly portal: string;
  /** Of Key Vault, for the certificate read there. */
  readonly vaultScope: string;
  /** What a managed identity's token is for that stands in place of a client secret. */
  readonly exchangeScope: string;
}

/**
 * Incidents, alerts and hunting: Graph offers them in all clouds but China's, where nothing here is offered. GCC is not listed: it uses
 * the public login and the public Graph, so that its tenants are read like any other; only its Defender APIs have hosts of their own
 * (https://api-gcc.security.microsoft.us, https://api-gcc.securitycenter.microsoft.us), for DEFENDER_ENDPOINT and MDE_ENDPOINT. That a
 * government's Defender hosts are also what its tokens are for is an assumption, no page says it: DEFENDER_SCOPE and MDE_SCOPE overrule it.
 * @see https://learn.microsoft.com/graph/api/security-list-incidents (availability by national cloud)
 * @see https://learn.microsoft.com/graph/deployments (roots) · https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
 * @see https://learn.microsoft.com/defender-xdr/usgov (Defender's hosts and portals) · https://learn.microsoft.com/defender-endpoint/gov
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity (exchange audiences)
 */
export const clouds: Readonly<Record<CloudName, Cloud>> = {
  public: {
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    graphScope: 'https://graph.microsoft.com/.default',
    defender: 'https://api.security.microsoft.com',
    defenderScope: 'https://api.security.microsoft.com/.default',
    mde: 'https://api.securitycenter.microsoft.com',
    mdeScope: 'https://api.securitycenter.microsoft.com/.default',
    portal: 'https://security.microsoft.com',
    vaultScope: 'https://vault.azure.net/.default',
    exchangeScope: 'api://AzureADTokenExchange/.default',
  },
  usgov: {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://graph.microsoft.us',
    graphScope: 'https://graph.microsoft.us/.default',
    defender: 'https://api-gov.security.microsoft.us',
    defenderScope: 'https://api-gov.security.microsoft.us/.default',
    mde: 'https://api-gov.securitycenter.microsoft.us',
    mdeScope: 'https://api-gov.securitycenter.microsoft.us/.default',
    portal: 'https://security.microsoft.us',
    vaultScope: 'https://vault.usgovcloudapi.net/.default',
    exchangeScope: 'api://AzureADTokenExchangeUSGov/.default',
  },
  usgovdod: {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://dod-graph.microsoft.us',
    graphScope: 'https://dod-graph.microsoft.us/.default',
    defender: 'https://api-gov.security.microsoft.us',
    defenderScope: 'https://api-gov.security.microsoft.us/.default',
    mde: 'https://api-gov.securitycenter.microsoft.us',
    mdeScope: 'https://api-gov.securitycenter.microsoft.us/.default',
    portal: 'https://security.apps.mil',
    vaultScope: 'https://vault.usgovcloudapi.net/.default',
    exchangeScope: 'api://AzureADTokenExchangeUSGov/.default',
  },
  china: {
    authority: 'https://login.partner.microsoftonline.cn',
    graph: null,
    graphScope: 'https://microsoftgraph.chinacloudapi.cn/.default',
    defender: null,
    defenderScope: null,
    mde: null,
    mdeScope: null,
    portal: 'https://security.microsoft.com',
    vaultScope: 'https://vault.azure.cn/.default',
    exchangeScope: 'api://AzureADTokenExchangeChina/.default',
  },
};
