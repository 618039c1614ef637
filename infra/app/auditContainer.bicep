// The audit copy: blobs in this container can be appended to, but neither changed nor deleted before their time,
// by nobody, whatever right they hold. The policy is made unlocked, so that a trial can still be taken down;
// scripts/lock-audit locks it, and that cannot be undone.

@description('Required. Name of the data account.')
param accountName string

@description('Required. Days for which an audit blob cannot be deleted.')
@minValue(1)
@maxValue(146000)
param retentionDays int

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  name: '${accountName}/default/audit'
  properties: { publicAccess: 'None' }
}

resource policy 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-06-01' = {
  parent: container
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: retentionDays
    allowProtectedAppendWrites: true
  }
}
