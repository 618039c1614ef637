import { readOptions } from '../../../local/start/options';

const read = (line: string, env: NodeJS.ProcessEnv = {}) => readOptions(line === '' ? [] : line.split(' '), env);
const faultsOf = (line: string, env: NodeJS.ProcessEnv = {}) => read(line, env).faults;

test('no option is the demo on port 7071 with everything at its default', () => {
  expect(read('')).toEqual({
    options: {
      kind: 'demo',
      once: false,
      json: false,
      tenants: undefined,
      incidents: undefined,
      seed: undefined,
      port: 7071,
      dataFolder: undefined,
    },
    faults: [],
  });
});

test('every option of the demo is read', () => {
  expect(read('--once --json --tenants 5 --incidents=200 --seed 9 --port 8080 --data d')).toEqual({
    options: {
      kind: 'demo',
      once: true,
      json: true,
      tenants: 5,
      incidents: 200,
      seed: 9,
      port: 8080,
      dataFolder: 'd',
    },
    faults: [],
  });
});

test('a settings file with a port is serving', () => {
  expect(read('--settings local.settings.json --port 7072')).toEqual({
    options: { kind: 'serve', settingsFile: 'local.settings.json', port: 7072 },
    faults: [],
  });
});

test('--app names a packaged app for the demo and for serving', () => {
  expect(read('--once --app out').options).toMatchObject({ kind: 'demo', appFolder: 'out' });
  expect(read('--settings local.settings.json --app out').options).toMatchObject({ kind: 'serve', appFolder: 'out' });
});

test.each(['--help', '-h', '--help --tenants 0'])('%s is a wish for help', (line) => {
  expect(read(line)).toEqual({ options: { kind: 'help' }, faults: [] });
});

test.each([
  ['--tenants 0', '--tenants'],
  ['--tenants 10001', '--tenants'],
  ['--tenants five', '--tenants'],
  ['--tenants 1.5', '--tenants'],
  ['--tenants -1', '--tenants'],
  ['--tenants', '--tenants'],
  ['--incidents 1e3', '--incidents'],
  ['--seed 0x1', '--seed'],
  ['--seed 2147483648', '--seed'],
  ['--port 65536', '--port'],
  ['--port abc', '--port'],
  ['--settings', '--settings'],
  ['--data', '--data'],
  ['--app', '--app'],
  ['--once=yes', '--once'],
  ['--tenants 5 --tenants 6', '--tenants'],
  ['--verbose', '--verbose'],
  ['-x', '-x'],
  ['demo', '"demo"'],
])('%s is one fault that names %s', (line, name) => {
  const faults = faultsOf(line);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(name);
});

test('all faults are told at once', () => {
  expect(faultsOf('--tenants 0 --incidents many --prot 80 extra --port 99999')).toEqual([
    '--prot is not an option; did you mean --port?',
    '"extra" is not expected: options begin with --',
    '--port must be a whole number from 0 to 65535, not "99999"',
    '--tenants must be a whole number from 1 to 10000, not "0"',
    '--incidents must be a whole number from 0 to 100000, not "many"',
  ]);
});

test('an option without its value does not swallow the next one', () => {
  const { options, faults } = read('--tenants --port 8080');
  expect(options).toMatchObject({ port: 8080 });
  expect(faults).toEqual(['--tenants must be a whole number from 1 to 10000, but has no value']);
});

test('settings and options of the demo exclude each other, named together', () => {
  expect(faultsOf('--settings s.json --once --json --tenants 5 --data d')).toEqual([
    '--settings serves with your own settings and has no demo: --once, --json, --tenants, --data cannot go with it',
  ]);
});

test('an option npm kept for itself is told with the way to write it', () => {
  const [fault] = faultsOf('', { npm_config_once: 'true' });
  expect(fault).toContain('npm start -- --once');
});

test('a shortened name is met with the whole one', () => {
  expect(faultsOf('--tenant 5')[0]).toContain('did you mean --tenants?');
});
