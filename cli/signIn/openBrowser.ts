import { spawn } from 'node:child_process';

/** Whether a browser can be shown to whoever sits here. */
export const hasBrowser = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): boolean => {
  const isRemote = ['SSH_CONNECTION', 'SSH_TTY'].some((name) => (env[name] ?? '') !== '');
  if (isRemote) return false;
  if (platform === 'darwin' || platform === 'win32') return true;
  return ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (env[name] ?? '') !== '');
};

/** Tries to; whether it worked cannot be known, so the address is told as well. */
export const openBrowser = (url: string, platform: NodeJS.Platform = process.platform): void => {
  const [command, ...words] = commandFor(url, platform);
  if (command === undefined) return;
  const child = spawn(command, words, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
};

/** No shell takes part: an address may hold any character. */
const commandFor = (url: string, platform: NodeJS.Platform): readonly string[] => {
  if (platform === 'darwin') return ['open', url];
  return platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler', url] : ['xdg-open', url];
};
