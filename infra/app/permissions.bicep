// What each registration may do in a tenant that consented. `type` Role is the app by itself, Scope is in the name of a
// signed-in user. Names and ids are Microsoft's own; docs/permissions.md is made from this file.

@export()
@description('The APIs that the permissions belong to.')
var apis = {
  graph: '00000003-0000-0000-c000-000000000000'
  defenderXdr: '8ee8fdad-f234-4243-8f3b-15c294843740'
  endpoint: 'fc780465-2017-40d4-a0c5-307022471b92'
}

@export()
@description('Permissions by registration.')
var permissions = [
  {
    registration: 'reader'
    api: 'graph'
    name: 'SecurityIncident.Read.All'
    type: 'Role'
    id: '45cc0394-e837-488b-a098-1918f48d186c'
    why: 'Reads incidents with their alerts.'
    without: 'The tenant cannot be read: access is blocked.'
  }
  {
    registration: 'reader'
    api: 'graph'
    name: 'SecurityAlert.Read.All'
    type: 'Role'
    id: '472e4a4d-bb4a-4026-98d1-0b0d74cb74a5'
    why: 'Reads alerts apart where an incident cannot be read with them.'
    without: 'An incident that breaks with its alerts is kept without them.'
  }
  {
    registration: 'reader'
    api: 'graph'
    name: 'ThreatHunting.Read.All'
    type: 'Role'
    id: 'dd98c7f5-2d42-42d3-a0e4-633161547251'
    why: 'Runs the hunting queries of analysts.'
    without: 'Hunting answers 403; incidents are read all the same.'
  }
  {
    registration: 'writer'
    api: 'graph'
    name: 'SecurityIncident.ReadWrite.All'
    type: 'Role'
    id: '34bf0e97-1971-4929-b999-9e2442d941d7'
    why: 'Writes status, classification, owner, tags and comments back.'
    without: 'Nothing is written back; reading goes on.'
  }
  {
    registration: 'defender'
    api: 'defenderXdr'
    name: 'Incident.Read.All'
    type: 'Role'
    id: 'a9790345-4595-42e4-971a-ccdc79f19b7c'
    why: 'Reads incidents through the Defender API.'
    without: 'Tenants on the defender back end cannot be read.'
  }
  {
    registration: 'defender'
    api: 'defenderXdr'
    name: 'AdvancedHunting.Read.All'
    type: 'Role'
    id: '7734e8e5-8dde-42fc-b5ae-6eafea078693'
    why: 'Hunts through the Defender API.'
    without: 'No hunting on the defender back end.'
  }
  {
    registration: 'defender'
    api: 'endpoint'
    name: 'Machine.Read.All'
    type: 'Role'
    id: 'ea8291d3-4b9a-44b5-bc3a-6cea3026dc79'
    why: 'Reads machines.'
    without: 'No machines beside an incident.'
  }
  {
    registration: 'defender'
    api: 'endpoint'
    name: 'Alert.Read.All'
    type: 'Role'
    id: '71fe6b80-7034-4028-9ed8-0f316df9c3ff'
    why: 'Reads the alerts of Defender for Endpoint.'
    without: 'No Endpoint alerts.'
  }
  {
    registration: 'responder'
    api: 'endpoint'
    name: 'Machine.Read.All'
    type: 'Role'
    id: 'ea8291d3-4b9a-44b5-bc3a-6cea3026dc79'
    why: 'Sees the machine before it acts on it.'
    without: 'No action can be asked for.'
  }
  {
    registration: 'responder'
    api: 'endpoint'
    name: 'Machine.Isolate'
    type: 'Role'
    id: '7e4e1300-e1b9-4102-88ba-f0cb6e6d5974'
    why: 'Isolates machines and releases them.'
    without: 'Isolation answers 403.'
  }
  {
    registration: 'responder'
    api: 'endpoint'
    name: 'Machine.Scan'
    type: 'Role'
    id: 'a86d9824-b2b6-45f8-b042-16bc4922ed4e'
    why: 'Starts a virus scan.'
    without: 'Scans answer 403.'
  }
  {
    registration: 'api'
    api: 'graph'
    name: 'GroupMember.Read.All'
    type: 'Role'
    id: '98830695-27a2-44f7-8c18-0c3ebc9698f6'
    why: 'Looks up the groups of a caller whose token does not list them all.'
    without: 'Callers in very many groups are refused, with the cure.'
  }
  {
    registration: 'api'
    api: 'graph'
    name: 'User.ReadBasic.All'
    type: 'Role'
    id: '97235f07-e226-4f63-ace3-39588e11d3a1'
    why: 'Graph wants it beside the one above, for whose groups they are.'
    without: 'Callers in very many groups are refused all the same.'
  }
  {
    registration: 'api'
    api: 'graph'
    name: 'DelegatedAdminRelationship.Read.All'
    type: 'Role'
    id: 'f6e9e124-4586-492f-adc0-c6f96e4823fd'
    why: 'Lists the partner relationships (GDAP) and their end dates.'
    without: 'Customers are not imported and end dates not counted down.'
  }
  {
    registration: 'api'
    api: 'graph'
    name: 'SecurityIncident.Read.All'
    type: 'Scope'
    id: 'b9abcc4f-94fc-4457-9141-d20ce80ec952'
    why: 'Checks what the caller may read.'
    without: 'The check cannot tell of the person who asks.'
  }
  {
    registration: 'api'
    api: 'graph'
    name: 'SecurityAlert.Read.All'
    type: 'Scope'
    id: 'bc257fb8-46b4-4b15-8713-01e91bfbe4ea'
    why: 'The same for alerts.'
    without: 'The same for alerts.'
  }
  {
    registration: 'api'
    api: 'graph'
    name: 'ThreatHunting.Read.All'
    type: 'Scope'
    id: 'b152eca8-ea73-4a48-8c98-1a6742673d99'
    why: 'The same for hunting.'
    without: 'The same for hunting.'
  }
  {
    registration: 'api'
    api: 'defenderXdr'
    name: 'Incident.Read'
    type: 'Scope'
    id: '12c153a4-4204-4224-aa3c-4626e2f47c2b'
    why: 'The same through the Defender API.'
    without: 'The same on that API.'
  }
  {
    registration: 'api'
    api: 'defenderXdr'
    name: 'AdvancedHunting.Read'
    type: 'Scope'
    id: '15f11de4-5113-4268-a2d1-0bad43d781f9'
    why: 'The same hunting through the Defender API.'
    without: 'The same on that API.'
  }
  {
    registration: 'api'
    api: 'endpoint'
    name: 'Machine.Read'
    type: 'Scope'
    id: 'fbd3d33a-b1f5-4573-906c-51b39682fbcf'
    why: 'The same for machines.'
    without: 'The same for machines.'
  }
  {
    registration: 'api'
    api: 'endpoint'
    name: 'Alert.Read'
    type: 'Scope'
    id: 'b2069dc0-9fe9-4e6d-9aca-ccf3dd503819'
    why: 'The same for alerts of Defender for Endpoint.'
    without: 'The same for them.'
  }
  {
    registration: 'api'
    api: 'graph'
    name: 'SecurityIncident.ReadWrite.All'
    type: 'Scope'
    id: '128ca929-1a19-45e6-a3b8-435ec44a36ba'
    why: 'Writes in the name of the analyst who asked.'
    without: 'Defender shows the app instead of the analyst as author.'
  }
  {
    registration: 'cli'
    api: 'graph'
    name: 'SecurityIncident.Read.All'
    type: 'Scope'
    id: 'b9abcc4f-94fc-4457-9141-d20ce80ec952'
    why: 'Reads what the signed-in user may read.'
    without: 'No user context in the CLI.'
  }
  {
    registration: 'cli'
    api: 'graph'
    name: 'SecurityAlert.Read.All'
    type: 'Scope'
    id: 'bc257fb8-46b4-4b15-8713-01e91bfbe4ea'
    why: 'Reads alerts apart as the signed-in user.'
    without: 'Alerts are read with their incidents alone.'
  }
  {
    registration: 'cli'
    api: 'graph'
    name: 'ThreatHunting.Read.All'
    type: 'Scope'
    id: 'b152eca8-ea73-4a48-8c98-1a6742673d99'
    why: 'Hunts as the signed-in user.'
    without: 'No hunting in the CLI.'
  }
  {
    registration: 'cli'
    api: 'defenderXdr'
    name: 'Incident.Read'
    type: 'Scope'
    id: '12c153a4-4204-4224-aa3c-4626e2f47c2b'
    why: 'The same through the Defender API.'
    without: 'No user context on that API.'
  }
  {
    registration: 'cli'
    api: 'defenderXdr'
    name: 'AdvancedHunting.Read'
    type: 'Scope'
    id: '15f11de4-5113-4268-a2d1-0bad43d781f9'
    why: 'The same hunting through the Defender API.'
    without: 'No hunting on that API.'
  }
  {
    registration: 'cli'
    api: 'endpoint'
    name: 'Machine.Read'
    type: 'Scope'
    id: 'fbd3d33a-b1f5-4573-906c-51b39682fbcf'
    why: 'Reads machines as the signed-in user.'
    without: 'No Endpoint in the CLI.'
  }
  {
    registration: 'cli'
    api: 'endpoint'
    name: 'Alert.Read'
    type: 'Scope'
    id: 'b2069dc0-9fe9-4e6d-9aca-ccf3dd503819'
    why: 'Reads the alerts of Defender for Endpoint as the signed-in user.'
    without: 'No Endpoint alerts in the CLI.'
  }
  {
    registration: 'cli'
    api: 'endpoint'
    name: 'AdvancedQuery.Read'
    type: 'Scope'
    id: '1fb6e712-1bd9-4184-b1c0-5e71e759196b'
    why: 'Hunts through Defender for Endpoint as the signed-in user.'
    without: 'No hunting on that API.'
  }
]

@export()
@description('Our own app roles; each holds the one before it, but Responder, which holds Reader only. The ids never change: assignments hang on them.')
var appRoles = [
  {
    value: 'Relay.Reader'
    id: 'b1a5a9b6-6f57-4d0e-9a0d-3c5f0d6b6c01'
    description: 'Sees tenants, incidents, coverage and deliveries.'
  }
  {
    value: 'Relay.Analyst'
    id: 'b1a5a9b6-6f57-4d0e-9a0d-3c5f0d6b6c02'
    description: 'Reader, and syncs, changes incidents, comments and hunts.'
  }
  {
    value: 'Relay.Admin'
    id: 'b1a5a9b6-6f57-4d0e-9a0d-3c5f0d6b6c03'
    description: 'Analyst, and manages tenants and connections and reads the audit.'
  }
  {
    value: 'Relay.Responder'
    id: 'b1a5a9b6-6f57-4d0e-9a0d-3c5f0d6b6c04'
    description: 'Reader, and asks for and approves actions on machines.'
  }
]

@export()
@description('The scope of our API for signed-in users.')
var apiScope = {
  value: 'access_as_user'
  id: 'b1a5a9b6-6f57-4d0e-9a0d-3c5f0d6b6c10'
}
