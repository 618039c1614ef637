import type { RegistrationName } from '../model/registration';
import type { BackEnd } from '../model/tenant';

/** Graph's security API · Microsoft Threat Protection (the Defender API) · Defender for Endpoint (WindowsDefenderATP). */
export type Api = 'graph' | 'mtp' | 'mde';

/** What the relay does through an API. */
export type Feature = 'incidents' | 'alerts' | 'hunting' | 'writing' | 'machines';

/** One feature through one API, and what opens it: any one of the names is enough, the first is the one to ask for. */
export interface Need {
  readonly feature: Feature;
  readonly application: readonly [string, ...string[]];
  readonly delegated: readonly [string, ...string[]];
}

/** An app's own token, which carries `roles` · a person's, which carries `scp`. */
export type TokenKind = 'application' | 'delegated';

/** Graph calls both kinds by one name. */
const sameFor = (feature: Feature, permissions: Need['application']): Need => ({
  feature,
  application: permissions,
  delegated: permissions,
});

/**
 * The permissions of each feature. A refusal of Graph's for alerts names those of incidents as enough, too.
 * @see https://learn.microsoft.com/graph/api/security-list-incidents · https://learn.microsoft.com/graph/api/security-list-alerts_v2
 * @see https://learn.microsoft.com/graph/api/security-security-runhuntingquery
 * @see https://learn.microsoft.com/defender-xdr/api-list-incidents · https://learn.microsoft.com/defender-xdr/api-advanced-hunting
 * @see https://learn.microsoft.com/defender-endpoint/api/get-machines · https://learn.microsoft.com/defender-endpoint/api/get-alerts
 * @see https://learn.microsoft.com/defender-endpoint/api/run-advanced-query-api
 */
export const needs: Readonly<Record<Api, readonly Need[]>> = {
  graph: [
    sameFor('incidents', ['SecurityIncident.Read.All', 'SecurityIncident.ReadWrite.All']),
    sameFor('alerts', [
      'SecurityAlert.Read.All',
      'SecurityAlert.ReadWrite.All',
      'SecurityIncident.Read.All',
      'SecurityIncident.ReadWrite.All',
    ]),
    sameFor('hunting', ['ThreatHunting.Read.All']),
    sameFor('writing', ['SecurityIncident.ReadWrite.All']),
  ],
  mtp: [
    {
      feature: 'incidents',
      application: ['Incident.Read.All', 'Incident.ReadWrite.All'],
      delegated: ['Incident.Read', 'Incident.ReadWrite'],
    },
    { feature: 'hunting', application: ['AdvancedHunting.Read.All'], delegated: ['AdvancedHunting.Read'] },
    { feature: 'writing', application: ['Incident.ReadWrite.All'], delegated: ['Incident.ReadWrite'] },
  ],
  mde: [
    {
      feature: 'machines',
      application: ['Machine.Read.All', 'Machine.ReadWrite.All'],
      delegated: ['Machine.Read', 'Machine.ReadWrite'],
    },
    {
      feature: 'alerts',
      application: ['Alert.Read.All', 'Alert.ReadWrite.All'],
      delegated: ['Alert.Read', 'Alert.ReadWrite'],
    },
    { feature: 'hunting', application: ['AdvancedQuery.Read.All'], delegated: ['AdvancedQuery.Read'] },
  ],
};

/** The names people know the resources by, in the portals and in consent pages. */
export const apiNames: Readonly<Record<Api, string>> = {
  graph: 'Microsoft Graph',
  mtp: 'Microsoft Threat Protection',
  mde: 'WindowsDefenderATP',
};

/** Through which API a back end is read and written. */
export const apiOf = (backend: BackEnd): Api => (backend === 'graph' ? 'graph' : 'mtp');

/** What one of the app's registrations is for, by API: the first feature is what it is there for, the others are asked for beside it. */
const purposes: Readonly<Record<RegistrationName, Readonly<Partial<Record<Api, readonly Feature[]>>>>> = {
  reader: { graph: ['incidents', 'alerts', 'hunting'] },
  writer: { graph: ['writing'], mtp: ['writing'] },
  // Hunting through Defender for Endpoint is in no registration of ours: where it is granted, it is used.
  defender: { mtp: ['incidents', 'hunting'], mde: ['machines', 'alerts'] },
};

/** What `registration` needs of `api`, what it is there for first; empty where it has no business there. */
export const needsOf = (registration: RegistrationName, api: Api): readonly Need[] =>
  (purposes[registration][api] ?? []).flatMap((wanted) => needs[api].filter(({ feature }) => feature === wanted));

/** Those of `wanted` that none of the permissions `held` opens. */
export const missingNeeds = (wanted: readonly Need[], kind: TokenKind, held: readonly string[]): readonly Need[] =>
  wanted.filter((need) => !need[kind].some((permission) => held.includes(permission)));

/** `SecurityIncident.Read.All of Microsoft Graph`: what to ask for. */
export const permissionText = (api: Api, kind: TokenKind, missing: readonly Need[]): string =>
  `${missing.map((need) => need[kind][0]).join(', ')} of ${apiNames[api]}`;
