import { z } from 'zod';
import { endsNever, severities, syncedFields } from '../../model/connection';
import { beginning } from '../../model/time7';
import { expires } from '../input/expires';
import { instant } from '../input/instant';

const isClean = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);
const cleanWords = 'must not hold control characters or halves of surrogate pairs';
const cleanText = (min: number, max: number) => z.string().trim().min(min).max(max).refine(isClean, cleanWords);
/** Several lines are fine here. */
const template = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => isClean(text.replace(/[\r\n\t]/g, '')), cleanWords);

const mostNamed = 100;
const fewer = (most: number) =>
  [(record: object) => Object.keys(record).length <= most, `must be at most ${most}`] as const;
const named = <T extends z.ZodType>(value: T, most = mostNamed) =>
  z.record(cleanText(1, 200), value).refine(...fewer(most));

/** The field it names is read by nobody else; left out, the one put before stays. */
const secret = z
  .string()
  .min(1)
  .max(4_000)
  .refine(
    (text) => isClean(text) && text === text.trim(),
    'must not hold control characters, nor begin or end with a space',
  )
  .meta({ writeOnly: true })
  .optional();

/** The end of the secret beside it; left out, the one told before stays as long as its secret does; null: nobody knows it. */
const end = z.union([expires, z.literal(endsNever)], 'must be a day or an instant, as 2027-05-31, or never').nullish();

const words = z.array(cleanText(1, 200)).min(1).max(mostNamed).optional();

/** What incidents are compared with, as Graph spells it. */
const statuses = ['active', 'inProgress', 'awaitingAction', 'resolved', 'redirected'] as const;

const filters = z.strictObject({
  severity: z
    .array(z.enum([...severities, 'unknown']))
    .min(1)
    .optional(),
  status: z.array(z.enum(statuses)).min(1).optional(),
  source: words,
  tags: words,
  group: z.array(z.guid().toLowerCase()).min(1).max(200).optional(),
});

const fieldPath = z
  .string()
  .max(200)
  .regex(/^[A-Za-z@_][\w@-]*(?:\.[A-Za-z@_][\w@-]*)*$/, 'must be field names of the incident, joined by dots');

const classification = z.enum(['unknown', 'falsePositive', 'truePositive', 'informationalExpectedActivity']);

const mapping = z.strictObject({
  title: template(1_000).optional(),
  description: template(8_000).optional(),
  fields: named(template(4_000), 50).optional(),
  severity: z.partialRecord(z.enum([...severities, 'unknown']), cleanText(1, 100)).optional(),
  assignees: named(cleanText(1, 200), 500).optional(),
  resolutions: named(z.strictObject({ classification, determination: cleanText(1, 60) })).optional(),
  closeCodes: z.partialRecord(z.enum([...classification.options, 'default']), cleanText(1, 200)).optional(),
  settings: named(cleanText(0, 1_000), 30).optional(),
});

const owner = z.enum(['defender', 'ticket', 'latest']);

const eventTypes = ['created', 'updated', 'resolved', 'reopened', 'merged'] as const;

/**
 * PUT body of a connection; what is left out takes its default, because PUT replaces the whole. What hangs on the tool is checked by
 * connectionFromBody.
 */
export const connectionBody = z.strictObject({
  tool: z.enum(['servicenow', 'jira', 'zendesk', 'pagerduty', 'github', 'webhook']),
  enabled: z.boolean().default(true),
  audience: z.enum(['customer', 'operator']).default('customer'),
  since: instant.nullish().refine((time) => time !== beginning, 'must lie after the year 1'),
  backlog: z.enum(['none', 'open']).default('none'),
  url: cleanText(1, 2_000),
  auth: z
    .strictObject({
      kind: z.enum(['basic', 'bearer', 'oauth']),
      user: cleanText(1, 300).nullish(),
      secret,
      expires: end,
    })
    .nullish(),
  inbound: z
    .strictObject({
      scheme: z.enum(['standard', 'jira', 'zendesk', 'pagerduty', 'github', 'slack', 'header']).optional(),
      secret,
      expires: end,
      closes: z
        .strictObject({
          upTo: z.enum([...severities, 'none']).optional(),
          else: z.enum(['propose', 'ignore']).default('propose'),
        })
        .default({ else: 'propose' }),
      reopens: z.boolean().optional(),
      comments: z.enum(['none', 'public', 'all']).default('public'),
    })
    .default({ closes: { else: 'propose' }, comments: 'public' }),
  outbound: z
    .strictObject({
      secret,
      expires: end,
      events: z
        .array(z.enum(eventTypes))
        .min(1)
        .transform((events) => [...new Set(events)])
        .default([...eventTypes]),
      comments: z.enum(['none', 'own', 'all']).default('own'),
      as: z.enum(['internal', 'public']).default('internal'),
    })
    .default({ events: [...eventTypes], comments: 'own', as: 'internal' }),
  filters: filters.default({}),
  mapping: mapping.default({}),
  ownership: z.partialRecord(z.enum(syncedFields), owner).default({}),
  contract: z.strictObject({ send: z.array(fieldPath).max(200).default([]) }).default({ send: [] }),
  storm: z.strictObject({ count: z.int().min(1).max(10_000), minutes: z.int().min(1).max(1_440) }).nullish(),
  settleSeconds: z.int().min(0).max(3_600).default(0),
  excludeTenants: z
    .array(z.guid().toLowerCase())
    .max(500)
    .transform((tenants) => [...new Set(tenants)])
    .default([]),
});

export type ConnectionBody = z.output<typeof connectionBody>;

export const connectionIdShape = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
