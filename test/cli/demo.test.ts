import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cli, Ran, Running } from './runCli';
import { createCli } from './runCli';
import type { Person, RunningDemo } from './runningDemo';
import { startDemoProcess } from './runningDemo';

jest.setTimeout(120_000);

interface TenantItem {
  tenantId: string;
  name: string;
  health: { state: string };
}

interface TokenAnswer {
  context: string;
  api: string;
  tenantId: string;
  claims: Record<string, unknown> & { aud: string; tid: string; scp?: string; roles?: string[] };
  allows: { feature: string; permission: string }[];
  missing: { feature: string; permission: string }[];
  cure: string | null;
}

let demo: RunningDemo;
let cli: Cli;
let customers: TenantItem[];
let administrator: Person;
let secrets: string[];

const customer = (at: number): TenantItem => customers[at]!;
const inDemo = (...words: string[]): Promise<Ran> => cli.run('--demo', ...words);
const unknownTenant = '00000000-1111-4222-8333-444444444444';

beforeAll(async () => {
  demo = await startDemoProcess();
  cli = createCli(demo.env);
  customers = (await cli.json<{ items: TenantItem[] }>('--demo', 'tenants', 'list')).items;
  const people = await demo.people(demo.demo.tenant);
  administrator = people.find(({ apiRoles }) => apiRoles.includes('Relay.Admin'))!;
  const { Values: settings } = JSON.parse(readFileSync(demo.demo.settingsFile, 'utf8')) as {
    Values: Record<string, string>;
  };
  const accountKey = /AccountKey=([^;]+)/.exec(settings.AzureWebJobsStorage ?? '')?.[1] ?? '';
  secrets = [settings.IDENTITY_HEADER ?? '', accountKey, readFileSync(demo.demo.tokenFile, 'utf8')];
  expect(secrets.every((secret) => secret.length > 20)).toBe(true);
}, 120_000);

afterAll(async () => {
  await demo.stop();
});

/** What a person does who is shown a code. */
const enterCode = async (running: Running, username: string, consent?: 'cancel') => {
  const [, page = '', code = ''] = await running.says(/open (\S+) in any browser and enter the code (\S+)/);
  return demo.browser.enterCode(page, code, { username, ...(consent === undefined ? {} : { consent }) });
};

const signIn = async (username = administrator.userPrincipalName): Promise<Ran> => {
  const running = cli.start('--demo', 'login', '--device-code');
  await enterCode(running, username);
  return running.ended;
};

const failure = ({ code, stderr }: Ran): { code: number | string; text: string } => ({ code, text: stderr.trim() });

describe('looking around', () => {
  test('the demo needs no sign-in: its tenants are a table on stdout, and nothing else is said', async () => {
    const { code, stdout, stderr } = await inDemo('tenants', 'list');
    expect([code, stderr]).toEqual([0, '']);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^NAME +STATE +OPEN +STORED +COMPLETE TO +TENANT ID$/);
    expect(rows.filter((row) => /^\S.* ok +\d+ +6 +\d\d:\d\d:\d\d UTC +[0-9a-f-]{36}$/.test(row))).toHaveLength(
      rows.length,
    );
    expect(rows).toHaveLength(4);
  });

  test('without any profile the running demo is used, and said to be', async () => {
    const { code, stdout, stderr } = await cli.run('tenants', 'list');
    expect(code).toBe(0);
    expect(stdout).toContain(customer(0).name);
    expect(stderr).toContain(`The demo that runs on this machine, ${demo.demo.url}`);
  });

  test('a tenant may be named by the start of its name; one that fits several is refused with both', async () => {
    const shown = await cli.json<TenantItem>('--demo', 'tenants', 'show', customer(0).name.slice(0, 4).toLowerCase());
    expect(shown.tenantId).toBe(customer(0).tenantId);
    const nobody = await inDemo('tenants', 'show', 'nobody of that name');
    expect(failure(nobody)).toEqual({ code: 1, text: expect.stringContaining('(ERR_NOT_FOUND)') as string });
  });

  test('incidents come as the API gives them, page after page, and one with its alerts', async () => {
    const all = await cli.json<{
      items: { tenantId: string; incidentId: string; alertsCount: number }[];
      more: boolean;
    }>(...['--demo', 'incidents', 'list', '--status', 'all', '--all']);
    expect(all.items.length).toBeGreaterThanOrEqual(24);
    expect(all.more).toBe(false);
    const few = await cli.json<typeof all>('--demo', 'incidents', 'list', '--status', 'all', '--limit', '5');
    expect([few.items.length, few.more]).toEqual([5, true]);
    const first = all.items[0]!;
    const one = await cli.json<{ incidentId: string; incident: { alerts: unknown[] } }>(
      ...['--demo', 'incidents', 'show', first.tenantId, first.incidentId],
    );
    expect([one.incidentId, one.incident.alerts.length]).toEqual([first.incidentId, first.alertsCount]);
    const { stdout } = await inDemo('incidents', 'show', first.tenantId, first.incidentId);
    expect(stdout).toMatch(/\nSeverity +\w+\n/);
    expect(stdout).toMatch(/\n\d+ alerts?\nSEVERITY/);
  });

  test('what does not fit a filter is told by the relay, field by field', async () => {
    const refused = await inDemo('incidents', 'list', '--updated-since', 'yesterday');
    expect(failure(refused)).toEqual({
      code: 1,
      text: expect.stringContaining('- updatedSince must be an ISO 8601') as string,
    });
    const asJson = await inDemo('incidents', 'list', '--updated-since', 'yesterday', '--json');
    expect(asJson.stdout).toBe('');
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: 'ERR_REQUEST', link: null } });
  });

  test('sync --wait follows the run to its end on stderr and answers what it did', async () => {
    const { code, stdout, stderr } = await inDemo('sync', customer(1).tenantId, '--wait', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'succeeded', tenantId: customer(1).tenantId });
    expect(stderr).not.toContain('{');
  });

  test('coverage says yes with exit code 0, and no or unknown with exit code 1', async () => {
    const { code, stdout } = await inDemo('coverage', customer(0).tenantId);
    expect(code).toBe(0);
    expect(stdout).toContain('everything stored: yes');
    const ahead = await cli.run('--demo', 'coverage', customer(0).tenantId, '--to', '2999-01-01T00:00:00Z');
    expect(ahead.code).toBe(1);
  });

  test('usage counts the calls of each tenant', async () => {
    const { items } = await cli.json<{ items: { calls: number }[] }>('--demo', 'usage');
    expect(items).toHaveLength(4);
    expect(items.every(({ calls }) => calls > 0)).toBe(true);
  });

  test('the doctor finds nothing broken, and names what is looked at', async () => {
    const { code, stdout } = await inDemo('doctor', '--json');
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: { name: string; verdict: string }[] };
    expect([code, ok, findings.filter(({ verdict }) => verdict === 'failed')]).toEqual([0, true, []]);
    expect(findings.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Entra', 'relay', 'clock by relay', 'sign-in', 'settings', 'vault', 'storage: tables']),
    );
  });
});

describe('tenants', () => {
  test('one is added, changed only in what is named, and removed', async () => {
    const tenantId = demo.demo.tenant;
    const added = await inDemo('tenants', 'add', tenantId, '--name', 'Ourselves', '--off', '--attribute', 'team=blue');
    expect([added.code, added.stdout]).toEqual([0, expect.stringContaining(`Registered Ourselves  ${tenantId}`)]);
    const again = await inDemo('tenants', 'add', tenantId, '--name', 'Other');
    expect(failure(again)).toEqual({ code: 1, text: expect.stringContaining('(ERR_CONFLICT)') as string });
    await inDemo('tenants', 'add', tenantId, '--update', '--interval', '900', '--attribute', 'floor=3');
    expect(await cli.json('--demo', 'tenants', 'show', tenantId)).toMatchObject({
      name: 'Ourselves',
      enabled: false,
      intervalSeconds: 900,
      attributes: { team: 'blue', floor: '3' },
    });
    const unasked = await inDemo('tenants', 'remove', tenantId);
    expect(failure(unasked)).toEqual({ code: 2, text: expect.stringContaining('Add --yes.') as string });
    const removed = await inDemo('tenants', 'remove', tenantId, '--erase', '--yes');
    expect([removed.code, removed.stdout]).toEqual([0, expect.stringContaining('Ourselves is read no more.')]);
    expect((await inDemo('tenants', 'show', tenantId)).code).toBe(1);
  });

  test("a tenant's own secret goes in by stdin and is never shown", async () => {
    const tenantId = demo.demo.tenant;
    const secret = 'Canary8Q~of-a-tenant-that-brought-its-own';
    secrets.push(secret);
    const words = ['--demo', 'tenants', 'add', tenantId, '--name', 'Ourselves', '--off'];
    const own = ['--application', unknownTenant, '--credential', 'secret'];
    const added = await cli.feed(`${secret}\n`, ...words, ...own, '--json');
    expect([added.code, JSON.parse(added.stdout)]).toMatchObject([0, { credential: { kind: 'secret' } }]);
    const empty = await cli.feed('', '--demo', 'tenants', 'add', tenantId, '--update', ...own);
    expect(failure(empty)).toEqual({ code: 2, text: expect.stringContaining('Nothing came on stdin.') as string });
    await inDemo('tenants', 'remove', tenantId, '--yes');
  });

  test('check tells every way in step by step, with exit code 1 and the cure where one that is needed fails', async () => {
    const { tenantId } = customer(2);
    const well = await inDemo('tenants', 'check', tenantId);
    expect(well.code).toBe(0);
    expect(well.stdout).toMatch(/^graph +partner +reader +✓ registration {2}✓ consent {2}✓ token {2}✓ claims/m);
    await demo.control(`tenants/${tenantId}/condition`, { condition: 'notConsented' });
    const shut = await inDemo('tenants', 'check', tenantId);
    await demo.control(`tenants/${tenantId}/condition`, { condition: 'consented' });
    expect(shut.code).toBe(1);
    expect(shut.stdout).toMatch(/✗ consent/);
    expect(shut.stdout).toContain('AADSTS700016');
    expect(shut.stdout).toContain(`/${tenantId}/v2.0/adminconsent?client_id=`);
  });

  test('a consent link is made, told with its end, and withdrawn', async () => {
    const { tenantId } = customer(3);
    const made = await cli.json<{ url: string; linkId: string; expiresAt: string }>(
      ...['--demo', 'consent', 'link', tenantId, '--valid-hours', '24'],
    );
    expect(made.url).toContain(`/api/consent/${made.linkId}`);
    expect((await fetch(made.url, { redirect: 'manual' })).status).toBe(302);
    const revoked = await inDemo('consent', 'revoke', tenantId, made.linkId);
    expect(revoked.code).toBe(0);
    expect((await fetch(made.url, { redirect: 'manual' })).status).not.toBe(302);
  });

  test("the partner's customers are listed, and imported switched off", async () => {
    const listed = await cli.json<{ items: { tenantId: string; registered: boolean }[] }>(
      '--demo',
      'tenants',
      'import',
    );
    expect(listed.items.map(({ tenantId }) => tenantId)).toEqual(
      expect.arrayContaining(customers.map(({ tenantId }) => tenantId)),
    );
    const { tenantId } = customer(3);
    await inDemo('tenants', 'remove', tenantId, '--yes');
    const imported = await inDemo('tenants', 'import', '--tenant', tenantId);
    expect([imported.code, imported.stdout]).toEqual([
      0,
      expect.stringContaining('1 tenant registered, switched off.'),
    ]);
    expect(await cli.json('--demo', 'tenants', 'show', tenantId)).toMatchObject({ enabled: false });
    await inDemo('tenants', 'add', tenantId, '--update', '--on');
  });
});

describe('signing in', () => {
  const kept = (): string => join(demo.demo.folder, 'cli', 'tokens.json');

  test('with a device code: who, which roles; the tokens lie in a file for this user alone, until logout', async () => {
    const { code, stdout } = await signIn();
    expect(code).toBe(0);
    expect(stdout).toContain(`Signed in as ${administrator.userPrincipalName}`);
    expect(stdout).toMatch(/Roles +Relay\.Admin/);
    expect([statSync(kept()).mode & 0o777, statSync(join(kept(), '..')).mode & 0o777]).toEqual([0o600, 0o700]);
    const cache = JSON.parse(readFileSync(kept(), 'utf8')) as { RefreshToken: Record<string, { secret: string }> };
    const refreshTokens = Object.values(cache.RefreshToken).map(({ secret }) => secret);
    expect(refreshTokens).toHaveLength(1);
    secrets.push(...refreshTokens);
    expect((await inDemo('tenants', 'list')).code).toBe(0);
    expect((await inDemo('logout')).stdout).toContain('Signed out of demo');
    expect(existsSync(kept())).toBe(false);
  });

  test('with the browser: code and PKCE on a loopback address', async () => {
    const running = cli.start('--demo', 'login', '--browser');
    const [url] = await running.says(/https:\/\/\S+\/authorize\?\S+/);
    const asked = new URL(url).searchParams;
    expect(asked.get('redirect_uri')).toMatch(/^http:\/\/localhost:\d+$/);
    expect(asked.get('code_challenge_method')).toBe('S256');
    const { location } = await demo.browser.visit(url, { username: administrator.userPrincipalName });
    // The page it leads on to may be gone by then: MSAL closes its server as soon as it has the token.
    const back = await fetch(String(location).replace('localhost', '127.0.0.1'), { redirect: 'manual' });
    expect(back.status).toBe(302);
    const { code, stdout } = await running.ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Signed in as ${administrator.userPrincipalName}`)]);
    await inDemo('logout');
  });

  test('with --no-store nothing is written', async () => {
    const running = cli.start('--demo', 'login', '--device-code', '--no-store');
    await enterCode(running, administrator.userPrincipalName);
    expect((await running.ended).code).toBe(0);
    expect(existsSync(kept())).toBe(false);
  });

  test('a file of tokens that others can read is not used', async () => {
    await signIn();
    const { chmodSync } = await import('node:fs');
    chmodSync(kept(), 0o644);
    const refused = await inDemo('tenants', 'list');
    chmodSync(kept(), 0o600);
    expect(failure(refused)).toEqual({ code: 1, text: expect.stringContaining('(ERR_NOT_PRIVATE)') as string });
    await inDemo('logout');
  });

  test('a person without the role is told whom to ask', async () => {
    const analyst = (await demo.people(demo.demo.tenant)).find(({ apiRoles }) => apiRoles.includes('Relay.Analyst'))!;
    await signIn(analyst.userPrincipalName);
    const refused = await inDemo('tenants', 'add', customer(0).tenantId, '--update', '--off');
    await inDemo('logout');
    expect(failure(refused)).toEqual({ code: 1, text: expect.stringContaining('Role missing') as string });
    expect(refused.stderr).toContain('(ERR_FORBIDDEN)');
  });

  test('declined on the page: exit code 1 and nothing kept', async () => {
    const running = cli.start('--demo', 'login', '--device-code');
    const [, page = '', code = ''] = await running.says(/open (\S+) in any browser and enter the code (\S+)/);
    const opened = await fetchForm(page, { otc: code });
    const context = /name="context" value="([^"]+)"/.exec(opened)?.[1] ?? '';
    await fetchForm(new URL('/common/interaction', page).href, { context, step: 'cancel' });
    expect(failure(await running.ended)).toEqual({
      code: 1,
      text: expect.stringContaining('The sign-in was declined.') as string,
    });
    expect(existsSync(kept())).toBe(false);
  });

  test('Ctrl-C ends the waiting at once with 130', async () => {
    const running = cli.start('--demo', 'login', '--device-code');
    await running.says(/enter the code/);
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
  });

  const fetchForm = async (url: string, form: Record<string, string>): Promise<string> => {
    const { Agent, request } = await import('undici');
    const dispatcher = new Agent({ connect: { ca: readFileSync(demo.demo.caFile, 'utf8') } });
    const answer = await request(url, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
    const text = await answer.body.text();
    await dispatcher.close();
    return text;
  };
});

describe('tokens', () => {
  const audiences = {
    graph: 'https://graph.microsoft.com',
    m365d: 'https://api.security.microsoft.com',
    mtp: 'https://api.security.microsoft.com',
    mde: 'https://api.securitycenter.microsoft.com',
  };
  const apis = Object.entries(audiences);

  test.each(apis)('the application context, %s: roles, and the features they open', async (api, audience) => {
    const answer = await cli.json<TokenAnswer>('--demo', 'token', '--context', 'app', '--api', api);
    expect(answer).toMatchObject({ context: 'app', api, tenantId: demo.demo.tenant, claims: { aud: audience } });
    expect(answer.claims.roles?.length).toBeGreaterThan(0);
    expect(answer.claims.scp).toBeUndefined();
    expect(answer.allows.map(({ feature }) => feature)).toContain(api === 'mde' ? 'machines' : 'incidents');
  });

  test.each(apis)('the partner context, %s: the same application in a customer', async (api, audience) => {
    const { tenantId } = customer(0);
    const words = ['--demo', 'token', '--context', 'partner', '--tenant', tenantId, '--api', api];
    const { claims } = await cli.json<TokenAnswer>(...words);
    expect(claims).toMatchObject({ aud: audience, tid: tenantId, idtyp: 'app' });
  });

  test('the user context, from a second terminal: signed in once with a code, then every API without asking again', async () => {
    const running = cli.start('--demo', 'token', '--context', 'user', '--api', 'mtp', '--tenant', demo.demo.tenant);
    await enterCode(running, administrator.userPrincipalName);
    const { code, stdout } = await running.ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining('Microsoft Threat Protection, user context')]);
    expect(stdout).toMatch(/Scopes +Incident\.Read, AdvancedHunting\.Read\n/);
    expect(stdout).toMatch(/✓ hunting +AdvancedHunting\.Read/);
    expect(stdout).toMatch(/– writing +Incident\.ReadWrite is not granted/);
    for (const [api, audience] of apis) {
      const { claims } = await cli.json<TokenAnswer>('--demo', 'token', '--context', 'user', '--api', api);
      expect(claims).toMatchObject({ aud: audience, tid: demo.demo.tenant, appidacr: '0' });
      expect(claims.roles).toBeUndefined();
    }
  });

  test('a person of the partner gets in by the relationship with the customer, and not after its end', async () => {
    const { tenantId } = customer(0);
    const words = ['--demo', 'token', '--context', 'partner', '--as-user', '--tenant', tenantId];
    await demo.control(`tenants/${tenantId}/partnership`, { status: 'active', roles: ['Security Reader'] });
    const { claims } = await cli.json<TokenAnswer>(...words);
    expect(claims).toMatchObject({ tid: tenantId, aud: audiences.graph });
    expect(claims.scp).toContain('SecurityIncident.Read.All');
    await demo.control(`tenants/${tenantId}/partnership`, { status: 'terminated' });
    const refused = await cli.run(...words, '--api', 'mde');
    await demo.control(`tenants/${tenantId}/partnership`, { status: 'active' });
    expect(failure(refused)).toEqual({ code: 1, text: expect.stringContaining('AADSTS50020') as string });
  });

  test('--raw prints the token alone', async () => {
    const { code, stdout, stderr } = await inDemo('token', '--context', 'user', '--raw');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
    secrets.push(stdout.trim());
  });

  test('wrong tenant, wrong secret, no consent, no licence, a policy, a blocked person: each its own cure, exit code 1', async () => {
    const { tenantId } = customer(1);
    const app = ['--demo', 'token', '--context', 'app'];
    const after = async (path: string, body: object, back: object, words: readonly string[]): Promise<Ran> => {
      await demo.control(path, body);
      const ran = await cli.run(...words);
      await demo.control(path, back);
      return ran;
    };
    const condition = `tenants/${tenantId}/condition`;
    const consented = { condition: 'consented' };
    const reader = readSettings().RELAY_CLIENT_ID ?? '';
    const policy = `tenants/${tenantId}/consents/${reader}`;
    const wrongSecret = join(demo.demo.folder, 'wrongSecret.json');
    // The vault holds another registration's secret under this name.
    const values = { ...readSettings(), RELAY_CREDENTIAL_NAME: 'relay-writer-secret' };
    writeFileSync(wrongSecret, JSON.stringify({ IsEncrypted: false, Values: values }));
    const person = `tenants/${demo.demo.tenant}/users/${administrator.userPrincipalName}`;
    const ran: Record<string, Ran> = {
      'wrong tenant': await cli.run(...app, '--tenant', unknownTenant),
      'wrong tenant of a person': await cli.run(
        '--demo',
        'token',
        '--context',
        'partner',
        '--as-user',
        '--tenant',
        unknownTenant,
      ),
      'wrong secret': await cli.run('token', '--context', 'app', '--settings', wrongSecret),
      'no consent': await after(condition, { condition: 'notConsented' }, consented, [...app, '--tenant', tenantId]),
      'no licence': await after(condition, { condition: 'noDefender' }, consented, [
        ...app,
        '--tenant',
        tenantId,
        '--api',
        'mtp',
      ]),
      'no permission': await after(condition, { condition: 'roleMissing' }, consented, [...app, '--tenant', tenantId]),
      policy: await after(policy, { blockedByPolicy: true }, { blockedByPolicy: false }, [
        ...app,
        '--tenant',
        tenantId,
      ]),
      'blocked person': await after(person, { blocked: true }, { blocked: false }, [
        '--demo',
        'token',
        '--context',
        'user',
      ]),
    };
    const told = Object.entries(ran).map(([name, { code, stdout, stderr }]) => {
      const lines = `${stderr}${stdout}`.trimEnd().split('\n');
      const at = lines.findIndex((line) => line.startsWith('xdr-relay: '));
      const cure = at < 0 ? lines.at(-1) : lines.slice(at + 1).join(' ');
      return { name, code, cure: (cure ?? '').trim() };
    });
    expect(told.map(({ name, code }) => [name, code])).toEqual(Object.keys(ran).map((name) => [name, 1]));
    expect(told.filter(({ cure }) => cure.length < 30)).toEqual([]);
    const apart = told.filter(({ name }) => name !== 'wrong tenant of a person').map(({ cure }) => cure);
    expect(new Set(apart).size).toBe(apart.length);
    expect(ran['wrong secret']?.stderr).toContain('AADSTS7000215');
    expect(ran['blocked person']?.stderr).toContain('This account is blocked. (AADSTS50057)');
    expect(ran['no licence']?.stderr).toMatch(/lacks Microsoft Threat Protection/);
  });

  test('what is no tenant id, and contexts that do not fit, are usage: exit code 2', async () => {
    const wrong = [
      ['token', '--context', 'app', '--tenant', 'contoso'],
      ['token', '--context', 'partner'],
      ['token', '--context', 'partner', '--tenant', demo.demo.tenant],
      ['token', '--context', 'user', '--as-user'],
      ['token', '--context', 'robot'],
      ['token'],
    ];
    for (const words of wrong) expect([words, (await inDemo(...words)).code]).toEqual([words, 2]);
  });

  const readSettings = (): Record<string, string> =>
    (JSON.parse(readFileSync(demo.demo.settingsFile, 'utf8')) as { Values: Record<string, string> }).Values;
});

describe('what was printed', () => {
  test('no token and no secret, in all of it', () => {
    const text = cli.printed();
    expect(text.length).toBeGreaterThan(10_000);
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).not.toMatch(/eyJ[\w-]{10,}\.eyJ[\w-]{10,}/);
  });
});
