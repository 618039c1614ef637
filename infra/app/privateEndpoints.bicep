// Private endpoints and their names in DNS.

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Subnet of the endpoints.')
param subnetId string

@description('Required. DNS zones by kind.')
param zoneIds object

@description('Required. What is reached privately: a name for the endpoint, the resource, the kind (blob, queue, table, vault or sites).')
param targets { name: string, resourceId: string, kind: 'blob' | 'queue' | 'table' | 'vault' | 'sites' }[]

resource endpoint 'Microsoft.Network/privateEndpoints@2024-10-01' = [
  for target in targets: {
    name: 'pep-${target.name}-${target.kind}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.kind
          properties: {
            privateLinkServiceId: target.resourceId
            groupIds: [target.kind]
          }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-10-01' = [
  for (target, index) in targets: {
    parent: endpoint[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.kind
          properties: { privateDnsZoneId: zoneIds[target.kind] }
        }
      ]
    }
  }
]
