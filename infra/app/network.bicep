// Our own network, where it is asked for: a subnet the apps call out from, one for the private endpoints, and the
// names under which the storage accounts and vaults are then found.

@description('Required. Name of the network.')
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Addresses of the network, a /22 or larger.')
param addressPrefix string

resource network 'Microsoft.Network/virtualNetworks@2024-10-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'relay'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 24, 0)
          delegations: [
            {
              name: 'flex'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'responder'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 24, 1)
          delegations: [
            {
              name: 'flex'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: cidrSubnet(addressPrefix, 24, 2) }
      }
    ]
  }
}

var zoneNames = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  vault: 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
  sites: {
    AzureCloud: 'privatelink.azurewebsites.net'
    AzureUSGovernment: 'privatelink.azurewebsites.us'
    AzureChinaCloud: 'privatelink.chinacloudsites.cn'
  }[environment().name]
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for group in items(zoneNames): {
    name: group.value
    location: 'global'
    tags: tags
  }
]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (group, index) in items(zoneNames): {
    parent: zone[index]
    name: name
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

@description('Subnets by name: relay, responder, endpoints.')
output subnetIds object = {
  relay: '${network.id}/subnets/relay'
  responder: '${network.id}/subnets/responder'
  endpoints: '${network.id}/subnets/endpoints'
}

@description('Private DNS zones by kind: blob, queue, table, vault, sites.')
output zoneIds object = {
  blob: resourceId('Microsoft.Network/privateDnsZones', zoneNames.blob)
  queue: resourceId('Microsoft.Network/privateDnsZones', zoneNames.queue)
  table: resourceId('Microsoft.Network/privateDnsZones', zoneNames.table)
  vault: resourceId('Microsoft.Network/privateDnsZones', zoneNames.vault)
  sites: resourceId('Microsoft.Network/privateDnsZones', zoneNames.sites)
}
