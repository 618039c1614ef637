import '../shared/http/quietTestMode';
import '../../functions/api/connections';
import '../../functions/api/deliveries';
import '../../functions/api/incidentChanges';
import '../../functions/api/incidents';
import '../../functions/api/tenants';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { servicenowAccount, startServicenow } from '../../local/tools/servicenow';
import type { FakeTool } from '../../local/tools/fakeTool';
import { registeredRoutes } from '../../shared/http/route';
import type { JournalEntry } from '../../shared/model/conflict';
import { allTenants } from '../../shared/model/connection';
import { mustBeTime7 } from '../../shared/model/time7';
import { toJournalRow } from '../../shared/store/journal';
import { openLanes } from '../../shared/store/openLanes';
import { toEventRow } from '../../shared/store/outbox';
import { secretName } from '../../shared/ticketing/secretNames';
import type { HttpWorld } from '../shared/http/httpWorld';
import { admin, startHttpWorld } from '../shared/http/httpWorld';

jest.setTimeout(60_000);

const tenantId = '11111111-1111-4111-8111-111111111111';
const password = 'correct-horse-battery-staple-42';

let world: HttpWorld;
let fake: FakeTool;
let folder: string;
let env: Record<string, string>;
let stop: () => Promise<void>;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const run = async (words: readonly string[], stdin = ''): Promise<Ran> => {
  const child = spawn(process.execPath, [resolve('test/cli/runSource.cjs'), ...words], { env });
  child.stdin.end(stdin);
  const [stdout, stderr, code] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    new Promise<number | null>((done) => child.once('close', done)),
  ]);
  return { code, stdout: stdout.toString(), stderr: stderr.toString() };
};
const cli = (line: string, stdin?: string): Promise<Ran> => run(line.split(' '), stdin);

/** The routes of the app behind a real port, matched as the host does. */
const serve = async (): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const answer = async (request: IncomingMessage) => {
    const url = new URL(request.url ?? '/', 'http://relay');
    const parts = url.pathname.replace(/^\/api\//, '').split('/');
    const route = registeredRoutes().find(({ path }) => {
      const names = path.split('/');
      return names.length === parts.length && names.every((name, at) => name.startsWith('{') || name === parts[at]);
    });
    if (route === undefined) throw new Error(`no route ${url.pathname}`);
    const params = Object.fromEntries(
      route.path
        .split('/')
        .flatMap((name, at) =>
          name.startsWith('{') ? [[name.slice(1, -1), decodeURIComponent(parts[at] ?? '')]] : [],
        ),
    ) as Record<string, string>;
    const raw = await buffer(request);
    return world.ask(route, request.method ?? 'GET', {
      as: admin,
      params,
      query: Object.fromEntries(url.searchParams),
      ...(raw.byteLength === 0 ? {} : { raw }),
    });
  };
  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, text }) => response.writeHead(status, { 'content-type': 'application/json' }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((done) => server.close(() => done())),
  };
};

beforeAll(async () => {
  [world, fake] = await Promise.all([startHttpWorld(), startServicenow({ secret: password })]);
  world.configure({ allowPrivateTargets: true });
  await world.putTenant({ tenantId, name: 'Contoso', writeBack: true });
  const relay = await serve();
  stop = relay.stop;
  folder = mkdtempSync(join(tmpdir(), 'connections-'));
  mkdirSync(join(folder, 'xdr-relay'), { mode: 0o700 });
  env = {
    PATH: process.env.PATH ?? '',
    XDG_CONFIG_HOME: folder,
    HOME: folder,
    XDR_RELAY_TOKEN: 'by-the-server-behind',
    NO_COLOR: '1',
  };
  const added = await run([
    ...['profiles', 'add', 'test', '--url', relay.url],
    ...['--tenant', tenantId, '--client-id', tenantId],
  ]);
  if (added.code !== 0) throw new Error(added.stderr);
});
afterAll(async () => {
  await Promise.all([stop(), fake.stop(), world.stop()]);
  rmSync(folder, { recursive: true });
});

const add = (more = '', stdin = password): Promise<Ran> =>
  cli(
    `connections add tickets --tenant contoso --tool servicenow --url ${fake.url} --auth basic --user ${servicenowAccount} --secret auth --make-secret inbound${more}`,
    stdin,
  );

test('from nothing to a test ticket, a rehearsal and back', async () => {
  expect(await cli('connections list --tenant contoso')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('no connection of its own') as string,
  });

  const made = await add('', `${password}\n`);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const key = /inbound\.secret, shown this once: (whsec_\S+)/.exec(made.stdout)?.[1] ?? 'none';
  const holder = { scope: tenantId, connectionId: 'tickets' };
  expect(world.vault.secrets.get(secretName(holder, 'inbound'))).toBe(key);
  expect(world.vault.secrets.get(secretName(holder, 'auth'))).toBe(password);
  expect(made.stdout).toContain('https://relay.example/api/webhooks/');
  expect(made.stdout).toContain(`Next: xdr-relay connections test tickets --tenant ${tenantId}`);

  expect(await add()).toMatchObject({ code: 1, stderr: expect.stringContaining('--update') as string });

  const file = join(folder, 'mapping.json');
  writeFileSync(file, JSON.stringify({ mapping: { closeCodes: { default: 'Nonsense' } } }));
  expect((await cli(`connections add tickets --tenant contoso --update --file ${file}`)).code).toBe(0);
  const tested = await cli('connections test tickets --tenant contoso --wait 0');
  expect([tested.code, tested.stdout]).toEqual([1, expect.stringContaining('✗ resolve')]);
  expect(tested.stdout).toMatch(/closeCodes|mapping/i);
  expect(tested.stdout).toContain('Still open: INC');
  writeFileSync(file, JSON.stringify({ mapping: { closeCodes: { default: 'Known error' } }, settleSeconds: 30 }));
  const mended = await cli(`connections add tickets --tenant contoso --update --severity high --file ${file}`);
  expect([mended.code, mended.stderr]).toEqual([0, '']);
  expect(await world.services.connections.get(tenantId, 'tickets')).toMatchObject({
    tool: 'servicenow',
    auth: { kind: 'basic', user: servicenowAccount },
    filters: { severity: ['high'] },
    mapping: { closeCodes: { default: 'Known error' } },
    settleSeconds: 30,
  });
  const again = await cli('connections test tickets --tenant contoso --wait 0');
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Closed again: INC')]);

  await world.store({ tenantId, id: '7', updated: '2026-11-10T08:00:00Z', severity: 'high', displayName: 'Wormhole' });
  await world.store({ tenantId, id: '8', updated: '2026-11-10T08:00:00Z', severity: 'low' });
  const range = '--from 2026-11-01T00:00:00Z --to 2026-11-19T00:00:00Z';
  const rehearsed = await cli(`connections rehearse tickets --tenant contoso ${range}`);
  expect(rehearsed.code).toBe(0);
  expect(rehearsed.stdout).toMatch(/2 incidents from .*: 1 ticket\n1 left out: the filters leave it out \(8\)/);
  expect(rehearsed.stdout).toMatch(/7 {2}high .*Wormhole/);
  const whole = await cli(`connections rehearse tickets --tenant contoso --whole ${range}`);
  expect(whole.stdout).toContain('  Microsoft Defender incident 7 of Contoso');

  const list = await cli('connections list --tenant contoso');
  expect(list.stdout).toMatch(
    /^CONNECTION +TOOL +STATE +PENDING +GIVEN UP +LAST SUCCESS +URL\ntickets +servicenow +up +0 +0/,
  );
  const shown = await cli('connections show tickets --tenant contoso');
  expect(shown.stdout).toMatch(/Webhooks to +https:\/\/relay\.example\/api\/webhooks\/[0-9a-f]{32}/);
  const json = JSON.parse((await cli('connections show tickets --tenant contoso --json')).stdout) as object;
  expect(json).toMatchObject({ connectionId: 'tickets', secrets: { inbound: expect.any(String) as string } });

  expect((await cli('connections remove tickets --tenant contoso')).code).toBe(2);
  expect(await cli('connections remove tickets --tenant contoso --yes')).toMatchObject({
    code: 0,
    stdout: 'tickets is removed; its tickets stay.\n',
  });
  for (const text of [tested, again, rehearsed, list, shown].map(({ stdout, stderr }) => stdout + stderr))
    for (const secret of [password, key]) expect(text).not.toContain(secret);
});

test('one for all tenants takes several secrets from stdin, a line each', async () => {
  const key = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
  const line =
    'connections add soar --tool webhook --url https://soar.example/in --auth bearer --secret outbound --secret auth';
  expect((await cli(line, `${key}\ntoken-for-the-gate\n`)).code).toBe(0);
  const holder = { scope: allTenants, connectionId: 'soar' };
  expect(world.vault.secrets.get(secretName(holder, 'outbound'))).toBe(key);
  expect(world.vault.secrets.get(secretName(holder, 'auth'))).toBe('token-for-the-gate');
  expect((await cli('connections list')).stdout).toContain('soar');
});

test('the end of a secret is told beside it, alone, and not of the one that comes after', async () => {
  const stored = async () => (await world.services.connections.get(allTenants, 'gate'))?.secretsEnd;
  const line = 'connections add gate --tool webhook --url https://gate.example/in --auth bearer --secret auth';
  const made = await cli(`${line} --make-secret outbound --expires auth=2027-05-31 --expires outbound=never`, 'token');
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(await stored()).toEqual({ auth: '2027-05-31T00:00:00.000Z', outbound: 'never' });
  expect((await cli('connections show gate')).stdout).toMatch(
    /auth .*\(ends 2027-05-31\), inbound -, outbound .*\(ends never\)/,
  );
  expect((await cli('connections add gate --update --on')).code).toBe(0);
  expect(await stored()).toEqual({ auth: '2027-05-31T00:00:00.000Z', outbound: 'never' });
  expect((await cli('connections add gate --update --expires auth=2028-05-31')).code).toBe(0);
  expect(await stored()).toEqual({ auth: '2028-05-31T00:00:00.000Z', outbound: 'never' });
  const renewed = await cli('connections add gate --update --secret auth', 'another-token');
  expect(await stored()).toEqual({ outbound: 'never' });
  expect(renewed.stdout).toContain('auth.expires');
});

describe('deliveries', () => {
  test('are listed with what they came to, and sent again', async () => {
    const { incidents, index } = world.services.storage;
    await openLanes(index).add(tenantId, [{ targetId: 'tickets', incidentId: '9' }]);
    const event = {
      ...{ eventId: 'evt_9', tenantId, connectionId: 'tickets', incidentId: '9', type: 'created' as const },
      ...{ version: mustBeTime7('2026-11-10T08:00:00Z', 'version'), watchedDigest: 'w' },
    };
    await incidents.write({ kind: 'upsert', row: toEventRow(event) });
    const listed = await cli('deliveries list --tenant contoso --state pending');
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringMatching(/^STATE.*\npending +tickets +9 +created/)]);
    expect(listed.stdout).toContain('evt_9');
    expect((await cli('deliveries list --tenant contoso --state dead')).stdout).toBe('Nothing fits.\n');
    const range = '--from 2026-11-01T00:00:00Z --to 2026-11-19T00:00:00Z';
    const replayed = await cli(`deliveries replay contoso --connection tickets ${range}`);
    expect([replayed.code, replayed.stdout]).toEqual([0, '1 event is sent again.\n']);
    expect((await cli('deliveries replay contoso evt_unknown')).code).toBe(1);
  });
});

describe('the journal', () => {
  const entry = (change: Partial<JournalEntry>): JournalEntry => ({
    ...{
      entryId: 'e1',
      tenantId,
      incidentId: '10',
      targetId: 'tickets',
      kind: 'overruled',
      at: '2026-11-10T08:00:00.000Z',
    },
    ...{
      field: 'status',
      value: 'resolved',
      holds: 'active',
      side: 'ticket',
      actor: 'ada',
      because: 'Defender owns it.',
    },
    ...{ state: 'noted', decidedBy: null, decidedAt: null },
    ...change,
  });

  test('tells conflicts and proposals apart, and a proposal can be turned down once', async () => {
    await world.store({ tenantId, id: '10', updated: '2026-11-10T08:00:00Z' });
    const proposal = entry({ entryId: 'p1', kind: 'proposal', state: 'open', change: { status: 'resolved' } });
    for (const each of [entry({}), proposal])
      await world.services.storage.incidents.write({ kind: 'upsert', row: toJournalRow(each) });
    const conflicts = await cli('conflicts list contoso 10');
    expect(conflicts.stdout).toMatch(/noted .*tickets +ada +status: resolved +active +e1 +Defender owns it\./);
    expect(conflicts.stdout).not.toContain('p1');
    const proposals = await cli('proposals list contoso 10');
    expect(proposals.stdout).toMatch(/open .*status: resolved .*p1/);
    expect(await cli('proposals dismiss contoso 10 p1')).toMatchObject({ code: 0, stdout: 'It is turned down.\n' });
    expect((await cli('proposals dismiss contoso 10 p1')).code).toBe(1);
    expect((await cli('conflicts reverse contoso 10 nothing')).code).toBe(1);
  });
});

test.each<[string, string, RegExp]>([
  ['connections add x --tool webhook --url https://a.example --secret outbound', '', /Nothing came for outbound/],
  ['connections add x --tool webhook --url https://a.example --secret outbound', 'a\nb', /2 lines came on stdin for 1/],
  ['connections add x --tool webhook --url https://a.example --secret password', '', /auth, inbound or outbound/],
  ['connections add x --tool webhook --url https://a.example --make-secret auth', '', /made in the tool/],
  ['connections add x --tool webhook', '', /--url/],
  ['connections add x --update --expires 2027-05-31', '', /auth=2027-05-31/],
  ['connections add x --update --expires password=2027-05-31', '', /auth, inbound or outbound/],
  ['connections add x --file /nowhere.json', '', /cannot be read/],
  ['connections test x --wait 31', '', /from 0 to 30/],
  ['connections rehearse x', '', /--tenant/],
  ['deliveries replay contoso', '', /Name an event, or a range/],
  ['deliveries replay contoso evt_1 --state dead', '', /for ranges/],
])('%s is wrongly written: exit code 2', async (line, stdin, words) => {
  const { code, stderr } = await cli(line, stdin);
  expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
});

test('what the relay refuses is told field by field: exit code 1', async () => {
  const { code, stderr } = await cli('connections add x --tool webhook --url http://a.example --make-secret outbound');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/- url must begin with https:\/\//)]);
  expect((await cli('connections show nothing --tenant contoso')).code).toBe(1);
});
