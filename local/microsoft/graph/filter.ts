import type { Incident } from '../world/incident';
import { classifications, determinations, severities, statuses } from '../world/incident';
import type { Ticks } from '../world/time7';
import { parseTime7 } from '../world/time7';
import { invalidQuery } from './odataError';

export type TimeField = 'createdDateTime' | 'lastUpdateDateTime';
type TextField = 'assignedTo' | 'classification' | 'determination' | 'severity' | 'status';
type Operator = 'eq' | 'ne' | 'ge' | 'gt' | 'le' | 'lt';

export type Clause =
  | { kind: 'time'; field: TimeField; operator: Operator; ticks: Ticks }
  | { kind: 'text'; field: TextField; operator: 'eq' | 'ne'; text: string };

const clauseShape = /^(\S+) +(\S+) +('(?:[^']|'')*'|[^\s']+)/;
const future = 'unknownFutureValue';

/** What an API calls the fields it can filter by. */
export interface FilterWords {
  typeName: string;
  times: ReadonlyMap<string, TimeField>;
  /** Without members: any text. */
  texts: ReadonlyMap<string, { field: TextField; members?: readonly string[] }>;
}

const graphWords: FilterWords = {
  typeName: 'microsoft.graph.security.incident',
  times: new Map([
    ['createdDateTime', 'createdDateTime'],
    ['lastUpdateDateTime', 'lastUpdateDateTime'],
  ]),
  texts: new Map([
    ['assignedTo', { field: 'assignedTo' }],
    ['classification', { field: 'classification', members: [...classifications, future] }],
    ['determination', { field: 'determination', members: [...determinations, future] }],
    ['severity', { field: 'severity', members: [...severities, future] }],
    ['status', { field: 'status', members: [...statuses, future] }],
  ]),
};

/** The clauses of a `$filter`, all of which must hold: what the incidents list documents, joined by `and`.
 *  @throws ODataError 400 for anything else.
 *  @see https://learn.microsoft.com/graph/api/security-list-incidents */
export function parseFilter(text: string, words: FilterWords = graphWords): Clause[] {
  const clauses: Clause[] = [];
  let rest = text.trim();
  for (;;) {
    const match = clauseShape.exec(rest);
    if (match === null) throw invalidQuery(`Syntax error at position ${text.length - rest.length} in '${text}'.`);
    const [whole, field = '', operator = '', literal = ''] = match;
    clauses.push(toClause(words, field, operator, literal, text));
    rest = rest.slice(whole.length);
    if (rest === '') return clauses;
    const joint = /^ +and +/.exec(rest);
    if (joint === null) throw invalidQuery(`Syntax error at position ${text.length - rest.length} in '${text}'.`);
    rest = rest.slice(joint[0].length);
  }
}

export function matches(incident: Incident, clause: Clause): boolean {
  if (clause.kind === 'time') return compareTimes(ticksOf(incident, clause.field), clause.operator, clause.ticks);
  const value = incident[clause.field] ?? '';
  // Enum literals are read without regard to case, as are addresses.
  return (value.toLowerCase() === clause.text.toLowerCase()) === (clause.operator === 'eq');
}

export function ticksOf(incident: Incident, field: TimeField): Ticks {
  return field === 'createdDateTime' ? incident.createdTicks : incident.lastUpdateTicks;
}

function toClause(words: FilterWords, name: string, operator: string, literal: string, whole: string): Clause {
  if (!isOperator(operator)) throw invalidQuery(`Operator '${operator}' is not supported in '${whole}'.`);
  const timeField = words.times.get(name);
  if (timeField !== undefined) {
    const ticks = parseTime7(literal);
    if (ticks === undefined) {
      throw invalidQuery(
        `A binary operator with incompatible types was detected: '${literal}' is not an Edm.DateTimeOffset.`,
      );
    }
    return { kind: 'time', field: timeField, operator, ticks };
  }
  const text = words.texts.get(name);
  if (text === undefined) {
    throw invalidQuery(`Could not find a property named '${name}' to filter on type '${words.typeName}'.`);
  }
  if (operator !== 'eq' && operator !== 'ne')
    throw invalidQuery(`Operator '${operator}' is not supported for property '${name}'.`);
  if (!literal.startsWith("'"))
    throw invalidQuery(`The literal '${literal}' of property '${name}' is not a quoted string.`);
  const value = literal.slice(1, -1).replaceAll("''", "'");
  if (text.members?.some((member) => member.toLowerCase() === value.toLowerCase()) === false) {
    throw invalidQuery(`The string '${value}' is not a valid enumeration type constant of property '${name}'.`);
  }
  return { kind: 'text', field: text.field, operator, text: value };
}

function compareTimes(value: Ticks, operator: Operator, bound: Ticks): boolean {
  switch (operator) {
    case 'eq':
      return value === bound;
    case 'ne':
      return value !== bound;
    case 'ge':
      return value >= bound;
    case 'gt':
      return value > bound;
    case 'le':
      return value <= bound;
    case 'lt':
      return value < bound;
  }
}

function isOperator(text: string): text is Operator {
  return ['eq', 'ne', 'ge', 'gt', 'le', 'lt'].includes(text);
}
