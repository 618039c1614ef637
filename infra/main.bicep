// xdr-relay in one resource group. Deploying twice changes nothing: names follow from the subscription, the name of the
// environment and the region. Needs Owner on the subscription (role assignments) and, unless createAppRegistration is
// false, Application Administrator in the home tenant. Steps and their order: docs/deploy.md.
targetScope = 'subscription'

import { credentialKind, feature, nameOverrides, syncSettings } from 'app/types.bicep'

@description('Required. Name of the environment, such as prod. Part of every name.')
@minLength(1)
@maxLength(24)
param environmentName string

@description('Required. Region of all resources, such as westeurope.')
param location string

@description('Optional. Tags of all resources.')
param tags object = {}

@description('Optional. Names of your own instead of the ones made here.')
param names nameOverrides = {}

@description('Optional. How the app proves who it is: federated needs no secret at all.')
param credential credentialKind = 'secret'

@description('Optional. What the app can do beyond reading incidents through Graph. This version of the app knows defender and tenantCredentials (docs/settings.md).')
param features feature[] = []

@description('Optional. False where the app registrations are made by someone else or by scripts/register-apps, as in national clouds.')
param createAppRegistration bool = true

@description('Optional. Client ids by registration (reader, api, writer, defender, responder, cli). Required with createAppRegistration false; reader is then the least.')
param existingClientIds object = {}

@description('Optional. separate: a registration a purpose, for providers. one: a single one, for a single company.')
param registrationLayout 'separate' | 'one' = 'separate'

@description('Optional. Public halves of certificates in base64, by registration, where the credential is a certificate.')
param certificates object = {}

@description('Optional. The Microsoft cloud of the home tenant, where it cannot be told from the region: usgovdod.')
param homeCloud '' | 'usgovdod' = ''

@description('Optional. Who sees a tenant without groups.')
param ungroupedTenants 'all' | 'admins' = 'all'

@description('Optional. How tenants are read.')
param sync syncSettings = {
  schedule: '0 * * * * *'
  intervalSeconds: 300
  overlapMinutes: 60
  tenantConcurrency: 64
  tenantsPerActivity: 50
}

@description('Optional. Further app settings, such as RELAY_API_AUDIENCE. Never secrets.')
param moreSettings object = {}

@description('Optional. Instances always running for Durable; 0 saves about 21 USD a month and delays a run after a rest by a cold start.')
@minValue(0)
@maxValue(20)
param alwaysReadyDurable int = 1

@description('Optional. Instances always running for HTTP.')
@minValue(0)
@maxValue(20)
param alwaysReadyHttp int = 0

@description('Optional. The most instances at once.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Optional. Memory of an instance in MB.')
param instanceMemoryMB 2048 | 4096 = 2048

@description('Optional. True: storage and vaults are reached through private endpoints only, and the app calls out from a network of its own.')
param privateNetworking bool = false

@description('Optional. Addresses of that network, a /22 or larger.')
param networkAddressPrefix string = '10.90.0.0/22'

@description('Optional. False, with privateNetworking: the app too takes calls from the network only. Webhooks and consent pages of customers then do not arrive.')
param publicInbound bool = true

@description('Optional. Copies of the data: GRS and GZRS outlive the loss of a region.')
param dataRedundancy 'LRS' | 'ZRS' | 'GRS' | 'GZRS' = 'ZRS'

@description('Optional. Days for which deleted blobs can be brought back.')
@minValue(1)
@maxValue(365)
param softDeleteDays int = 14

@description('Optional. Days for which the audit copy cannot be deleted; the default is RELAY_KEEP_AUDIT_DAYS.')
@minValue(1)
@maxValue(146000)
param auditRetentionDays int = 2555

@description('Optional. Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Optional. Gigabytes of logs a day at most.')
@minValue(1)
param dailyLogCapGb int = 1

@description('Optional. Share of the telemetry kept, in percent.')
@minValue(1)
@maxValue(100)
param telemetrySampling int = 100

@description('Optional. Mail addresses that alerts go to.')
param alertEmails string[] = []

@description('Optional. Amount a month that a warning is sent at, in the currency of the subscription; 0 for none.')
@minValue(0)
param budgetAmount int = 0

@description('Optional. First of the month the budget counts from, as 2026-11-01. Required with budgetAmount; keep it when deploying again.')
param budgetStart string = ''

@description('Optional. Object id of the person, group or pipeline that stores and rotates the credentials. Empty: nobody gets that right here.')
param operatorPrincipalId string = ''

@description('Optional. What the operator is.')
param operatorType 'User' | 'Group' | 'ServicePrincipal' = 'User'

var token = toLower(uniqueString(subscription().id, environmentName, location))
var allTags = union({ workload: 'xdr-relay', environment: environmentName, 'azd-env-name': environmentName }, tags)
var hasResponder = contains(features, 'responder')
var hasTenantVault = contains(features, 'tenantCredentials')
var packageContainer = 'package'

var groupName = names.?resourceGroup ?? 'rg-xdr-relay-${environmentName}'
var appName = names.?functionApp ?? 'func-xdr-relay-${token}'
var responderName = '${appName}-act'
var siteSuffix = {
  AzureCloud: 'azurewebsites.net'
  AzureUSGovernment: 'azurewebsites.us'
  AzureChinaCloud: 'chinacloudsites.cn'
}[environment().name]
var cloud = homeCloud == ''
  ? {
      AzureCloud: 'public'
      AzureUSGovernment: 'usgov'
      AzureChinaCloud: 'china'
    }[environment().name]
  : homeCloud

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName
  location: location
  tags: allTags
}

// ---- who the apps are

module relayIdentity 'app/identity.bicep' = {
  scope: group
  params: {
    name: names.?identity ?? 'id-xdr-relay-${token}'
    location: location
    tags: allTags
  }
}

module responderIdentity 'app/identity.bicep' = if (hasResponder) {
  scope: group
  params: {
    name: '${names.?identity ?? 'id-xdr-relay-${token}'}-act'
    location: location
    tags: allTags
  }
}

module registrations 'app/registrations.bicep' = if (createAppRegistration) {
  scope: group
  params: {
    uniqueName: names.?registration ?? 'xdr-relay-${environmentName}-${token}'
    displayName: 'xdr-relay ${environmentName}'
    layout: registrationLayout
    features: features
    credential: credential
    certificates: certificates
    relayPrincipalId: relayIdentity.outputs.identity.principalId
    responderPrincipalId: responderIdentity.?outputs.identity.principalId ?? ''
    consentRedirectUri: 'https://${appName}.${siteSuffix}/api/consent/callback'
    responderRedirectUri: 'https://${responderName}.${siteSuffix}/api/consent/callback'
  }
}

var clientIds = createAppRegistration
  ? toObject(registrations!.outputs.clientIds, one => one.name, one => one.clientId)
  : existingClientIds

// ---- where things are kept

module monitoring 'app/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: names.?workspace ?? 'log-xdr-relay-${token}'
    componentName: names.?component ?? 'appi-xdr-relay-${token}'
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyCapGb: dailyLogCapGb
    samplingPercentage: telemetrySampling
  }
}

module hostStorage 'app/storageAccount.bicep' = {
  scope: group
  params: {
    name: names.?hostStorage ?? 'sthost${token}'
    location: location
    tags: allTags
    containers: [packageContainer]
    redundancy: 'LRS'
    softDeleteDays: 7
    isPrivate: privateNetworking
  }
}

module dataStorage 'app/storageAccount.bicep' = {
  scope: group
  params: {
    name: names.?dataStorage ?? 'stdata${token}'
    location: location
    tags: allTags
    redundancy: dataRedundancy
    softDeleteDays: softDeleteDays
    isPrivate: privateNetworking
  }
}

module dataLifecycle 'app/dataLifecycle.bicep' = {
  scope: group
  params: { accountName: dataStorage.outputs.name }
}

module auditContainer 'app/auditContainer.bicep' = {
  scope: group
  params: {
    accountName: dataStorage.outputs.name
    retentionDays: auditRetentionDays
  }
}

module responderHostStorage 'app/storageAccount.bicep' = if (hasResponder) {
  scope: group
  params: {
    name: 'stact${token}'
    location: location
    tags: allTags
    containers: [packageContainer]
    redundancy: 'LRS'
    softDeleteDays: 7
    isPrivate: privateNetworking
  }
}

module appVault 'app/vault.bicep' = {
  scope: group
  params: {
    name: names.?vault ?? 'kv-app-${token}'
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    isPrivate: privateNetworking
  }
}

module tenantVault 'app/vault.bicep' = {
  scope: group
  params: {
    name: names.?tenantVault ?? 'kv-ten-${token}'
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    isPrivate: privateNetworking
  }
}

module responderVault 'app/vault.bicep' = if (hasResponder) {
  scope: group
  params: {
    name: 'kv-act-${token}'
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    isPrivate: privateNetworking
  }
}

// ---- who may do what

module access 'app/access.bicep' = {
  scope: group
  params: {
    principals: union(
      { relay: relayIdentity.outputs.identity.principalId },
      hasResponder ? { responder: responderIdentity!.outputs.identity.principalId } : {},
      operatorPrincipalId == '' ? {} : { operator: operatorPrincipalId }
    )
    operatorType: operatorType
    accounts: union(
      {
        host: hostStorage.outputs.name
        data: dataStorage.outputs.name
      },
      hasResponder ? { responderHost: responderHostStorage!.outputs.name } : {}
    )
    vaults: union(
      {
        app: appVault.outputs.name
        tenants: tenantVault.outputs.name
      },
      hasResponder ? { responder: responderVault!.outputs.name } : {}
    )
    componentName: monitoring.outputs.componentName
    credential: credential
    features: features
  }
}

// ---- the network, where it is asked for

module network 'app/network.bicep' = if (privateNetworking) {
  scope: group
  params: {
    name: 'vnet-xdr-relay-${token}'
    location: location
    tags: allTags
    addressPrefix: networkAddressPrefix
  }
}

var reachedPrivately = concat(
  [
    { name: 'host', resourceId: hostStorage.outputs.id, kind: 'blob' }
    { name: 'host', resourceId: hostStorage.outputs.id, kind: 'queue' }
    { name: 'host', resourceId: hostStorage.outputs.id, kind: 'table' }
    { name: 'data', resourceId: dataStorage.outputs.id, kind: 'blob' }
    { name: 'data', resourceId: dataStorage.outputs.id, kind: 'queue' }
    { name: 'data', resourceId: dataStorage.outputs.id, kind: 'table' }
    { name: 'app', resourceId: appVault.outputs.id, kind: 'vault' }
    { name: 'tenants', resourceId: tenantVault.outputs.id, kind: 'vault' }
  ],
  publicInbound ? [] : [{ name: 'relay', resourceId: relayApp.outputs.id, kind: 'sites' }],
  hasResponder
    ? [
        { name: 'act', resourceId: responderHostStorage!.outputs.id, kind: 'blob' }
        { name: 'act', resourceId: responderHostStorage!.outputs.id, kind: 'queue' }
        { name: 'act', resourceId: responderHostStorage!.outputs.id, kind: 'table' }
        { name: 'act', resourceId: responderVault!.outputs.id, kind: 'vault' }
      ]
    : []
)

module privateEndpoints 'app/privateEndpoints.bicep' = if (privateNetworking) {
  scope: group
  params: {
    location: location
    tags: allTags
    subnetId: network!.outputs.subnetIds.endpoints
    zoneIds: network!.outputs.zoneIds
    targets: reachedPrivately
  }
}

// ---- the apps

module relayApp 'app/functionApp.bicep' = {
  scope: group
  params: {
    name: appName
    planName: names.?plan ?? 'plan-xdr-relay-${token}'
    location: location
    tags: allTags
    azdServiceName: 'relay'
    identity: relayIdentity.outputs.identity
    hostStorage: hostStorage.outputs.endpoints
    dataStorage: dataStorage.outputs.endpoints
    packageContainer: packageContainer
    vaultUrl: appVault.outputs.url
    tenantVaultUrl: tenantVault.outputs.url
    taskHubName: 'relay${token}'
    clientIds: clientIds
    credential: credential
    cloud: cloud
    features: filter(features, chosen => chosen != 'responder')
    ungroupedTenants: ungroupedTenants
    sync: sync
    moreSettings: moreSettings
    telemetryEndpoint: monitoring.outputs.telemetryEndpoint
    alwaysReadyDurable: alwaysReadyDurable
    alwaysReadyHttp: alwaysReadyHttp
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    subnetId: network.?outputs.subnetIds.relay ?? ''
    publicInbound: publicInbound || !privateNetworking
  }
  dependsOn: [access]
}

module responderApp 'app/functionApp.bicep' = if (hasResponder) {
  scope: group
  params: {
    name: responderName
    planName: 'plan-xdr-relay-${token}-act'
    location: location
    tags: allTags
    azdServiceName: 'responder'
    identity: responderIdentity!.outputs.identity
    hostStorage: responderHostStorage!.outputs.endpoints
    dataStorage: dataStorage.outputs.endpoints
    packageContainer: packageContainer
    vaultUrl: responderVault!.outputs.url
    tenantVaultUrl: ''
    taskHubName: 'act${token}'
    clientIds: clientIds
    credential: credential
    cloud: cloud
    features: ['responder']
    role: 'responder'
    ungroupedTenants: ungroupedTenants
    sync: sync
    telemetryEndpoint: monitoring.outputs.telemetryEndpoint
    alwaysReadyDurable: 0
    subnetId: network.?outputs.subnetIds.responder ?? ''
    publicInbound: publicInbound || !privateNetworking
  }
  dependsOn: [access]
}

// ---- who is told

module actionGroup 'app/actionGroup.bicep' = {
  scope: group
  params: {
    name: 'ag-xdr-relay-${token}'
    tags: allTags
    emails: alertEmails
  }
}

module alerts 'app/alerts.bicep' = {
  scope: group
  params: {
    location: location
    tags: allTags
    namePrefix: 'xdr-relay-${environmentName}'
    workspaceId: monitoring.outputs.workspaceId
    actionGroupId: actionGroup.outputs.id
    features: features
  }
}

module appVaultExpiry 'app/expiryAlerts.bicep' = {
  scope: group
  params: {
    location: location
    tags: allTags
    vaultName: appVault.outputs.name
    actionGroupId: actionGroup.outputs.id
  }
}

module tenantVaultExpiry 'app/expiryAlerts.bicep' = if (hasTenantVault) {
  scope: group
  params: {
    location: location
    tags: allTags
    vaultName: tenantVault.outputs.name
    actionGroupId: actionGroup.outputs.id
  }
}

module responderVaultExpiry 'app/expiryAlerts.bicep' = if (hasResponder) {
  scope: group
  params: {
    location: location
    tags: allTags
    vaultName: responderVault!.outputs.name
    actionGroupId: actionGroup.outputs.id
  }
}

module budget 'app/budget.bicep' = if (budgetAmount > 0) {
  scope: group
  params: {
    name: 'budget-xdr-relay-${environmentName}'
    amount: max(budgetAmount, 1)
    start: budgetStart
    actionGroupId: actionGroup.outputs.id
  }
}

@description('Resource group of everything.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the function app; what func azure functionapp publish takes.')
output RELAY_APP_NAME string = relayApp.outputs.name

@description('Address of the app.')
output RELAY_APP_URL string = relayApp.outputs.url

@description('Vault of the app itself; what scripts/create-secret takes.')
output RELAY_VAULT_NAME string = appVault.outputs.name

@description('Data account; what scripts/lock-audit takes.')
output RELAY_DATA_ACCOUNT string = dataStorage.outputs.name

@description('Client id of the reading registration; what customers consent to.')
output RELAY_READER_CLIENT_ID string = clientIds.reader

@description('Client id of the registration our API stands for; what callers ask tokens for.')
output RELAY_API_CLIENT_ID string = clientIds.?api ?? clientIds.reader

@description('Client ids of all registrations.')
output RELAY_CLIENT_IDS object = clientIds

@description('How the app proves who it is.')
output RELAY_CREDENTIAL string = credential

@description('Object id of the identity the app runs as.')
output RELAY_IDENTITY_PRINCIPAL_ID string = relayIdentity.outputs.identity.principalId
