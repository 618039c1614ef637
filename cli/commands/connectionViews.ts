import type { Command } from 'commander';
import { oneLine, wrap } from '../../shared/terminal/cells';
import type { Palette } from '../../shared/terminal/terminal';
import { age } from '../../shared/terminal/wording';
import type { Column } from '../print/table';
import { facts, table } from '../print/table';
import { when } from '../print/times';
import type { OfTenant } from '../relay/connectionPath';
import { connectionPath, connectionsPath } from '../relay/connectionPath';
import type { ConnectionAnswer } from '../relay/shapes';
import { connectionShape } from '../relay/shapes';
import type { Session } from '../session';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';

export const tenantOption = ['--tenant <tenant>', "this tenant's: id, name or the start of its name"] as const;

export const addConnectionViews = (connections: Command): void => {
  const list = connections
    .command('list')
    .summary('how each fares')
    .description('Connections with how they fare: of one tenant, or those that serve all.')
    .option(...tenantOption);
  act<OfTenant>(list, listConnections);
  examples(list, [
    ['xdr-relay connections list', 'those that serve all tenants'],
    ['xdr-relay connections list --tenant contoso', ''],
  ]);
  const show = connections
    .command('show <connection>')
    .summary('one, with where its webhooks go')
    .description('One connection: its settings, the address for its webhooks, how it fares and what it lacks.')
    .option(...tenantOption);
  act<OfTenant>(show, showConnection);
  examples(show, [['xdr-relay connections show tickets --tenant contoso', '']]);
};

const listConnections = async ({ options }: Typed<OfTenant>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const { items } = await relay.list(await connectionsPath(relay, options), connectionShape);
  out.answer({ items }, () => {
    if (items.length === 0)
      return [
        options.tenant === undefined
          ? 'No connection serves all tenants.'
          : 'This tenant has no connection of its own.',
      ];
    return table(items, columns, { width: out.width, palette: out.stdout.palette });
  });
  return undefined;
};

const stateOf = ({ enabled, delivery }: ConnectionAnswer): string => (enabled ? delivery.state : 'off');

const statePaint = (connection: ConnectionAnswer, palette: Palette): ((text: string) => string) => {
  const state = stateOf(connection);
  if (state === 'up') return palette.green;
  return state === 'off' ? palette.dim : palette.red;
};

/** `200+`: there is more than was counted. */
const countOf = (number: number, { counted }: ConnectionAnswer['delivery']): string =>
  `${number.toLocaleString('en-US')}${counted ? '' : '+'}`;

const columns: readonly Column<ConnectionAnswer>[] = [
  { head: 'CONNECTION', text: ({ connectionId }) => connectionId },
  { head: 'TOOL', text: ({ tool }) => tool },
  { head: 'STATE', text: stateOf, paint: statePaint },
  { head: 'PENDING', text: ({ delivery }) => countOf(delivery.pending, delivery), align: 'right' },
  { head: 'GIVEN UP', text: ({ delivery }) => countOf(delivery.dead, delivery), align: 'right' },
  { head: 'LAST SUCCESS', text: ({ delivery }) => age(delivery.lastSuccess, Date.now()), align: 'right' },
  { head: 'URL', text: ({ url }) => url, least: 20 },
];

const showConnection = async ({ args, options }: Typed<OfTenant>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const connection = await relay.get(await connectionPath(relay, options, args[0] ?? ''), connectionShape);
  out.answer(connection, () => connectionLines(connection, out));
  return undefined;
};

export const connectionLines = (connection: ConnectionAnswer, out: Session['out']): readonly string[] => {
  const { tenantId, tool, url, auth, inbound, outbound, filters, mapping, secrets, delivery } = connection;
  const { palette } = out.stdout;
  const { closes } = inbound;
  const ends: Readonly<Record<string, string | null | undefined>> = {
    auth: auth?.expires,
    inbound: inbound.expires,
    outbound: outbound.expires,
  };
  return [
    `${palette.bold(oneLine(connection.connectionId))}  ${statePaint(connection, palette)(stateOf(connection))}`,
    '',
    ...facts(
      [
        ['Tenant', tenantId ?? 'all'],
        ['Tool', tool],
        ['Address', url],
        ['Account', auth === null ? undefined : `${auth.user ?? ''} (${auth.kind})`.trim()],
        [
          'Announced',
          `updated since ${when(connection.since) ?? ''}${connection.backlog === 'open' ? ', and what is open' : ''}`,
        ],
        ['Events', outbound.events.join(', ')],
        ['Only', Object.keys(filters).length === 0 ? undefined : JSON.stringify(filters)],
        ['Settings', mapping.settings === undefined ? undefined : JSON.stringify(mapping.settings)],
        [
          'Closes',
          closes.upTo === 'none' ? `nothing; else ${closes.else}` : `up to ${closes.upTo}; else ${closes.else}`,
        ],
        ['Signed by', inbound.scheme],
        [
          'Secrets',
          Object.entries(secrets)
            .map(([kind, at]) => `${kind} ${at === null ? '-' : (when(at) ?? at)}${inWords(ends[kind])}`)
            .join(', '),
        ],
        ['Webhooks to', connection.webhookUrl],
        ['Pending', countOf(delivery.pending, delivery)],
        ['Given up', countOf(delivery.dead, delivery)],
        ['Last success', when(delivery.lastSuccess)],
        [
          'Last error',
          delivery.lastError === null ? undefined : `${when(delivery.lastError.at) ?? ''} ${delivery.lastError.reason}`,
        ],
        ['Paused until', when(delivery.pausedUntil)],
      ],
      out.stdout,
    ),
    ...warningLines(connection, out),
  ];
};

/** A day, or `never`. */
const inWords = (end: string | null | undefined): string =>
  end === null || end === undefined ? '' : ` (ends ${end.slice(0, 10)})`;

export const warningLines = ({ warnings }: ConnectionAnswer, out: Session['out']): readonly string[] => {
  const { palette } = out.stdout;
  const width = Math.min(out.width, 110) - 2;
  return warnings.flatMap((warning) =>
    wrap(oneLine(warning), width).map((line, at) => (at === 0 ? `${palette.yellow('!')} ${line}` : `  ${line}`)),
  );
};
