import type { Json, JsonObject } from '../../model/incident';

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

/** The text of a field; undefined where it is not there or no text. */
export const textOf = (value: Json | undefined, ...names: readonly string[]): string | undefined => {
  if (!isObject(value)) return undefined;
  for (const name of names) {
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (typeof field === 'string' && field !== '') return field;
  }
  return undefined;
};

/** All values a path of field names leads to; it goes through lists: `alerts.evidence.userAccount`. */
export const valuesAt = (value: Json, path: readonly string[]): readonly Json[] => {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item) => valuesAt(item, path));
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (!isObject(value) || !Object.hasOwn(value, name)) return [];
  return valuesAt(value[name] ?? null, rest);
};
