import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { oneLine } from '../../shared/terminal/cells';
import { Failure, usageFailure } from '../failure';
import { ask } from '../print/ask';
import type { Relay } from '../relay/client';
import type { OfTenant } from '../relay/connectionPath';
import { connectionPath } from '../relay/connectionPath';
import type { ConnectionAnswer } from '../relay/shapes';
import { connectionReceiptShape, connectionShape } from '../relay/shapes';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, collect, examples } from './command';
import { tenantOption, warningLines } from './connectionViews';

const secretKinds = ['auth', 'inbound', 'outbound'] as const;
type SecretKind = (typeof secretKinds)[number];
type OfSecrets<T> = Readonly<Partial<Record<SecretKind, T>>>;
type Secrets = OfSecrets<string>;

interface AddOptions extends OfTenant {
  readonly file?: string;
  readonly tool?: string;
  readonly url?: string;
  readonly auth?: string;
  readonly user?: string;
  readonly setting?: readonly string[];
  readonly severity?: readonly string[];
  readonly since?: string;
  readonly backlog?: string;
  readonly off?: boolean;
  readonly on?: boolean;
  readonly secret?: readonly SecretKind[];
  readonly makeSecret?: readonly SecretKind[];
  readonly expires?: OfSecrets<string>;
  readonly update?: boolean;
}

interface RemoveOptions extends OfTenant {
  readonly yes?: boolean;
}

export const addConnectionChanges = (connections: Command): void => {
  const add = connections
    .command('add <connection>')
    .summary('make one, or change it')
    .description(
      'Make a connection, from a JSON file as the API takes it, from options, or from both: options win. Secrets come from stdin, a line each in the order of --secret, or are typed unseen; they are kept in the vault and never shown again. With --update one that is there is changed: only in what is named.',
    )
    .option(...tenantOption)
    .option('--file <json>', 'the body of PUT as JSON, or a part of it')
    .option('--tool <name>', 'servicenow, jira, zendesk, pagerduty, github or webhook')
    .option('--url <address>', 'of the tool')
    .addOption(new Option('--auth <kind>', 'how it is signed in to').choices(['basic', 'bearer', 'oauth']))
    .option('--user <name>', 'the account, or the client id of oauth')
    .option('--setting <name=value>', 'where in the tool, as its page says (repeatable)', pair)
    .option('--severity <word>', 'only incidents of this severity (repeatable)', collect)
    .option('--since <time>', 'announce what was updated after it, as 2026-11-20T08:00:00Z (default: from now on)')
    .addOption(new Option('--backlog <which>', 'of what is stored').choices(['none', 'open']))
    .addOption(new Option('--off', 'make it without sending anything').conflicts('on'))
    .addOption(new Option('--on', 'send again').conflicts('off'))
    .option('--secret <which>', 'auth, inbound or outbound: read it from stdin (repeatable)', secretKind)
    .option('--make-secret <which>', 'inbound or outbound: make a random whsec_ key and show it once', secretKind)
    .option('--expires <which=day>', 'when a secret ends: auth=2027-05-31, or auth=never (repeatable)', secretEnd)
    .option('--update', 'change one that is there');
  act<AddOptions>(add, addConnection);
  examples(add, [
    [
      'xdr-relay connections add tickets --tenant contoso --tool servicenow --url https://contoso.service-now.com --auth basic --user xdr.relay --secret auth --expires auth=2027-05-31 --make-secret inbound < password.txt',
      '',
    ],
    [
      'xdr-relay connections add soar --tool webhook --url https://soar.example.com/in --make-secret outbound',
      'of all tenants',
    ],
    ['xdr-relay connections add tickets --tenant contoso --update --severity high --severity medium', ''],
    ['xdr-relay connections add tickets --tenant contoso --file connection.json --secret auth', ''],
  ]);
  const remove = connections
    .command('remove <connection>')
    .summary('remove one and its secrets')
    .description('Remove a connection and its secrets. Nothing is sent any more; its tickets stay in their tool.')
    .option(...tenantOption)
    .option('--yes', 'do not ask');
  act<RemoveOptions>(remove, removeConnection);
  examples(remove, [['xdr-relay connections remove tickets --tenant contoso', 'asks first']]);
};

const pair = (text: string, before: readonly string[] = []): readonly string[] => {
  if (/^[^=]+=/.test(text)) return [...before, text];
  throw new InvalidArgumentError('must be name=value.');
};

const secretKind = (text: string, before: readonly SecretKind[] = []): readonly SecretKind[] => {
  const kind = secretKinds.find((each) => each === text);
  if (kind !== undefined) return [...before, kind];
  throw new InvalidArgumentError('must be auth, inbound or outbound.');
};

const secretEnd = (text: string, before: OfSecrets<string> = {}): OfSecrets<string> => {
  const [name, end] = splitPair(text);
  if (end === '') throw new InvalidArgumentError('must be as auth=2027-05-31, or auth=never.');
  return { ...before, ...Object.fromEntries(secretKind(name).map((kind) => [kind, end])) };
};

const addConnection = async ({ args, options }: Typed<AddOptions>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const [connectionId = ''] = args;
  const path = await connectionPath(relay, options, connectionId);
  const before = await knownConnection(relay, path);
  if (before !== undefined && options.update !== true)
    throw new Failure(`There is a connection ${connectionId} already.`, {
      code: 'ERR_CONFLICT',
      cure: '--update changes what you name, and leaves the rest.',
    });
  if (before === undefined && options.update === true)
    throw new Failure('There is no such connection.', { code: 'ERR_NOT_FOUND', cure: 'Leave --update out.' });
  const file = options.file === undefined ? {} : readBody(options.file);
  const asItIs = before === undefined ? {} : withoutOldEnds(bodyOf(before), options);
  const changed = withOptions({ ...asItIs, ...file }, options);
  if (before === undefined && (changed.tool === undefined || changed.url === undefined))
    throw usageFailure('--tool and --url are needed, or a --file that has them.');
  const made = madeSecrets(options.makeSecret ?? []);
  const secrets = { ...(await readSecrets(options.secret ?? [])), ...made };
  const body = besideSecrets(besideSecrets(changed, 'expires', options.expires ?? {}), 'secret', secrets);
  const connection = await relay.send('PUT', path, connectionShape, body);
  // What is made here is known to nobody else: it is told this once.
  const shown = Object.keys(made).length === 0 ? connection : { ...connection, madeSecrets: made };
  out.answer(shown, () => [
    `${before === undefined ? 'Made' : 'Changed'} ${oneLine(connection.connectionId)} (${oneLine(connection.tool)})`,
    ...Object.entries(made).map(([kind, secret]) => `${kind}.secret, shown this once: ${secret}`),
    ...(connection.webhookUrl === null ? [] : [`Its webhooks go to ${connection.webhookUrl}`]),
    ...warningLines(connection, out),
    `Next: xdr-relay connections test ${connection.connectionId}${connection.tenantId === null ? '' : ` --tenant ${connection.tenantId}`}`,
  ]);
  return undefined;
};

const knownConnection = async (relay: Relay, path: string): Promise<ConnectionAnswer | undefined> => {
  try {
    return await relay.get(path, connectionShape);
  } catch (error) {
    if (error instanceof Failure && error.code === 'ERR_NOT_FOUND') return undefined;
    throw error;
  }
};

type Body = Readonly<Record<string, unknown>>;

/** What PUT takes; the rest of an answer tells how it fares. PUT replaces the whole, so what is not changed is sent as it stands. */
const bodyFields = [
  ...['tool', 'enabled', 'audience', 'since', 'backlog', 'url', 'auth', 'inbound', 'outbound', 'filters'],
  ...['mapping', 'ownership', 'contract', 'storm', 'settleSeconds', 'excludeTenants'],
] as const;

const bodyOf = (connection: ConnectionAnswer): Body =>
  Object.fromEntries(Object.entries(connection).filter(([name]) => bodyFields.some((field) => field === name)));

const record = z.record(z.string(), z.unknown());
const objectIn = (body: Body, field: string): Body => record.safeParse(body[field]).data ?? {};

/** @throws Failure where the file is not there, or holds no JSON object */
const readBody = (path: string): Body => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Failure(`${path} cannot be read.`, { code: 'ERR_FILE', cause, exitCode: 2 });
  }
  try {
    return record.parse(JSON.parse(text));
  } catch (cause) {
    throw new Failure(`${path} holds no JSON object.`, { code: 'ERR_FILE', cause, exitCode: 2 });
  }
};

const withOptions = (body: Body, options: AddOptions): Body => {
  const { tool, url, auth, user, setting, severity, since, backlog, off, on } = options;
  const given = Object.entries({ tool, url, since, backlog, enabled: off === true ? false : on });
  const account = {
    ...objectIn(body, 'auth'),
    ...(auth === undefined ? {} : { kind: auth }),
    ...(user === undefined ? {} : { user }),
  };
  const mapping = objectIn(body, 'mapping');
  const settings = { ...objectIn(mapping, 'settings'), ...Object.fromEntries((setting ?? []).map(splitPair)) };
  return {
    ...body,
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    ...(auth === undefined && user === undefined ? {} : { auth: account }),
    ...(setting === undefined ? {} : { mapping: { ...mapping, settings } }),
    ...(severity === undefined ? {} : { filters: { ...objectIn(body, 'filters'), severity } }),
  };
};

const splitPair = (text: string): readonly [string, string] => {
  const [name = '', ...value] = text.split('=');
  return [name.trim(), value.join('=')];
};

const madeSecrets = (kinds: readonly SecretKind[]): Secrets => {
  if (kinds.includes('auth'))
    throw usageFailure('A secret for signing in is made in the tool: --secret auth reads it.');
  return Object.fromEntries(kinds.map((kind) => [kind, `whsec_${randomBytes(32).toString('base64')}`]));
};

/** From a pipe a line each; typed, one after the other. Never from the command line, where every process can read it. */
const readSecrets = async (kinds: readonly SecretKind[]): Promise<Secrets> => {
  if (kinds.length === 0) return {};
  if (new Set(kinds).size < kinds.length) throw usageFailure('--secret names one of them twice.');
  if (process.stdin.isTTY) {
    const typed: [SecretKind, string][] = [];
    for (const kind of kinds) typed.push([kind, await ask(`${kind}.secret: `, true)]);
    return checked(typed);
  }
  const lines = (await textOf(process.stdin)).replace(/\r?\n$/, '').split(/\r?\n/);
  if (lines.length > kinds.length)
    throw usageFailure(
      `${lines.length} lines came on stdin for ${kinds.length} secrets.`,
      'One line each, in the order of --secret.',
    );
  return checked(kinds.map((kind, at) => [kind, lines[at] ?? '']));
};

const checked = (secrets: readonly (readonly [SecretKind, string])[]): Secrets => {
  const missing = secrets.find(([, secret]) => secret === '');
  if (missing === undefined) return Object.fromEntries(secrets);
  throw usageFailure(
    `Nothing came for ${missing[0]}.secret.`,
    'Pipe it in, a line each, or run it in a terminal and type it.',
  );
};

/** Sets what the body tells of each of these secrets: itself, or its end. */
const besideSecrets = (body: Body, field: 'secret' | 'expires', values: OfSecrets<string | undefined>): Body => ({
  ...body,
  ...Object.fromEntries(
    Object.entries(values).map(([kind, value]) => [kind, { ...objectIn(body, kind), [field]: value }]),
  ),
});

/** The end of the secret before is not that of the one that takes its place. */
const withoutOldEnds = (body: Body, { secret = [], makeSecret = [] }: AddOptions): Body =>
  besideSecrets(body, 'expires', Object.fromEntries([...secret, ...makeSecret].map((kind) => [kind, undefined])));

const removeConnection = async ({ args, options }: Typed<RemoveOptions>): Promise<number> => {
  const { out, relay } = await openSession(options);
  const [connectionId = ''] = args;
  const path = await connectionPath(relay, options, connectionId);
  await relay.get(path, connectionShape);
  if (options.yes !== true && !(await isSure(connectionId))) {
    out.say('Nothing was changed.');
    return 1;
  }
  const receipt = await relay.send('DELETE', path, connectionReceiptShape);
  const left = receipt.secrets.filter(({ state }) => state === 'left');
  out.answer(receipt, () => [
    `${oneLine(receipt.connectionId)} is removed; its tickets stay.`,
    ...(left.length === 0 ? [] : ['The vault did not let these be deleted; a person with a right to it should:']),
    ...left.map(({ name }) => `  ${oneLine(name)}`),
  ]);
  return 0;
};

const isSure = async (connectionId: string): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw usageFailure('This asks first, and nobody is here to answer.', 'Add --yes.');
  return (await ask(`Remove ${connectionId} and its secrets? Type its id to go on: `)).trim() === connectionId;
};
