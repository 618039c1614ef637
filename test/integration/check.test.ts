import { setTimeout as pause } from 'node:timers/promises';
import type { Access } from '../../local/microsoft';
import type { CheckResult } from '../../shared/access/check/checkRow';
import type { Step, StepName } from '../../shared/access/check/step';
import type { Relay, RelayHost } from '../support/relay';
import { startRelay } from '../support/relay';

/** Epoch seconds. */
const days = (count: number): number => Math.floor(Date.now() / 1000) + count * 86_400 + 3_600;

let relay: Relay;
let host: RelayHost;
let tenants: string[];
beforeAll(async () => {
  relay = await startRelay({ seed: 31, tenants: 26, incidentsPerTenant: 6, homeIncidents: 5 });
  host = await relay.startHost({
    env: { RELAY_DEFENDER_CLIENT_ID: relay.cloud.defenderClientId, SYNC_INTERVAL_SECONDS: '1' },
  });
  const { secrets } = relay.cloud.state;
  secrets.find('relay-defender-secret')!.attributes.exp = days(5);
  secrets.find('relay-api-secret')!.attributes.exp = days(300);
  await relay.register(host);
  tenants = relay.cloud.world.tenants.map(({ tenantId }) => tenantId);
}, 90_000);
afterAll(() => relay.stop(), 30_000);

/** A customer no other test has used. */
const fresh = (): string => tenants.pop()!;
const check = async (tenantId: string): Promise<readonly CheckResult[]> => {
  const { status, body } = await host.call('POST', `tenants/${tenantId}/check`);
  expect(status).toBe(200);
  return (body as { results: CheckResult[] }).results;
};
const row = (results: readonly CheckResult[], api: string): CheckResult => results.find((each) => each.api === api)!;
const told = ({ steps }: CheckResult): Record<string, boolean | null> =>
  Object.fromEntries(steps.map(({ step, ok }) => [step, ok]));
/** The only step that failed, after which none was tried. */
const failure = ({ steps }: CheckResult): Step => {
  const at = steps.findIndex(({ ok }) => ok === false);
  expect(steps.slice(at + 1).map(({ ok }) => ok)).toEqual(steps.slice(at + 1).map(() => null));
  return steps[at]!;
};
const tenantOf = async (tenantId: string): Promise<Record<string, unknown>> =>
  (await host.call('GET', `tenants/${tenantId}`)).body as Record<string, unknown>;
const clientOf = (name: 'reader' | 'defender' | 'tenantOwn') => relay.cloud.state.registrations[name];
const worldTenant = (tenantId: string) => relay.cloud.state.world.findTenant(tenantId)!;
/** What an administrator granted before someone took these permissions out again. */
const grantWithout = (tenantId: string, name: 'reader' | 'defender', taken: readonly string[]): void => {
  const left: Access[] = clientOf(name).asks.map((each) => ({
    ...each,
    roles: each.roles.filter((role) => !taken.includes(role)),
  }));
  relay.cloud.state.consents.grant(worldTenant(tenantId), clientOf(name), left);
};

test('a tenant where all is well: every step of every way in holds, and its access is granted', async () => {
  const tenantId = fresh();
  const results = await check(tenantId);
  expect(results.map(({ registration, api, context, needed, ok }) => [registration, api, context, needed, ok])).toEqual(
    [
      ['reader', 'graph', 'partner', true, true],
      ['defender', 'mtp', 'partner', false, true],
      ['defender', 'mde', 'partner', false, true],
    ],
  );
  const steps: readonly StepName[] = ['registration', 'consent', 'token', 'claims', 'licence', 'read', 'hunt'];
  for (const result of results) expect(result.steps.map(({ step }) => step)).toEqual(steps);
  expect(told(row(results, 'graph'))).toEqual(Object.fromEntries(steps.map((step) => [step, true])));
  expect(await tenantOf(tenantId)).toMatchObject({
    access: { state: 'granted', registrations: { reader: { state: 'granted' }, defender: { state: 'granted' } } },
  });
});

test('every step has every key, whether it held, failed or was not tried', async () => {
  const tenantId = fresh();
  relay.cloud.setCondition(tenantId, 'notConsented');
  for (const { steps } of await check(tenantId))
    for (const step of steps)
      expect(Object.keys(step).sort()).toEqual(['cause', 'code', 'cure', 'link', 'ok', 'raw', 'reason', 'step']);
});

describe('what is wrong is found at its step, with a cure of its own', () => {
  const cures = new Map<string, string>();
  const expectFailure = async (
    api: string,
    tenantId: string,
    expected: { step: StepName; reason: string; raw: string | RegExp; link: RegExp | null },
  ): Promise<void> => {
    const found = failure(row(await check(tenantId), api));
    expect({ step: found.step, reason: found.reason }).toEqual({ step: expected.step, reason: expected.reason });
    expect(found.raw ?? '').toMatch(expected.raw);
    if (expected.link === null) expect(found.link).toBeNull();
    else expect(found.link).toMatch(expected.link);
    expect(found.cure).toMatch(/^[A-Z].{30,}\.$/);
    expect(cures.get(found.cure!)).toBeUndefined();
    cures.set(found.cure!, expected.reason);
  };
  const ownSecret = async (secret: string): Promise<string> => {
    const tenantId = fresh();
    const credential = { kind: 'secret', clientId: clientOf('tenantOwn').clientId, secret, expires: '2027-11-30' };
    expect((await host.call('PUT', `tenants/${tenantId}`, { name: 'Own', credential })).status).toBe(200);
    return tenantId;
  };

  test('a tenant id that does not exist', async () => {
    const tenantId = 'dddddddd-0000-4000-8000-00000000dead';
    await host.call('PUT', `tenants/${tenantId}`, { name: 'Nowhere' });
    await expectFailure('graph', tenantId, {
      step: 'consent',
      reason: 'tenantUnknown',
      raw: 'AADSTS90002',
      link: null,
    });
  });

  test('no consent', async () => {
    const tenantId = fresh();
    relay.cloud.setConsent(tenantId, relay.cloud.readerClientId, false);
    await expectFailure('graph', tenantId, {
      step: 'consent',
      reason: 'consentMissing',
      raw: 'AADSTS700016',
      link: new RegExp(`/${tenantId}/v2.0/adminconsent\\?client_id=${relay.cloud.readerClientId}&scope=.*graph`),
    });
  });

  test('consent without the role that reads', async () => {
    const tenantId = fresh();
    grantWithout(tenantId, 'reader', ['SecurityIncident.Read.All']);
    await expectFailure('graph', tenantId, {
      step: 'claims',
      reason: 'roleMissing',
      raw: /ThreatHunting\.Read\.All/,
      link: /adminconsent/,
    });
    expect([...cures.keys()].at(-1)).toContain('SecurityIncident.Read.All of Microsoft Graph');
  });

  test('consent without the role of another API, which leaves reading alone', async () => {
    const tenantId = fresh();
    await check(tenantId);
    grantWithout(tenantId, 'defender', ['Machine.Read.All', 'Alert.Read.All']);
    await expectFailure('mde', tenantId, {
      step: 'claims',
      reason: 'roleMissing',
      raw: /AdvancedQuery|no permission/,
      link: new RegExp(`client_id=${relay.cloud.defenderClientId}&scope=.*securitycenter`),
    });
    expect([...cures.keys()].at(-1)).toContain('Machine.Read.All, Alert.Read.All of WindowsDefenderATP');
    expect(await tenantOf(tenantId)).toMatchObject({
      access: {
        state: 'partial',
        reason: 'roleMissing',
        registrations: { reader: { state: 'granted' }, defender: { state: 'partial' } },
      },
    });
  });

  test('an application switched off in the tenant', async () => {
    const tenantId = fresh();
    relay.cloud.state.consents.disable(worldTenant(tenantId), clientOf('reader'), true);
    await expectFailure('graph', tenantId, {
      step: 'consent',
      reason: 'consentMissing',
      raw: 'AADSTS7000112',
      link: /portal\.azure\.com/,
    });
  });

  test('a wrong secret', async () => {
    const tenantId = await ownSecret('not-the-value');
    await expectFailure('graph', tenantId, {
      step: 'token',
      reason: 'credentialRejected',
      raw: 'AADSTS7000215',
      link: /appId\//,
    });
  });

  test('an expired secret', async () => {
    const { registrations } = relay.cloud.state;
    const { clientId } = registrations.tenantOwn;
    const tenantId = await ownSecret(registrations.addSecret(clientId, { expiresAt: 1_700_000_000 }));
    await expectFailure('graph', tenantId, {
      step: 'token',
      reason: 'credentialRejected',
      raw: 'AADSTS7000222',
      link: /appId\//,
    });
  });

  test('a secret that is missing in the vault', async () => {
    const tenantId = await ownSecret('soon gone');
    relay.cloud.state.secrets.remove(`tenant-${tenantId}-secret`);
    await expectFailure('graph', tenantId, {
      step: 'token',
      reason: 'credentialMissing',
      raw: 'NotFound',
      link: null,
    });
  });

  test('a secret that is disabled in the vault', async () => {
    const tenantId = await ownSecret('soon disabled');
    relay.cloud.state.secrets.find(`tenant-${tenantId}-secret`)!.attributes.enabled = false;
    await expectFailure('graph', tenantId, {
      step: 'token',
      reason: 'credentialMissing',
      raw: 'Disabled',
      link: null,
    });
  });

  test('a vault that refuses us', async () => {
    const tenantId = await ownSecret('soon denied');
    relay.cloud.state.behaviour.denyVault('secrets/get', true, `tenant-${tenantId}-secret`);
    await expectFailure('graph', tenantId, {
      step: 'token',
      reason: 'vaultDenied',
      raw: 'Key Vault 403',
      link: null,
    });
  });

  test('Conditional Access for the application', async () => {
    const tenantId = fresh();
    relay.cloud.state.behaviour.setBlockedByPolicy(tenantId, relay.cloud.readerClientId, true);
    await expectFailure('graph', tenantId, {
      step: 'token',
      reason: 'conditionalAccess',
      raw: 'AADSTS53003',
      link: /ConditionalAccess/,
    });
  });

  test('no licence', async () => {
    const tenantId = fresh();
    relay.cloud.setCondition(tenantId, 'noLicence');
    await expectFailure('graph', tenantId, {
      step: 'licence',
      reason: 'licenceMissing',
      raw: '401',
      link: new RegExp(`security\\.microsoft\\.com/\\?tid=${tenantId}`),
    });
  });

  test('a tenant without Defender’s own principals', async () => {
    const tenantId = fresh();
    relay.cloud.setCondition(tenantId, 'noDefender');
    await expectFailure('mtp', tenantId, {
      step: 'token',
      reason: 'resourceMissing',
      raw: /AADSTS(?:500011|650052)/,
      link: /security\.microsoft\.com/,
    });
  });
});

test('consent without hunting is access in part: reading goes on, and the cure names the permission', async () => {
  const tenantId = fresh();
  grantWithout(tenantId, 'reader', ['ThreatHunting.Read.All']);
  const found = row(await check(tenantId), 'graph');
  expect(told(found)).toEqual({
    registration: true,
    consent: true,
    token: true,
    claims: true,
    licence: true,
    read: true,
    hunt: null,
  });
  const { access, health } = (await tenantOf(tenantId)) as { access: Record<string, unknown>; health: object };
  expect(access).toMatchObject({ state: 'partial', reason: 'roleMissing' });
  expect(access.cure).toContain('ThreatHunting.Read.All of Microsoft Graph');
  expect(health).toMatchObject({ state: 'degraded' });
});

test('an API that answers nothing in time fails its own row alone, within half a minute', async () => {
  const tenantId = fresh();
  relay.cloud.change({ defenderDelayMs: 12_000 });
  const startedMs = Date.now();
  const results = await check(tenantId);
  relay.cloud.change({ defenderDelayMs: 0 });
  expect(Date.now() - startedMs).toBeLessThan(30_000);
  expect(row(results, 'graph').ok).toBe(true);
  expect(failure(row(results, 'mtp'))).toMatchObject({ step: 'read', code: 'ERR_UPSTREAM' });
}, 60_000);

test('a blocked tenant is probed at once, heals, and is read again without waiting for its quarter of an hour', async () => {
  const tenantId = fresh();
  relay.cloud.setConsent(tenantId, relay.cloud.readerClientId, false);
  expect(row(await check(tenantId), 'graph').ok).toBe(false);
  expect(await tenantOf(tenantId)).toMatchObject({
    access: { state: 'blocked', reason: 'consentMissing', raw: 'AADSTS700016', link: expect.any(String) as unknown },
    health: { state: 'down' },
  });
  const ready = (await host.call('GET', 'health/ready')).body as { warnings: { name: string; detail: string }[] };
  expect(ready.warnings.find(({ name }) => name === 'blockedTenants')?.detail).toContain(`${tenantId}: consentMissing`);
  relay.cloud.setConsent(tenantId, relay.cloud.readerClientId, true);
  const since = new Date();
  expect(row(await check(tenantId), 'graph').ok).toBe(true);
  expect(await tenantOf(tenantId)).toMatchObject({ access: { state: 'granted', reason: null, link: null } });
  const lastSuccess = async (): Promise<string> =>
    ((await tenantOf(tenantId)).sync as { lastSuccess: string | null }).lastSuccess ?? '';
  for (let tries = 0; (await lastSuccess()) < since.toISOString() && tries < 40; tries += 1) {
    await host.call('POST', '/admin/functions/scheduledSync', {});
    await pause(250);
  }
  expect((await lastSuccess()) >= since.toISOString()).toBe(true);
}, 60_000);

test('a check that Entra does not answer says so, changes nothing, and takes no token from the runs', async () => {
  const tenantId = fresh();
  const synced = async (): Promise<string> => {
    const { runId } = (await host.call('POST', `tenants/${tenantId}/sync`)).body as { runId: string };
    for (;;) {
      const { state } = (await host.call('GET', `tenants/${tenantId}/runs/${runId}`)).body as { state: string };
      // Partial where the timer's run of an earlier test is at it still.
      if (state === 'partial') return synced();
      if (state !== 'queued' && state !== 'running') return state;
      await pause(100);
    }
  };
  expect(await synced()).toBe('succeeded');
  relay.cloud.failNext({ service: 'token', tenantId, status: 503, times: 1_000 });
  expect(failure(row(await check(tenantId), 'graph'))).toMatchObject({
    step: 'token',
    reason: 'unreachable',
    code: 'ERR_UPSTREAM',
  });
  expect(await synced()).toBe('succeeded');
  expect(await tenantOf(tenantId)).toMatchObject({ access: { state: 'granted' } });
}, 60_000);

describe('in the name of the person who asks', () => {
  const cures = new Set<string | null>();
  const home = (): string => relay.cloud.homeTenantId;
  const personAt = (index: number) => relay.cloud.usersOf(home())[index]!;
  const checkAs = async (token: string, tenantId = home()): Promise<readonly CheckResult[]> => {
    const answer = await fetch(`${host.url}/api/tenants/${tenantId}/check`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { results: CheckResult[] }).results;
  };
  const ofPerson = (results: readonly CheckResult[], api: string): CheckResult =>
    results.find((each) => each.context === 'user' && each.api === api)!;
  const signIn = (userPrincipalName: string): Promise<string> => relay.cloud.issueUserToken({ userPrincipalName });
  const expectFailure = (found: Step, expected: { step: StepName; reason: string; raw: RegExp }): void => {
    expect({ step: found.step, reason: found.reason }).toEqual({ step: expected.step, reason: expected.reason });
    expect(found.raw).toMatch(expected.raw);
    expect(cures.has(found.cure)).toBe(false);
    cures.add(found.cure);
  };
  beforeAll(async () => {
    expect((await host.call('PUT', `tenants/${home()}`, { name: 'Home' })).status).toBe(201);
    for (const index of [1, 4, 5])
      relay.cloud.changeUser(home(), personAt(index).objectId, { apiRoles: ['Relay.Admin'] });
  });

  test('with a role in Defender and consent to the API, every step holds', async () => {
    const found = ofPerson(await checkAs(await signIn(personAt(1).userPrincipalName)), 'graph');
    expect(found).toMatchObject({ registration: 'api', context: 'user', needed: false, ok: true });
    expect(found.steps.map(({ step }) => step)).toEqual([
      ...['registration', 'consent', 'token', 'claims', 'role', 'licence', 'read', 'hunt'],
    ]);
  });

  test('without a role in Defender', async () => {
    const found = ofPerson(await checkAs(await signIn(personAt(4).userPrincipalName)), 'graph');
    expectFailure(failure(found), { step: 'role', reason: 'defenderRoleMissing', raw: /403 Forbidden/ });
  });

  test('blocked since the sign-in', async () => {
    const { objectId, userPrincipalName } = personAt(5);
    relay.cloud.changeUser(home(), objectId, { blocked: false });
    const token = await signIn(userPrincipalName);
    relay.cloud.changeUser(home(), objectId, { blocked: true });
    const found = ofPerson(await checkAs(token), 'graph');
    expectFailure(failure(found), { step: 'token', reason: 'userBlocked', raw: /AADSTS50057/ });
  });

  test('where a second factor is demanded', async () => {
    const { objectId, userPrincipalName } = personAt(1);
    const token = await signIn(userPrincipalName);
    relay.cloud.changeUser(home(), objectId, { mfa: 'demanded' });
    const found = ofPerson(await checkAs(token), 'graph');
    relay.cloud.changeUser(home(), objectId, { mfa: 'off' });
    expectFailure(failure(found), { step: 'token', reason: 'signInNeeded', raw: /AADSTS5007/ });
  });

  test('without consent to act in people’s names', async () => {
    const { api } = relay.cloud.state.registrations;
    const token = await signIn(personAt(1).userPrincipalName);
    relay.cloud.state.consents.grant(relay.cloud.state.world.homeTenant, api, []);
    const found = ofPerson(await checkAs(token), 'graph');
    relay.cloud.setConsent(home(), api.clientId, true);
    const step = failure(found);
    expectFailure(step, { step: 'consent', reason: 'delegatedConsentMissing', raw: /AADSTS65001/ });
    expect(step.link).toContain(api.clientId);
  });

  test('there are none for an application, and none in another tenant', async () => {
    expect((await check(home())).filter(({ context }) => context === 'user')).toEqual([]);
    const results = await checkAs(await signIn(personAt(1).userPrincipalName), fresh());
    expect(results.map(({ context }) => context)).toEqual(['partner', 'partner', 'partner']);
  });
});

test('a wait that Defender asks a check for binds the runs at once', async () => {
  const tenantId = fresh();
  await check(tenantId);
  relay.cloud.failNext({ service: 'graph', tenantId, status: 429, headers: { 'retry-after': '600' } });
  const asked = row(await check(tenantId), 'graph');
  expect(failure(asked)).toMatchObject({ step: 'read', reason: 'throttled', code: 'ERR_THROTTLED' });
  const calls = relay.cloud.calls().tenants[tenantId]?.graph;
  expect(failure(row(await check(tenantId), 'graph'))).toMatchObject({ step: 'read', reason: 'throttled' });
  const { runId } = (await host.call('POST', `tenants/${tenantId}/sync`)).body as { runId: string };
  for (let tries = 0; tries < 100; tries += 1) {
    const { state } = (await host.call('GET', `tenants/${tenantId}/runs/${runId}`)).body as { state: string };
    if (state === 'failed') break;
    await pause(100);
  }
  expect(relay.cloud.calls().tenants[tenantId]?.graph).toBe(calls);
  expect(await tenantOf(tenantId)).toMatchObject({ access: { state: 'granted' } });
});

test('the ends of secrets and certificates are the vault’s own, and one that it does not know is a warning', async () => {
  const { certificates } = relay.cloud.state;
  const tenantId = fresh();
  const { clientId } = clientOf('tenantOwn');
  certificates.create(`tenant-${tenantId}-cert`).attributes.exp = days(20);
  await host.call('PUT', `tenants/${tenantId}`, { name: 'Certified', credential: { kind: 'certificate', clientId } });
  const [first, again] = [await host.call('GET', 'health/ready'), await host.call('GET', 'health/ready')];
  const { warnings } = first.body as { warnings: { name: string; detail: string }[] };
  const expiry = warnings.filter(({ name }) => name === 'expiry').map(({ detail }) => detail);
  expect(expiry).toEqual([
    expect.stringContaining('relay-defender-secret ends in 5 days'),
    expect.stringContaining('relay-app-secret ends on a day nobody told'),
  ]);
  expect(warnings.find(({ name, detail }) => name === 'tenantExpiry' && detail.includes(tenantId))?.detail).toContain(
    'ends in 20 days',
  );
  expect(await tenantOf(tenantId)).toMatchObject({
    health: { reasons: expect.arrayContaining([expect.stringContaining('ends in 20 days')]) as unknown },
  });
  expect(again.status).toBe(first.status);
  const asked = relay.cloud.calls().vault;
  expect(asked[`certificates/get tenant-${tenantId}-cert`]).toBe(1);
});

test('no answer of a check shows a token or a secret', async () => {
  const text = JSON.stringify(await check(fresh()));
  expect(text).not.toMatch(/eyJ[\w-]+\./);
  expect(host.log()).not.toMatch(/eyJ[\w-]+\.eyJ/);
});
