import { AppError, AuthError, CallsSpent, ConsentError, ThrottledError, UpstreamError } from '../../errors';
import type { BlockReason, Registration } from '../cures';
import { cureFor } from '../cures';
import { apiNames } from '../permissions';
import type { Api } from '../permissions';
import type { Finding } from './step';

const causes: Readonly<Record<BlockReason, string>> = {
  consentMissing: 'Entra knows of no consent of this tenant to the application.',
  roleMissing: 'A permission is not granted.',
  licenceMissing: 'The token is good, and Defender serves this tenant all the same not.',
  tenantUnknown: 'Entra does not know this tenant.',
  conditionalAccess: 'A policy of the tenant refuses the token.',
  resourceMissing: 'The service the token is for does not exist in this tenant.',
  notOffered: 'Microsoft does not offer this in the cloud the tenant is in.',
  credentialRejected: 'Entra does not accept what the application proves itself with.',
  credentialMissing: 'The credential is not to be had.',
  vaultDenied: 'Key Vault does not let the app have the credential.',
};

/** What a refusal means and what mends it. @throws what is no error of ours: a defect */
export const explain = (
  error: unknown,
  tenantId: string,
  registration: Registration & { readonly api: Api },
): Finding => {
  const service = apiNames[registration.api];
  if (error instanceof ConsentError || error instanceof AuthError) {
    const { code, reason, raw } = error;
    return { code, reason, raw, error, cause: causes[reason], ...cureFor(reason, tenantId, registration, raw) };
  }
  if (error instanceof CallsSpent)
    return plain(null, 'callsSpent', `What may be asked of ${service} for this tenant is used up just now.`, again);
  if (!(error instanceof AppError)) throw error;
  if (error instanceof ThrottledError) {
    const seconds = Math.max(1, Math.ceil(error.retryAfterMs / 1000));
    const cure = `Nothing to mend: check again in ${seconds} seconds.`;
    return { ...plain(error.code, 'throttled', `${service} asks us to wait.`, cure), error };
  }
  if (error instanceof UpstreamError) return { ...plain(error.code, 'unreachable', error.message, again), error };
  const cure = 'Report this with the code and what was answered: the relay does not know this answer.';
  return { ...plain(error.code, 'unexpected', error.message, cure), error };
};

const again =
  'Usually passing: check again in a few minutes; if it stays so, see that the app may reach this service through its network.';

const plain = (code: Finding['code'], reason: string, cause: string, cure: string): Finding => ({
  code,
  reason,
  raw: null,
  cause,
  cure,
  link: null,
});
