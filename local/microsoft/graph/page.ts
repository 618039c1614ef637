import type { Incident } from '../world/incident';
import type { TenantIncidents } from '../world/tenantIncidents';
import { firstAtOrAfter } from '../world/tenantIncidents';
import type { Clause, TimeField } from './filter';
import { matches, ticksOf } from './filter';
import type { ListQuery } from './listQuery';

export interface Page {
  rows: Incident[];
  /** Whether rows follow after these. */
  more: boolean;
  /** All rows that match, whatever top and skip; only when asked for. */
  total: number | undefined;
}

/** One page out of the list as it stands now. Rows of equal time lie in the order of their ids, reversed when descending. */
export function pageOf(incidents: TenantIncidents, query: ListQuery): Page {
  const list = query.orderBy === 'createdDateTime' ? incidents.byCreation : incidents.byLastUpdate;
  const [from, to] = boundsOf(list, query.clauses, query.orderBy);
  const rest = query.clauses.filter((clause) => !isBound(clause, query.orderBy));
  if (rest.length === 0) return slicePage(list, from, to, query);

  const rows: Incident[] = [];
  let matched = 0;
  for (let step = 0; step < to - from; step++) {
    const incident = list[query.descending ? to - 1 - step : from + step];
    if (incident === undefined || !rest.every((clause) => matches(incident, clause))) continue;
    matched += 1;
    if (matched > query.skip && rows.length < query.top) rows.push(incident);
    else if (matched > query.skip + query.top && !query.count) break;
  }
  return { rows, more: matched > query.skip + query.top, total: query.count ? matched : undefined };
}

function slicePage(
  list: readonly Incident[],
  from: number,
  to: number,
  { skip, top, descending, count }: ListQuery,
): Page {
  const end = Math.max(from, to);
  const rows = descending
    ? list.slice(Math.max(from, end - skip - top), Math.max(from, end - skip)).reverse()
    : list.slice(from + skip, Math.min(end, from + skip + top));
  return { rows, more: end - from > skip + top, total: count ? end - from : undefined };
}

function isBound(clause: Clause, field: TimeField): boolean {
  return clause.kind === 'time' && clause.field === field && clause.operator !== 'ne';
}

/** The part of a list ascending by `field` within all bounds on that field; end exclusive, empty when end ≤ start. */
function boundsOf(list: readonly Incident[], clauses: readonly Clause[], field: TimeField): [number, number] {
  let from = 0;
  let to = list.length;
  for (const clause of clauses) {
    if (clause.kind !== 'time' || !isBound(clause, field)) continue;
    const at = (ticks: bigint): number => firstAtOrAfter(list, ticks, (incident) => ticksOf(incident, field));
    const { operator, ticks } = clause;
    if (operator === 'ge' || operator === 'eq') from = Math.max(from, at(ticks));
    if (operator === 'gt') from = Math.max(from, at(ticks + 1n));
    if (operator === 'lt') to = Math.min(to, at(ticks));
    if (operator === 'le' || operator === 'eq') to = Math.min(to, at(ticks + 1n));
  }
  return [from, to];
}
