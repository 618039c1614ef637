import { createWorkbench, plainHostJson, type Workbench } from './support/workbench';

let bench: Workbench;
beforeAll(() => {
  bench = createWorkbench();
});
afterAll(() => bench.close());

const head = "const { app, input, output, trigger } = require('@azure/functions');\n";
const good = `${head}app.http('good', { handler: () => ({}) });`;

async function faultsOf(files: Record<string, string>, env: Record<string, string> = {}): Promise<string[]> {
  const failed = await bench.startFailing(bench.app(files), { env });
  expect([failed.code, failed.exitCode]).toEqual(['APP_REFUSED', 2]);
  expect(failed.stderr).toBe(`${failed.message}\n`);
  return failed.message
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^ {2}- /, ''));
}

const hostJson = (extensions: object) => ({ 'host.json': JSON.stringify({ ...plainHostJson, extensions }) });

describe('an app is refused, with the reason,', () => {
  it.each([
    ['for a throw while loading', "throw new Error('boom');", /^functions\/a\.js: threw while loading: boom \(at /],
    [
      'for an unknown module',
      "require('no-such-package');",
      /^functions\/a\.js: threw while loading: Cannot find module 'no-such-package'/,
    ],
    ['for no function at all', '', /^The app registered no function\.$/],
    ['for an invalid name', `${head}app.http('1st', { handler: () => ({}) });`, /^1st: invalid name/],
    ['for the reserved name host', `${head}app.http('Host', { handler: () => ({}) });`, /^Host: invalid name/],
    [
      'for a name of 129 characters',
      `${head}app.http('a'.repeat(129), { handler: () => ({}) });`,
      /^a{129}: invalid name/,
    ],
    [
      'for names that differ in case only',
      `${good}app.timer('GOOD', { schedule: '0 * * * * *', handler: () => {} });`,
      /^GOOD: the name is used by two functions \(good; case does not count\)\.$/,
    ],
    [
      'for an unknown trigger',
      `${head}app.cosmosDB('x', { connection: 'C', databaseName: 'd', containerName: 'c', handler: () => {} });`,
      /^local\/host does not support cosmosDBTrigger \(function x\)\.$/,
    ],
    [
      'for an entity',
      "require('durable-functions').app.entity('counter', () => {});",
      /^local\/host does not support entityTrigger \(function counter\)\.$/,
    ],
    [
      'for an unknown input',
      `${head}app.http('x', { extraInputs: [input.storageBlob({ path: 'a', connection: 'C' })], handler: () => ({}) });`,
      /^local\/host does not support blob \(function x\)\.$/,
    ],
    [
      'for an unknown output',
      `${head}app.http('x', { extraOutputs: [output.table({ tableName: 'a', connection: 'C' })], handler: () => ({}) });`,
      /^local\/host does not support table \(function x\)\.$/,
    ],
    [
      'for a schedule that is none',
      `${head}app.timer('x', { schedule: '0 60 * * * *', handler: () => {} });`,
      /^x: schedule "0 60 \* \* \* \*": "60" is no minute \(0 to 59\)\.$/,
    ],
    [
      'for a time span as a schedule',
      `${head}app.timer('x', { schedule: '00:05:00', handler: () => {} });`,
      /^x: local\/host does not support the time span "00:05:00" as a schedule/,
    ],
    [
      'for a route in the host’s own space',
      `${head}app.http('x', { route: 'administrators', handler: () => ({}) });`,
      /^x: the route "administrators" conflicts with one or more built in routes\.$/,
    ],
    [
      'for two functions on one route and method',
      `${head}app.get('x', { route: 'r', handler: () => ({}) }); app.http('y', { route: '/R', handler: () => ({}) });`,
      /^y: the route "R" conflicts with the route of function x\.$/,
    ],
    [
      'for a route part it cannot match',
      `${head}app.http('x', { route: 'a/{b}.json', handler: () => ({}) });`,
      /^x: local\/host does not support the route part "\{b\}\.json"\.$/,
    ],
    [
      'for a route constraint it does not know',
      `${head}app.http('x', { route: '{when:datetime}', handler: () => ({}) });`,
      /^x: local\/host does not support the route constraint "datetime"\.$/,
    ],
    [
      'for a setting of a binding without value',
      `${head}app.timer('x', { schedule: '%WHEN%', handler: () => {} });`,
      /^x: '%WHEN%' does not resolve to a value\.$/,
    ],
    [
      'for a queue without connection',
      `${head}app.storageQueue('x', { queueName: 'work', connection: 'STORE', handler: () => {} });`,
      /^x: the connection setting STORE has no value\.$/,
    ],
    [
      'for a queue name Azure would not take',
      `${head}app.storageQueue('x', { queueName: 'Work_1', connection: 'WithStore', handler: () => {} });`,
      /^x: invalid queue name "Work_1"\.$/,
    ],
    [
      'for an appStart hook that throws',
      `${good}app.hook.appStart(() => { throw new Error('not today'); });`,
      /^an appStart hook threw: not today \(at /,
    ],
    [
      'for HTTP streaming',
      `${good}app.setup({ enableHttpStream: true });`,
      /^local\/host does not support app\.setup\(\{ enableHttpStream: true \}\)\.$/,
    ],
  ])('%s', async (_why, code, fault) => {
    const faults = await faultsOf({ 'functions/a.js': code }, { WithStore: 'UseDevelopmentStorage=true' });
    expect(faults).toContainEqual(expect.stringMatching(fault));
  });

  it('for a name used twice in the same spelling, even if the app swallows the throw', async () => {
    const twice = `${good}try { app.http('good', { route: 'other', handler: () => ({}) }); } catch {}`;
    expect(await faultsOf({ 'functions/a.js': twice })).toEqual(['good: the name is used by two functions.']);
  });

  it('for an identity-based connection, which only the real host has', async () => {
    const code = `${head}app.storageQueue('x', { queueName: 'work', connection: 'STORE', handler: () => {} });`;
    expect(
      await faultsOf({ 'functions/a.js': code }, { STORE__queueServiceUri: 'https://x.queue.core.windows.net' }),
    ).toEqual(['local/host does not support identity-based connections (STORE, function x).']);
  });

  it.each([
    ['missing', undefined, 'host.json: missing.'],
    ['no JSON', '{', /^host\.json: not JSON: /],
    ['no object', '[]', 'host.json: must be a JSON object.'],
    ['of another version', '{"version":"1.0"}', 'host.json: "version" must be "2.0".'],
  ])('for a host.json that is %s', async (_what, text, fault) => {
    const root = bench.app({ 'functions/a.js': good, ...(text === undefined ? {} : { 'host.json': text }) });
    if (text === undefined) (await import('node:fs')).rmSync(`${root}/host.json`);
    const failed = await bench.startFailing(root);
    const [only, ...more] = failed.message.split('\n  - ').slice(1);
    expect(more).toEqual([]);
    expect(only).toEqual(typeof fault === 'string' ? fault : expect.stringMatching(fault));
  });

  it('for every wrong value in host.json at once', async () => {
    const faults = await faultsOf({
      'functions/a.js': good,
      ...hostJson({
        queues: { batchSize: 33, visibilityTimeout: '30 s' },
        durableTask: { hubName: '%HUB%' },
        http: [],
      }),
    });
    expect(faults).toEqual([
      'host.json: "extensions.http" must be an object.',
      'host.json: "batchSize" must be a whole number from 1 to 32.',
      'host.json: "visibilityTimeout" must be a time span like "00:05:00".',
      `host.json: "hubName": '%HUB%' does not resolve to a value.`,
    ]);
  });

  it('for a queue or durable function without extension bundle', async () => {
    const faults = await faultsOf({
      'functions/a.js': "require('durable-functions').app.activity('work', { handler: () => 1 });",
      'host.json': '{"version":"2.0"}',
    });
    expect(faults).toEqual(['work: activityTrigger needs "extensionBundle" in host.json.']);
  });

  it('for all faults of all files together', async () => {
    const faults = await faultsOf({
      'functions/a.js': "throw new Error('one');",
      'functions/b.js': `${head}app.http('2nd', { route: '%ROUTE%', handler: () => ({}) });`,
    });
    expect(faults).toEqual([
      expect.stringMatching(/^functions\/a\.js: threw while loading: one/),
      "2nd: '%ROUTE%' does not resolve to a value.",
      expect.stringMatching(/^2nd: invalid name/),
    ]);
  });

  it('when main matches no file', async () => {
    expect(await faultsOf({ 'package.json': '{"main":"dist/**/*.js"}' })).toContain(
      'package.json: no file matches "main": "dist/**/*.js".',
    );
  });
});

describe('an app is taken', () => {
  it('with ES modules', async () => {
    const host = await bench.start(
      bench.app({
        'package.json': '{"main":"functions/*.mjs"}',
        'functions/a.mjs':
          "import { app } from '@azure/functions'; app.http('esm', { handler: () => ({ status: 201 }) });",
      }),
    );
    expect((await fetch(`${host.url}/api/esm`)).status).toBe(201);
  });

  it('with settings in percent signs that have values', async () => {
    const root = bench.app({ 'functions/a.js': `${head}app.http('x', { route: '%ROUTE%', handler: () => ({}) });` });
    const host = await bench.start(root, { env: { ROUTE: 'from/settings' } });
    expect((await fetch(`${host.url}/api/from/settings`)).status).toBe(200);
  });

  it('and a route without prefix when routePrefix is empty', async () => {
    const host = await bench.start(bench.app({ 'functions/a.js': good, ...hostJson({ http: { routePrefix: '' } }) }));
    expect((await fetch(`${host.url}/good`)).status).toBe(200);
    expect((await fetch(`${host.url}/api/good`)).status).toBe(404);
  });
});
