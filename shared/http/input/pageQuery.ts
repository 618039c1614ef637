import { z } from 'zod';

const maxLimit = 200;
const limitWords = `must be a whole number from 1 to ${maxLimit}`;

/** Parameters every list knows. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, limitWords)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= maxLimit, limitWords)
    .default(50),
  continue: z.string().min(1).optional(),
};

export const tenantListQuery = z.strictObject(pageQuery);
