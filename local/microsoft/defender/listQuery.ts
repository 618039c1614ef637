import type { FilterWords } from '../graph/filter';
import { parseFilter } from '../graph/filter';
import type { ListQuery } from '../graph/listQuery';
import { wholeNumber } from '../graph/listQuery';
import { badRequest, invalidQuery, ODataError } from '../graph/odataError';
import { statuses } from '../world/incident';

const maxTop = 100;
const options = ['$filter', '$top', '$skip'];
const words: FilterWords = {
  typeName: 'incident',
  times: new Map([
    ['createdTime', 'createdDateTime'],
    ['lastUpdateTime', 'lastUpdateDateTime'],
  ]),
  texts: new Map([
    ['assignedTo', { field: 'assignedTo' }],
    ['status', { field: 'status', members: statuses }],
  ]),
};

/** The OData options of the incidents list, newest update first whatever is asked. `$skip` has no known limit.
 *  @throws ODataError 400 for an option that is unknown, given twice, malformed or out of range.
 *  @see https://learn.microsoft.com/defender-xdr/api-list-incidents */
export function parseListQuery(query: URLSearchParams): ListQuery {
  refuseOthers(query, options);
  const filter = query.get('$filter');
  const top = wholeNumber(query, '$top') ?? maxTop;
  if (top > maxTop) {
    throw invalidQuery(
      `The limit of '${maxTop}' for Top query has been exceeded. The value from the incoming request is '${top}'.`,
    );
  }
  if (top === 0) throw invalidQuery("The value '0' of $top must be a positive whole number.");
  return {
    clauses: filter === null ? [] : parseFilter(filter, words),
    orderBy: 'lastUpdateDateTime',
    descending: true,
    top,
    skip: wholeNumber(query, '$skip') ?? 0,
    count: false,
    expandAlerts: true,
  };
}

/** OData reserves names with a dollar sign; others are the caller's own and pass.
 *  @throws ODataError 400 */
export function refuseOthers(query: URLSearchParams, known: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (!name.startsWith('$')) continue;
    if (!known.includes(name))
      throw new ODataError(
        400,
        'ODataError',
        `The query specified in the URI is not valid. Query option '${name}' is not allowed.`,
      );
    if (seen.has(name)) throw badRequest(`Query option '${name}' was specified more than once.`);
    seen.add(name);
  }
}
