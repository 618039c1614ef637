import type { Command } from 'commander';
import { z } from 'zod';
import { oneLine } from '../../shared/terminal/cells';
import type { Palette } from '../../shared/terminal/terminal';
import { counted } from '../../shared/terminal/wording';
import { usageFailure } from '../failure';
import { table } from '../print/table';
import { when } from '../print/times';
import { isTenantId } from '../relay/findTenant';
import type { Session } from '../session';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, collect, examples } from './command';

interface ImportOptions {
  readonly tenant?: readonly string[];
  readonly all?: boolean;
}

/** A customer by a partner relationship (GDAP), as the relay's registration sees it. */
const customer = z.looseObject({
  tenantId: z.string(),
  name: z.string(),
  status: z.string(),
  /** ISO 8601 UTC. */
  endsAt: z.string().nullish(),
  daysLeft: z.number().nullish(),
  registered: z.boolean(),
});
type Customer = z.output<typeof customer>;

const customers = z.looseObject({ items: z.array(customer) });
const imported = z.looseObject({ imported: z.array(z.looseObject({ tenantId: z.string(), name: z.string() })) });

export const addTenantImport = (tenants: Command): void => {
  const command = tenants
    .command('import')
    .summary("the partner's customers")
    .description(
      "The customers of the relay's home tenant by partner relationship (GDAP). Without an option they are listed; what is imported is registered switched off, until you switch it on.",
    )
    .option('--tenant <id>', 'import this one (repeatable)', collect)
    .option('--all', 'import all that are not registered yet');
  act<ImportOptions>(command, importTenants);
  examples(command, [
    ['xdr-relay tenants import', 'list them'],
    ['xdr-relay tenants import --all', 'register all of them, switched off'],
    ['xdr-relay tenants add 7f0b2c1e-… --update --on', 'then switch one on'],
  ]);
};

const importTenants = async ({ options }: Typed<ImportOptions>): Promise<undefined> => {
  const { tenant: ids, all = false } = options;
  if (all && ids !== undefined) throw usageFailure('--all and --tenant exclude each other.');
  const wrong = ids?.find((id) => !isTenantId(id));
  if (wrong !== undefined) throw usageFailure(`${wrong} is no tenant id.`);
  const session = await openSession(options);
  return all || ids !== undefined ? bringIn(session, ids) : listCustomers(session);
};

const listCustomers = async ({ out, relay }: Session): Promise<undefined> => {
  const answer = await relay.get('partner/customers', customers);
  out.answer(answer, () =>
    answer.items.length === 0
      ? ['No partner relationship is active.']
      : table(
          answer.items,
          [
            { head: 'NAME', text: ({ name }) => name, least: 12 },
            { head: 'RELATIONSHIP', text: ({ status }) => status },
            { head: 'REGISTERED', text: ({ registered }) => (registered ? 'yes' : 'no') },
            { head: 'ENDS', text: ({ endsAt }) => when(endsAt) },
            { head: 'DAYS LEFT', text: ({ daysLeft }) => daysLeft, align: 'right', paint: daysPaint },
            { head: 'TENANT ID', text: ({ tenantId }) => tenantId, least: 8 },
          ],
          { width: out.width, palette: out.stdout.palette },
        ),
  );
  return undefined;
};

const daysPaint = ({ daysLeft }: Customer, { red, yellow }: Palette): ((text: string) => string) => {
  if (daysLeft === null || daysLeft === undefined || daysLeft > 60) return (text) => text;
  return daysLeft <= 7 ? red : yellow;
};

const bringIn = async ({ out, relay }: Session, tenantIds: readonly string[] | undefined): Promise<undefined> => {
  const body = tenantIds === undefined ? {} : { tenantIds };
  const answer = await relay.send('POST', 'partner/customers/import', imported, body);
  out.answer(answer, () => [
    `${counted(answer.imported.length, 'tenant')} registered, switched off.`,
    ...answer.imported.map(({ tenantId, name }) => `  ${tenantId}  ${oneLine(name)}`),
    ...(answer.imported.length === 0 ? [] : ['Next: xdr-relay tenants add <id> --update --on']),
  ]);
  return undefined;
};
