import type { CloudName } from './model/tenant';

/** One national cloud: where its services are and what their tokens are for. Tokens never cross clouds. */
export interface Cloud {
  readonly authority: string;
  /** Graph's root; null where Graph security is not offered. */
  readonly graph: string | null;
  readonly graphScope: string;
}

/**
 * GCC is not listed: it uses the public login and Graph.
 * @see https://learn.microsoft.com/graph/deployments (roots) · https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
 */
export const clouds: Readonly<Record<CloudName, Cloud>> = {
  public: {
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    graphScope: 'https://graph.microsoft.com/.default',
  },
  usgov: {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://graph.microsoft.us',
    graphScope: 'https://graph.microsoft.us/.default',
  },
  usgovdod: {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://dod-graph.microsoft.us',
    graphScope: 'https://dod-graph.microsoft.us/.default',
  },
  china: {
    authority: 'https://login.partner.microsoftonline.cn',
    graph: null,
    graphScope: 'https://microsoftgraph.chinacloudapi.cn/.default',
  },
};
