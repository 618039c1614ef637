import { z } from 'zod';
import { ContractError } from '../errors';
import { contentOf } from '../incidents/answerContent';
import { isTooDeep, maxDepth } from '../incidents/isTooDeep';
import type { JsonObject } from '../model/incident';
import type { IncomingAnswer } from '../ports';
import { mostRows } from './limits';

export interface HuntingColumn {
  readonly name: string;
  /** Kusto's, as sent: `DateTime`, `String`, `Int64` … */
  readonly type: string;
}

/** What a hunt found, in one shape whatever the API. */
export interface HuntingResult {
  readonly schema: readonly HuntingColumn[];
  /** Values as sent: times are texts, dynamic columns mostly JSON in a text. */
  readonly rows: readonly JsonObject[];
  /** True where rows are missing: 100,000 came, which is all one answer brings, or the answer said that it is not whole. */
  readonly truncated: boolean;
}

/** Graph's own sample spells a column both ways. */
const column = z
  .looseObject({
    name: z.string().optional(),
    Name: z.string().optional(),
    type: z.unknown().optional(),
    Type: z.unknown().optional(),
  })
  .transform(({ name, Name, type, Type }) => {
    const kind = type ?? Type;
    return { name: name ?? Name ?? '', type: typeof kind === 'string' ? kind : '' };
  })
  .refine(({ name }) => name !== '');
const row = z.record(z.string(), z.unknown());
const answered = z.looseObject({
  schema: z.array(column).optional(),
  Schema: z.array(column).optional(),
  results: z.array(row).optional(),
  Results: z.array(row).optional(),
});

/**
 * The result in an answer of 200 or 206, `schema`/`results` or `Schema`/`Results`.
 * @throws UpstreamError (cut, no JSON) · ContractError naming what is no column or row
 */
export const toHuntingResult = (answer: IncomingAnswer, api: string): HuntingResult => {
  const { content, incomplete } = contentOf(answer, api);
  if (isTooDeep(content)) throw new ContractError(`${api} answered a hunt nested deeper than ${maxDepth}`);
  const parsed = answered.safeParse(content);
  if (!parsed.success) throw unreadable(api, parsed.error.issues[0]?.path.join('.') ?? 'shape');
  const schema = parsed.data.schema ?? parsed.data.Schema;
  const rows = parsed.data.results ?? parsed.data.Results;
  if (schema === undefined) throw unreadable(api, 'schema');
  if (rows === undefined) throw unreadable(api, 'results');
  return { schema, rows: rows as JsonObject[], truncated: rows.length >= mostRows || incomplete !== undefined };
};

const unreadable = (api: string, part: string): ContractError =>
  new ContractError(`${api} answered a hunt whose ${part} cannot be read`);
