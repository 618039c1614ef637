import { cell, cellRight, cut, oneLine, widthOf, wrap } from '../../shared/terminal/cells';
import { isBlocked, isComplete } from './firstSync';
import type { IncidentRow, TenantView } from './relayApi';
import type { Palette } from '../../shared/terminal/terminal';
import { age, number, utc, words } from '../../shared/terminal/wording';

export interface Look {
  readonly width: number;
  readonly palette: Palette;
  readonly nowMs: number;
}

const margin = '  ';
/** Lists longer than this are cut: a screen shows use, not everything. */
const mostCustomers = 12;

/** The most urgent open incidents as a table; the title comes last, because its writing may run any way and length. */
export function incidentTable(incidents: readonly IncidentRow[], { width, palette, nowMs }: Look): string[] {
  if (incidents.length === 0) return [`${margin}No open incident.`];
  const rows = incidents.map((incident) => ({
    severity: oneLine(incident.severity ?? '-'),
    customer: oneLine(incident.tenantName),
    age: age(incident.createdDateTime, nowMs),
    id: oneLine(incident.incidentId),
    title: oneLine(incident.displayName ?? '(no title)'),
  }));
  const columns = {
    severity: columnWidth(
      'SEVERITY',
      rows.map(({ severity }) => severity),
      13,
    ),
    customer: columnWidth(
      'CUSTOMER',
      rows.map(({ customer }) => customer),
      24,
    ),
    age: columnWidth(
      'AGE',
      rows.map((row) => row.age),
      8,
    ),
    id: columnWidth(
      'ID',
      rows.map(({ id }) => id),
      12,
    ),
  };
  const used = margin.length + columns.severity + columns.customer + columns.age + columns.id + 4 * margin.length;
  const line = (row: (typeof rows)[number]): string =>
    [
      cell(row.severity, columns.severity),
      cell(row.customer, columns.customer),
      cellRight(row.age, columns.age),
      cellRight(row.id, columns.id),
      cut(row.title, Math.max(12, width - used)),
    ].join(margin);
  const head = line({ severity: 'SEVERITY', customer: 'CUSTOMER', age: 'AGE', id: 'ID', title: 'TITLE' });
  return [
    `${margin}${palette.dim(head)}`,
    ...rows.map((row) => `${margin}${inSeverityColour(row.severity, line(row), palette)}`),
  ];
}

/** A line a customer, by name; those in trouble come last, where the eye rests, with what mends them. */
export function customerTable(tenants: readonly TenantView[], sinceMs: number, look: Look): string[] {
  const byName = tenants.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  const inTrouble = byName.filter((tenant) => troubleOf(tenant, sinceMs) !== undefined);
  const fine = byName.filter((tenant) => !inTrouble.includes(tenant));
  const shown = [...fine.slice(0, Math.max(0, mostCustomers - inTrouble.length)), ...inTrouble.slice(0, mostCustomers)];
  const nameWidth = columnWidth(
    '',
    shown.map(({ name }) => oneLine(name)),
    28,
  );
  const left = tenants.length - shown.length;
  return [
    ...shown.flatMap((tenant) => customerLines(tenant, sinceMs, nameWidth, look)),
    ...(left > 0 ? [`${margin}${look.palette.dim(`and ${number(left)} more`)}`] : []),
  ];
}

export interface ToolRow {
  readonly name: string;
  readonly customer: string;
  /** Open tickets. */
  readonly open: number;
  /** Incidents whose ticket is still to come. */
  readonly coming: number;
  /** Its tickets in a browser, each with a button that closes it. */
  readonly url: string;
}

/** A line a ticket tool. */
export function ticketTable(tools: readonly ToolRow[], { palette }: Look): string[] {
  const width = (texts: readonly string[], most: number): number => columnWidth('', texts, most);
  const nameWidth = width(
    tools.map(({ name }) => name),
    12,
  );
  const customerWidth = width(
    tools.map(({ customer }) => oneLine(customer)),
    24,
  );
  const countsOf = ({ open, coming }: ToolRow): string =>
    `${cellRight(number(open), 3)} open${coming === 0 ? '' : `, ${number(coming)} on the way`}`;
  const countWidth = width(tools.map(countsOf), 24);
  return tools.map((row) => {
    const whose = `${cell(row.name, nameWidth)}${margin}${cell(oneLine(row.customer), customerWidth)}`;
    return `${margin}${whose}${margin}${cell(countsOf(row), countWidth)}   ${palette.dim(row.url)}`;
  });
}

export interface Commands {
  readonly url: string;
  /** File that holds the bearer token. */
  readonly tokenFile: string;
  /** Undefined where there is none to show. */
  readonly incident: Pick<IncidentRow, 'tenantId' | 'incidentId'> | undefined;
  readonly tenant: { readonly tenantId: string; readonly name: string };
  readonly candidate: { readonly tenantId: string; readonly displayName: string };
}

/** Commands that work as they stand when pasted into a POSIX shell. */
export function commandLines({ url, tokenFile, incident, tenant, candidate }: Commands, { palette }: Look): string[] {
  const bearer = `-H "Authorization: Bearer $(cat ${quoted(tokenFile)})"`;
  const get = (path: string): string[] => [`curl -s ${quoted(`${url}/api/${path}`)} \\`, `${margin}${bearer}`];
  const body = JSON.stringify({ name: candidate.displayName });
  const blocks: [string, string[]][] = [
    ...(incident === undefined
      ? []
      : [
          [
            'One incident, whole:',
            get(`tenants/${incident.tenantId}/incidents/${encodeURIComponent(incident.incidentId)}`),
          ] as [string, string[]],
        ]),
    [`Open incidents of ${oneLine(tenant.name)}:`, get(`tenants/${tenant.tenantId}/incidents`)],
    [
      `Add ${oneLine(candidate.displayName)}:`,
      [
        `curl -s -X PUT ${quoted(`${url}/api/tenants/${candidate.tenantId}`)} \\`,
        `${margin}${bearer} \\`,
        `${margin}-H 'Content-Type: application/json' -d ${quoted(body)}`,
      ],
    ],
  ];
  return blocks.flatMap(([title, lines]) => [
    `${margin}${palette.dim(title)}`,
    ...lines.map((line) => `${margin}${line}`),
  ]);
}

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What keeps a tenant from being complete, in a few words; undefined where nothing does. */
export function troubleOf(tenant: TenantView, sinceMs: number): string | undefined {
  const { reason, state } = tenant.access.reader;
  if (isBlocked(tenant)) return `${state}: ${words(reason ?? 'unknown')}`;
  if (!tenant.enabled) return 'switched off';
  if (!isComplete(tenant, sinceMs)) return 'not complete yet';
  return tenant.health.state === 'ok' ? undefined : tenant.health.state;
}

function customerLines(
  tenant: TenantView,
  sinceMs: number,
  nameWidth: number,
  { width, palette, nowMs }: Look,
): string[] {
  const { counts, readThrough } = tenant.sync;
  const trouble = troubleOf(tenant, sinceMs);
  const name = cell(oneLine(tenant.name), nameWidth);
  const numbers = `${cellRight(number(counts.stored), 7)} incidents ${cellRight(number(counts.open), 6)} open`;
  const upTo = readThrough === null ? 'nothing read yet' : `complete to ${utc(readThrough, nowMs)}`;
  const state = trouble === undefined ? palette.green(cell('ok', 4)) : palette.red(trouble);
  if (trouble === undefined) return [`${margin}${name}  ${state}${numbers}   ${upTo}`];
  const { cure, link } = tenant.access.reader;
  const advice = cure ?? tenant.health.reasons[0];
  const indent = margin.repeat(2);
  return [
    `${margin}${name}  ${state}  ${palette.dim(upTo)}`,
    ...(advice === undefined ? [] : wrap(oneLine(advice), width - indent.length).map((line) => `${indent}${line}`)),
    ...(link === null ? [] : [`${indent}${palette.dim(link)}`]),
  ];
}

function columnWidth(head: string, texts: readonly string[], most: number): number {
  return Math.min(most, Math.max(widthOf(head), ...texts.map(widthOf)));
}

function inSeverityColour(severity: string, line: string, palette: Palette): string {
  if (severity === 'high' || severity === 'critical') return palette.red(line);
  return severity === 'medium' ? palette.yellow(line) : line;
}
