import { hasBrowser } from '../../../cli/signIn/openBrowser';

test.each([
  ['linux', {}, false],
  ['linux', { DISPLAY: ':0' }, true],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['linux', { DISPLAY: ':10', SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, false],
  ['darwin', {}, true],
  ['darwin', { SSH_TTY: '/dev/ttys001' }, false],
  ['win32', {}, true],
] as const)('%s with %j has a browser: %s', (platform, env, wanted) => {
  expect(hasBrowser(env, platform)).toBe(wanted);
});
