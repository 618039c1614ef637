// Who is told.

@description('Required. Name of the action group.')
param name string

@description('Required. Tags.')
param tags object

@description('Required. Mail addresses that alerts go to.')
param emails string[]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'xdr-relay'
    enabled: true
    emailReceivers: [
      for (email, index) in emails: {
        name: 'mail-${index}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

@description('Resource id of the action group.')
output id string = group.id
