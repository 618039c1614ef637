import { createHash } from 'node:crypto';

/** So many hex digits of the SHA-256 of the parts; each part's length goes in, so that no two lists of parts read alike. */
export const shortHash = (digits: number, ...parts: readonly string[]): string =>
  createHash('sha256')
    .update(parts.map((part) => `${part.length}:${part}`).join(''))
    .digest('hex')
    .slice(0, digits);
