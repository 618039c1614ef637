import { z } from 'zod';
import { isAddressable } from '../incidents/incidentPath';
import { toTime7 } from '../model/time7';

/** A text, or null for anything odd: one strange field must not cost the row. */
export const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

/** Seen as number, as text and as null (`osBuild`, `rbacGroupId`, `incidentId`). */
export const textOrNumber = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

/** A time nobody can read is dropped; kept as sent otherwise. */
export const time = text.transform((value) => (toTime7(value) === undefined ? null : value));

export const wholeNumber = z
  .number()
  .int()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

export const truth = z
  .boolean()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

/** What is no text in it is left out; a single text is a list of one. */
export const texts = z
  .unknown()
  .optional()
  .transform((value): readonly string[] => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.filter((each) => typeof each === 'string');
  });

export const idText = z.string().refine(isAddressable);

/** "None" is spelt in words, too. */
export const orNone = text.transform((value) =>
  value === null || /^(?:|none|null)$/i.test(value.trim()) ? null : value,
);
