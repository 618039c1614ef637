import { clouds } from '../clouds';
import type { Config } from '../config';
import { registrationFor } from '../model/registration';
import type { Tenant } from '../model/tenant';
import type { Registration } from './cures';

/** As what a tenant is read, for the words and the link of a cure. */
export const registrationIn = (
  { home, credential, registrations, endpoints }: Pick<Config, 'home' | 'credential' | 'registrations' | 'endpoints'>,
  { cloud, backend, credential: own }: Tenant,
): Registration => {
  const authority = cloud === home.cloud ? endpoints.authority : clouds[cloud].authority;
  const { clientId, credentialName } = registrations[registrationFor(backend)];
  const ours = { clientId, credential: { kind: credential.kind, name: credentialName } };
  const its = own && { clientId: own.clientId, credential: { kind: own.kind, isTenants: true } };
  return { authority, backend, cloud, ...(its ?? ours) };
};
