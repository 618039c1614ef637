import { AppRefusedError, startHost, type Host, type HostLogEntry } from '../../../local/host';
import { functionsCore } from '../../../local/host/functionsCore';
import { createWorkbench, type Workbench } from './support/workbench';

// Jest loads modules itself and knows nothing of the require hook; the core is handed to the library this way.
jest.mock('@azure/functions-core', () => functionsCore, { virtual: true });

let bench: Workbench;
let host: Host;
const entries: HostLogEntry[] = [];

beforeAll(async () => {
  bench = createWorkbench();
  const code = `
    const { app } = require('@azure/functions');
    app.timer('tick', { schedule: '0 0 0 1 1 *', handler: (timer, context) => context.log('ran', timer.isPastDue) });
    app.timer('bad', { schedule: '0 0 0 1 1 *', handler: () => { throw new Error('boom'); } });
    app.http('web', { handler: () => ({ body: 'web' }) });`;
  host = await startHost({
    appRoot: bench.app({ 'functions/a.js': code }),
    port: 0,
    log: (entry) => entries.push(entry),
  });
});
afterAll(async () => {
  await host.stop();
  await bench.close();
});

it('hosts an app inside this process', async () => {
  expect(host.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(host.functions).toEqual(['tick', 'bad', 'web']);
  expect(await (await fetch(`${host.url}/api/web`)).text()).toBe('web');
  expect(host.stats()).toEqual({
    activities: {},
    episodes: 0,
    longestReplayMs: 0,
    totalReplayMs: 0,
    largestHistoryBytes: 0,
  });
});

it('runFunction resolves when the function ended, and rejects with what it threw', async () => {
  await host.runFunction('TICK');
  expect(entries).toContainEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    level: 'Information',
    category: 'Function.tick.User',
    functionName: 'tick',
    message: 'ran false',
  });
  await expect(host.runFunction('bad')).rejects.toThrow('boom');
  await expect(host.runFunction('nobody')).rejects.toThrow('no function is called nobody');
  await expect(host.runFunction('web')).rejects.toThrow('not httpTrigger');
});

it('hosts one app in its life', async () => {
  await expect(startHost({ appRoot: '.', port: 0 })).rejects.toThrow('this process has hosted an app already');
});

it('a refusal carries its faults one by one', () => {
  const error = new AppRefusedError(['one', 'two']);
  expect([error.code, error.faults, error.message]).toEqual([
    'APP_REFUSED',
    ['one', 'two'],
    'The app was refused:\n  - one\n  - two',
  ]);
});
