import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { Failure, usageFailure } from '../failure';
import { table } from '../print/table';
import { configFolder } from '../profiles/configFolder';
import type { Profile } from '../profiles/profile';
import { cloudName, profileName, profileShape, serviceUrl } from '../profiles/profile';
import { profilesPath, readProfiles, tokensPath, writeProfiles } from '../profiles/store';
import { outputFor } from '../session';
import { forgetSignIn } from '../signIn/publicClient';
import type { Typed } from './command';
import { act, examples } from './command';

interface AddOptions {
  readonly url: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly apiId?: string;
  readonly cloud: Profile['cloud'];
  readonly authority?: string;
  readonly caFile?: string;
  readonly store: boolean;
}

export const addProfileCommands = (program: Command): void => {
  const profiles = program
    .command('profiles')
    .helpCommand(false)
    .summary('the relays you work with')
    .description(
      'The relays you work with: address, home tenant and client id. Kept in a file for you alone; no token is in it.',
    );
  examples(profiles, [['xdr-relay profiles list', 'which there are, and which is in use']]);

  const add = profiles
    .command('add <name>')
    .summary('add a relay, or change one')
    .description('Add a relay, or change one. The first becomes the one in use.')
    .requiredOption('--url <address>', 'of the relay', checked(serviceUrl))
    .requiredOption('--tenant <id>', 'home tenant of the relay', checked(profileShape.shape.tenant))
    .requiredOption('--client-id <id>', 'of the cli registration', checked(profileShape.shape.clientId))
    .option('--api-id <id>', "client id of the API's registration (default: the same one)")
    .addOption(new Option('--cloud <name>', 'national cloud').choices(cloudName.options).default('public'))
    .option('--authority <address>', 'where Entra is reached, behind a proxy', checked(serviceUrl))
    .option('--ca-file <path>', 'certificate authority to trust besides the usual ones (PEM)')
    .option('--no-store', 'never write a token to disk: each command signs in anew');
  act<AddOptions>(add, addProfile);
  examples(add, [
    [
      'xdr-relay profiles add prod --url https://relay.example.com --tenant 7f0b2c1e-… --client-id 51c1a7f0-… --api-id 0d1b5f3a-…',
      '',
    ],
  ]);

  const list = profiles.command('list').summary('which there are').description('Which relays are known here.');
  act(list, listProfiles);
  examples(list, [['xdr-relay profiles list', '']]);

  const use = profiles
    .command('use <name>')
    .summary('choose the one in use')
    .description('Choose the relay that commands speak to. --profile chooses another for one command.');
  act(use, useProfile);
  examples(use, [['xdr-relay profiles use test', '']]);

  const remove = profiles
    .command('remove <name>')
    .summary('forget one, and its tokens')
    .description('Forget a relay and delete the tokens kept for it. Nothing changes at the relay.');
  act(remove, removeProfile);
  examples(remove, [['xdr-relay profiles remove test', '']]);
};

/** What a schema refuses is a wrongly written command. */
const checked =
  <T>(shape: z.ZodType<T>) =>
  (text: string): T => {
    const parsed = shape.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? 'is not valid');
  };

const addProfile = ({ args, options }: Typed<AddOptions>): Promise<undefined> => {
  const out = outputFor(options);
  const name = nameIn(args);
  const { url, tenant, clientId, apiId, cloud, authority, caFile, store } = options;
  const profile = profileShape.parse({ url, tenant, clientId, apiId, cloud, authority, caFile, keepsTokens: store });
  const folder = configFolder(process.env);
  const file = readProfiles(folder);
  const before = file.profiles[name];
  // Tokens of another address or tenant would be shown where they do not belong.
  if (before !== undefined && (before.clientId !== clientId || before.tenant !== tenant || !store))
    forgetSignIn(tokensPath(folder, name));
  const current = file.current ?? name;
  writeProfiles(folder, { current, profiles: { ...file.profiles, [name]: profile } });
  out.answer({ name, current: current === name, ...profile }, () => [
    `${before === undefined ? 'Added' : 'Changed'} ${name}, ${profile.url}${current === name ? ', in use' : ''}.`,
    `Next: xdr-relay login${current === name ? '' : ` --profile ${name}`}`,
  ]);
  return Promise.resolve(undefined);
};

const listProfiles = ({ options }: Typed<object>): Promise<undefined> => {
  const out = outputFor(options);
  const folder = configFolder(process.env);
  const { current, profiles } = readProfiles(folder);
  const rows = Object.entries(profiles).map(([name, profile]) => ({ name, current: name === current, ...profile }));
  out.answer({ file: profilesPath(folder), items: rows }, () =>
    rows.length === 0
      ? ['No relay is known yet: xdr-relay profiles add --help']
      : table(
          rows,
          [
            { head: '', text: (row) => (row.current ? '*' : ' ') },
            { head: 'NAME', text: (row) => row.name },
            { head: 'ADDRESS', text: (row) => row.url, least: 20 },
            { head: 'HOME TENANT', text: (row) => row.tenant },
            { head: 'CLIENT ID', text: (row) => row.clientId },
            { head: 'CLOUD', text: (row) => row.cloud },
          ],
          { width: out.width, palette: out.stdout.palette },
        ),
  );
  return Promise.resolve(undefined);
};

const useProfile = ({ args, options }: Typed<object>): Promise<undefined> => {
  const out = outputFor(options);
  const name = nameIn(args);
  const folder = configFolder(process.env);
  const file = readProfiles(folder);
  const profile = mustBe(name, file.profiles[name]);
  writeProfiles(folder, { ...file, current: name });
  out.answer({ name, ...profile }, () => [`${name} is in use: ${profile.url}`]);
  return Promise.resolve(undefined);
};

const removeProfile = ({ args, options }: Typed<object>): Promise<undefined> => {
  const out = outputFor(options);
  const name = nameIn(args);
  const folder = configFolder(process.env);
  const { current, profiles } = readProfiles(folder);
  const { [name]: removed, ...left } = profiles;
  mustBe(name, removed);
  forgetSignIn(tokensPath(folder, name));
  writeProfiles(folder, { current: current === name ? null : current, profiles: left });
  out.answer({ name, removed: true }, () => [
    `Forgot ${name} and its tokens.`,
    ...(current === name && Object.keys(left).length > 0 ? ['None is in use now: xdr-relay profiles use <name>'] : []),
  ]);
  return Promise.resolve(undefined);
};

const nameIn = ([name = '']: readonly string[]): string => {
  const parsed = profileName.safeParse(name);
  if (parsed.success) return parsed.data;
  throw usageFailure(`A profile's name ${parsed.error.issues[0]?.message ?? 'is not valid'}.`);
};

const mustBe = (name: string, profile: Profile | undefined): Profile => {
  if (profile !== undefined) return profile;
  throw new Failure(`There is no profile ${name}.`, {
    code: 'ERR_PROFILE',
    cure: 'xdr-relay profiles list shows those there are.',
  });
};
