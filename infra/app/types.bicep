// Shapes that several modules share.

@export()
@description('What the app can do beyond reading incidents. Each one brings its rights, its registration and its settings; none is on before a version of the app knows it (docs/settings.md says which do).')
type feature = 'writeBack' | 'defender' | 'userContext' | 'cli' | 'responder' | 'tenantCredentials' | 'deliveries'

@export()
@description('How the app proves who it is: a client secret in its vault, a certificate whose key never leaves the vault, or its managed identity and no secret at all.')
type credentialKind = 'secret' | 'certificate' | 'federated'

@export()
@description('How tenants are read; the defaults are those of shared/config.ts.')
type syncSettings = {
  @description('Required. When the timer fires: NCRONTAB with seconds, UTC.')
  schedule: string
  @description('Required. How often a tenant is read, in seconds.')
  @minValue(60)
  @maxValue(86400)
  intervalSeconds: int
  @description('Required. How far each reading reaches back behind the last one, in minutes.')
  @minValue(1)
  @maxValue(10080)
  overlapMinutes: int
  @description('Required. Tenants read at once in one process.')
  @minValue(1)
  @maxValue(512)
  tenantConcurrency: int
  @description('Required. Tenants handed to one activity.')
  @minValue(1)
  @maxValue(1000)
  tenantsPerActivity: int
}

@export()
@description('Addresses of the three services of a storage account.')
type storageEndpoints = {
  @description('Required. Blob service, with its trailing slash.')
  blob: string
  @description('Required. Queue service, with its trailing slash.')
  queue: string
  @description('Required. Table service, with its trailing slash.')
  table: string
}

@export()
@description('A user-assigned managed identity.')
type identityReference = {
  @description('Required. Resource id.')
  id: string
  @description('Required. Client id, by which code asks for its token.')
  clientId: string
  @description('Required. Object id, to which rights are given.')
  principalId: string
}

@export()
@description('Names of a customer instead of the ones made here. Every one may be left out.')
type nameOverrides = {
  @description('Optional. Resource group.')
  resourceGroup: string?
  @description('Optional. Managed identity of the app.')
  identity: string?
  @description('Optional. Storage account of the Functions host: 3 to 24 lower-case letters and digits.')
  @minLength(3)
  @maxLength(24)
  hostStorage: string?
  @description('Optional. Storage account of the data.')
  @minLength(3)
  @maxLength(24)
  dataStorage: string?
  @description('Optional. Vault of the app itself.')
  @minLength(3)
  @maxLength(24)
  vault: string?
  @description('Optional. Vault of the credentials of tenants and connections.')
  @minLength(3)
  @maxLength(24)
  tenantVault: string?
  @description('Optional. Function app; its host name follows from it.')
  functionApp: string?
  @description('Optional. Plan.')
  plan: string?
  @description('Optional. Log Analytics workspace.')
  workspace: string?
  @description('Optional. Application Insights.')
  component: string?
  @description('Optional. Unique name of the app registrations in the home tenant; it cannot change later.')
  registration: string?
}
