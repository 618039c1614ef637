import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What an answer of Entra's belongs to. */
export interface ConsentState {
  /** Of the link that was followed. */
  readonly linkHash: string;
  /** The tenant that was asked for. */
  readonly tenantId: string;
  readonly registration: string;
  /** Hex; taken once. */
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly madeAtMs: number;
}

/** Entra's pages are left open for a while; an administrator who takes longer follows the link again. */
export const stateLifeMs = 10 * 60_000;
/** Instances' clocks differ. */
export const skewMs = 60_000;
const maxChars = 1_024;
const nonceBytes = 16;

const shape = z.strictObject({
  linkHash: z.string(),
  tenantId: z.string(),
  registration: z.string(),
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  madeAtMs: z.number(),
});

/** A fresh state as text that only we can make. @param key the app's key for what it hands out */
export const sealState = (
  key: Uint8Array,
  { linkHash, tenantId, registration }: Pick<ConsentState, 'linkHash' | 'tenantId' | 'registration'>,
  nowMs: number,
): string => {
  const nonce = randomBytes(nonceBytes).toString('hex');
  const state: ConsentState = { linkHash, tenantId, registration, nonce, madeAtMs: nowMs };
  const content = Buffer.from(JSON.stringify(state)).toString('base64url');
  return `${content}.${macOf(key, content)}`;
};

/** Undefined where it is not ours, was altered, or is older than ten minutes; whether it was taken before is not known here. */
export const openState = (key: Uint8Array, given: string, nowMs: number): ConsentState | undefined => {
  if (given.length > maxChars) return undefined;
  const [content = '', mac = '', more] = given.split('.');
  if (more !== undefined || !isEqual(mac, macOf(key, content))) return undefined;
  const state = shape.parse(JSON.parse(Buffer.from(content, 'base64url').toString('utf8')));
  const ageMs = nowMs - state.madeAtMs;
  return ageMs <= stateLifeMs && ageMs >= -skewMs ? state : undefined;
};

/** With a key of its own, so that nothing else we sign passes for a state. */
const macOf = (key: Uint8Array, content: string): string =>
  createHmac('sha256', new Uint8Array(hkdfSync('sha256', key, '', 'consent state', 32)))
    .update(content)
    .digest('base64url');

const isEqual = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
};
