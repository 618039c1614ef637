import type { Command } from 'commander';
import { Option } from 'commander';
import { decodeClaims } from '../claims/decodeClaims';
import { usageFailure } from '../failure';
import { facts } from '../print/table';
import { chooseProfile, demoName } from '../profiles/choose';
import { configFolder } from '../profiles/configFolder';
import { readProfiles, writeProfiles } from '../profiles/store';
import type { GlobalOptions, Session } from '../session';
import { apiRequest, openSession, outputFor } from '../session';
import type { Way } from '../signIn/publicClient';
import { createPublicClient, forgetSignIn } from '../signIn/publicClient';
import { act, examples } from './command';

interface LoginOptions {
  readonly deviceCode?: boolean;
  readonly browser?: boolean;
  readonly store: boolean;
}

export const addSignInCommands = (program: Command): void => {
  const login = program
    .command('login')
    .summary('sign in to a relay')
    .description(
      'Sign in to the relay of the profile: in the browser, or with a code that is entered in any browser where this terminal has none.',
    )
    .addOption(deviceCodeOption())
    .addOption(browserOption())
    .option('--no-store', 'write no token to disk: each command of this profile then signs in anew');
  act<LoginOptions>(login, signIn);
  examples(login, [
    ['xdr-relay login', 'in the browser, where there is one'],
    ['xdr-relay login --device-code', 'with a code, from a server or container'],
    ['xdr-relay login --profile test --no-store', 'keep nothing on this machine'],
  ]);
  const logout = program
    .command('logout')
    .summary('delete the tokens kept on this machine')
    .description('Delete the tokens of the profile that are kept on this machine.');
  act(logout, signOut);
  examples(logout, [['xdr-relay logout', 'of the profile in use']]);
};

export const deviceCodeOption = (): Option =>
  new Option('--device-code', 'sign in with a code instead of the browser').conflicts('browser');
export const browserOption = (): Option =>
  new Option('--browser', 'sign in with the browser of this machine').conflicts('deviceCode');

export const wayOf = ({ deviceCode, browser }: Pick<LoginOptions, 'deviceCode' | 'browser'>, usual: Way): Way => {
  if (deviceCode === true) return 'deviceCode';
  return browser === true ? 'browser' : usual;
};

const signIn = async ({ options }: { options: LoginOptions & GlobalOptions }): Promise<undefined> => {
  const session = await openSession(options);
  const { chosen, out, send } = session;
  const profile = { ...chosen.profile, keepsTokens: options.store };
  const person = createPublicClient({ profile, tokensFile: chosen.tokensFile, send });
  const { token, username } = await person.byHand(apiRequest(chosen), wayOf(options, session.way), out.say);
  remember(session, options.store);
  const claims = decodeClaims(token);
  const answer = { profile: chosen.name, url: chosen.profile.url, username, roles: claims.roles, kept: options.store };
  out.answer(answer, () => [
    `${out.stdout.palette.green('Signed in')} as ${username}`,
    ...facts(
      [
        ['Relay', chosen.profile.url],
        ['Roles', claims.roles.length === 0 ? 'none: ask whoever runs the relay for one' : claims.roles.join(', ')],
        ['Kept', options.store ? 'on this machine, for this user alone; xdr-relay logout deletes it' : 'nothing'],
      ],
      out.stdout,
    ),
  ]);
  return undefined;
};

/** The choice holds until the next sign-in. */
const remember = ({ chosen, env }: Session, store: boolean): void => {
  if (!store) forgetSignIn(chosen.tokensFile);
  if (chosen.name === demoName || chosen.profile.keepsTokens === store) return;
  const folder = configFolder(env);
  const file = readProfiles(folder);
  writeProfiles(folder, {
    ...file,
    profiles: { ...file.profiles, [chosen.name]: { ...chosen.profile, keepsTokens: store } },
  });
};

const signOut = ({ options }: { options: GlobalOptions }): Promise<undefined> => {
  const out = outputFor(options);
  const chosen = chooseProfile(options, process.env);
  if (process.env.XDR_RELAY_TOKEN !== undefined && process.env.XDR_RELAY_TOKEN !== '')
    throw usageFailure('XDR_RELAY_TOKEN is set: nothing of it is kept here.', 'Unset it.');
  const wasThere = forgetSignIn(chosen.tokensFile);
  out.answer({ profile: chosen.name, deleted: wasThere }, () => [
    wasThere ? `Signed out of ${chosen.name}: its tokens are deleted.` : `Nobody was signed in to ${chosen.name}.`,
  ]);
  return Promise.resolve(undefined);
};
