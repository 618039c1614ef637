import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decodeJwt } from 'jose';
import type { Cloud } from '../../local/microsoft';
import { startCloud } from '../../local/microsoft';
import { claimsAsked } from '../../cli/relay/claimsChallenge';
import type { EntraBrowser, Visit } from '../support/entraBrowser';
import { openEntraBrowser } from '../support/entraBrowser';

jest.setTimeout(60_000);

const wanted = '{"access_token":{"capolids":{"essential":true,"values":["0a1b2c3d"]}}}';
const challenge = (claims: string): string =>
  `Bearer realm="r", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`;

let cloud: Cloud;
let browser: EntraBrowser;
let relay: Server;
let folder: string;
let env: Record<string, string>;
/** Of each request, whether its token was signed in for with a second factor. */
const met: boolean[] = [];

beforeAll(async () => {
  cloud = await startCloud({ seed: 5, tenants: 1, incidentsPerTenant: 0 });
  browser = openEntraBrowser(cloud.caPem);
  folder = mkdtempSync(join(tmpdir(), 'claims-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, cloud.caPem);
  relay = createServer(({ headers }, response) => {
    const { sid } = decodeJwt((headers.authorization ?? '').replace('Bearer ', ''));
    const isEnough = cloud.state.signIns.find(sid)?.mfa === true;
    met.push(isEnough);
    response
      .writeHead(isEnough ? 200 : 401, isEnough ? {} : { 'www-authenticate': challenge(wanted) })
      .end(JSON.stringify(isEnough ? { items: [], continue: null } : { title: 'Another proof', code: 'ERR_CONSENT' }));
  });
  await new Promise<void>((done) => relay.listen(0, '127.0.0.1', done));
  env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    NODE_EXTRA_CA_CERTS: caFile,
    NO_COLOR: '1',
    // So that the browser is the way; none is there to open.
    DISPLAY: ':0',
  };
  const added = await start(
    ...['profiles', 'add', 'test', '--url', `http://127.0.0.1:${(relay.address() as AddressInfo).port}`],
    ...['--tenant', cloud.homeTenantId, '--client-id', cloud.cliClientId, '--api-id', cloud.apiClientId],
    ...['--authority', cloud.entraUrl],
  ).ended;
  if (added.code !== 0) throw new Error(added.stderr);
});
afterAll(async () => {
  relay.close();
  await Promise.all([browser.close(), cloud.stop()]);
  rmSync(folder, { recursive: true });
});

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const start = (...words: readonly string[]) => {
  const child = spawn(process.execPath, [resolve('test/cli/runSource.cjs'), ...words], { env, stdio: 'pipe' });
  child.stdin.end();
  const texts = { stdout: '', stderr: '' };
  const page = new Promise<string>((found) => {
    child.stderr.on('data', (chunk: Buffer) => {
      texts.stderr += chunk.toString();
      const url = /https:\/\/\S+\/authorize\?\S+(?=\n)/.exec(texts.stderr)?.[0];
      if (url !== undefined) found(url);
    });
  });
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  const ended = new Promise<Ran>((done) => child.once('close', (code) => done({ code, ...texts })));
  return { page, ended };
};

/** Signs in on the page that a command asks for. */
const attend = async (page: Promise<string>): Promise<Visit & { readonly claims: string | null }> => {
  const url = await page;
  const { userPrincipalName } = cloud.usersOf(cloud.homeTenantId)[1]!;
  const visit = await browser.visit(url, { username: userPrincipalName });
  await fetch(String(visit.location).replace('localhost', '127.0.0.1'), { redirect: 'manual' });
  return { ...visit, claims: new URL(url).searchParams.get('claims') };
};

test('what Entra asks for besides is passed on to the sign-in, once, and the command goes on', async () => {
  const login = start('login', '--browser');
  const first = await attend(login.page);
  expect([(await login.ended).code, first.claims]).toEqual([0, expect.not.stringContaining('capolids')]);

  const list = start('tenants', 'list');
  const second = await attend(list.page);
  expect(JSON.parse(second.claims ?? '')).toMatchObject(JSON.parse(wanted) as object);
  expect(second.titles.length).toBeGreaterThan(first.titles.length);
  expect(await list.ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Another proof') as string });
  expect(met).toEqual([false, true]);

  expect((await start('tenants', 'list').ended).code).toBe(0);
  expect(met).toEqual([false, true, true]);
});

test('a token that was given is refused as it is, and nobody is asked', async () => {
  env.XDR_RELAY_TOKEN = await cloud.issueUserToken({
    userPrincipalName: cloud.usersOf(cloud.homeTenantId)[1]!.userPrincipalName,
  });
  const { code, stderr } = await start('tenants', 'list').ended;
  delete env.XDR_RELAY_TOKEN;
  expect([code, stderr]).toEqual([1, expect.stringContaining('Entra asks for another proof')]);
});

test.each([
  ['what is asked is read', challenge(wanted), wanted],
  ['a token that is refused for itself asks for nothing', 'Bearer error="invalid_token"', undefined],
  ['what is no JSON is left aside', challenge('anything'), undefined],
  ['a challenge without claims is left aside', 'Bearer error="insufficient_claims"', undefined],
  ['no header', undefined, undefined],
])('%s', (_, header, claims) => {
  expect(claimsAsked(header)).toBe(claims);
});
