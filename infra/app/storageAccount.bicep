// One storage account as every account here is: identities only, no keys, nothing public, deleted blobs kept a while.
import { storageEndpoints } from 'types.bicep'

@description('Required. Name of the account: 3 to 24 lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags object

@description('Optional. Containers to make. The account has no others but those the host and the app make themselves.')
param containers string[] = []

@description('Optional. Copies: LRS within a zone, ZRS across the zones of the region, GRS and GZRS also in the paired region.')
param redundancy 'LRS' | 'ZRS' | 'GRS' | 'GZRS' = 'ZRS'

@description('Required. Days for which deleted blobs and containers can be brought back. It does not cover tables and queues.')
@minValue(1)
@maxValue(365)
param softDeleteDays int

@description('Required. True: reachable only through private endpoints.')
param isPrivate bool

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_${redundancy}' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: softDeleteDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: softDeleteDays
    }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for containerName in containers: {
    parent: blobs
    name: containerName
    properties: { publicAccess: 'None' }
  }
]

@description('Resource id of the account.')
output id string = account.id

@description('Name of the account.')
output name string = account.name

@description('Addresses of its services.')
output endpoints storageEndpoints = {
  blob: account.properties.primaryEndpoints.blob
  queue: account.properties.primaryEndpoints.queue
  table: account.properties.primaryEndpoints.table
}
