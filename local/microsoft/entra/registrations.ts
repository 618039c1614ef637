import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { guidOf } from '../world/random';
import type { Access } from './permissions';
import { apiScope } from './permissions';
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
  /** Runs where no secret can be kept, so it has none and must not show any. */
  readonly isPublic: boolean;
  /** Where answers may be sent to; each must be named exactly, but for the port of a loopback address. */
  readonly redirectUris: string[];
  /** Permissions listed on the registration: what an administrator is asked for. */
  readonly asks: readonly Access[];
  /** Permissions a customer's administrator gave from the beginning though the registration does not list them. */
  readonly besides: readonly Access[];
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
  /** The command line: a public client for people of any tenant. */
  readonly cli: Registration;
  /** A demo client with the role Relay.Admin on the API. */
  readonly operator: Registration;
  readonly managedIdentity: { readonly clientId: string; readonly principalId: string };
  readonly all: readonly Registration[];
  find(clientId: string): Registration | undefined;
  /** Object id of the service principal that stands for an application in a tenant. */
  principalId(clientId: string, tenantId: string): string;
  /** @throws RangeError for a client that is not registered. */
  addSecret(clientId: string, secret?: { value?: string; expiresAt?: number }): string;
  removeSecret(clientId: string, value: string): void;
  /** @throws RangeError for a client that is not registered. */
  addRedirectUri(clientId: string, uri: string): void;
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

const rolesOn = (resource: Resource, roles: readonly string[]): Access => ({ resource, roles, scopes: [] });
const scopesOn = (resource: Resource, scopes: readonly string[]): Access => ({ resource, roles: [], scopes });

const defenderAccess = [rolesOn(defenderResource, defenderRoles), rolesOn(endpointResource, endpointRoles)];
const readAsUser = [
  scopesOn(graphResource, ['User.Read', ...readerRoles]),
  scopesOn(defenderResource, ['Incident.Read', 'AdvancedHunting.Read']),
  scopesOn(endpointResource, ['Machine.Read', 'Alert.Read', 'AdvancedQuery.Read']),
];
const apiAccess: readonly Access[] = [
  {
    resource: graphResource,
    roles: ['GroupMember.Read.All', 'DelegatedAdminRelationship.Read.All'],
    scopes: ['User.Read', ...readerRoles, ...writerRoles],
  },
  scopesOn(defenderResource, ['Incident.Read', 'Incident.ReadWrite', 'AdvancedHunting.Read']),
  scopesOn(endpointResource, ['Machine.Read', 'Alert.Read', 'AdvancedQuery.Read']),
];

type Traits = Partial<Pick<Registration, 'multiTenant' | 'isPublic' | 'redirectUris' | 'asks' | 'besides'>>;

/** The provider's registrations: ids follow from the seed, secrets are new at each start. */
export function createRegistrations(seed: number): Registrations {
  const register = (name: string, displayName: string, traits: Traits = {}): Registration => {
    const { multiTenant = true, isPublic = false, redirectUris = [], asks = [], besides = [] } = traits;
    return {
      clientId: guidOf(seed, 'client', name),
      displayName,
      ...{ multiTenant, isPublic, redirectUris, asks, besides },
      secrets: isPublic ? [] : [{ value: newSecret(), expiresAt: undefined }],
      certificates: [],
      federated: [],
    };
  };
  const apiRegistration = register('api', 'XDR relay API', { multiTenant: false, asks: apiAccess });
  const { clientId } = apiRegistration;
  const resource: Resource = {
    uri: `api://${clientId}`,
    clientId,
    displayName: apiRegistration.displayName,
    tokenVersion: 2,
  };
  const api = { ...apiRegistration, resource };
  // A single company reads with one registration what others split; its consent came before the list was shortened.
  const reader = register('reader', 'XDR relay reader', {
    asks: [rolesOn(graphResource, readerRoles)],
    besides: defenderAccess,
  });
  const writer = register('writer', 'XDR relay writer', { asks: [rolesOn(graphResource, writerRoles)] });
  const defender = register('defender', 'XDR relay for Defender', { asks: defenderAccess });
  const tenantOwn = register('tenantOwn', 'Incident reader of a customer', {
    asks: [rolesOn(graphResource, readerRoles), ...defenderAccess],
  });
  const operator = register('operator', 'XDR relay operator (demo)', {
    multiTenant: false,
    asks: [rolesOn(resource, ['Relay.Admin'])],
  });
  const cli = register('cli', 'XDR relay command line', {
    isPublic: true,
    redirectUris: ['http://localhost'],
    asks: readAsUser,
    besides: [scopesOn(resource, [apiScope])],
  });
  const all = new Map<string, Registration>(
    [reader, writer, defender, tenantOwn, api, cli, operator].map((each) => [each.clientId, each]),
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
    cli,
    operator,
    managedIdentity: {
      clientId: guidOf(seed, 'client', 'managedIdentity'),
      principalId: guidOf(seed, 'principal', 'managedIdentity'),
    },
    all: [...all.values()],
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
    addRedirectUri: (id, uri) => {
      const { redirectUris } = mustFind(id);
      if (!redirectUris.includes(uri)) redirectUris.push(uri);
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

/** Whether the registration allows answers to be sent there. Of a loopback address the port does not count (RFC 8252, 7.3). */
export function isRedirectUri({ redirectUris }: Registration, uri: string): boolean {
  if (redirectUris.includes(uri)) return true;
  const bare = withoutLoopbackPort(uri);
  return bare !== undefined && redirectUris.some((each) => withoutLoopbackPort(each) === bare);
}

function withoutLoopbackPort(uri: string): string | undefined {
  if (!URL.canParse(uri)) return undefined;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(uri);
  const isLoopback = protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1');
  if (!isLoopback || `${username}${password}${hash}` !== '') return undefined;
  return `${hostname}${pathname}${search}`;
}

/** As Entra makes them: 40 characters, a few of them not alphanumeric. */
function newSecret(): string {
  const text = randomBytes(30).toString('base64url');
  return `${text.slice(0, 3)}8Q~${text.slice(6)}`;
}
