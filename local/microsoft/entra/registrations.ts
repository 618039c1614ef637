import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import type { Tenant } from '../world/incident';
import { guidOf } from '../world/random';
import type { Resource } from './resources';
import { defenderResource, endpointResource, graphResource } from './resources';

export interface ClientSecret {
  value: string;
  /** Epoch seconds; undefined: never. */
  expiresAt: number | undefined;
}

export interface RegisteredCertificate {
  /** SHA-256 of the certificate, base64url. */
  readonly thumbprint: string;
  readonly publicKey: KeyObject;
}

/** @see https://learn.microsoft.com/graph/api/resources/federatedidentitycredential */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  /** As `api://AzureADTokenExchange`. */
  readonly audience: string;
}

export interface Registration {
  readonly clientId: string;
  readonly displayName: string;
  /** Known outside its home tenant, where an administrator consented. */
  readonly multiTenant: boolean;
  /** All that are valid side by side, as during a rotation, and expired ones until they are removed. */
  readonly secrets: ClientSecret[];
  /** Public halves of the certificates it may sign with. */
  readonly certificates: RegisteredCertificate[];
  /** Identities whose tokens it takes in place of a secret. */
  readonly federated: FederatedCredential[];
}

export interface Registrations {
  /** Reads incidents in every customer's tenant. */
  readonly reader: Registration;
  /** Writes to incidents where a customer allows it. */
  readonly writer: Registration;
  /** Uses Microsoft Threat Protection where a customer has it. */
  readonly defender: Registration;
  /** Another application, of a customer who brought one. */
  readonly tenantOwn: Registration;
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
  /** @throws RangeError for a client that is not registered. */
  addCertificate(clientId: string, certificate: RegisteredCertificate): void;
  removeCertificate(clientId: string, thumbprint: string): void;
  /** @throws RangeError for a client that is not registered. */
  trust(clientId: string, credential: FederatedCredential): void;
}

export const readerRoles = ['SecurityIncident.Read.All', 'SecurityAlert.Read.All', 'ThreatHunting.Read.All'];
/** What the reader holds on Microsoft Threat Protection. */
export const defenderRoles = ['Incident.Read.All', 'AdvancedHunting.Read.All'];
/** What reads machines, alerts and hunts in Defender for Endpoint; none of it can act on a machine. */
export const endpointRoles = ['Machine.Read.All', 'Alert.Read.All', 'AdvancedQuery.Read.All'];
export const writerRoles = ['SecurityIncident.ReadWrite.All'];
export const apiRoles = ['Relay.Reader', 'Relay.Analyst', 'Relay.Admin', 'Relay.Responder'] as const;

/** The provider's registrations: ids follow from the seed, secrets are new at each start. */
export function createRegistrations(seed: number): Registrations {
  const register = (name: string, displayName: string, multiTenant: boolean): Registration => ({
    clientId: guidOf(seed, 'client', name),
    displayName,
    multiTenant,
    secrets: [{ value: newSecret(), expiresAt: undefined }],
    certificates: [],
    federated: [],
  });
  const reader = register('reader', 'XDR relay reader', true);
  const writer = register('writer', 'XDR relay writer', true);
  const defender = register('defender', 'XDR relay for Defender', true);
  const tenantOwn = register('tenantOwn', 'Incident reader of a customer', true);
  const operator = register('operator', 'XDR relay operator (demo)', false);
  const apiRegistration = register('api', 'XDR relay API', false);
  const { clientId } = apiRegistration;
  const api = { ...apiRegistration, resource: { uri: `api://${clientId}`, clientId, tokenVersion: 2 as const } };
  const all = new Map<string, Registration>(
    [reader, writer, defender, tenantOwn, api, operator].map((each) => [each.clientId, each]),
  );
  const mustFind = (id: string): Registration => {
    const registration = all.get(id);
    if (registration === undefined) throw new RangeError(`no registration ${id}`);
    return registration;
  };
  return {
    reader,
    writer,
    defender,
    tenantOwn,
    api,
    operator,
    managedIdentity: {
      clientId: guidOf(seed, 'client', 'managedIdentity'),
      principalId: guidOf(seed, 'principal', 'managedIdentity'),
    },
    find: (id) => all.get(id.toLowerCase()),
    principalId: (id, tenantId) => guidOf(seed, 'principal', id, tenantId),
    addSecret: (id, { value = newSecret(), expiresAt } = {}) => {
      mustFind(id).secrets.push({ value, expiresAt });
      return value;
    },
    removeSecret: (id, value) => {
      const secrets = all.get(id)?.secrets ?? [];
      const position = secrets.findIndex((secret) => secret.value === value);
      if (position >= 0) secrets.splice(position, 1);
    },
    addCertificate: (id, { thumbprint, publicKey }) => void mustFind(id).certificates.push({ thumbprint, publicKey }),
    removeCertificate: (id, thumbprint) => {
      const certificates = all.get(id)?.certificates ?? [];
      const position = certificates.findIndex((each) => each.thumbprint === thumbprint);
      if (position >= 0) certificates.splice(position, 1);
    },
    trust: (id, credential) => void mustFind(id).federated.push(credential),
  };
}

/** App roles an application holds on a resource in a tenant whose administrator granted what was asked. */
export function grantedRoles(registrations: Registrations, client: Registration, resource: Resource): string[] {
  if (client === registrations.reader && resource === graphResource) return readerRoles;
  if (client === registrations.reader && resource === defenderResource) return defenderRoles;
  if (client === registrations.writer && resource === graphResource) return writerRoles;
  if (client === registrations.defender && resource === defenderResource) return defenderRoles;
  if (client === registrations.tenantOwn && resource === graphResource) return readerRoles;
  if (client === registrations.tenantOwn && resource === defenderResource) return defenderRoles;
  const readsEndpoint = [registrations.reader, registrations.defender, registrations.tenantOwn].includes(client);
  if (readsEndpoint && resource === endpointResource) return endpointRoles;
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
