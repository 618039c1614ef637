import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { cell, oneLine, widthOf, wrap } from '../../shared/terminal/cells';
import { counted } from '../../shared/terminal/wording';
import { table } from '../print/table';
import { when } from '../print/times';
import type { OfTenant } from '../relay/connectionPath';
import { connectionPath } from '../relay/connectionPath';
import { findTenantId } from '../relay/findTenant';
import type { ConnectionTestAnswer, RehearsalAnswer } from '../relay/shapes';
import { connectionTestShape, rehearsalShape } from '../relay/shapes';
import type { Session } from '../session';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';
import { tenantOption } from './connectionViews';

interface TestOptions extends OfTenant {
  readonly wait: number;
}

interface RehearseOptions {
  readonly tenant: string;
  readonly from?: string;
  readonly to?: string;
  readonly shared?: boolean;
  readonly whole?: boolean;
}

export const addConnectionTrials = (connections: Command): void => {
  const test = connections
    .command('test <connection>')
    .summary('a test ticket, there and back')
    .description(
      'Walk a ticket that is clearly a test through the tool: sign in, make, find, comment, change and close it, then wait for the webhook the tool sends of it. Each step that fails names its cure. Exit code 1 where one did.',
    )
    .option(...tenantOption)
    .option('--wait <seconds>', "for the tool's webhook, 30 at the most", seconds, 30);
  act<TestOptions>(test, testConnection);
  examples(test, [
    ['xdr-relay connections test tickets --tenant contoso', ''],
    ['xdr-relay connections test soar --wait 0', 'of all tenants, without waiting for a webhook'],
  ]);
  const rehearse = connections
    .command('rehearse <connection>')
    .summary('the tickets that would have been made')
    .description(
      'Run the rules of a connection, as they are now, over the incidents of a tenant that were updated in a range, as if there were no ticket yet. Shows the tickets and what is left out, and why. Nothing is sent and nothing is written.',
    )
    .requiredOption('--tenant <tenant>', 'whose incidents: id, name or the start of its name')
    .option('--from <time>', 'an instant such as 2026-11-20T00:00:00Z (default: a week ago)')
    .option('--to <time>', 'exclusive (default: now)')
    .option('--shared', 'the connection is one that serves all tenants')
    .option('--whole', 'with the text of each ticket');
  act<RehearseOptions>(rehearse, rehearseConnection);
  examples(rehearse, [
    ['xdr-relay connections rehearse tickets --tenant contoso', 'the last week'],
    ['xdr-relay connections rehearse soar --shared --tenant contoso --json', ''],
  ]);
};

const seconds = (text: string): number => {
  if (/^\d{1,2}$/.test(text) && Number(text) <= 30) return Number(text);
  throw new InvalidArgumentError('must be a whole number from 0 to 30.');
};

const testConnection = async ({ args, options }: Typed<TestOptions>): Promise<number> => {
  const { out, relay } = await openSession(options);
  const path = await connectionPath(relay, options, args[0] ?? '');
  out.stderr.status('A test ticket is on its way …');
  const answer = await relay.send('POST', `${path}/test`, connectionTestShape, { waitSeconds: options.wait });
  out.answer(answer, () => testLines(answer, out));
  return answer.ok ? 0 : 1;
};

const testLines = ({ steps, ticket }: ConnectionTestAnswer, out: Session['out']): readonly string[] => {
  const { green, red, dim } = out.stdout.palette;
  const width = Math.max(...steps.map(({ step }) => widthOf(oneLine(step))));
  const lines = steps.flatMap(({ step, ok, detail, cause, cure }) => {
    const name = detail === null ? oneLine(step) : cell(oneLine(step), width);
    const mark = ok === true ? green(`✓ ${name}`) : ok === false ? red(`✗ ${name}`) : dim(`· ${name}`);
    const why = [cause, cure]
      .filter((text) => text !== null)
      .flatMap((text) => wrap(oneLine(text), Math.min(out.width, 110) - 4));
    return [detail === null ? mark : `${mark}  ${oneLine(detail)}`, ...why.map((line) => `    ${line}`)];
  });
  if (ticket === null) return lines;
  const where = ticket.url === null ? '' : `  ${ticket.url}`;
  return [...lines, '', oneLine(`${ticket.isClosed ? 'Closed again' : 'Still open'}: ${ticket.number}${where}`)];
};

const weekMs = 7 * 24 * 60 * 60_000;

const rehearseConnection = async ({ args, options }: Typed<RehearseOptions>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const [connectionId = ''] = args;
  const tenantId = await findTenantId(relay, options.tenant);
  const named = options.shared === true ? `all.${connectionId}` : connectionId;
  // A little back: this clock may be ahead of the relay's.
  const now = Date.now() - 5_000;
  const from =
    options.from ?? new Date((options.to === undefined ? now : Date.parse(options.to) || now) - weekMs).toISOString();
  const range = { from, to: options.to ?? new Date(now).toISOString() };
  const path = `tenants/${tenantId}/connections/${encodeURIComponent(named)}/rehearse`;
  const answer = await relay.send('POST', path, rehearsalShape, range);
  out.answer(answer, () => rehearsalLines(answer, out, options.whole === true));
  return undefined;
};

const rehearsalLines = (answer: RehearsalAnswer, out: Session['out'], whole: boolean): readonly string[] => {
  const { looked, complete, made, joined, leftOut, items } = answer;
  const { palette } = out.stdout;
  const areEvents = items.some(({ event }) => event !== null);
  const from = when(answer.from) ?? answer.from;
  return [
    `${counted(looked, 'incident')} from ${from} to ${when(answer.to) ?? answer.to}${complete ? '' : ' (the newest of more)'}: ${counted(made, areEvents ? 'event' : 'ticket')}${joined === 0 ? '' : `, ${joined} more in the ticket of a storm`}`,
    ...leftOut.map(({ because, count, incidentIds }) =>
      palette.dim(
        oneLine(`${count} left out: ${because} (${incidentIds.slice(0, 5).join(', ')}${count > 5 ? ' …' : ''})`),
      ),
    ),
    ...(items.length === 0 ? [] : ['', ...itemLines(answer, out, whole)]),
    ...(items.length < made ? ['', palette.dim(`The first ${items.length} are shown.`)] : []),
  ];
};

const itemLines = ({ items }: RehearsalAnswer, out: Session['out'], whole: boolean): readonly string[] => {
  const { palette } = out.stdout;
  if (!whole)
    return table(
      items,
      [
        { head: 'INCIDENT', text: ({ incidentId }) => incidentId, align: 'right' },
        { head: 'SEVERITY', text: ({ ticket }) => ticket?.severity },
        { head: 'STATUS', text: ({ ticket }) => ticket?.status },
        {
          head: 'TITLE',
          text: ({ ticket, event, kind }) =>
            ticket === null ? event?.type : `${kind === 'stormTicket' ? 'Storm: ' : ''}${ticket.title}`,
          least: 20,
        },
      ],
      { width: out.width, palette },
    );
  return items.flatMap(({ incidentId, ticket, event }) => {
    if (ticket === null) return [palette.bold(oneLine(`${incidentId}  ${event?.type ?? ''}`)), ''];
    const fields = Object.entries(ticket.fields).map(([name, value]) => oneLine(`  ${name}: ${value}`));
    const text = ticket.description.split('\n').map((line) => `  ${oneLine(line)}`);
    return [palette.bold(oneLine(`${incidentId}  ${ticket.title}`)), ...text, ...fields, ''];
  });
};
