import { createPublicKey, verify } from 'node:crypto';
import { publicKeyBytes, secretBytes } from './keys';
import { anySame, fromBase64, hmacSha256 } from './macs';
import type { Scheme } from './scheme';
import { headerOf, maxSignatures, secondsIn } from './scheme';

/** A dot would let the border between id, time and body be moved without touching the signature. */
const idShape = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;

/**
 * Standard Webhooks 1.0: `v1` (HMAC-SHA256) and `v1a` (ed25519) over `{id}.{seconds}.{body}`, byte for byte. The package of that name signs
 * what we send; here it would need thirteen times as long (30 ms for 1 MB), and it lets pass times with trailing letters, any number of
 * signatures and two bodies for one signature where they are no UTF-8: such bodies prove nothing here, so that both always agree.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const standard: Scheme = (shown) => {
  const { keys, body } = shown;
  const id = headerOf(shown, 'webhook-id') ?? '';
  const time = headerOf(shown, 'webhook-timestamp') ?? '';
  const entries = (headerOf(shown, 'webhook-signature') ?? '').split(' ');
  const content = [Buffer.from(`${id}.${time}.`), body];
  // Worked out in any case: how long it takes does not tell what was missing.
  const symmetric = isSigned(keys, entries.slice(0, maxSignatures), content);
  const seconds = secondsIn(time);
  const isWellFormed = idShape.test(id) && entries.length <= maxSignatures && isUtf8(body);
  if (!isWellFormed || seconds === undefined) return undefined;
  const isProven = symmetric || isSignedByKeyPair(keys, entries, content);
  return isProven ? { deliveryId: id, signedAtMs: seconds * 1000 } : undefined;
};

const isSigned = (keys: readonly string[], entries: readonly string[], content: readonly Uint8Array[]): boolean => {
  const made = keys.flatMap((key) => {
    const secret = secretBytes(key);
    return secret === undefined ? [] : [hmacSha256(secret, ...content)];
  });
  return anySame(
    made,
    entries.flatMap((entry) => macIn(entry, 'v1,', 32)),
  );
};

/** Of another version, or spelt in another way: passed over, as the specification wants. */
const macIn = (entry: string, version: string, bytes: number): readonly Buffer[] => {
  const mac = entry.startsWith(version) ? fromBase64(entry.slice(version.length), bytes) : undefined;
  return mac === undefined ? [] : [mac];
};

/** What stands before the 32 bytes of an ed25519 key in its DER form. */
const spki = Buffer.from('302a300506032b6570032100', 'hex');

const isSignedByKeyPair = (
  keys: readonly string[],
  entries: readonly string[],
  content: readonly Uint8Array[],
): boolean => {
  const signatures = entries.flatMap((entry) => macIn(entry, 'v1a,', 64));
  if (signatures.length === 0) return false;
  const signed = Buffer.concat(content);
  return keys.some((key) => {
    const raw = publicKeyBytes(key);
    if (raw === undefined) return false;
    const publicKey = createPublicKey({ key: Buffer.concat([spki, raw]), format: 'der', type: 'spki' });
    return signatures.some((signature) => verify(null, signed, publicKey, signature));
  });
};

const decoder = new TextDecoder('utf-8', { fatal: true });

const isUtf8 = (bytes: Buffer): boolean => {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
};
