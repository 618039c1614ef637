// Every Azure right of every identity, and nothing elsewhere: no other file assigns a role. docs/permissions.md is made
// from `grants`, and the tests read it too, so keep the rows plain: literals only.
import { credentialKind, feature } from 'types.bicep'

@description('Required. Object ids by identity: relay, and those that exist of responder and operator.')
param principals object

@description('Required. Whether the operator is a person, a group or a pipeline.')
param operatorType 'User' | 'Group' | 'ServicePrincipal'

@description('Required. Names of the storage accounts: host, data, and responderHost where there is one.')
param accounts object

@description('Required. Names of the vaults: app, and those that exist of tenants and responder.')
param vaults object

@description('Required. Name of the Application Insights component.')
param componentName string

@description('Required. How the app proves who it is.')
param credential credentialKind

@description('Required. What the app can do beyond reading incidents.')
param features feature[]

var roleIds = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb'
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6'
  'Key Vault Secrets Officer': 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  'Key Vault Certificates Officer': 'a4417e6f-fecd-4de8-b567-7b0420556985'
  'Key Vault Crypto User': '12338af0-0e69-4776-bea7-57ae8d297424'
  'Key Vault Reader': '21090545-7ca7-4776-b22c-e363652d74d2'
}

// `on` is the resource (kind:name[/child]); `when` lists what must all be chosen, none for always.
var grants = [
  {
    identity: 'relay'
    role: 'Storage Blob Data Owner'
    on: 'account:host'
    when: []
    why: 'The Functions host keeps its locks and leases there, Durable its large messages, and the package is read from there.'
    without: 'The app does not start.'
  }
  {
    identity: 'relay'
    role: 'Storage Queue Data Contributor'
    on: 'account:host'
    when: []
    why: 'Durable passes its work on through queues.'
    without: 'No run starts; tenants stay as they are.'
  }
  {
    identity: 'relay'
    role: 'Storage Table Data Contributor'
    on: 'account:host'
    when: []
    why: 'Durable keeps its history in tables.'
    without: 'No run starts; tenants stay as they are.'
  }
  {
    identity: 'relay'
    role: 'Storage Blob Data Contributor'
    on: 'account:data'
    when: []
    why: 'Incidents above 512 KiB, received webhooks and the audit copy.'
    without: 'Large incidents go into quarantine.'
  }
  {
    identity: 'relay'
    role: 'Storage Queue Data Contributor'
    on: 'account:data'
    when: []
    why: 'Hints to the delivering and receiving functions.'
    without: 'Nothing is delivered until the sweep comes by.'
  }
  {
    identity: 'relay'
    role: 'Storage Table Data Contributor'
    on: 'account:data'
    when: []
    why: 'Tenants, incidents, cursors and everything else the app knows.'
    without: 'The app answers 503 and reads nothing.'
  }
  {
    identity: 'relay'
    role: 'Monitoring Metrics Publisher'
    on: 'component:telemetry'
    when: []
    why: 'Telemetry is taken with Entra tokens only.'
    without: 'No logs and no alerts; the app works on.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Secrets User'
    on: 'secret:app/relay-app-secret'
    when: ['secret']
    why: 'Reads the secret of the reading registration, that one alone.'
    without: 'No tenant can be read: no token.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Secrets User'
    on: 'secret:app/relay-writer-secret'
    when: ['secret', 'writeBack']
    why: 'Reads the secret of the writing registration.'
    without: 'Nothing is written back.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Secrets User'
    on: 'secret:app/relay-defender-secret'
    when: ['secret', 'defender']
    why: 'Reads the secret of the registration for the Defender APIs.'
    without: 'Tenants on the defender back end cannot be read.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Secrets User'
    on: 'secret:app/relay-api-secret'
    when: ['secret', 'userContext']
    why: 'Exchanges the token of a caller for one in the same name.'
    without: 'Nothing can be done in the name of an analyst.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Crypto User'
    on: 'key:app/relay-app-cert'
    when: ['certificate']
    why: 'Signs with the key of the reading registration inside the vault.'
    without: 'No tenant can be read: no token.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Crypto User'
    on: 'key:app/relay-writer-cert'
    when: ['certificate', 'writeBack']
    why: 'Signs with the key of the writing registration.'
    without: 'Nothing is written back.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Crypto User'
    on: 'key:app/relay-defender-cert'
    when: ['certificate', 'defender']
    why: 'Signs with the key of the registration for the Defender APIs.'
    without: 'Tenants on the defender back end cannot be read.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Crypto User'
    on: 'key:app/relay-api-cert'
    when: ['certificate', 'userContext']
    why: 'Signs when the token of a caller is exchanged.'
    without: 'Nothing can be done in the name of an analyst.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Reader'
    on: 'vault:app'
    when: ['certificate']
    why: 'Reads the public half and the end date of a certificate; the role shows no secret and no key.'
    without: 'The assertion cannot name its certificate: no token.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Secrets Officer'
    on: 'vault:tenants'
    when: ['tenantCredentials']
    why: 'Keeps the secrets of tenants and connections that come in through our API.'
    without: 'Connections and own registrations of tenants cannot be stored or used.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Crypto User'
    on: 'vault:tenants'
    when: ['tenantCredentials']
    why: 'Signs with the keys of tenants that brought their own certificate.'
    without: 'These tenants cannot be read.'
  }
  {
    identity: 'relay'
    role: 'Key Vault Reader'
    on: 'vault:tenants'
    when: ['tenantCredentials']
    why: 'Reads the public half of a certificate that a tenant brought; the role shows no secret and no key.'
    without: 'These tenants cannot be read: the assertion cannot name its certificate.'
  }
  {
    identity: 'responder'
    role: 'Storage Blob Data Owner'
    on: 'account:responderHost'
    when: ['responder']
    why: 'The host storage of the second app, like that of the first.'
    without: 'The responder does not start.'
  }
  {
    identity: 'responder'
    role: 'Storage Queue Data Contributor'
    on: 'account:responderHost'
    when: ['responder']
    why: 'Durable, in the second app.'
    without: 'No action runs.'
  }
  {
    identity: 'responder'
    role: 'Storage Table Data Contributor'
    on: 'account:responderHost'
    when: ['responder']
    why: 'Durable, in the second app.'
    without: 'No action runs.'
  }
  {
    identity: 'responder'
    role: 'Storage Blob Data Contributor'
    on: 'account:data'
    when: ['responder']
    why: 'Its audit goes into the same append-only container.'
    without: 'The responder does not become ready.'
  }
  {
    identity: 'responder'
    role: 'Storage Queue Data Contributor'
    on: 'account:data'
    when: ['responder']
    why: 'Actions that were approved wait in a queue.'
    without: 'No action runs.'
  }
  {
    identity: 'responder'
    role: 'Storage Table Data Contributor'
    on: 'account:data'
    when: ['responder']
    why: 'Reads tenants and writes actions and their outcome.'
    without: 'The responder does not become ready.'
  }
  {
    identity: 'responder'
    role: 'Monitoring Metrics Publisher'
    on: 'component:telemetry'
    when: ['responder']
    why: 'Telemetry of the second app.'
    without: 'No logs of actions.'
  }
  {
    identity: 'responder'
    role: 'Key Vault Secrets User'
    on: 'secret:responder/relay-responder-secret'
    when: ['responder', 'secret']
    why: 'Reads the secret of the acting registration, in a vault the relay cannot open.'
    without: 'No action runs: no token.'
  }
  {
    identity: 'responder'
    role: 'Key Vault Crypto User'
    on: 'key:responder/relay-responder-cert'
    when: ['responder', 'certificate']
    why: 'Signs as the acting registration, in a vault the relay cannot open.'
    without: 'No action runs: no token.'
  }
  {
    identity: 'responder'
    role: 'Key Vault Reader'
    on: 'vault:responder'
    when: ['responder', 'certificate']
    why: 'Reads the public half and the end date of its certificate.'
    without: 'No action runs: no token.'
  }
  {
    identity: 'operator'
    role: 'Key Vault Secrets Officer'
    on: 'vault:app'
    when: ['operator', 'secret']
    why: 'Puts the client secrets of the registrations there and rotates them (scripts/create-secret).'
    without: 'The secret cannot be stored.'
  }
  {
    identity: 'operator'
    role: 'Key Vault Certificates Officer'
    on: 'vault:app'
    when: ['operator', 'certificate']
    why: 'Makes and renews certificates there (scripts/create-certificate); the key stays inside.'
    without: 'The certificate cannot be made.'
  }
  {
    identity: 'operator'
    role: 'Key Vault Secrets Officer'
    on: 'vault:responder'
    when: ['operator', 'responder', 'secret']
    why: 'Puts the client secret of the acting registration there.'
    without: 'The secret cannot be stored.'
  }
  {
    identity: 'operator'
    role: 'Key Vault Certificates Officer'
    on: 'vault:responder'
    when: ['operator', 'responder', 'certificate']
    why: 'Makes and renews the certificate of the acting registration.'
    without: 'The certificate cannot be made.'
  }
]

var chosen = concat([credential], features, contains(principals, 'operator') ? ['operator'] : [])
var valid = filter(grants, grant => empty(filter(grant.when, condition => !contains(chosen, condition))))
var placed = map(valid, grant => {
  identity: grant.identity
  roleId: roleIds[grant.role]
  kind: split(grant.on, ':')[0]
  place: split(split(grant.on, ':')[1], '/')[0]
  child: last(split(grant.on, '/'))
})
var onAccounts = filter(placed, grant => grant.kind == 'account')
var onVaults = filter(placed, grant => grant.kind == 'vault')
var onSecrets = filter(placed, grant => grant.kind == 'secret')
var onKeys = filter(placed, grant => grant.kind == 'key')
var onComponents = filter(placed, grant => grant.kind == 'component')
var principalTypes = {
  relay: 'ServicePrincipal'
  responder: 'ServicePrincipal'
  operator: operatorType
}

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = [
  for grant in onAccounts: {
    name: accounts[grant.place]
  }
]

resource accountGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in onAccounts: {
    name: guid(account[index].id, principals[grant.identity], grant.roleId)
    scope: account[index]
    properties: {
      principalId: principals[grant.identity]
      principalType: principalTypes[grant.identity]
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.roleId)
    }
  }
]

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = [
  for grant in onVaults: {
    name: vaults[grant.place]
  }
]

resource vaultGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in onVaults: {
    name: guid(vault[index].id, principals[grant.identity], grant.roleId)
    scope: vault[index]
    properties: {
      principalId: principals[grant.identity]
      principalType: principalTypes[grant.identity]
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.roleId)
    }
  }
]

// A single secret or key is a scope of its own. It need not exist yet: the assignment names it.
resource secret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = [
  for grant in onSecrets: {
    name: '${vaults[grant.place]}/${grant.child}'
  }
]

resource secretGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in onSecrets: {
    name: guid(secret[index].id, principals[grant.identity], grant.roleId)
    scope: secret[index]
    properties: {
      principalId: principals[grant.identity]
      principalType: principalTypes[grant.identity]
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.roleId)
    }
  }
]

resource key 'Microsoft.KeyVault/vaults/keys@2024-11-01' existing = [
  for grant in onKeys: {
    name: '${vaults[grant.place]}/${grant.child}'
  }
]

resource keyGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in onKeys: {
    name: guid(key[index].id, principals[grant.identity], grant.roleId)
    scope: key[index]
    properties: {
      principalId: principals[grant.identity]
      principalType: principalTypes[grant.identity]
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.roleId)
    }
  }
]

resource component 'Microsoft.Insights/components@2020-02-02' existing = [
  for grant in onComponents: {
    name: componentName
  }
]

resource componentGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in onComponents: {
    name: guid(component[index].id, principals[grant.identity], grant.roleId)
    scope: component[index]
    properties: {
      principalId: principals[grant.identity]
      principalType: principalTypes[grant.identity]
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.roleId)
    }
  }
]
