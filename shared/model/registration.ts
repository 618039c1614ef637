import type { BackEnd } from './tenant';

/** The app registrations that act in tenants; those that do not exist of their own are the reading one (design section 8). */
export type RegistrationName = 'reader' | 'writer' | 'defender';

/** Through which registration a tenant is read. */
export const registrationFor = (backend: BackEnd): RegistrationName => (backend === 'defender' ? 'defender' : 'reader');
