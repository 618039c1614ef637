import { clouds } from '../clouds';
import type { Config } from '../config';
import type { RegistrationName } from '../model/registration';
import { registrationFor } from '../model/registration';
import type { Tenant } from '../model/tenant';
import type { Registration } from './cures';

type RegistrationConfig = Pick<Config, 'home' | 'credential' | 'registrations' | 'endpoints'>;

/** As what a tenant meets one of our registrations, for the words and the link of a cure; default the one that reads it. */
export const registrationIn = (
  { home, credential, registrations, endpoints }: RegistrationConfig,
  { cloud, backend, credential: own }: Tenant,
  name: RegistrationName = registrationFor(backend),
): Registration => {
  const authority = cloud === home.cloud ? endpoints.authority : clouds[cloud].authority;
  const { clientId, credentialName } = registrations[name];
  const ours = { clientId, credential: { kind: credential.kind, name: credentialName } };
  const its = own && { clientId: own.clientId, credential: { kind: own.kind, isTenants: true } };
  return { authority, backend, cloud, ...(its ?? ours) };
};
