import { z } from 'zod';
import { RequestError } from '../errors';
import type { CloudName, Tenant } from '../model/tenant';

const isClean = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);
const cleanText = (min: number, max: number) =>
  z.string().trim().min(min).max(max).refine(isClean, 'must not hold control characters or halves of surrogate pairs');

const maxGroups = 200;
const maxAttributes = 50;
const maxPaths = 100;

/** Without these nothing could be told apart or kept in step. */
const indispensable = new Set(['id', 'lastUpdateDateTime']);

const fieldPath = z
  .string()
  .max(200)
  .regex(/^[A-Za-z@_][\w@-]*(?:\.[A-Za-z@_][\w@-]*)*$/, 'must be field names joined by dots')
  .refine((path) => !indispensable.has(path), 'cannot be withheld: without it the incident cannot be followed');

/** PUT body of a tenant; what is left out takes its default, because PUT replaces the whole. */
export const tenantBody = z.strictObject({
  name: cleanText(1, 200),
  cloud: z.enum(['public', 'usgov', 'usgovdod', 'china']).optional(),
  backend: z
    .enum(['graph', 'defender'])
    .refine((backend) => backend === 'graph', 'defender is not built yet; use graph')
    .default('graph'),
  groups: z
    .array(z.guid().toLowerCase())
    .max(maxGroups)
    .transform((groups) => [...new Set(groups)])
    .default([]),
  sealed: z.boolean().default(false),
  intervalSeconds: z.int().min(1).max(86_400).nullish(),
  enabled: z.boolean().default(true),
  writeBack: z.literal(false, 'is not available yet; leave it out or false').optional(),
  credential: z.null('is not available yet; leave it out or null').optional(),
  attributes: z
    .record(cleanText(1, 64), cleanText(0, 256))
    .refine((attributes) => Object.keys(attributes).length <= maxAttributes, `must be at most ${maxAttributes}`)
    .default({}),
  contract: z.strictObject({ never: z.array(fieldPath).max(maxPaths).default([]) }).default({ never: [] }),
});

export type TenantBody = z.output<typeof tenantBody>;

/** @throws RequestError where the tenant lies in another cloud than home: that needs a credential of its own */
export const tenantFromBody = (tenantId: string, body: TenantBody, homeCloud: CloudName): Tenant => {
  const { name, cloud = homeCloud, backend, groups, sealed, intervalSeconds, enabled, attributes, contract } = body;
  if (cloud !== homeCloud)
    throw new RequestError('The body is not valid.', [
      {
        field: 'cloud',
        message: `must be ${homeCloud}: another cloud needs a credential of its own, which is not available yet`,
      },
    ]);
  return {
    tenantId,
    name,
    cloud,
    backend,
    groups,
    sealed,
    intervalSeconds: intervalSeconds ?? undefined,
    enabled,
    attributes,
    contract,
  };
};
