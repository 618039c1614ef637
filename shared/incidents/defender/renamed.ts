import type { Json, JsonObject } from '../../model/incident';

/** Where a field of the Defender API goes: its name in Graph, inside which object, and how its value reads there. */
export interface Place {
  readonly name: string;
  readonly inside?: string;
  readonly value?: (value: Json) => Json;
}

/** By the Defender API's name of the field; undefined: left out. */
export type Places = ReadonlyMap<string, Place | undefined>;

type Fields = Record<string, Json>;

/**
 * An object with its fields under Graph's names. Fields nobody placed keep their own names and values; where two would have one name, the
 * placed one stays, unless it is null. Every entity of every page passes here, so it is written as loops.
 */
export const renamed = (raw: JsonObject, places: Places): JsonObject => rename(raw, places, true);

/** The same without the fields that are null. */
export const renamedWithoutNulls = (raw: JsonObject, places: Places): JsonObject => rename(raw, places, false);

const rename = (raw: JsonObject, places: Places, keepsNulls: boolean): JsonObject => {
  const fields: Fields = {};
  const groups: Record<string, Fields> = {};
  const placed: string[] = [];
  for (const key of Object.keys(raw)) {
    const value = raw[key] ?? null;
    if (value === null && !keepsNulls) continue;
    if (places.has(key)) placed.push(key);
    else set(fields, key, value);
  }
  for (const key of placed) {
    const place = places.get(key);
    if (place === undefined) continue;
    const value = raw[key] ?? null;
    const { name, inside, value: read } = place;
    const target = inside === undefined ? fields : (groups[inside] ??= ownGroup(fields[inside]));
    if (value !== null) set(target, name, read === undefined ? value : read(value));
    else if (!Object.hasOwn(target, name)) set(target, name, null);
  }
  return Object.assign(fields, groups);
};

/** Assigned, this one name would be lost and change the object's nature. */
const set = (fields: Fields, name: string, value: Json): void => {
  if (name === '__proto__') Object.defineProperty(fields, name, { value, enumerable: true, configurable: true });
  else fields[name] = value;
};

/** A group that is there under Graph's name already is added to. */
const ownGroup = (own: Json | undefined): Fields => (isObject(own) ? { ...own } : {});

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
