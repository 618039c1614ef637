import type { z } from 'zod';
import { ContractError } from '../errors';

/** What a tool sent, in the shape we know. @throws ContractError naming the paths that differ, never their values */
export const readAs = <T>(schema: z.ZodType<T>, value: unknown, what: string): T => {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const paths = [...new Set(read.error.issues.map(({ path }) => path.join('.') || 'the whole'))];
  throw new ContractError(`${what} has an unknown shape at ${paths.slice(0, 5).join(', ')}`);
};

/** A time without its zone would be read as one of this machine's. */
const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})$/;

/** An instant in the one form versions are compared in: ISO 8601 UTC with milliseconds. @throws ContractError */
export const instant = (text: string, what: string): string => {
  const ms = iso.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new ContractError(`${what} is not a time`);
  return new Date(ms).toISOString();
};
