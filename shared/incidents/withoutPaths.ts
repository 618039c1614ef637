import type { Json, JsonObject } from '../model/incident';

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const without = (value: Json, path: readonly string[]): Json => {
  if (Array.isArray(value)) return value.map((item: Json) => without(item, path));
  const [name = '', ...rest] = path;
  if (!isObject(value) || !Object.hasOwn(value, name)) return value;
  if (rest.length > 0) return { ...value, [name]: without(value[name] ?? null, rest) };
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
};

/**
 * The body without the fields a customer's contract withholds (`contract.never`), applied at the door before anything else sees them.
 * A path is field names joined by dots and goes through lists: `alerts.evidence.userAccount`.
 */
export const withoutPaths = (body: JsonObject, paths: readonly string[]): JsonObject =>
  paths.reduce<JsonObject>((rest, path) => without(rest, path.split('.')) as JsonObject, body);
