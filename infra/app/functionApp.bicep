// The Function app on Flex Consumption and every setting it gets.
import { credentialKind, feature, identityReference, storageEndpoints, syncSettings } from 'types.bicep'

@description('Required. Name of the app.')
param name string

@description('Required. Name of its plan; Flex Consumption takes one app a plan.')
param planName string

@description('Required. Region.')
param location string

@description('Required. Tags of all resources.')
param tags object

@description('Optional. Name under which azd finds the app. Empty: azd does not deploy to it.')
param azdServiceName string = ''

@description('Required. The identity the app runs as; there is no other.')
param identity identityReference

@description('Required. Services of the host storage: Durable history, locks, the package.')
param hostStorage storageEndpoints

@description('Required. Services of the data storage.')
param dataStorage storageEndpoints

@description('Required. Container in the host storage that holds the deployed package.')
param packageContainer string

@description('Required. Address of the vault that holds the app\'s own credentials.')
param vaultUrl string

@description('Required. Address of the vault with the credentials of tenants and connections. The feature tenantCredentials gives the right to use it.')
param tenantVaultUrl string

@description('Required. Name of the Durable task hub, unique in the host storage: 3 to 45 letters and digits.')
@minLength(3)
@maxLength(45)
param taskHubName string

@description('Required. Client ids of the registrations, by name: reader, and those that exist of api, writer, defender, responder and cli.')
param clientIds object

@description('Required. How the app proves who it is.')
param credential credentialKind

@description('Required. The Microsoft cloud of the home tenant.')
param cloud 'public' | 'usgov' | 'usgovdod' | 'china'

@description('Required. What the app can do beyond reading incidents.')
param features feature[]

@description('Optional. relay reads and delivers; responder is the one app that can act on machines.')
param role 'relay' | 'responder' = 'relay'

@description('Required. Who sees a tenant without groups.')
param ungroupedTenants 'all' | 'admins'

@description('Required. How tenants are read.')
param sync syncSettings

@description('Optional. Further settings, such as RELAY_API_AUDIENCE. Never secrets: they are readable for everyone who may read the app.')
param moreSettings object = {}

@description('Required. Where telemetry goes.')
param telemetryEndpoint string

@description('Optional. Instances that are always running for the Durable functions, which read tenants.')
param alwaysReadyDurable int = 1

@description('Optional. Instances that are always running for HTTP.')
param alwaysReadyHttp int = 0

@description('Optional. The most instances at once.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Optional. Memory of an instance in MB.')
param instanceMemoryMB 2048 | 4096 = 2048

@description('Optional. Subnet the app calls out from. Empty: no network of our own.')
param subnetId string = ''

@description('Optional. False: the app itself takes calls through private endpoints only, webhooks and consent pages included.')
param publicInbound bool = true

// Every name here is a setting of shared/config.ts or of the Functions host. Flex Consumption sets the runtime itself:
// FUNCTIONS_WORKER_RUNTIME and its kin are refused there.
var settings = {
  AzureWebJobsStorage__blobServiceUri: hostStorage.blob
  AzureWebJobsStorage__queueServiceUri: hostStorage.queue
  AzureWebJobsStorage__tableServiceUri: hostStorage.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryEndpoint
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
  RELAY_STORAGE__blobServiceUri: dataStorage.blob
  RELAY_STORAGE__queueServiceUri: dataStorage.queue
  RELAY_STORAGE__tableServiceUri: dataStorage.table
  RELAY_STORAGE__credential: 'managedidentity'
  RELAY_STORAGE__clientId: identity.clientId
  TASK_HUB_NAME: taskHubName
  KEY_VAULT_URL: vaultUrl
  TENANT_VAULT_URL: tenantVaultUrl
  AZURE_CLIENT_ID: identity.clientId
  RELAY_TENANT_ID: tenant().tenantId
  RELAY_CLIENT_ID: clientIds.reader
  RELAY_CREDENTIAL: credential
  RELAY_CREDENTIAL_NAME: credential == 'certificate' ? 'relay-app-cert' : 'relay-app-secret'
  RELAY_WRITER_CLIENT_ID: clientIds.?writer ?? ''
  RELAY_WRITER_CREDENTIAL_NAME: credential == 'certificate' ? 'relay-writer-cert' : 'relay-writer-secret'
  RELAY_DEFENDER_CLIENT_ID: clientIds.?defender ?? ''
  RELAY_DEFENDER_CREDENTIAL_NAME: credential == 'certificate' ? 'relay-defender-cert' : 'relay-defender-secret'
  RELAY_API_CLIENT_ID: clientIds.?api ?? clientIds.reader
  RELAY_API_CREDENTIAL_NAME: credential == 'certificate' ? 'relay-api-cert' : 'relay-api-secret'
  RELAY_CLI_CLIENT_ID: clientIds.?cli ?? ''
  RELAY_RESPONDER_CLIENT_ID: clientIds.?responder ?? ''
  RELAY_RESPONDER_CREDENTIAL_NAME: credential == 'certificate' ? 'relay-responder-cert' : 'relay-responder-secret'
  RELAY_CLOUD: cloud
  RELAY_UNGROUPED_TENANTS: ungroupedTenants
  RELAY_PUBLIC_URL: 'https://${site.properties.defaultHostName}'
  SYNC_SCHEDULE: sync.schedule
  SYNC_INTERVAL_SECONDS: string(sync.intervalSeconds)
  SYNC_OVERLAP_MINUTES: string(sync.overlapMinutes)
  SYNC_TENANT_CONCURRENCY: string(sync.tenantConcurrency)
  SYNC_TENANTS_PER_ACTIVITY: string(sync.tenantsPerActivity)
}

// Settings that come with a feature, unknown to this version; those of the others stand above, and an empty one is none.
var featureSettings = {
  writeBack: {}
  defender: {}
  tenantCredentials: {}
  userContext: {}
  cli: {}
  responder: {
    RELAY_ROLE: role
  }
  deliveries: {}
}

// A registration that does not exist of its own (registrationLayout: one) has an empty id: the app falls back to the reading one.
var chosenSettings = reduce(features, {}, (all, chosen) => union(all, featureSettings[chosen]))
var givenSettings = toObject(
  filter(items(chosenSettings), setting => setting.value != ''),
  setting => setting.key,
  setting => setting.value
)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: { reserved: true }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: azdServiceName == '' ? tags : union(tags, { 'azd-service-name': azdServiceName })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  // Flex Consumption refuses siteConfig.ftpsState and has no FTP; its publishing credentials are off below all the same.
  #disable-next-line ftps-off
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: publicInbound ? 'Enabled' : 'Disabled'
    virtualNetworkSubnetId: subnetId == '' ? null : subnetId
    keyVaultReferenceIdentity: identity.id
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      remoteDebuggingEnabled: false
    }
    functionAppConfig: {
      runtime: {
        name: 'node'
        version: '22'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
        alwaysReady: filter(
          [
            {
              name: 'durable'
              instanceCount: alwaysReadyDurable
            }
            {
              name: 'http'
              instanceCount: alwaysReadyHttp
            }
          ],
          group => group.instanceCount > 0
        )
      }
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: union(settings, givenSettings, moreSettings)
}

// User name and password for publishing are off: only Entra tokens deploy.
resource publishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = [
  for channel in ['ftp', 'scm']: {
    parent: site
    name: channel
    properties: { allow: false }
  }
]

@description('Resource id of the app.')
output id string = site.id

@description('Name of the app.')
output name string = site.name

@description('Its address.')
output url string = 'https://${site.properties.defaultHostName}'
