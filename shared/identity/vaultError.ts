import { AppError, AuthError, messageOf, UpstreamError } from '../errors';

/** What an answer of a vault other than success means; `what` names the thing asked for, as `secret relay-app-secret`. */
export const fromVaultStatus = (status: number | undefined, text: string, what: string, cause?: unknown): AppError => {
  const details = cause === undefined ? {} : { cause };
  if (status === 404)
    return new AuthError(`Key Vault has no ${what}`, 'NotFound', { ...details, reason: 'credentialMissing' });
  if (status === 403 && /\bdisabled\b|\bexpired\b/i.test(text))
    return new AuthError(`Key Vault holds ${what} disabled`, 'Disabled', { ...details, reason: 'credentialMissing' });
  if (status === 401 || status === 403)
    return new AuthError(`Key Vault refuses ${what} to the managed identity`, `Key Vault ${status}`, {
      ...details,
      reason: 'vaultDenied',
    });
  return new UpstreamError('Key Vault or the managed identity endpoint does not answer', details);
};

/** What a client of the SDK threw. */
export const fromVault = (error: unknown, what: string): AppError => {
  if (error instanceof AppError) return error;
  const text = messageOf(error);
  // Said by the client itself, which looks at the key's dates before it asks.
  if (/^Key \S+ (?:expired at|can't be used before)/.test(text))
    return new AuthError(`The ${what} is not in its time`, 'Expired', { cause: error, reason: 'credentialMissing' });
  return fromVaultStatus(statusOf(error), text, what, error);
};

export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
