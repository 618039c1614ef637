export interface JqlIssue {
  readonly id: string;
  readonly project: string;
  readonly labels: readonly string[];
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** The few clauses callers of ours use, joined by AND; anything else is undefined, as is a query without bounds. */
export function select<T extends JqlIssue>(issues: readonly T[], jql: string, nowMs: number): readonly T[] | undefined {
  const [, where = '', order] = /^(.*?)(?:\s+ORDER BY\s+((?:created|updated|key)\s+(?:ASC|DESC)))?$/s.exec(jql) ?? [];
  const tests = where.split(/\s+AND\s+/).map((clause) => testOf(clause.trim(), nowMs));
  if (where === '' || tests.includes(undefined)) return undefined;
  const found = issues.filter((issue) => tests.every((test) => test?.(issue)));
  const [field, direction] = order?.split(/\s+/) ?? ['created', 'DESC'];
  const time = ({ createdMs, updatedMs }: JqlIssue) =>
    field === 'updated' ? updatedMs : field === 'key' ? 0 : createdMs;
  const sorted = found.toSorted((a, b) => time(a) - time(b) || Number(a.id) - Number(b.id));
  return direction === 'DESC' ? sorted.toReversed() : sorted;
}

function testOf(clause: string, nowMs: number): ((issue: JqlIssue) => boolean) | undefined {
  const [, field, operator, value = ''] = /^(\w+)\s*(>=|=)\s*"([^"\\]*)"$/.exec(clause) ?? [];
  if (field === 'labels' && operator === '=') return ({ labels }) => labels.includes(value);
  if (field === 'project' && operator === '=') return ({ project }) => project === value;
  const minutes = /^-(\d{1,9})m$/.exec(value)?.[1];
  if (field === 'updated' && operator === '>=' && minutes !== undefined)
    return ({ updatedMs }) => updatedMs >= nowMs - Number(minutes) * 60_000;
  return undefined;
}
