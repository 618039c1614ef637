import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { oneLine } from '../../shared/terminal/cells';
import { counted } from '../../shared/terminal/wording';
import { Failure, usageFailure } from '../failure';
import { ask, readSecret } from '../print/ask';
import { cloudName } from '../profiles/profile';
import type { Relay } from '../relay/client';
import { findTenantId, isTenantId } from '../relay/findTenant';
import type { TenantAnswer } from '../relay/shapes';
import { receiptShape, tenantShape } from '../relay/shapes';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, collect, examples } from './command';
import { wholeNumber } from './incidents';

const kinds = ['secret', 'certificate', 'federated'] as const;

interface AddOptions {
  readonly name?: string;
  readonly cloud?: string;
  readonly backend?: string;
  readonly group?: readonly string[];
  readonly sealed?: boolean;
  readonly interval?: number;
  readonly off?: boolean;
  readonly on?: boolean;
  readonly attribute?: readonly string[];
  readonly withhold?: readonly string[];
  readonly application?: string;
  readonly credential?: (typeof kinds)[number];
  readonly update?: boolean;
}

interface RemoveOptions {
  readonly erase?: boolean;
  readonly yes?: boolean;
}

export const addTenantChanges = (tenants: Command): void => {
  const add = tenants
    .command('add <id>')
    .summary('register one, or change it')
    .description(
      'Register a tenant by its id. It is read from the next minute on, as soon as its administrator has consented. With --update a registered one is changed: only in what is named.',
    )
    .option('--name <name>', 'what you call it')
    .addOption(new Option('--cloud <name>', 'national cloud (default: that of the relay)').choices(cloudName.options))
    .addOption(new Option('--backend <api>', 'read through Graph, or the Defender API').choices(['graph', 'defender']))
    .option('--group <id>', 'Entra group whose members see it (repeatable)', collect)
    .option('--sealed', 'administrators configure it but do not read it')
    .option('--interval <seconds>', 'read it every so often', wholeNumber)
    .addOption(new Option('--off', 'register it without reading it').conflicts('on'))
    .addOption(new Option('--on', 'read it again').conflicts('off'))
    .option('--attribute <name=value>', 'anything you want to know of it (repeatable)', pair)
    .option('--withhold <path>', 'a field that is never taken in (repeatable)', collect)
    .option('--application <client id>', "the tenant's own application, in place of the relay's")
    .addOption(new Option('--credential <kind>', 'of that application; a secret is read from stdin').choices(kinds))
    .option('--update', 'change a registered tenant');
  act<AddOptions>(add, addTenant);
  examples(add, [
    ['xdr-relay tenants add 7f0b2c1e-… --name Contoso', ''],
    ['xdr-relay tenants add 7f0b2c1e-… --update --backend defender', ''],
    ['xdr-relay tenants add 7f0b2c1e-… --name Contoso --application 51c1a7f0-… --credential secret < secret.txt', ''],
  ]);
  const remove = tenants
    .command('remove <tenant>')
    .summary('stop reading one for good')
    .description(
      'Stop reading a tenant for good and forget its tokens and credentials. What was read stays, unless --erase; adding it again finds it.',
    )
    .option('--erase', 'delete what was read, too: this cannot be undone')
    .option('--yes', 'do not ask');
  act<RemoveOptions>(remove, removeTenant);
  examples(remove, [
    ['xdr-relay tenants remove contoso', 'asks first'],
    ['xdr-relay tenants remove 7f0b2c1e-… --erase --yes', 'in a script'],
  ]);
};

const pair = (text: string, before: readonly string[] = []): readonly string[] => {
  if (/^[^=]+=/.test(text)) return [...before, text];
  throw new InvalidArgumentError('must be name=value.');
};

const addTenant = async ({ args, options }: Typed<AddOptions>): Promise<undefined> => {
  const [given = ''] = args;
  if (!isTenantId(given))
    throw usageFailure(`${given} is no tenant id.`, 'Entra shows it as Tenant ID on its overview.');
  const tenantId = given.toLowerCase();
  if ((options.application === undefined) !== (options.credential === undefined))
    throw usageFailure('--application and --credential go together.');
  const { out, relay } = await openSession(options);
  const before = await knownTenant(relay, tenantId);
  if (before !== undefined && options.update !== true)
    throw new Failure(`${before.name} is registered already.`, {
      code: 'ERR_CONFLICT',
      cure: '--update changes what you name, and leaves the rest.',
    });
  if (before === undefined && options.update === true)
    throw new Failure('This tenant is not registered.', { code: 'ERR_NOT_FOUND', cure: 'Leave --update out.' });
  if (before === undefined && options.name === undefined) throw usageFailure('--name is needed.');
  const body = { ...(before === undefined ? {} : registrationOf(before)), ...changesOf(options, before) };
  const secret = options.credential === 'secret' ? { secret: await readSecret('Client secret: ') } : {};
  const own =
    options.credential === undefined
      ? {}
      : { credential: { kind: options.credential, clientId: options.application, ...secret } };
  const tenant = await relay.send('PUT', `tenants/${tenantId}`, tenantShape, { ...body, ...own });
  out.answer(tenant, () => [
    `${before === undefined ? 'Registered' : 'Changed'} ${oneLine(tenant.name)}  ${tenant.tenantId}`,
    ...(before === undefined ? [`Next: xdr-relay consent link ${tenantId}    a link for its administrator`] : []),
  ]);
  return undefined;
};

const knownTenant = async (relay: Relay, tenantId: string): Promise<TenantAnswer | undefined> => {
  try {
    return await relay.get(`tenants/${tenantId}`, tenantShape);
  } catch (error) {
    if (error instanceof Failure && error.code === 'ERR_NOT_FOUND') return undefined;
    throw error;
  }
};

/** PUT replaces the whole, so what is not changed is sent as it stands; a secret stays unless sent. */
const registrationOf = (tenant: TenantAnswer): object => {
  const { name, cloud, backend, groups, sealed, intervalSeconds, enabled, credential, attributes, contract } = tenant;
  const own = credential === null ? null : { kind: credential.kind, clientId: credential.clientId };
  return { name, cloud, backend, groups, sealed, intervalSeconds, enabled, credential: own, attributes, contract };
};

const changesOf = (options: AddOptions, before: TenantAnswer | undefined): object => {
  const { name, cloud, backend, group, sealed, interval, off, on, attribute, withhold } = options;
  const attributes = attribute?.map((text) => {
    const [key = '', ...value] = text.split('=');
    return [key.trim(), value.join('=')] as const;
  });
  const changes = {
    name,
    cloud,
    backend,
    groups: group,
    sealed,
    intervalSeconds: interval,
    enabled: off === true ? false : on,
    attributes: attributes === undefined ? undefined : { ...before?.attributes, ...Object.fromEntries(attributes) },
    contract: withhold === undefined ? undefined : { never: withhold },
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
};

const removeTenant = async ({ args, options }: Typed<RemoveOptions>): Promise<number> => {
  const { out, relay } = await openSession(options);
  const { erase = false, yes = false } = options;
  const tenantId = await findTenantId(relay, args[0] ?? '');
  const { name } = await relay.get(`tenants/${tenantId}`, tenantShape);
  if (!yes && !(await isSure(oneLine(name), erase))) {
    out.say('Nothing was changed.');
    return 1;
  }
  const receipt = await relay.send('DELETE', `tenants/${tenantId}${erase ? '?erase=true' : ''}`, receiptShape);
  out.answer(receipt, () => [
    `${oneLine(receipt.name)} is read no more.`,
    erase
      ? `Erased: ${counted(receipt.erased.incidents, 'incident')}, ${counted(receipt.erased.rows, 'row')}.`
      : `Kept: ${counted(receipt.kept.incidents, 'incident')}; adding the tenant again finds them.`,
    ...(receipt.connections.length === 0
      ? []
      : [
          `Removed with it: ${counted(receipt.connections.length, 'connection')}; ${counted(receipt.pendingEvents, 'event')} not delivered yet.`,
        ]),
    ...(receipt.customerDeletes.length === 0
      ? []
      : ['An administrator of the tenant should delete, to take its consent back:']),
    ...receipt.customerDeletes.map(({ name, clientId, link }) =>
      oneLine(`  ${name ?? 'application'}  ${clientId}  ${link ?? ''}`).trimEnd(),
    ),
  ]);
  return 0;
};

const isSure = async (name: string, erase: boolean): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw usageFailure('This asks first, and nobody is here to answer.', 'Add --yes.');
  const what = erase ? `Stop reading ${name} and delete all that was read` : `Stop reading ${name}`;
  return (await ask(`${what}? Type its name to go on: `)).trim() === name;
};
