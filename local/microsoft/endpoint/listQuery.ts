import { refuseOthers } from '../defender/listQuery';
import { wholeNumber } from '../graph/listQuery';
import { invalidQuery } from '../graph/odataError';
import type { Ticks } from '../world/time7';
import { parseTime7 } from '../world/time7';
import type { Fields } from './machines';

/** How the values of a field are written in a filter; `tags`: any of a list of texts. */
export type FieldKind = 'text' | 'number' | 'time' | 'tags';

export interface Listing {
  matches: (row: Fields) => boolean;
  top: number;
  skip: number;
  /** Without `$top` the API pages by a nextLink of its own, with it by `$skip` alone. */
  linked: boolean;
  expand: boolean;
}

const maxTop = 10_000;
const comparison = /^(\w+) (eq|ne|gt|ge|lt|le) ('(?:[^']|'')*'|[^\s']+)/;
const anyOf = /^(\w+)\/any\((\w+): ?(\w+) eq ('(?:[^']|'')*')\)/;

/** The OData options of a list of Defender for Endpoint.
 *  @throws ODataError 400 for an option that is unknown, given twice, malformed or out of range.
 *  @see https://learn.microsoft.com/defender-endpoint/api/exposed-apis-odata-samples */
export function parseListing(
  query: URLSearchParams,
  fields: Readonly<Record<string, FieldKind>>,
  expandable?: string,
): Listing {
  refuseOthers(query, ['$filter', '$top', '$skip', ...(expandable === undefined ? [] : ['$expand'])]);
  const given = wholeNumber(query, '$top');
  if (given !== undefined && given > maxTop) {
    throw invalidQuery(
      `The limit of '${maxTop}' for Top query has been exceeded. The value from the incoming request is '${given}'.`,
    );
  }
  if (given === 0) throw invalidQuery("The value '0' of $top must be a positive whole number.");
  const expand = query.get('$expand');
  if (expand !== null && expand !== expandable)
    throw invalidQuery(`Could not find a property named '${expand}' to expand.`);
  const filter = query.get('$filter');
  const clauses = filter === null ? [] : parseClauses(filter, fields);
  return {
    matches: (row) => clauses.every((clause) => clause(row)),
    top: given ?? maxTop,
    skip: wholeNumber(query, '$skip') ?? 0,
    linked: given === undefined,
    expand: expand !== null,
  };
}

type Clause = (row: Fields) => boolean;

function parseClauses(text: string, fields: Readonly<Record<string, FieldKind>>): Clause[] {
  const clauses: Clause[] = [];
  let rest = text.trim();
  for (;;) {
    const any = anyOf.exec(rest);
    const plain = any === null ? comparison.exec(rest) : null;
    const match = any ?? plain;
    if (match === null) throw invalidQuery(`Syntax error at position ${text.length - rest.length} in '${text}'.`);
    clauses.push(any === null ? compare(match, fields) : contains(any, fields));
    rest = rest.slice(match[0].length);
    if (rest === '') return clauses;
    const joint = /^ +and +/.exec(rest);
    if (joint === null) throw invalidQuery(`Syntax error at position ${text.length - rest.length} in '${text}'.`);
    rest = rest.slice(joint[0].length);
  }
}

function kindOf(name: string, fields: Readonly<Record<string, FieldKind>>): FieldKind {
  const kind = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (kind === undefined) throw invalidQuery(`The property '${name}' cannot be used in the $filter query option.`);
  return kind;
}

function contains(
  [, name = '', declared, used, literal = '']: string[],
  fields: Readonly<Record<string, FieldKind>>,
): Clause {
  if (kindOf(name, fields) !== 'tags' || declared !== used)
    throw invalidQuery(`The any query expression on '${name}' is not valid.`);
  const wanted = unquoted(literal);
  return (row) => Array.isArray(row[name]) && row[name].includes(wanted);
}

function compare(
  [, name = '', operator = '', literal = '']: string[],
  fields: Readonly<Record<string, FieldKind>>,
): Clause {
  const kind = kindOf(name, fields);
  const quoted = literal.startsWith("'");
  const mismatch = invalidQuery(
    `A binary operator with incompatible types was detected: '${literal}' does not fit the property '${name}'.`,
  );
  if (kind === 'tags' || quoted !== (kind === 'text')) throw mismatch;
  // The page writes `InvestigationId` in filters, `investigationId` in rows.
  const member = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  if (kind === 'text') {
    const wanted = unquoted(literal).toLowerCase();
    return (row) => {
      const value = row[member];
      return holds(operator, typeof value === 'string' ? value.toLowerCase() : '', wanted);
    };
  }
  const wanted = kind === 'time' ? parseTime7(literal) : Number(literal);
  if (wanted === undefined || Number.isNaN(wanted)) throw mismatch;
  return (row) => {
    const value = kind === 'time' ? timeIn(row[member]) : numberIn(row[member]);
    return value !== undefined && holds(operator, value, wanted);
  };
}

function timeIn(value: unknown): Ticks | undefined {
  return typeof value === 'string' ? parseTime7(value) : undefined;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : undefined;
}

function unquoted(literal: string): string {
  return literal.slice(1, -1).replaceAll("''", "'");
}

function holds<T extends string | number | bigint>(operator: string, value: T, wanted: T): boolean {
  switch (operator) {
    case 'eq':
      return value === wanted;
    case 'ne':
      return value !== wanted;
    case 'gt':
      return value > wanted;
    case 'ge':
      return value >= wanted;
    case 'lt':
      return value < wanted;
    default:
      return value <= wanted;
  }
}
