import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, usageFailure } from '../failure';
import { configFolder } from './configFolder';
import type { Demo } from './demo';
import { runningDemo } from './demo';
import type { Profile } from './profile';
import { readProfiles, tokensPath } from './store';

/** The relay a command speaks to. */
export interface Chosen {
  readonly name: string;
  readonly profile: Profile;
  /** Where the tokens of whoever signs in are kept. */
  readonly tokensFile: string;
  /** A token for the API where nobody signed in; undefined: someone has to. */
  readonly fallbackToken: (() => string) | undefined;
  /** Nobody asked for the demo by name: it is all there is. */
  readonly isFallback: boolean;
}

export interface Choice {
  readonly profile?: string | undefined;
  readonly demo?: boolean | undefined;
}

export const demoName = 'demo';

/** The demo, where it is asked for, or where no other relay is known and one runs here. @throws Failure where it is asked for and none runs */
export const demoInUse = ({ profile, demo }: Choice, env: NodeJS.ProcessEnv): Demo | undefined => {
  if (demo === true && profile !== undefined)
    throw usageFailure('--demo and --profile exclude each other: each names a relay.');
  if (demo === true) return mustRun(runningDemo(env));
  const isNamed = profile !== undefined || (env.XDR_RELAY_PROFILE ?? '') !== '';
  return isNamed || readProfiles(configFolder(env)).current !== null ? undefined : runningDemo(env);
};

/**
 * The profile asked for, else that of XDR_RELAY_PROFILE, else the one in use, else the demo that runs here.
 * @throws Failure where there is none
 */
export const chooseProfile = (choice: Choice, env: NodeJS.ProcessEnv): Chosen => {
  const running = demoInUse(choice, env);
  if (running !== undefined) return ofDemo(running, choice.demo !== true);
  const named = choice.profile ?? (env.XDR_RELAY_PROFILE === '' ? undefined : env.XDR_RELAY_PROFILE);
  const folder = configFolder(env);
  const { current, profiles } = readProfiles(folder);
  const name = named ?? current;
  if (name === null)
    throw new Failure('No relay is known yet.', {
      code: 'ERR_PROFILE',
      cure: 'xdr-relay profiles add prod --url https://<your app> --tenant <home tenant id> --client-id <id of the cli registration>\nOr start the demo with npm start and use --demo.',
    });
  const profile = profiles[name];
  if (profile === undefined)
    throw new Failure(`There is no profile ${name}.`, {
      code: 'ERR_PROFILE',
      cure: 'xdr-relay profiles list shows those there are.',
      exitCode: named === undefined ? 1 : 2,
    });
  return {
    name,
    profile,
    tokensFile: tokensPath(folder, name),
    fallbackToken: undefined,
    isFallback: false,
  };
};

const mustRun = (demo: Demo | undefined): Demo => {
  if (demo !== undefined) return demo;
  throw new Failure('No demo runs here.', {
    code: 'ERR_DEMO',
    cure: 'Start it with npm start in another terminal; it says when it is ready.',
  });
};

const ofDemo = (demo: Demo, isFallback: boolean): Chosen => ({
  name: demoName,
  profile: demo,
  tokensFile: join(demo.folder, 'cli', 'tokens.json'),
  fallbackToken: () => readFileSync(demo.tokenFile, 'utf8').trim(),
  isFallback,
});
