import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { oneLine, wrap } from '../../shared/terminal/cells';
import type { Palette } from '../../shared/terminal/terminal';
import { age, counted, words } from '../../shared/terminal/wording';
import type { Column } from '../print/table';
import { facts, table } from '../print/table';
import { when } from '../print/times';
import { findTenantId } from '../relay/findTenant';
import type { IncidentAnswer, WholeIncident } from '../relay/shapes';
import { incidentRowShape, incidentShape } from '../relay/shapes';
import type { Session } from '../session';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';

interface ListOptions {
  readonly tenant?: string;
  readonly group?: string;
  readonly status?: string;
  readonly severity?: string;
  readonly assignedTo?: string;
  readonly updatedSince?: string;
  readonly search?: string;
  readonly sort: string;
  readonly limit: number;
  readonly all?: boolean;
}

export const addIncidentCommands = (program: Command): void => {
  const incidents = program
    .command('incidents')
    .helpCommand(false)
    .summary('incidents of all tenants, or of one')
    .description('Incidents as the relay holds them, of all tenants in your sight or of one.');
  examples(incidents, [['xdr-relay incidents list --sort severity', 'the most urgent first']]);

  const list = incidents
    .command('list')
    .summary('open ones, unless told otherwise')
    .description('Incidents, newest update first; open ones, unless --status says otherwise.')
    .option('--tenant <tenant>', 'of one tenant: id, name or the start of its name')
    .option('--group <id>', 'of the tenants of one group')
    .option('--status <words>', 'open, all, or a list such as active,inProgress')
    .option('--severity <words>', 'a list such as high,medium')
    .option('--assigned-to <who>', 'as Defender names them')
    .option('--updated-since <time>', 'an instant such as 2026-11-20T08:00:00Z')
    .option('--search <text>', 'in title and id')
    .addOption(new Option('--sort <order>', 'order').choices(['updated', 'severity']).default('updated'))
    .option('--limit <n>', 'at most so many', wholeNumber, 50)
    .option('--all', 'all of them, however many');
  act<ListOptions>(list, listIncidents);
  examples(list, [
    ['xdr-relay incidents list --sort severity --limit 10', 'the ten most urgent'],
    ['xdr-relay incidents list --tenant contoso --status all', 'of one tenant, resolved ones too'],
    ['xdr-relay incidents list --severity high --json | jq .items', 'for a script'],
  ]);

  const show = incidents
    .command('show <tenant> <incident>')
    .summary('one, with its alerts')
    .description('One incident, with its alerts, tags and comments.');
  act(show, showIncident);
  examples(show, [['xdr-relay incidents show contoso 4711', '']]);
};

export const wholeNumber = (text: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number above zero.');
};

const listIncidents = async ({ options }: Typed<ListOptions>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const { status, severity, assignedTo, updatedSince, search, sort, group } = options;
  const tenantId = options.tenant === undefined ? undefined : await findTenantId(relay, options.tenant);
  const query = { status, severity, assignedTo, updatedSince, q: search, sort };
  const most = options.all === true ? Number.POSITIVE_INFINITY : options.limit;
  const { items, more } = await (tenantId === undefined
    ? relay.list('incidents', incidentRowShape, { ...query, group }, most)
    : relay.list(`tenants/${tenantId}/incidents`, incidentRowShape, query, most));
  out.answer({ items, more }, () => {
    if (items.length === 0) return ['No incident fits.'];
    const { palette } = out.stdout;
    const columns = tenantId === undefined ? rowColumns : rowColumns.filter(({ head }) => head !== 'TENANT');
    return [
      ...table(items, columns, { width: out.width, palette }),
      ...(more ? ['', palette.dim(`The first ${items.length}; --limit or --all shows more.`)] : []),
    ];
  });
  return undefined;
};

const rowColumns: readonly Column<IncidentAnswer>[] = [
  {
    head: 'SEVERITY',
    text: ({ severity }) => severity,
    paint: ({ severity }, palette) => severityPaint(severity, palette),
  },
  { head: 'STATUS', text: ({ status }) => (status === null ? null : words(status)) },
  { head: 'TENANT', text: ({ tenantName }) => tenantName, least: 12 },
  { head: 'ID', text: ({ incidentId }) => incidentId, align: 'right' },
  { head: 'UPDATED', text: ({ lastUpdateDateTime }) => age(lastUpdateDateTime, Date.now()), align: 'right' },
  { head: 'ALERTS', text: ({ alertsCount }) => alertsCount, align: 'right' },
  { head: 'ASSIGNED TO', text: ({ assignedTo }) => assignedTo, least: 12 },
  { head: 'TITLE', text: ({ displayName }) => displayName ?? '(no title)', least: 20 },
];

export const severityPaint = (severity: string | null | undefined, palette: Palette): ((text: string) => string) => {
  if (severity === 'high' || severity === 'critical') return palette.red;
  return severity === 'medium' ? palette.yellow : (text) => text;
};

const showIncident = async ({ args, options }: Typed<object>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const [tenant = '', incidentId = ''] = args;
  const tenantId = await findTenantId(relay, tenant);
  const found = await relay.get(`tenants/${tenantId}/incidents/${encodeURIComponent(incidentId)}`, incidentShape);
  out.answer(found, () => incidentLines(found, out));
  return undefined;
};

const incidentLines = (found: WholeIncident, out: Session['out']): readonly string[] => {
  const { palette } = out.stdout;
  const { alerts, comments, customTags, description, summary } = found.incident;
  const width = Math.min(out.width, 110);
  const about = oneLine(summary ?? description ?? '');
  return [
    palette.bold(`${found.incidentId}  ${oneLine(found.displayName ?? '(no title)')}`),
    '',
    ...facts(
      [
        ['Tenant', `${found.tenantName}  ${found.tenantId}`],
        ['Severity', found.severity],
        ['Status', found.status === null ? null : words(found.status)],
        ['Classification', classificationOf(found)],
        ['Assigned to', found.assignedTo],
        ['Created', when(found.createdDateTime)],
        ['Updated', when(found.lastUpdateDateTime)],
        ['Merged into', found.redirectIncidentId],
        ['Tags', (customTags ?? []).join(', ')],
        ['Complete', found.complete ? undefined : 'no: its alerts could not all be read'],
        ['As of', when(found.asOf)],
        ['Defender', found.incidentWebUrl],
      ],
      out.stdout,
    ),
    ...(about === '' ? [] : ['', ...wrap(about, width)]),
    ...alertLines(alerts ?? [], out),
    ...commentLines(comments ?? [], out, width),
  ];
};

const classificationOf = ({ classification, determination }: IncidentAnswer): string | null => {
  const known = [classification, determination].filter((word) => word !== null && word !== 'unknown');
  return known.length === 0 ? null : known.map((word) => words(word ?? '')).join(', ');
};

const alertLines = (
  alerts: NonNullable<WholeIncident['incident']['alerts']>,
  out: Session['out'],
): readonly string[] => {
  if (alerts.length === 0) return [];
  const { palette } = out.stdout;
  return [
    '',
    palette.bold(counted(alerts.length, 'alert')),
    ...table(
      alerts,
      [
        {
          head: 'SEVERITY',
          text: ({ severity }) => severity,
          paint: (row, colours) => severityPaint(row.severity, colours),
        },
        { head: 'STATUS', text: ({ status }) => words(status ?? 'unknown') },
        { head: 'CREATED', text: ({ createdDateTime }) => when(createdDateTime) },
        { head: 'SOURCE', text: ({ serviceSource }) => serviceSource, least: 12 },
        { head: 'TITLE', text: ({ title }) => title, least: 20 },
      ],
      { width: out.width, palette },
    ),
  ];
};

const commentLines = (
  comments: NonNullable<WholeIncident['incident']['comments']>,
  out: Session['out'],
  width: number,
): readonly string[] => {
  if (comments.length === 0) return [];
  const { palette } = out.stdout;
  return [
    '',
    palette.bold(counted(comments.length, 'comment')),
    ...comments.flatMap(({ comment, createdByDisplayName, createdDateTime }) => [
      palette.dim(oneLine(`${when(createdDateTime) ?? ''}  ${createdByDisplayName ?? ''}`.trim())),
      ...wrap(oneLine(comment ?? ''), width - 2).map((line) => `  ${line}`),
    ]),
  ];
};
