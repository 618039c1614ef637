import { RequestError } from '../errors';
import { toTime7 } from '../model/time7';

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/** How a field's values stand in a filter: texts quoted, numbers and times bare, `tags` for one text of several. */
export type FieldKind = 'text' | 'number' | 'time' | 'tags';

export interface Condition<Field extends string> {
  readonly field: Field;
  /** Default `eq`, the only one tags know. */
  readonly op?: Comparison;
  readonly value: string | number;
}

const mostConditions = 20;
const longestValue = 1_000;

/**
 * The `$filter` parameter, percent-encoded, all conditions joined by `and`; none where there are no conditions.
 * @throws RequestError naming the field whose value cannot stand there
 * @see https://learn.microsoft.com/defender-endpoint/api/exposed-apis-odata-samples
 */
export const endpointFilter = <Field extends string>(
  conditions: readonly Condition<Field>[],
  kinds: Readonly<Record<Field, FieldKind>>,
): readonly string[] => {
  if (conditions.length > mostConditions)
    throw new RequestError('Too many conditions', [{ field: 'where', message: `at most ${mostConditions}` }]);
  if (conditions.length === 0) return [];
  const terms = conditions.map((condition) => termOf(condition, kinds[condition.field]));
  return [`$filter=${encodeURIComponent(terms.join(' and '))}`];
};

const termOf = ({ field, op = 'eq', value }: Condition<string>, kind: FieldKind): string => {
  const text = String(value);
  if (text.length > longestValue || !text.isWellFormed()) throw unusable(field, 'is too long or broken');
  switch (kind) {
    case 'text':
      return `${field} ${op} ${quoted(text)}`;
    case 'tags':
      if (op !== 'eq') throw unusable(field, 'can only be compared by eq');
      return `${field}/any(tag: tag eq ${quoted(text)})`;
    case 'number':
      if (!/^-?\d{1,18}$/.test(text)) throw unusable(field, 'must be a whole number');
      return `${field} ${op} ${text}`;
    case 'time':
      if (toTime7(text) === undefined) throw unusable(field, 'must be an ISO 8601 time');
      return `${field} ${op} ${toTime7(text) ?? ''}`;
  }
};

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const unusable = (field: string, message: string): RequestError =>
  new RequestError('A condition cannot be used', [{ field, message }]);
