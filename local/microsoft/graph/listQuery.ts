import type { Clause, TimeField } from './filter';
import { parseFilter } from './filter';
import { badRequest, invalidQuery } from './odataError';

export interface ListQuery {
  clauses: readonly Clause[];
  orderBy: TimeField;
  descending: boolean;
  top: number;
  skip: number;
  count: boolean;
  expandAlerts: boolean;
}

const maxTop = 50;
const maxSkip = 500;
const options = ['$filter', '$orderby', '$top', '$skip', '$count', '$expand'];

/** The OData options of the incidents list.
 *  @throws ODataError 400 for an option that is unknown, given twice, malformed or out of range.
 *  @see https://learn.microsoft.com/graph/api/security-list-incidents */
export function parseListQuery(query: URLSearchParams): ListQuery {
  refuseOthers(query, options);
  const filter = query.get('$filter');
  const top = wholeNumber(query, '$top') ?? maxTop;
  if (top > maxTop) {
    throw invalidQuery(
      `The limit of '${maxTop}' for Top query has been exceeded. The value from the incoming request is '${top}'.`,
    );
  }
  if (top === 0)
    throw invalidQuery(
      "Invalid value '0' for $top query option found. The $top query option requires a positive integer value.",
    );
  const skip = wholeNumber(query, '$skip') ?? 0;
  if (skip > maxSkip) {
    throw invalidQuery(
      `The limit of '${maxSkip}' for Skip query has been exceeded. The value from the incoming request is '${skip}'.`,
    );
  }
  return {
    clauses: filter === null ? [] : parseFilter(filter),
    ...order(query),
    top,
    skip,
    count: flag(query, '$count'),
    expandAlerts: expandsAlerts(query),
  };
}

/** Of one incident: only `$expand`. */
export function parseItemQuery(query: URLSearchParams): { expandAlerts: boolean } {
  refuseOthers(query, ['$expand']);
  return { expandAlerts: expandsAlerts(query) };
}

/** OData reserves names with a dollar sign; others are the caller's own and pass. */
export function refuseOthers(query: URLSearchParams, known: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (!name.startsWith('$')) continue;
    if (!known.includes(name)) throw invalidQuery(`Query option '${name}' is not allowed.`);
    if (seen.has(name))
      throw badRequest(`Query option '${name}' was specified more than once, but it must be specified at most once.`);
    seen.add(name);
  }
}

function order(query: URLSearchParams): Pick<ListQuery, 'orderBy' | 'descending'> {
  const text = query.get('$orderby');
  if (text === null) return { orderBy: 'lastUpdateDateTime', descending: true };
  const match = /^(lastUpdateDateTime|createdDateTime)(?: (asc|desc))?$/.exec(text.trim());
  if (match === null) throw invalidQuery(`The $orderby expression '${text}' is not supported.`);
  return {
    orderBy: match[1] === 'createdDateTime' ? 'createdDateTime' : 'lastUpdateDateTime',
    descending: match[2] === 'desc',
  };
}

function expandsAlerts(query: URLSearchParams): boolean {
  const text = query.get('$expand');
  if (text === null) return false;
  if (text !== 'alerts') {
    throw invalidQuery(`Could not find a property named '${text}' on type 'microsoft.graph.security.incident'.`);
  }
  return true;
}

/** @throws ODataError 400 for anything but digits. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw invalidQuery(
      `Invalid value '${text}' for ${name} query option found. The ${name} query option requires a non-negative integer value.`,
    );
  }
  return Number(text);
}

function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text !== null && text !== 'true' && text !== 'false') {
    throw invalidQuery(
      `Invalid value '${text}' for ${name} query option found. Valid values are '${['true', 'false'].join("' and '")}'.`,
    );
  }
  return text === 'true';
}
