import type { Resource } from './resources';
import { defenderResource, endpointResource, graphResource } from './resources';

/** What an application asks for on one resource, or was granted there. */
export interface Access {
  readonly resource: Resource;
  /** App roles, for the application by itself. */
  readonly roles: readonly string[];
  /** Delegated permissions, in the name of a signed-in user. */
  readonly scopes: readonly string[];
}

export const apiRoles = ['Relay.Reader', 'Relay.Analyst', 'Relay.Admin', 'Relay.Responder'] as const;
export const apiScope = 'access_as_user';

/** Delegated permissions by client id of the resource; the names differ from the app roles on the two Defender resources.
 *  @see https://learn.microsoft.com/graph/permissions-reference */
const scopesByResource: Readonly<Record<string, readonly string[]>> = {
  [graphResource.clientId]: [
    ...['User.Read', 'GroupMember.Read.All', 'Directory.Read.All', 'DelegatedAdminRelationship.Read.All'],
    ...['SecurityIncident.Read.All', 'SecurityIncident.ReadWrite.All', 'ThreatHunting.Read.All'],
    ...['SecurityAlert.Read.All', 'SecurityAlert.ReadWrite.All'],
  ],
  [defenderResource.clientId]: [
    ...['Incident.Read', 'Incident.ReadWrite', 'AdvancedHunting.Read', 'CustomDetections.ReadWrite'],
  ],
  [endpointResource.clientId]: [
    ...['Alert.Read', 'Alert.ReadWrite', 'Machine.Read', 'Machine.ReadWrite', 'Machine.Isolate', 'Machine.Scan'],
    ...['Machine.CollectForensics', 'Machine.RestrictExecution', 'Machine.StopAndQuarantine', 'Machine.LiveResponse'],
    ...['Machine.Offboard', 'AdvancedQuery.Read', 'Vulnerability.Read', 'User.Read.All', 'Ti.ReadWrite'],
  ],
};

/** Whether the resource has this delegated permission at all. */
export function hasScope(resource: Resource, scope: string): boolean {
  const isOurApi = resource.uri === `api://${resource.clientId}`;
  return scopesByResource[resource.clientId]?.includes(scope) ?? (isOurApi && scope === apiScope);
}

/** Whether only an administrator may grant it. Which of the two Defender resources' do is not documented: all of them here. */
export function isForAdministrators(scope: string): boolean {
  return scope !== 'User.Read' && scope !== apiScope;
}

const titles: Readonly<Record<string, string>> = {
  'SecurityIncident.Read.All': 'Read all security incidents',
  'SecurityIncident.ReadWrite.All': 'Read and write to all security incidents',
  'SecurityAlert.Read.All': 'Read all security alerts',
  'ThreatHunting.Read.All': 'Run hunting queries',
  'GroupMember.Read.All': 'Read all group memberships',
  'DelegatedAdminRelationship.Read.All': 'Read delegated admin relationships with customers',
  'Incident.Read.All': 'Read all incidents',
  'Incident.ReadWrite.All': 'Read and write all incidents',
  'Incident.Read': 'Read incidents',
  'Incident.ReadWrite': 'Read and write incidents',
  'AdvancedHunting.Read.All': 'Run advanced hunting queries',
  'AdvancedHunting.Read': 'Run advanced hunting queries',
  'AdvancedQuery.Read.All': 'Run advanced queries',
  'AdvancedQuery.Read': 'Run advanced queries',
  'Machine.Read.All': 'Read all machine profiles',
  'Machine.Read': 'Read machine information',
  'Machine.Isolate': 'Isolate machine',
  'Machine.Scan': 'Scan machine',
  'Alert.Read.All': 'Read all alerts',
  'Alert.Read': 'Read alerts',
  'User.Read': 'Sign you in and read your profile',
  access_as_user: 'Use xdr-relay in your name',
};

/** As the consent page calls a permission. */
export function titleOf(permission: string): string {
  return titles[permission] ?? permission;
}
