import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where a user's own settings lie: APPDATA on Windows, else XDG_CONFIG_HOME or ~/.config.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export const configFolder = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string => {
  const set = platform === 'win32' ? env.APPDATA : env.XDG_CONFIG_HOME;
  // The specification says to ignore a path that is not absolute.
  if (set !== undefined && set !== '' && (platform === 'win32' || set.startsWith('/'))) return join(set, 'xdr-relay');
  return join(homedir(), ...(platform === 'win32' ? ['AppData', 'Roaming'] : ['.config']), 'xdr-relay');
};
