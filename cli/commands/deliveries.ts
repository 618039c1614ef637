import type { Command } from 'commander';
import { Option } from 'commander';
import { age, counted } from '../../shared/terminal/wording';
import type { Palette } from '../../shared/terminal/terminal';
import { usageFailure } from '../failure';
import type { Column } from '../print/table';
import { table } from '../print/table';
import { when } from '../print/times';
import { findTenantId } from '../relay/findTenant';
import type { DeliveryAnswer } from '../relay/shapes';
import { deliveryShape, replayShape } from '../relay/shapes';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';
import { wholeNumber } from './incidents';

interface ListOptions {
  readonly tenant?: string;
  readonly connection?: string;
  readonly state?: string;
  readonly limit: number;
}

interface ReplayOptions {
  readonly connection?: string;
  readonly from?: string;
  readonly to?: string;
  readonly state?: string;
}

export const addDeliveryCommands = (program: Command): void => {
  const deliveries = program
    .command('deliveries')
    .helpCommand(false)
    .summary('what was sent, waits or was given up: list, replay')
    .description('What connections were told, are still to be told, or were not told in the end.');
  examples(deliveries, [
    ['xdr-relay deliveries list --state dead', 'what was given up, and why'],
    ['xdr-relay deliveries replay contoso --from 2026-11-20T00:00:00Z', 'after the cause is mended'],
  ]);
  const list = deliveries
    .command('list')
    .summary('with what the last try came to')
    .description('Deliveries in the tenants in your sight, with what the last try came to.')
    .option('--tenant <tenant>', 'of one tenant: id, name or the start of its name')
    .option('--connection <id>', 'of one connection')
    .addOption(new Option('--state <state>', 'only these').choices(['pending', 'delivered', 'superseded', 'dead']))
    .option('--limit <n>', 'at most so many', wholeNumber, 50);
  act<ListOptions>(list, listDeliveries);
  examples(list, [['xdr-relay deliveries list --tenant contoso --state pending', '']]);
  const replay = deliveries
    .command('replay <tenant> [event]')
    .summary('send again')
    .description(
      'Send one event again whatever became of it, or all of a range that were not delivered; with the mapping as it is now.',
    )
    .option('--connection <id>', 'of a range: only of this connection')
    .option('--from <time>', 'of a range: incidents updated since, as 2026-11-20T00:00:00Z')
    .option('--to <time>', 'of a range (default: now)')
    .addOption(
      new Option('--state <state>', 'of a range (default: pending and dead)').choices([
        'pending',
        'superseded',
        'dead',
      ]),
    );
  act<ReplayOptions>(replay, replayDeliveries);
  examples(replay, [
    ['xdr-relay deliveries replay contoso evt_3c1f', 'one'],
    ['xdr-relay deliveries replay contoso --connection tickets --from 2026-11-20T00:00:00Z --state dead', ''],
  ]);
};

const listDeliveries = async ({ options }: Typed<ListOptions>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const tenantId = options.tenant === undefined ? undefined : await findTenantId(relay, options.tenant);
  const query = { tenantId, connectionId: options.connection, state: options.state };
  const { items, more } = await relay.list('deliveries', deliveryShape, query, options.limit);
  out.answer({ items, more }, () => {
    if (items.length === 0) return ['Nothing fits.'];
    const { palette } = out.stdout;
    return [
      ...table(items, columns, { width: out.width, palette }),
      ...(more ? ['', palette.dim(`The first ${items.length}; --limit shows more.`)] : []),
    ];
  });
  return undefined;
};

const statePaint = ({ state }: DeliveryAnswer, palette: Palette): ((text: string) => string) => {
  if (state === 'dead') return palette.red;
  return state === 'pending' ? palette.yellow : palette.dim;
};

const columns: readonly Column<DeliveryAnswer>[] = [
  { head: 'STATE', text: ({ state }) => state, paint: statePaint },
  { head: 'CONNECTION', text: ({ connectionId }) => connectionId },
  { head: 'INCIDENT', text: ({ incidentId }) => incidentId, align: 'right' },
  { head: 'TYPE', text: ({ type }) => type },
  { head: 'TRIES', text: ({ attempts }) => attempts, align: 'right' },
  { head: 'LAST', text: ({ lastOutcome }) => age(lastOutcome?.at ?? null, Date.now()), align: 'right' },
  { head: 'NEXT', text: ({ nextAttempt }) => when(nextAttempt) },
  { head: 'EVENT', text: ({ eventId }) => eventId },
  { head: 'REASON', text: ({ lastOutcome }) => lastOutcome?.reason ?? '', least: 20 },
];

const replayDeliveries = async ({ args, options }: Typed<ReplayOptions>): Promise<undefined> => {
  const [tenant = '', eventId] = args;
  const { connection, from, to, state } = options;
  if (eventId === undefined && from === undefined)
    throw usageFailure('Which ones? Name an event, or a range by --from.', 'xdr-relay deliveries list shows them.');
  if (eventId !== undefined && [connection, from, to, state].some((given) => given !== undefined))
    throw usageFailure('An event is one: --connection, --from, --to and --state are for ranges.');
  const { out, relay } = await openSession(options);
  const path = `tenants/${await findTenantId(relay, tenant)}/deliveries`;
  if (eventId !== undefined) {
    const answer = await relay.send('POST', `${path}/${encodeURIComponent(eventId)}/replay`, replayShape);
    out.answer(answer, () => ['It is sent again.']);
    return undefined;
  }
  const body = { connectionId: connection, from, to: to ?? new Date().toISOString(), state };
  const answer = await relay.send('POST', `${path}/replay`, replayShape, body);
  out.answer(answer, () => [
    `${counted(answer.count, 'event')} ${answer.count === 1 ? 'is' : 'are'} sent again.`,
    ...(answer.more ? ['There are more: run it again.'] : []),
  ]);
  return undefined;
};
