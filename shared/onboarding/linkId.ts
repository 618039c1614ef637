import { createHash, randomBytes } from 'node:crypto';

const idBytes = 24;
const shape = /^[\w-]{32}$/;

/** 192 random bits in base64url: who holds it may begin the consent of one tenant. */
export const newLinkId = (): string => randomBytes(idBytes).toString('base64url');

/** What is stored of an id, and looked up; undefined where `given` cannot be one. */
export const linkHash = (given: string | undefined): string | undefined =>
  given !== undefined && shape.test(given) ? createHash('sha256').update(given).digest('hex') : undefined;
