import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { isPrivate } from './privateFile';
import { profileShape } from './profile';

const onThisMachine = z.string().regex(/^https?:\/\/127\.0\.0\.1:\d+$/, 'must be an address of this machine');

/** What `npm start` writes down for a second terminal, as long as it runs. */
const demoShape = z.object({
  ...profileShape.shape,
  url: onThisMachine,
  authority: onThisMachine,
  /** Of the demo. */
  pid: z.int().positive(),
  /** Holds a token of the demo's operator, so that nobody has to sign in to look around. */
  tokenFile: z.string().min(1),
  /** The app's settings, in the shape of local.settings.json. */
  settingsFile: z.string().min(1),
  /** Goes away with the demo. */
  folder: z.string().min(1),
});

export type Demo = z.output<typeof demoShape>;

const fileName = join('.local', 'demo.json');
/** dist/cli/profiles lies three floors below the package. */
const besidePackage = resolve(__dirname, '..', '..', '..', fileName);

/** The demo that runs on this machine: the one XDR_RELAY_DEMO names, else of the working directory, else of this package. */
export const runningDemo = (env: NodeJS.ProcessEnv): Demo | undefined => {
  const named = env.XDR_RELAY_DEMO ?? '';
  const paths = named === '' ? [resolve(fileName), besidePackage] : [named];
  return paths.map(read).find((demo) => demo !== undefined && isAlive(demo.pid));
};

/** A folder may come from anyone: a file of it says which token is sent where, so it must be this user's own and stay on this machine. */
const read = (path: string): Demo | undefined => {
  try {
    if (!isPrivate(path)) return undefined;
    return demoShape.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // A demo of another user is none of ours.
    return false;
  }
};
