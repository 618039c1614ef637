@description('Required. Name of the identity.')
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('The identity: resource id, client id and object id.')
output identity object = {
  id: identity.id
  clientId: identity.properties.clientId
  principalId: identity.properties.principalId
}
