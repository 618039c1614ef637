// What becomes of old blobs. The app deletes incidents by its own retention settings; this only makes old bodies
// cheaper and is the net under the inbox, whose blobs are of no use once they are worked off.

@description('Required. Name of the data account.')
param accountName string

@description('Optional. Days after which a body nobody rewrote moves to the cool tier.')
param coolAfterDays int = 60

@description('Optional. Days after which a received webhook is deleted; above RELAY_KEEP_INBOX_DAYS, which is the rule the app itself keeps.')
param inboxDays int = 30

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: accountName
}

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'bodies-cool'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['bodies/']
            }
            actions: { baseBlob: { tierToCool: { daysAfterModificationGreaterThan: coolAfterDays } } }
          }
        }
        {
          name: 'inbox-delete'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['inbox/']
            }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: inboxDays } } }
          }
        }
      ]
    }
  }
}
