// One app registration in the home tenant with its service principal there and, without a secret, the trust in the
// app's managed identity. Client secrets cannot be declared: scripts/create-secret makes them.
// Deploys with Application Administrator (or Application.ReadWrite.OwnedBy); the consent of tenants is an act of its own.
extension microsoftGraphV1

import { apis, apiScope, appRoles } from 'permissions.bicep'
import { credentialKind } from 'types.bicep'

@description('Required. Unique name of the registration in the home tenant; it cannot change later.')
param uniqueName string

@description('Required. Name that administrators see when they consent.')
param displayName string

@description('Required. True: tenants other than the home tenant can consent.')
param multiTenant bool

@description('Required. The rows of permissions.bicep this registration asks for.')
param permissions { api: string, id: string, type: string, *: string }[]

@description('Required. True: it stands for our API, with its app roles and its scope.')
param exposesApi bool

@description('Required. True: a public client (loopback redirect and device code), which has no credential.')
param isPublicClient bool

@description('Required. Where consent comes back to; empty for none.')
param redirectUris string[]

@description('Required. How the app proves that it is this registration.')
param credential credentialKind

@description('Optional. The public half of the certificate in base64, where the credential is a certificate. Empty: scripts/create-certificate adds it.')
param certificate string = ''

@description('Required. Object id of the managed identity that may be this registration, where the credential is federated.')
param identityPrincipalId string

var trustsIdentity = credential == 'federated' && !isPublicClient
var exchangeAudience = {
  AzureCloud: 'api://AzureADTokenExchange'
  AzureUSGovernment: 'api://AzureADTokenExchangeUSGov'
  AzureChinaCloud: 'api://AzureADTokenExchangeChina'
}[environment().name]

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: multiTenant ? 'AzureADMultipleOrgs' : 'AzureADMyOrg'
  // Nobody in a customer's tenant can add a credential to the copy of the app that consent puts there.
  servicePrincipalLockConfiguration: {
    isEnabled: true
    allProperties: true
  }
  requiredResourceAccess: map(union(map(permissions, permission => permission.api), []), api => {
    resourceAppId: apis[api]
    resourceAccess: map(filter(permissions, permission => permission.api == api), permission => {
      id: permission.id
      type: permission.type
    })
  })
  // The tenant's id in front is what every tenant's policy on identifier URIs allows. Tokens carry the client id as audience.
  identifierUris: exposesApi ? ['api://${tenant().tenantId}/${uniqueName}'] : []
  // The groups of a caller are what a tenant's `groups` are met with.
  groupMembershipClaims: exposesApi ? 'SecurityGroup' : 'None'
  appRoles: exposesApi
    ? map(appRoles, role => {
        id: role.id
        value: role.value
        displayName: role.value
        description: role.description
        allowedMemberTypes: ['User', 'Application']
        isEnabled: true
      })
    : []
  api: {
    requestedAccessTokenVersion: 2
    oauth2PermissionScopes: exposesApi
      ? [
          {
            id: apiScope.id
            value: apiScope.value
            type: 'User'
            isEnabled: true
            adminConsentDisplayName: 'Use xdr-relay'
            adminConsentDescription: 'Calls the xdr-relay API in the name of the signed-in user, within the roles this user has.'
            userConsentDisplayName: 'Use xdr-relay'
            userConsentDescription: 'Calls the xdr-relay API in your name, within the roles you have.'
          }
        ]
      : []
  }
  isFallbackPublicClient: isPublicClient
  ...(isPublicClient
    ? { publicClient: { redirectUris: ['http://localhost'] } }
    : {
        web: {
          redirectUris: redirectUris
          implicitGrantSettings: {
            enableAccessTokenIssuance: false
            enableIdTokenIssuance: false
          }
        }
      })
  // Left out, not emptied, where no certificate is given here: a deployment must not remove what the script added.
  ...(certificate == '' || credential != 'certificate' || isPublicClient
    ? {}
    : {
        keyCredentials: [
          {
            displayName: 'vault'
            type: 'AsymmetricX509Cert'
            usage: 'Verify'
            key: certificate
          }
        ]
      })

  resource trust 'federatedIdentityCredentials@v1.0' = if (trustsIdentity) {
    name: '${app.uniqueName}/managed-identity'
    description: 'The managed identity of xdr-relay is this registration: no secret exists.'
    issuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
    subject: identityPrincipalId
    audiences: [exchangeAudience]
  }
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: app.appId
}

@description('Client id of the registration.')
output clientId string = app.appId

@description('Object id of its service principal in the home tenant.')
output servicePrincipalId string = servicePrincipal.id
