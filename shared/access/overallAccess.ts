import type { Access } from '../model/access';
import { pendingAccess } from '../model/access';
import type { RegistrationName } from '../model/registration';
import { registrationFor } from '../model/registration';
import type { BackEnd } from '../model/tenant';

/** What each registration may do in one tenant; those nobody has asked for are missing. */
export type AccessByRegistration = ReadonlyMap<RegistrationName, Access>;

/**
 * A tenant's access in one word. What it is read with decides; another registration that is refused makes it `partial`, with that one's
 * reason and cure: a customer who refuses writing is still read.
 */
export const overallAccess = (backend: BackEnd, accesses: AccessByRegistration): Access => {
  const reading = readingAccess(backend, accesses);
  if (reading.state !== 'granted') return reading;
  const refused = [...accesses.values()].find(({ state }) => state === 'blocked' || state === 'partial');
  return refused === undefined ? reading : { ...refused, state: 'partial', blockedUntil: reading.blockedUntil };
};

/** Of the registration that the tenant is read with. */
export const readingAccess = (backend: BackEnd, accesses: AccessByRegistration): Access =>
  accesses.get(registrationFor(backend)) ?? pendingAccess;
