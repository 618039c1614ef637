import { z } from 'zod';

/** The end of a secret, as whoever made it was told: a day or an instant. ISO 8601 UTC after; a day is its beginning. */
export const expires = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], 'must be a day or an instant, as 2027-05-31')
  .transform((text) => new Date(text).toISOString());
