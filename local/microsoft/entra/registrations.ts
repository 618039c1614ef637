import { randomBytes } from 'node:crypto';
import type { Tenant } from '../world/incident';
import { guidOf } from '../world/random';
import type { Resource } from './resources';
import { defenderResource, graphResource } from './resources';

export interface ClientSecret {
  value: string;
  /** Epoch seconds; undefined: never. */
  expiresAt: number | undefined;
}

export interface Registration {
  readonly clientId: string;
  readonly displayName: string;
  /** Known outside its home tenant, where an administrator consented. */
  readonly multiTenant: boolean;
  /** All that are valid side by side, as during a rotation, and expired ones until they are removed. */
  readonly secrets: ClientSecret[];
}

export interface Registrations {
  /** Reads incidents in every customer's tenant. */
  readonly reader: Registration;
  /** The relay's own API, in the home tenant. */
  readonly api: Registration & { readonly resource: Resource };
  /** A demo client with the role Relay.Admin on the API. */
  readonly operator: Registration;
  readonly managedIdentity: { readonly clientId: string; readonly principalId: string };
  find(clientId: string): Registration | undefined;
  /** Object id of the service principal that stands for an application in a tenant. */
  principalId(clientId: string, tenantId: string): string;
  /** @throws RangeError for a client that is not registered. */
  addSecret(clientId: string, secret?: { value?: string; expiresAt?: number }): string;
  removeSecret(clientId: string, value: string): void;
}

export const readerRoles = ['SecurityIncident.Read.All', 'SecurityAlert.Read.All', 'ThreatHunting.Read.All'];
/** What the reader holds on Microsoft Threat Protection. */
export const defenderRoles = ['Incident.Read.All', 'AdvancedHunting.Read.All'];
export const apiRoles = ['Relay.Reader', 'Relay.Analyst', 'Relay.Admin', 'Relay.Responder'] as const;

/** The provider's registrations: ids follow from the seed, secrets are new at each start. */
export function createRegistrations(seed: number): Registrations {
  const register = (name: string, displayName: string, multiTenant: boolean): Registration => ({
    clientId: guidOf(seed, 'client', name),
    displayName,
    multiTenant,
    secrets: [{ value: newSecret(), expiresAt: undefined }],
  });
  const reader = register('reader', 'XDR relay reader', true);
  const operator = register('operator', 'XDR relay operator (demo)', false);
  const apiRegistration = register('api', 'XDR relay API', false);
  const { clientId } = apiRegistration;
  const api = { ...apiRegistration, resource: { uri: `api://${clientId}`, clientId, tokenVersion: 2 as const } };
  const all = new Map<string, Registration>([reader, api, operator].map((each) => [each.clientId, each]));
  return {
    reader,
    api,
    operator,
    managedIdentity: {
      clientId: guidOf(seed, 'client', 'managedIdentity'),
      principalId: guidOf(seed, 'principal', 'managedIdentity'),
    },
    find: (id) => all.get(id.toLowerCase()),
    principalId: (id, tenantId) => guidOf(seed, 'principal', id, tenantId),
    addSecret: (id, { value = newSecret(), expiresAt } = {}) => {
      const registration = all.get(id);
      if (registration === undefined) throw new RangeError(`no registration ${id}`);
      registration.secrets.push({ value, expiresAt });
      return value;
    },
    removeSecret: (id, value) => {
      const secrets = all.get(id)?.secrets ?? [];
      const position = secrets.findIndex((secret) => secret.value === value);
      if (position >= 0) secrets.splice(position, 1);
    },
  };
}

/** App roles an application holds on a resource in a tenant whose administrator granted what was asked. */
export function grantedRoles(registrations: Registrations, client: Registration, resource: Resource): string[] {
  if (client === registrations.reader && resource === graphResource) return readerRoles;
  if (client === registrations.reader && resource === defenderResource) return defenderRoles;
  if (client === registrations.operator && resource === registrations.api.resource) return ['Relay.Admin'];
  return [];
}

/** Whether the application can sign in to a tenant at all, consent of the tenant's administrator aside. */
export function isKnownIn(registration: Registration, tenant: Tenant): boolean {
  return registration.multiTenant || tenant.index < 0;
}

/** As Entra makes them: 40 characters, a few of them not alphanumeric. */
function newSecret(): string {
  const text = randomBytes(30).toString('base64url');
  return `${text.slice(0, 3)}8Q~${text.slice(6)}`;
}
