import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import { RequestError } from '../../errors';
import { fieldFaults } from './fieldFaults';

const maxBodyBytes = 256 * 1024;
const maxDepth = 32;
const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * The request's body, checked against `schema`; no bytes at all count as `{}`.
 * @throws RequestError naming every field at fault
 */
export const readBody = async <T>(request: HttpRequest, schema: z.ZodType<T>): Promise<T> => {
  const bytes = await request.arrayBuffer();
  const parsed = schema.safeParse(bytes.byteLength === 0 ? {} : parseJson(bytes, request.headers.get('content-type')));
  if (!parsed.success) throw new RequestError('The body is not valid.', fieldFaults(parsed.error, 'body'));
  return parsed.data;
};

const parseJson = (bytes: ArrayBuffer, contentType: string | null): unknown => {
  if (bytes.byteLength > maxBodyBytes) throw badBody(`is larger than ${maxBodyBytes} bytes`);
  if (!jsonType.test(contentType ?? ''))
    throw new RequestError('The body must be JSON.', [{ field: 'content-type', message: 'must be application/json' }]);
  return parseJsonBytes(bytes, maxDepth);
};

/** What may be walked and copied safely afterwards. @throws RequestError: no UTF-8, no JSON, too deep, or with a key that changes prototypes */
export const parseJsonBytes = (bytes: ArrayBuffer | Uint8Array, depth: number): unknown => {
  const text = decode(bytes);
  if (isDeeper(text, depth)) throw badBody(`is nested more than ${depth} deep`);
  try {
    return JSON.parse(text, refusePrototype) as unknown;
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw badBody('is not JSON');
  }
};

const badBody = (message: string): RequestError =>
  new RequestError('The body is not valid.', [{ field: 'body', message }]);

const decode = (bytes: ArrayBuffer | Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badBody('is not UTF-8');
  }
};

/** Copying such a key would change the prototype of the copy; nobody sends it in good faith. */
const refusePrototype = (key: string, value: unknown): unknown => {
  if (key === '__proto__')
    throw new RequestError('The body is not valid.', [{ field: key, message: 'is not known here' }]);
  return value;
};

/** Looked for before parsing: JSON.parse takes 100,000 nested brackets, what walks the result afterwards does not. */
const isDeeper = (text: string, limit: number): boolean => {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth > limit) return true;
  }
  return false;
};
