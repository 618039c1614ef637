import type { Request } from '../answer';
import { EntraError } from './entraError';

/** The parameters of a form or a query. */
export interface TokenForm {
  get(name: string): string | undefined;
  /** @throws EntraError 400 invalid_request where it is missing or empty */
  required(name: string): string;
}

/** Of the body, where it is a form. */
export function readForm(request: Request): TokenForm {
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return toForm(new URLSearchParams(isForm ? request.body : ''));
}

export function toForm(parameters: URLSearchParams): TokenForm {
  return {
    get: (name) => parameters.get(name) ?? undefined,
    required: (name) => {
      const value = parameters.get(name) ?? '';
      if (value !== '') return value;
      throw new EntraError(
        400,
        'invalid_request',
        900144,
        `The request body must contain the following parameter: '${name}'.`,
      );
    },
  };
}
