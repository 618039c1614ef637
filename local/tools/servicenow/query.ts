type Row = Readonly<Record<string, string>>;

const operators: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  '>=': (value, wanted) => value >= wanted,
  '<=': (value, wanted) => value <= wanted,
  '!=': (value, wanted) => !same(value, wanted),
  '>': (value, wanted) => value > wanted,
  '<': (value, wanted) => value < wanted,
  '=': (value, wanted) => same(value, wanted),
  STARTSWITH: (value, wanted) => value.toLowerCase().startsWith(wanted.toLowerCase()),
  LIKE: (value, wanted) => value.toLowerCase().includes(wanted.toLowerCase()),
};

/** As the database compares. */
const same = (value: string, wanted: string): boolean => value.toLowerCase() === wanted.toLowerCase();

/**
 * An encoded query over the rows of a table. As the platform does it: a part that makes no sense (an unknown field or operator) is left
 * out, and the rest decides.
 * @see https://www.servicenow.com/docs (Table API, `sysparm_query`; `glide.invalid_query.returns_no_rows`)
 */
export function select<T extends Row>(rows: readonly T[], query: string, fields: ReadonlySet<string>): readonly T[] {
  let found = [...rows];
  for (const part of query.split('^')) {
    const order = /^ORDERBY(DESC)?(\w+)$/.exec(part);
    if (order !== null) {
      const [, descending, field = ''] = order;
      if (!fields.has(field)) continue;
      found = found.toSorted((a, b) => compare(a[field] ?? '', b[field] ?? ''));
      if (descending !== undefined) found.reverse();
      continue;
    }
    const [, field = '', operator = '', wanted = ''] = /^(\w+?)(>=|<=|!=|=|>|<|STARTSWITH|LIKE)(.*)$/s.exec(part) ?? [];
    const test = operators[operator];
    if (test === undefined || !fields.has(field)) continue;
    found = found.filter((row) => test(row[field] ?? '', wanted));
  }
  return found;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
