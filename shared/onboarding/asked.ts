import { consentLink, scopeOf } from '../access/links';
import type { Api } from '../access/permissions';
import { apiOf } from '../access/permissions';
import type { Config } from '../config';
import { endpointsIn } from '../config';
import type { RegistrationName } from '../model/registration';
import type { Tenant } from '../model/tenant';

export type ConsentConfig = Pick<Config, 'home' | 'endpoints' | 'registrations' | 'publicUrl'>;

/** One of our registrations as one tenant is asked for it. */
export interface Asked {
  readonly clientId: string;
  /** Entra's address, without a final slash. */
  readonly authority: string;
  /** What the registration is there for first, then what it is asked for beside that; those the tenant's cloud offers. */
  readonly apis: readonly Api[];
}

/** Through which APIs a registration acts in a tenant. */
const apisOf = (registration: RegistrationName, { backend }: Pick<Tenant, 'backend'>): readonly Api[] => {
  if (registration === 'reader') return ['graph'];
  return registration === 'writer' ? [apiOf(backend)] : ['mtp', 'mde'];
};

/** A tenant that brings an application of its own is asked for that one. */
export const askedOf = (
  config: ConsentConfig,
  { cloud, credential, backend }: Tenant,
  registration: RegistrationName,
): Asked => ({
  clientId: credential?.clientId ?? config.registrations[registration].clientId,
  authority: endpointsIn(config, cloud).authority,
  apis: apisOf(registration, { backend }).filter((api) => scopeOf(cloud, api) !== null),
});

/** Our address, where a consent link leads. */
export const linkUrl = (publicUrl: string, linkId: string): string => `${publicUrl}/api/consent/${linkId}`;

/** Where Entra sends the administrator back to; has to be registered for the application, letter by letter. */
export const redirectUri = (publicUrl: string): string => `${publicUrl}/api/consent/callback`;

/** Entra's consent page of that tenant and no other. @see https://learn.microsoft.com/entra/identity-platform/v2-admin-consent */
export const consentPage = (
  { clientId, authority, apis }: Asked,
  { tenantId, cloud }: Pick<Tenant, 'tenantId' | 'cloud'>,
  back: { readonly redirectUri: string; readonly state: string },
): string => {
  const [api = 'graph'] = apis;
  const url = new URL(consentLink(tenantId, { authority, clientId, cloud, api }));
  url.searchParams.set('redirect_uri', back.redirectUri);
  url.searchParams.set('state', back.state);
  return url.href;
};
