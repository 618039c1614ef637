import type { Json } from '../model/incident';

/** Lists occur missing, null, empty and, from a collector in between, as their only item. */
export const asList = (value: Json | undefined): readonly Json[] => {
  if (Array.isArray(value)) return value as readonly Json[];
  return value === undefined || value === null ? [] : [value];
};
