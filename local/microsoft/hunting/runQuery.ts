import { badRequest } from '../graph/odataError';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import type { Ticks } from '../world/time7';
import { parseTime7 } from '../world/time7';
import type { Row } from './tables';
import { tables } from './tables';

export interface Found {
  columns: readonly (readonly [string, string])[];
  rows: Row[];
}

/** From and to, both inclusive. */
export type Span = readonly [Ticks, Ticks];

const literal = /^'((?:[^'\\]|\\.)*)'$|^"((?:[^"\\]|\\.)*)"$/;

/** Runs `Table | where Column == "text" | project A, B | take N | count`, in any order and number; anything else is refused as Kusto
 *  words it.
 *  @throws ODataError 400 */
export function runQuery(state: CloudState, tenant: Tenant, query: string, [from, to]: Span): Found {
  const [name = '', ...steps] = parts(query);
  const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
  if (table === undefined)
    throw badRequest(
      `'${name.slice(0, 60)}' operator: Failed to resolve table or column expression named '${name.slice(0, 60)}'`,
    );
  const inTime = table.rows(state, tenant).filter(({ Timestamp }) => {
    const at = parseTime7(String(Timestamp)) ?? 0n;
    return at >= from && at <= to;
  });
  return steps.reduce<Found>(applied, { columns: table.columns, rows: inTime });
}

function applied(found: Found, step: string): Found {
  const [operator = '', ...rest] = step.split(/\s+/);
  const operand = rest.join(' ');
  switch (operator) {
    case 'take':
    case 'limit':
      if (!/^\d{1,9}$/.test(operand)) throw syntaxError(operand);
      return { ...found, rows: found.rows.slice(0, Number(operand)) };
    case 'where':
      return { ...found, rows: found.rows.filter(condition(found, operand)) };
    case 'project':
      return projected(
        found,
        operand.split(',').map((column) => column.trim()),
      );
    case 'count':
      if (operand !== '') throw syntaxError(operand);
      return { columns: [['Count', 'Int64']], rows: [{ Count: found.rows.length }] };
    default:
      throw syntaxError(step);
  }
}

function condition(found: Found, text: string): (row: Row) => boolean {
  const match = /^(\w+) ?(==|!=) ?(.+)$/.exec(text);
  const [, column = '', operator, value = ''] = match ?? [];
  if (match === null) throw syntaxError(text);
  const kind = kindOf(found, column, 'where');
  const quoted = literal.exec(value);
  if ((kind === 'Int64' || kind === 'SByte') !== (quoted === null)) throw syntaxError(value);
  const wanted = quoted === null ? value : (quoted[1] ?? quoted[2] ?? '').replaceAll(/\\(.)/g, '$1');
  return (row) => (String(row[column]) === wanted) === (operator === '==');
}

function projected(found: Found, names: readonly string[]): Found {
  const columns = names.map((name) => [name, kindOf(found, name, 'project')] as const);
  const rows = found.rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
  return { columns, rows };
}

function kindOf({ columns }: Found, name: string, operator: string): string {
  const kind = columns.find(([column]) => column === name)?.[1];
  if (kind !== undefined) return kind;
  throw badRequest(`'${operator}' operator: Failed to resolve scalar expression named '${name}'`);
}

function syntaxError(text: string): Error {
  return badRequest(`Query could not be parsed at '${text.slice(0, 60)}'`);
}

/** Between the bars that stand in no text; comments taken out. */
function parts(query: string): string[] {
  const text = query.replaceAll(/^\s*\/\/.*$/gm, '');
  const found = text.match(/(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^|'"])+/g) ?? [''];
  return found.map((part) => part.trim().replace(/;$/, '').trim());
}
