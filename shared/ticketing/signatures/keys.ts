import type { InboundScheme } from '../../model/connection';

/** Bytes of a key of Standard Webhooks, characters of any other. */
const leastLength = 24;
const mostLength = 1_024;

/** Zendesk signs its trials with this, and publishes it: it proves nothing. @see https://developer.zendesk.com/documentation/webhooks/verifying/ */
export const zendeskTestSecret = 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==';

export const secretPrefix = 'whsec_';
export const publicKeyPrefix = 'whpk_';

/** The bytes of a `whsec_` key; undefined where it is none, or too short to be one. */
export const secretBytes = (key: string): Buffer | undefined => {
  const bytes = key.startsWith(secretPrefix) ? strictBase64(key.slice(secretPrefix.length)) : undefined;
  return bytes !== undefined && bytes.length >= leastLength ? bytes : undefined;
};

/** The 32 bytes of a `whpk_` key (ed25519). */
export const publicKeyBytes = (key: string): Buffer | undefined => {
  const bytes = key.startsWith(publicKeyPrefix) ? strictBase64(key.slice(publicKeyPrefix.length)) : undefined;
  return bytes?.length === 32 ? bytes : undefined;
};

/** With or without its final `=`; nothing is passed over. */
const strictBase64 = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64');
  const written = bytes.toString('base64');
  return text === written || text === written.replace(/=+$/, '') ? bytes : undefined;
};

/** What is wrong with a key that is to prove where webhooks come from, in words for whoever brings it; undefined: nothing. */
export const faultOfKey = (scheme: InboundScheme, key: string): string | undefined => {
  if (key.length > mostLength) return `is longer than ${mostLength} characters`;
  if (scheme === 'standard')
    return secretBytes(key) === undefined && publicKeyBytes(key) === undefined
      ? 'must be whsec_ and base64 of at least 24 random bytes (or whpk_ and an ed25519 public key)'
      : undefined;
  if (key === zendeskTestSecret) return 'is the secret that Zendesk publishes for trials: copy the one of your webhook';
  return key.length < leastLength ? `must have at least ${leastLength} characters` : undefined;
};

/** What is wrong with a key that we sign with; undefined: nothing. */
export const faultOfSigningKey = (key: string): string | undefined =>
  secretBytes(key) === undefined ? 'must be whsec_ and base64 of at least 24 random bytes' : undefined;
