// The registrations of the app: separate ones, because consent always asks for everything on a registration and a
// tenant without Defender's principals would refuse it all; or one for everything, which is enough for a single company.
import { permissions } from 'permissions.bicep'
import { credentialKind, feature } from 'types.bicep'

@description('Required. Unique name in the home tenant; further registrations add -writer, -api and so on.')
param uniqueName string

@description('Required. Name that administrators see when they consent.')
param displayName string

@description('Required. separate: one a purpose. one: everything but the responder on a single registration.')
param layout 'separate' | 'one'

@description('Required. What the app can do beyond reading incidents.')
param features feature[]

@description('Required. How the app proves who it is.')
param credential credentialKind

@description('Optional. Public halves of certificates in base64, by registration.')
param certificates object = {}

@description('Required. Object id of the identity of the relay.')
param relayPrincipalId string

@description('Required. Object id of the identity of the responder; empty without one.')
param responderPrincipalId string

@description('Required. Where consent comes back to.')
param consentRedirectUri string

@description('Required. The same for the responder; empty without one.')
param responderRedirectUri string

var purposes = concat(
  ['reader', 'api'],
  contains(features, 'writeBack') ? ['writer'] : [],
  contains(features, 'defender') ? ['defender'] : []
)
// Without the user context the API needs its roles and its scope only, and no permission anywhere.
var asked = filter(permissions, row => row.registration != 'api' || contains(features, 'userContext'))

var relayRegistrations = layout == 'one'
  ? [
      {
        name: 'reader'
        purposes: purposes
      }
    ]
  : map(purposes, purpose => {
      name: purpose
      purposes: [purpose]
    })
var ownRegistrations = concat(
  contains(features, 'cli') ? ['cli'] : [],
  contains(features, 'responder') ? ['responder'] : []
)
var wanted = concat(
  relayRegistrations,
  map(ownRegistrations, purpose => {
    name: purpose
    purposes: [purpose]
  })
)

module registration 'registration.bicep' = [
  for one in wanted: {
    name: 'registration-${one.name}'
    params: {
      uniqueName: one.name == 'reader' ? uniqueName : '${uniqueName}-${one.name}'
      displayName: one.name == 'reader' ? displayName : '${displayName} ${one.name}'
      multiTenant: one.name != 'api'
      permissions: filter(asked, row => contains(one.purposes, row.registration))
      exposesApi: contains(one.purposes, 'api')
      isPublicClient: one.name == 'cli'
      redirectUris: one.name == 'cli'
        ? []
        : [one.name == 'responder' ? responderRedirectUri : consentRedirectUri]
      credential: credential
      certificate: certificates[?one.name] ?? ''
      identityPrincipalId: one.name == 'responder' ? responderPrincipalId : relayPrincipalId
    }
  }
]

@description('Client ids of the registrations that exist.')
output clientIds { name: string, clientId: string }[] = [
  for (one, index) in wanted: {
    name: one.name
    clientId: registration[index].outputs.clientId
  }
]
