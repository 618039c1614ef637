import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export const hmacSha256 = (key: Uint8Array | string, ...parts: readonly (Uint8Array | string)[]): Buffer => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

/** In constant time; the length of a MAC is no secret. */
export const isSameMac = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

/** Two texts in constant time, whatever their lengths. */
export const isSameText = (one: string, other: string): boolean => isSameMac(sha256(one), sha256(other));

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** True where any of `given` is a MAC made with any of the keys; all pairs are compared, so that time does not tell which. */
export const anySame = (made: readonly Uint8Array[], given: readonly Uint8Array[]): boolean => {
  let found = false;
  for (const own of made) for (const other of given) if (isSameMac(own, other)) found = true;
  return found;
};

/** Of a SHA-256 MAC: 64 digits in lower case and nothing else; `Buffer.from` would pass over what it does not know. */
export const fromHex = (text: string): Buffer | undefined =>
  /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : undefined;

/** Exactly so many bytes in the one spelling that base64 has for them. */
export const fromBase64 = (text: string, bytes: number): Buffer | undefined => {
  if (text.length !== Math.ceil(bytes / 3) * 4) return undefined;
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text ? decoded : undefined;
};
