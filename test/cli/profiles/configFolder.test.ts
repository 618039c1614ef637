import { homedir } from 'node:os';
import { join } from 'node:path';
import { configFolder } from '../../../cli/profiles/configFolder';

test.each([
  ['linux', { XDG_CONFIG_HOME: '/etc/someone' }, '/etc/someone/xdr-relay'],
  ['linux', { XDG_CONFIG_HOME: 'not/absolute' }, join(homedir(), '.config', 'xdr-relay')],
  ['linux', { XDG_CONFIG_HOME: '' }, join(homedir(), '.config', 'xdr-relay')],
  ['darwin', {}, join(homedir(), '.config', 'xdr-relay')],
  ['win32', { APPDATA: 'C:\\Users\\ana\\AppData\\Roaming' }, join('C:\\Users\\ana\\AppData\\Roaming', 'xdr-relay')],
  ['win32', { XDG_CONFIG_HOME: '/etc/someone' }, join(homedir(), 'AppData', 'Roaming', 'xdr-relay')],
] as const)('%s with %j', (platform, env, wanted) => {
  expect(configFolder(env, platform)).toBe(wanted);
});
