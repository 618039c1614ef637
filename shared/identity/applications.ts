import type { TokenCredential } from '@azure/identity';
import { clouds } from '../clouds';
import type { Config } from '../config';
import { AppError } from '../errors';
import type { RegistrationName } from '../model/registration';
import type { CloudName, CredentialKind } from '../model/tenant';
import type { Clock, TokenTenant, Vault } from '../ports';
import type { Application } from './application';
import { certificateProofs } from './certificateProofs';
import { federatedProofs } from './federatedProofs';
import type { Proofs } from './proof';
import { secretProofs } from './secretProofs';
import { tenantCredentialName } from './tenantCredentialName';

export interface ApplicationsOptions {
  readonly config: Pick<Config, 'home' | 'credential' | 'registrations' | 'endpoints' | 'scopes'>;
  /** Of the app's own credentials, and of those that tenants brought. */
  readonly vaults: { readonly app: Vault; readonly tenants: Vault };
  readonly identity: TokenCredential;
  readonly clock: Clock;
}

/** A vault that did not give a credential the last time it was asked; the last good one may still serve. */
export interface CredentialTrouble {
  /** In the vault. */
  readonly name: string;
  /** A fixed text, without anything secret. */
  readonly detail: string;
}

/** Who we are in each tenant: one of the app's registrations, or the tenant's own. */
export interface Applications {
  readonly applicationFor: (tenant: TokenTenant, registration: RegistrationName) => Application;
  /** Who we are to those who call us: the registration of our API, in the home cloud. */
  readonly apiApplication: () => Application;
  /** Of a tenant that was removed, or whose own credential changed. */
  readonly forgetTenant: (tenantId: string) => void;
  /** Of the app's own credentials, as far as they were asked for. */
  readonly troubles: () => readonly CredentialTrouble[];
}

export const createApplications = ({ config, vaults, identity, clock }: ApplicationsOptions): Applications => {
  const ofApp = new Map<string, Proofs>();
  const ofTenants = new Map<string, Proofs>();
  const { home, credential, registrations, endpoints } = config;

  const proofsIn = (vault: Vault, kind: CredentialKind, name: string): Proofs => {
    if (kind === 'secret') return secretProofs(vault, name, clock);
    if (kind === 'certificate') return certificateProofs(vault, name, clock);
    return federatedProofs(identity, clouds[home.cloud].exchangeScope);
  };

  const appProofs = (name: string): Proofs => kept(ofApp, name, () => proofsIn(vaults.app, credential.kind, name));
  const tenantProofs = (tenantId: string, kind: CredentialKind): Proofs =>
    kept(ofTenants, `${tenantId} ${kind}`, () =>
      proofsIn(vaults.tenants, kind, tenantCredentialName(tenantId, kind) ?? ''),
    );

  const entraOf = (cloud: CloudName): Pick<Application, 'authority' | 'authorityOverridden' | 'scopes'> => {
    const isHome = cloud === home.cloud;
    return {
      authority: isHome ? endpoints.authority : clouds[cloud].authority,
      authorityOverridden: isHome && endpoints.authorityOverridden,
      scopes: isHome ? config.scopes : {},
    };
  };

  return {
    apiApplication: () => {
      const { clientId, credentialName } = registrations.api;
      return { ...entraOf(home.cloud), clientId, proofs: appProofs(credentialName) };
    },
    applicationFor: ({ tenantId, cloud, credential: own }, registration) => {
      const entra = entraOf(cloud);
      if (own !== undefined) return { ...entra, clientId: own.clientId, proofs: tenantProofs(tenantId, own.kind) };
      const { clientId, credentialName } = registrations[registration];
      return { ...entra, clientId, proofs: appProofs(credentialName) };
    },
    forgetTenant: (tenantId) => {
      for (const key of ofTenants.keys()) if (key.startsWith(`${tenantId} `)) ofTenants.delete(key);
    },
    troubles: () =>
      [...ofApp].flatMap(([name, proofs]) => {
        const trouble = proofs.trouble();
        return trouble instanceof AppError ? [{ name, detail: trouble.message }] : [];
      }),
  };
};

const kept = (known: Map<string, Proofs>, key: string, make: () => Proofs): Proofs => {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
};
