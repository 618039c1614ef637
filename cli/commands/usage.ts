import type { Command } from 'commander';
import { table } from '../print/table';
import { usageShape } from '../relay/shapes';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';

interface UsageOptions {
  readonly month?: string;
}

export const addUsageCommand = (program: Command): void => {
  const command = program
    .command('usage')
    .summary('what each tenant cost in a month')
    .description("What each tenant cost in a month (UTC): calls to Microsoft's APIs, storage operations, time.")
    .option('--month <yyyy-mm>', 'default: this month');
  act<UsageOptions>(command, usage);
  examples(command, [
    ['xdr-relay usage', ''],
    ['xdr-relay usage --month 2026-10 --json', ''],
  ]);
};

const usage = async ({ options }: Typed<UsageOptions>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const { items } = await relay.list('usage', usageShape, { month: options.month });
  out.answer({ items }, () =>
    items.length === 0
      ? ['No tenant is registered in your sight.']
      : table(
          items,
          [
            { head: 'TENANT', text: ({ tenantName }) => tenantName, least: 12 },
            { head: 'MONTH', text: ({ month }) => month },
            { head: 'STATE', text: ({ state }) => state },
            { head: 'CALLS', text: ({ calls }) => calls, align: 'right' },
            { head: 'STORAGE', text: ({ storageOperations }) => storageOperations, align: 'right' },
            { head: 'SECONDS', text: ({ seconds }) => Math.round(seconds), align: 'right' },
            { head: 'INCIDENTS', text: ({ incidents }) => incidents, align: 'right' },
          ],
          { width: out.width, palette: out.stdout.palette },
        ),
  );
  return undefined;
};
