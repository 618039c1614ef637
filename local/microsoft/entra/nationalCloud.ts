import type { Resource } from './resources';
import {
  defenderResource,
  endpointResource,
  exchangeResource,
  graphResource,
  platform,
  vaultResource,
} from './resources';

export type NationalCloudName = 'public' | 'usgov' | 'usgovdod' | 'china';

/** One national cloud: what its resources are called, and what it has at all. */
export interface NationalCloud {
  readonly name: NationalCloudName;
  has(resource: Resource): boolean;
  /** What tokens for it carry as audience, where they carry a URI. */
  uriOf(resource: Resource): string;
  /** One of Microsoft's own resources, by URI (with or without a final slash) or client id; undefined where this cloud has none. */
  find(identifier: string): Resource | undefined;
  /** Whether Graph shows incidents and alerts, and hunts. */
  readonly hasGraphSecurity: boolean;
}

/** Null: the cloud has no such resource. */
type Names = ReadonlyMap<Resource, string | null>;

const government: readonly (readonly [Resource, string])[] = [
  [defenderResource, 'https://api-gov.security.microsoft.us'],
  [endpointResource, 'https://api-gov.securitycenter.microsoft.us'],
  [vaultResource, 'https://vault.usgovcloudapi.net'],
  [exchangeResource, 'api://AzureADTokenExchangeUSGov'],
];

/**
 * @see https://learn.microsoft.com/graph/deployments · https://learn.microsoft.com/defender-xdr/usgov
 * @see https://learn.microsoft.com/graph/api/security-list-incidents (not available in China)
 */
const names: Readonly<Record<NationalCloudName, Names>> = {
  public: new Map(),
  usgov: new Map([[graphResource, 'https://graph.microsoft.us'], ...government]),
  usgovdod: new Map([[graphResource, 'https://dod-graph.microsoft.us'], ...government]),
  china: new Map<Resource, string | null>([
    [graphResource, 'https://microsoftgraph.chinacloudapi.cn'],
    [defenderResource, null],
    [endpointResource, null],
    [vaultResource, 'https://vault.azure.cn'],
    [exchangeResource, 'api://AzureADTokenExchangeChina'],
  ]),
};

export function nationalCloud(name: NationalCloudName): NationalCloud {
  const nameOf = (resource: Resource): string | null => {
    const other = names[name].get(resource);
    return other === undefined ? resource.uri : other;
  };
  return {
    name,
    has: (resource) => nameOf(resource) !== null,
    uriOf: (resource) => nameOf(resource) ?? resource.uri,
    find: (identifier) =>
      platform.find((resource) => {
        const uri = nameOf(resource);
        return uri !== null && [uri, `${uri}/`, resource.clientId].includes(identifier);
      }),
    hasGraphSecurity: name !== 'china',
  };
}
