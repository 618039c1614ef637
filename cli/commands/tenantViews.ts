import type { Command } from 'commander';
import { oneLine, wrap } from '../../shared/terminal/cells';
import type { Palette } from '../../shared/terminal/terminal';
import { counted, number, utc, words } from '../../shared/terminal/wording';
import type { Column } from '../print/table';
import { facts, table } from '../print/table';
import { when } from '../print/times';
import { findTenantId } from '../relay/findTenant';
import type { AccessAnswer, TenantAnswer } from '../relay/shapes';
import { accessesOf, tenantShape } from '../relay/shapes';
import type { Session } from '../session';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';

export const addTenantViews = (tenants: Command): void => {
  const list = tenants
    .command('list')
    .summary('how each does')
    .description(
      'The tenants in your sight: access, health and how far each is read. Those in trouble come with the cure.',
    );
  act(list, listTenants);
  examples(list, [
    ['xdr-relay tenants list', ''],
    ['xdr-relay tenants list --json | jq -r ".items[] | select(.health.state != \\"ok\\") | .name"', ''],
  ]);
  const show = tenants
    .command('show <tenant>')
    .summary('one tenant, whole')
    .description('One tenant: registration, access by registration, health, how far it is read.');
  act(show, showTenant);
  examples(show, [['xdr-relay tenants show contoso', '']]);
};

const listTenants = async ({ options }: Typed<object>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const { items } = await relay.list('tenants', tenantShape);
  const sorted = items.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  out.answer({ items: sorted }, () => {
    if (sorted.length === 0) return ['No tenant is registered in your sight: xdr-relay tenants add --help'];
    const { palette } = out.stdout;
    const inTrouble = sorted.filter((tenant) => troubleOf(tenant) !== undefined);
    return [
      ...table(sorted, columns, { width: out.width, palette }),
      ...inTrouble.flatMap((tenant) => ['', ...troubleLines(tenant, out)]),
    ];
  });
  return undefined;
};

const columns: readonly Column<TenantAnswer>[] = [
  { head: 'NAME', text: ({ name }) => name, least: 12 },
  { head: 'STATE', text: stateOf, paint: (tenant, palette) => statePaint(stateOf(tenant), palette) },
  { head: 'OPEN', text: ({ sync }) => sync.counts.open, align: 'right' },
  { head: 'STORED', text: ({ sync }) => sync.counts.stored, align: 'right' },
  {
    head: 'COMPLETE TO',
    text: ({ sync }) => (sync.readThrough === null ? 'nothing read yet' : utc(sync.readThrough, Date.now())),
  },
  // Names work wherever a tenant is asked for, so a narrow terminal may lose this one's end.
  { head: 'TENANT ID', text: ({ tenantId }) => tenantId, least: 8 },
];

/** Access comes first: without it nothing else matters. */
function stateOf(tenant: TenantAnswer): string {
  if (!tenant.enabled) return 'off';
  const states = accessesOf(tenant).map(([, { state }]) => state);
  const worst = ['blocked', 'partial'].find((state) => states.includes(state));
  return worst ?? tenant.health.state;
}

const statePaint = (state: string, palette: Palette): ((text: string) => string) => {
  if (state === 'ok' || state === 'granted') return palette.green;
  return state === 'off' ? palette.dim : ['blocked', 'down'].includes(state) ? palette.red : palette.yellow;
};

const troubleOf = (tenant: TenantAnswer): AccessAnswer | string | undefined => {
  const state = stateOf(tenant);
  if (state === 'ok' || state === 'off') return undefined;
  return (
    accessesOf(tenant).find(([, access]) => access.state === 'blocked' || access.state === 'partial')?.[1] ??
    tenant.health.reasons[0]
  );
};

const troubleLines = (tenant: TenantAnswer, out: Session['out']): readonly string[] => {
  const trouble = troubleOf(tenant);
  const { palette } = out.stdout;
  const name = palette.bold(oneLine(tenant.name));
  if (trouble === undefined || typeof trouble === 'string') return [name, ...indented(trouble ?? '', out)];
  const reason = trouble.reason === null ? '' : `: ${words(trouble.reason)}`;
  return [
    `${name}  ${statePaint(trouble.state, palette)(`${trouble.state}${reason}`)}`,
    ...indented(trouble.cure ?? tenant.health.reasons[0] ?? '', out),
    ...(trouble.link === null ? [] : [`  ${palette.dim(oneLine(trouble.link))}`]),
  ];
};

const indented = (text: string, { width }: Session['out']): readonly string[] =>
  text === '' ? [] : wrap(oneLine(text), Math.min(width, 110) - 2).map((line) => `  ${line}`);

const showTenant = async ({ args, options }: Typed<object>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const tenantId = await findTenantId(relay, args[0] ?? '');
  const tenant = await relay.get(`tenants/${tenantId}`, tenantShape);
  out.answer(tenant, () => tenantLines(tenant, out));
  return undefined;
};

const tenantLines = (tenant: TenantAnswer, out: Session['out']): readonly string[] => {
  const { palette } = out.stdout;
  const { sync, credential, groups, attributes, health } = tenant;
  const { stored, open } = sync.counts;
  const cures = accessesOf(tenant).map(([, { cure }]) => cure);
  const reasons = health.reasons.filter((reason) => !cures.includes(reason));
  return [
    `${palette.bold(oneLine(tenant.name))}  ${statePaint(stateOf(tenant), palette)(stateOf(tenant))}`,
    '',
    ...facts(
      [
        ['Tenant', tenant.tenantId],
        ['Cloud', tenant.cloud],
        ['Read through', tenant.backend],
        ['Reading', tenant.enabled ? 'on' : 'off'],
        ['Interval', tenant.intervalSeconds === null ? undefined : `${tenant.intervalSeconds} s`],
        ['Application', credential === null ? "the relay's" : `its own, ${credential.clientId} (${credential.kind})`],
        ['Groups', groups.join(', ')],
        ['Sealed', tenant.sealed ? 'yes: administrators do not read it' : undefined],
        ['Withheld', tenant.contract.never.join(', ')],
        ...Object.entries(attributes).map(([name, value]) => [`@${oneLine(name)}`, value] as const),
        ['Incidents', `${counted(stored, 'incident')} stored, ${number(open)} open`],
        ['Complete to', when(sync.readThrough) ?? 'nothing read yet'],
        ['Last success', when(sync.lastSuccess)],
        ['Backlog', sync.backlog ? 'yes: the next runs go on with it' : undefined],
      ],
      out.stdout,
    ),
    ...accessesOf(tenant).flatMap(([name, access]) => ['', ...accessLines(name, access, out)]),
    ...(reasons.length === 0 ? [] : ['', palette.bold('Health')]),
    ...reasons.flatMap((reason) => indented(reason, out)),
    ...(sync.quarantined.length === 0 ? [] : ['', palette.bold('Quarantined'), ...quarantineTable(tenant, out)]),
  ];
};

const accessLines = (name: string, access: AccessAnswer, out: Session['out']): readonly string[] => {
  const { palette } = out.stdout;
  const reason = access.reason === null ? '' : `: ${words(access.reason)}`;
  const raw = access.raw === null ? '' : palette.dim(`  (${oneLine(access.raw)})`);
  return [
    `${palette.bold(`Access, ${name}`)}  ${statePaint(access.state, palette)(`${access.state}${reason}`)}${raw}`,
    ...indented(access.cure ?? '', out),
    ...(access.link === null ? [] : [`  ${palette.dim(oneLine(access.link))}`]),
  ];
};

const quarantineTable = ({ sync }: TenantAnswer, out: Session['out']): readonly string[] =>
  table(
    sync.quarantined,
    [
      { head: 'ID', text: ({ incidentId }) => incidentId, align: 'right' },
      { head: 'TRIES', text: ({ attempts }) => attempts, align: 'right' },
      { head: 'NEXT TRY', text: ({ nextTry }) => when(nextTry) },
      { head: 'REASON', text: ({ reason }) => reason, least: 20 },
    ],
    { width: out.width, palette: out.stdout.palette },
  );
