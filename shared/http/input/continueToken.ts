import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { RequestError } from '../../errors';

/** A part of a list, and the token with which it goes on; null at its end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly continue: string | null;
}

/** What a token is good for: this caller, this list, these conditions. */
export interface ListBinding {
  readonly objectId: string;
  /** The list's path. */
  readonly list: string;
  /** The conditions of the list; not the size of a page, which may change on the way. */
  readonly conditions: unknown;
}

const maxAgeMs = 24 * 3_600_000;
const maxChars = 2_048;

/** A place in a list as text that only we can make and only the same caller can use, for the same list, within a day. */
export const sealPlace = (key: Uint8Array, binding: ListBinding, place: unknown, nowMs: number): string => {
  const content = Buffer.from(JSON.stringify({ place, at: nowMs })).toString('base64url');
  return `${content}.${macOf(key, binding, content)}`;
};

/** @throws RequestError: forged, altered, of another caller or list, or too old */
export const openPlace = <T>(
  key: Uint8Array,
  binding: ListBinding,
  token: string,
  shape: z.ZodType<T>,
  nowMs: number,
): T => {
  const [content = '', mac = '', more] = token.slice(0, maxChars).split('.');
  if (more !== undefined || !isEqual(mac, macOf(key, binding, content))) throw notOurs();
  const { place, at } = z
    .object({ place: shape, at: z.number() })
    .parse(JSON.parse(Buffer.from(content, 'base64url').toString('utf8')));
  if (nowMs - at > maxAgeMs) throw notOurs();
  return place;
};

const notOurs = (): RequestError =>
  new RequestError('The query is not valid.', [
    { field: 'continue', message: 'is no token of this list for you, or is too old: start the list again' },
  ]);

const macOf = (key: Uint8Array, { objectId, list, conditions }: ListBinding, content: string): string =>
  createHmac('sha256', key)
    .update(JSON.stringify([objectId, list, conditions, content]))
    .digest('base64url');

const isEqual = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
};
