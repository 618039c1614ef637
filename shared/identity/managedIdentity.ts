import { ManagedIdentityCredential } from '@azure/identity';
import type { TokenCredential } from '@azure/identity';

/** The app's own identity. `clientId` of the user-assigned one; undefined: the system-assigned one. */
export const managedIdentity = (clientId: string | undefined): TokenCredential =>
  new ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
