import type { Config } from '../shared/config';
import { loadConfig } from '../shared/config';
import { ConfigError } from '../shared/errors';
import { readSettingsFile } from '../shared/settingsFile';
import { Failure } from './failure';
import type { Choice } from './profiles/choose';
import { demoInUse } from './profiles/choose';
import { withCertificates } from './withCertificates';

export interface SettingsChoice extends Choice {
  /** A file. */
  readonly settings?: string | undefined;
}

export interface FoundSettings {
  readonly values: Readonly<Record<string, string | undefined>>;
  /** For people. */
  readonly from: string;
}

/** The app's settings, as the app would see them: of the file named, the environment, or the demo that runs here. */
export const findSettings = (choice: SettingsChoice, env: NodeJS.ProcessEnv): FoundSettings | undefined => {
  if (choice.settings !== undefined) return fromFile(choice.settings);
  if (choice.demo !== true && (env.RELAY_CLIENT_ID ?? '') !== '') return { values: env, from: 'the environment' };
  const running = demoInUse(choice, env);
  return running === undefined ? undefined : { ...fromFile(running.settingsFile), from: 'the demo that runs here' };
};

/** @throws Failure where none are to be had · ConfigError · RanElsewhere */
export const loadSettings = async (choice: SettingsChoice, env: NodeJS.ProcessEnv): Promise<Config> => {
  const found = findSettings(choice, env);
  if (found === undefined)
    throw new Failure("The app's settings are not at hand here.", {
      code: 'ERR_CONFIG',
      exitCode: 2,
      cure: 'Name a file like local.settings.json with --settings FILE, or set the variables of docs/settings.md.',
    });
  return useSettings(found);
};

/** @throws ConfigError · RanElsewhere */
export const useSettings = async ({ values }: FoundSettings): Promise<Config> => {
  await withCertificates(values.NODE_EXTRA_CA_CERTS);
  // The platform's own, which the Azure SDK looks up by itself.
  for (const name of ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER'] as const)
    if (values[name] !== undefined) process.env[name] = values[name];
  return loadConfig(values);
};

const fromFile = (path: string): FoundSettings => {
  const { values, faults } = readSettingsFile(path);
  if (faults.length > 0) throw new ConfigError(faults);
  return { values, from: path };
};
