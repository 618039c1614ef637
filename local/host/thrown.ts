import { inspect } from 'node:util';

/** What is left of a thrown value once it has crossed to the host: class, code and cause are lost. */
export interface Thrown {
  readonly message: string;
  readonly stack: string;
}

/** An Error keeps message and stack, a string is its own message, any other value becomes its JSON text. */
export function describeThrown(value: unknown): Thrown {
  if (value instanceof Error) return { message: value.message, stack: value.stack ?? '' };
  if (typeof value === 'string') return { message: value, stack: '' };
  return { message: jsonText(value), stack: '' };
}

function jsonText(value: unknown): string {
  if (typeof value !== 'object') return inspect(value);
  try {
    return JSON.stringify(value);
  } catch {
    return '[object that is no JSON]';
  }
}
