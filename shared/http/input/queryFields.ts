import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import { RequestError } from '../../errors';
import { fieldFaults } from './fieldFaults';

/** The query parameters, checked against `schema`. @throws RequestError naming every one at fault, unknown and repeated ones too */
export const readQuery = <T>(request: HttpRequest, schema: z.ZodType<T>): T => {
  const names = [...new Set(request.query.keys())];
  const repeated = names
    .filter((name) => request.query.getAll(name).length > 1)
    .map((field) => ({ field, message: 'is given more than once' }));
  const parsed = schema.safeParse(Object.fromEntries(names.map((name) => [name, request.query.get(name)])));
  const faults = parsed.success ? repeated : [...repeated, ...fieldFaults(parsed.error, 'query')];
  if (!parsed.success || faults.length > 0) throw new RequestError('The query is not valid.', faults);
  return parsed.data;
};
