import type { z } from 'zod';
import type { FieldFault } from '../problem';

/** Every fault of a failed check with the path of its field; `root` names the whole. */
export const fieldFaults = (error: z.ZodError, root: string): FieldFault[] =>
  error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ field: fieldName(issue.path, root), message: issue.message }];
    return issue.keys.map((key) => ({ field: fieldName([...issue.path, key], root), message: 'is not known here' }));
  });

const fieldName = (path: readonly PropertyKey[], root: string): string =>
  path.length === 0 ? root : path.map(String).join('.');
