import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCli } from './runCli';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'xdr-relay-usage-'));
const config = join(folder, 'config');
// No demo of this machine may step in.
const env = { HOME: folder, XDG_CONFIG_HOME: config, XDR_RELAY_DEMO: join(folder, 'none.json') };
const cli = createCli(env);
const ids = ['--tenant', '3D6BD0A5-3a1f-4d0e-9a4c-1f2e3d4c5b6a', '--client-id', '0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d'];
const profiles = join(config, 'xdr-relay', 'profiles.json');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('written wrongly: exit code 2', () => {
  test.each([
    ['an unknown command, with the nearest', ['tenats', 'list'], 'Did you mean tenants?'],
    ['an unknown command below another', ['tenants', 'lst'], 'Did you mean list?'],
    ['an unknown option', ['usage', '--mont', '2026-10'], 'Did you mean --month?'],
    ['a missing argument', ['sync'], "missing required argument 'tenant'"],
    ['a number that is none', ['incidents', 'list', '--limit', 'ten'], 'must be a whole number above zero'],
    ['a choice there is not', ['incidents', 'list', '--sort', 'name'], 'Allowed choices are updated, severity'],
    [
      'an address tokens would leak to',
      ['profiles', 'add', 'p', '--url', 'http://relay.example.com', ...ids],
      'must be an https address',
    ],
    [
      'a client id that is none',
      ['profiles', 'add', 'p', '--url', 'https://r.example', '--tenant', 'x', '--client-id', 'y'],
      'GUID',
    ],
    [
      'a profile name that would be a path',
      ['profiles', 'add', '../p', '--url', 'https://r.example', ...ids],
      "A profile's name must be",
    ],
    ['two ways to name a relay', ['tenants', 'list', '--demo', '--profile', 'p'], 'exclude each other'],
    ['a group of commands alone', ['tenants'], 'Usage: xdr-relay tenants'],
  ])('%s', async (_, words, said) => {
    const { code, stdout, stderr } = await cli.run(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
  });

  test('--help and --version are no fault', async () => {
    const help = await cli.run('tenants', 'add', '--help');
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('Examples:')]);
    expect(await cli.run('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });
});

describe('profiles', () => {
  test('without one, and without a demo, the first step is told', async () => {
    const { code, stderr } = await cli.run('tenants', 'list');
    expect([code, stderr]).toEqual([1, expect.stringContaining('xdr-relay profiles add')]);
    expect((await cli.run('tenants', 'list', '--demo')).stderr).toContain('npm start');
  });

  test.each([
    ['leads off this machine', { url: 'https://relay.example.com' }, 0o600],
    ['others could have written', {}, 0o666],
    ['belongs to no process that lives', { pid: 2_147_483_646 }, 0o600],
  ])('a file of a demo that %s is none: no token is read or sent', async (_, changed, mode) => {
    const path = join(folder, 'none.json');
    const address = 'http://127.0.0.1:9';
    const [tenant, clientId] = [ids[1], ids[3]];
    const files = { tokenFile: profiles, settingsFile: profiles, caFile: profiles, folder };
    const demo = { pid: process.pid, url: address, authority: address, tenant, clientId, ...files, ...changed };
    writeFileSync(path, JSON.stringify(demo));
    chmodSync(path, mode);
    expect((await cli.run('tenants', 'list', '--demo')).stderr).toContain('(ERR_DEMO)');
    rmSync(path);
  });

  test('are kept for their user alone; the first is in use until another is chosen', async () => {
    await cli.run('profiles', 'add', 'prod', '--url', 'https://relay.example.com/api/', ...ids);
    await cli.run(
      'profiles',
      'add',
      'test',
      '--url',
      'https://test.example.com',
      ...ids,
      '--cloud',
      'usgov',
      '--no-store',
    );
    expect([statSync(profiles).mode & 0o777, statSync(join(profiles, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
    const { items } = await cli.json<{ items: object[] }>('profiles', 'list');
    expect(items).toMatchObject([
      {
        name: 'prod',
        current: true,
        url: 'https://relay.example.com',
        tenant: ids[1]!.toLowerCase(),
        keepsTokens: true,
      },
      { name: 'test', current: false, cloud: 'usgov', keepsTokens: false },
    ]);
    await cli.run('profiles', 'use', 'test');
    expect((await cli.run('profiles', 'list')).stdout).toMatch(/^\* +test /m);
    await cli.run('profiles', 'use', 'prod');
  });

  test('whoever is not signed in is told how', async () => {
    const { code, stderr } = await cli.run('tenants', 'list');
    expect([code, stderr]).toEqual([1, 'xdr-relay: Nobody is signed in to prod. (ERR_TOKEN)\n  xdr-relay login\n']);
  });

  test('a file that others can write is not used, and one that is broken is named', async () => {
    chmodSync(profiles, 0o666);
    expect((await cli.run('profiles', 'list')).stderr).toContain(`chmod 600 '${profiles}'`);
    chmodSync(profiles, 0o600);
    const good = readFileSync(profiles, 'utf8');
    writeFileSync(profiles, '{');
    expect(await cli.run('profiles', 'list')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(ERR_PROFILE)') as string,
    });
    writeFileSync(profiles, good);
  });

  test('one that is removed takes its tokens along, and none is in use then', async () => {
    const tokens = join(config, 'xdr-relay', 'tokens', 'old.json');
    await cli.run('profiles', 'add', 'old', '--url', 'https://old.example.com', ...ids);
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(tokens, '..'), { mode: 0o700 });
    writeFileSync(tokens, '{}', { mode: 0o600 });
    expect((await cli.run('profiles', 'remove', 'old')).code).toBe(0);
    expect(() => statSync(tokens)).toThrow('ENOENT');
    expect((await cli.run('profiles', 'remove', 'old')).code).toBe(1);
  });
});

describe('what a relay, or something else, may answer', () => {
  type Handler = (request: IncomingMessage, response: ServerResponse) => void;
  let handler: Handler = (_, response) => void response.writeHead(404).end();
  const server = createServer((request, response) => handler(request, response));
  let url: string;
  const seen: string[] = [];

  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await cli.run('profiles', 'add', 'stand-in', '--url', url, '--authority', url, ...ids);
  });
  afterAll(() => new Promise((done) => server.close(done)));

  const ask = (answer: Handler, ...words: string[]) => {
    seen.length = 0;
    handler = (request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      answer(request, response);
    };
    return createCli({ ...env, XDR_RELAY_PROFILE: 'stand-in', XDR_RELAY_TOKEN: 'given' }).run(...words);
  };
  const json =
    (status: number, body: unknown, headers = {}): Handler =>
    (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };

  test('the token of XDR_RELAY_TOKEN is sent as it is; an empty list is told in words', async () => {
    const { code, stdout } = await ask(json(200, { items: [], continue: null }), 'tenants', 'list');
    expect([code, stdout]).toEqual([0, expect.stringContaining('No tenant is registered')]);
    expect(seen).toEqual(['GET /api/tenants?limit=200 Bearer given']);
  });

  test('a busy relay is asked again for what changes nothing, and not for what does', async () => {
    const busy = json(
      503,
      { title: 'Busy', status: 503, code: 'ERR_UPSTREAM', detail: 'This passes; try again.' },
      { 'retry-after': '0' },
    );
    const read = await ask(busy, 'tenants', 'list');
    expect([read.code, seen.length]).toEqual([1, 3]);
    expect(read.stderr).toContain('Busy: This passes; try again. (ERR_UPSTREAM)');
    const changed = await ask(busy, 'sync', '3d6bd0a5-3a1f-4d0e-9a4c-1f2e3d4c5b6a');
    expect([changed.code, seen.length]).toEqual([1, 1]);
  });

  test('a refused token is asked for once more, then told with the cure', async () => {
    const refused = json(401, { title: 'Access token needed', status: 401, code: 'ERR_TOKEN', detail: 'Send one.' });
    const { code, stderr } = await ask(refused, 'tenants', 'list');
    expect([code, seen.length]).toEqual([1, 2]);
    expect(stderr).toContain('Sign in: xdr-relay login');
  });

  test.each([
    [
      'a page of a proxy',
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(502).end('<h1>Bad gateway</h1>'),
      '(HTTP 502)',
    ],
    [
      'something that is no relay',
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(404).end('nothing'),
      'not the address of a relay',
    ],
    ['a shape of another release', json(200, { items: [{ tenantId: 7 }], continue: null }), '(ERR_CONTRACT)'],
    ['no JSON', (_: IncomingMessage, response: ServerResponse) => void response.end('hello'), '(ERR_CONTRACT)'],
  ])('%s is told as such', async (_, answer, said) => {
    const { code, stdout, stderr } = await ask(answer, 'tenants', 'list');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(said);
  });

  test('texts of others cannot drive the terminal', async () => {
    const title = '\u001b]0;owned\u0007\u001b[2JNot\u202e found';
    const { stderr } = await ask(json(404, { title, status: 404, code: 'ERR_NOT_FOUND' }), 'tenants', 'list');
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
    expect(stderr).toContain('Not found');
  });

  test('an address where nobody listens is told with what to look at', async () => {
    await cli.run('profiles', 'add', 'nobody', '--url', 'http://127.0.0.1:9', ...ids);
    const { code, stderr } = await createCli({ ...env, XDR_RELAY_TOKEN: 'given' }).run(
      'tenants',
      'list',
      '--profile',
      'nobody',
    );
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('Nobody answers at http://127.0.0.1:9. (ECONNREFUSED)'),
    ]);
    expect(stderr).not.toContain('given');
  });

  test('the doctor lists every fault of the settings, and fails', async () => {
    const settings = join(folder, 'settings.json');
    writeFileSync(settings, JSON.stringify({ Values: { FUNCTIONS_WORKER_RUNTIME: 'node', RELAY_CLIENT_ID: 'x' } }));
    const { code, stdout } = await ask(json(404, {}), 'doctor', '--settings', settings);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ Entra +http:\S+ knows no tenant/);
    expect(stdout).toMatch(/✗ relay +127\.0\.0\.1:\d+ answered 404/);
    for (const name of ['TASK_HUB_NAME', 'KEY_VAULT_URL', 'RELAY_TENANT_ID', 'RELAY_CLIENT_ID', 'AzureWebJobsStorage'])
      expect(stdout).toMatch(new RegExp(`✗ settings +${name} `));
  });
});
