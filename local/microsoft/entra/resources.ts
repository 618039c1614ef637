/** Something tokens are asked for; its version is that of the tokens it takes, whatever endpoint is asked. */
export interface Resource {
  /** In the public cloud; `nationalCloud` knows the others. */
  uri: string;
  clientId: string;
  /** Of its service principal in a tenant. */
  displayName: string;
  tokenVersion: 1 | 2;
}

export const graphResource: Resource = {
  uri: 'https://graph.microsoft.com',
  clientId: '00000003-0000-0000-c000-000000000000',
  displayName: 'Microsoft Graph',
  tokenVersion: 1,
};

/** Called Microsoft Threat Protection in tenants. @see https://learn.microsoft.com/defender-xdr/api-create-app-web */
export const defenderResource: Resource = {
  uri: 'https://api.security.microsoft.com',
  clientId: '8ee8fdad-f234-4243-8f3b-15c294843740',
  displayName: 'Microsoft Threat Protection',
  tokenVersion: 1,
};

/** Called WindowsDefenderATP in tenants. @see https://learn.microsoft.com/defender-endpoint/api/exposed-apis-create-app-webapp */
export const endpointResource: Resource = {
  uri: 'https://api.securitycenter.microsoft.com',
  clientId: 'fc780465-2017-40d4-a0c5-307022471b92',
  displayName: 'WindowsDefenderATP',
  tokenVersion: 1,
};

export const vaultResource: Resource = {
  uri: 'https://vault.azure.net',
  clientId: 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093',
  displayName: 'Azure Key Vault',
  tokenVersion: 1,
};

const storageResource: Resource = {
  uri: 'https://storage.azure.com',
  clientId: 'e406a681-f3d4-42a8-90b6-c2b029497af1',
  displayName: 'Azure Storage',
  tokenVersion: 1,
};

/** What a managed identity's token is for that stands in place of a client secret. */
export const exchangeResource: Resource = {
  uri: 'api://AzureADTokenExchange',
  clientId: 'fb60f99c-7a34-4190-8149-302f77469936',
  displayName: 'AAD Token Exchange Endpoint',
  tokenVersion: 2,
};

/** Microsoft's own. */
export const platform: readonly Resource[] = [
  graphResource,
  defenderResource,
  endpointResource,
  vaultResource,
  storageResource,
  exchangeResource,
];
