import type { AccessMatrix, Grant, Permission } from './accessMatrix';
import { actsAs, featureOf } from './accessMatrix';

const resources: Readonly<Record<string, string>> = {
  'account:host': 'host storage',
  'account:data': 'data storage',
  'account:responderHost': "responder's host storage",
  'vault:app': "app's vault",
  'vault:tenants': "tenants' vault",
  'vault:responder': "responder's vault",
  'component:telemetry': 'Application Insights',
};

const apis: Readonly<Record<Permission['api'], string>> = {
  graph: 'Microsoft Graph',
  defenderXdr: 'Microsoft Threat Protection',
  endpoint: 'WindowsDefenderATP',
};

/** `secret:app/relay-app-secret` as "secret relay-app-secret in the app's vault". */
export function placeInWords(on: Grant['on']): string {
  const [kind = '', rest = ''] = on.split(':');
  const [vault = '', child] = rest.split('/');
  if (child === undefined) return resources[on] ?? on;
  return `${kind} \`${child}\` in the ${resources[`vault:${vault}`] ?? vault}`;
}

/** The two tables of docs/permissions.md, in Markdown. */
export function accessTables({ grants, permissions }: AccessMatrix): string {
  const azure = grants.map(({ identity, role, on, when, why, without }) => [
    identity,
    role,
    placeInWords(on),
    when.length === 0 ? 'always' : when.join(' + '),
    why,
    without,
  ]);
  const tenants = permissions.map(({ registration, api, name, type, why, without }) => [
    registration,
    `${actsAs[registration]}, ${type === 'Role' ? 'as the app' : 'as the user'}`,
    `${apis[api]} \`${name}\``,
    featureOf[registration] === '' ? 'always' : featureOf[registration],
    why,
    without,
  ]);
  return [
    '### On Azure resources',
    table(['identity', 'role', 'on', 'when', 'why', 'without it'], azure),
    '### In the tenants that consent',
    table(['registration', 'used by', 'permission', 'when', 'why', 'without it'], tenants),
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const begin = `<!-- made by npm run infra:access from infra/app/access.bicep and permissions.bicep -->
<!-- prettier-ignore-start -->`;
const end = '<!-- prettier-ignore-end -->';

/** `page` with what stands between the two marks replaced by the tables. @throws Error where the marks are missing */
export function withAccessTables(page: string, tables: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error('The page has no place for the tables: the marks are missing.');
  return `${page.slice(0, from + begin.length)}\n\n${tables}\n\n${page.slice(to)}`;
}
