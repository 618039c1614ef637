import '../../shared/http/quietTestMode';
import { consentCallback, consentLink, tenantConsentLink, tenantConsentLinks } from '../../../functions/api/consent';
import { tenant } from '../../../functions/api/tenants';
import { UpstreamError } from '../../../shared/errors';
import { httpHandler } from '../../../shared/http/route';
import { createHitLimit } from '../../../shared/onboarding/hitLimit';
import { writeAccess } from '../../../shared/store/access';
import { HttpRequest, InvocationContext } from '@azure/functions';
import { admin } from '../../shared/http/httpWorld';
import type { ConsentWorld } from './consentWorld';
import { startConsentWorld } from './consentWorld';

let world: ConsentWorld;
beforeAll(async () => {
  world = await startConsentWorld();
});
afterAll(() => world.stop());

const dayMs = 24 * 60 * 60_000;
const consent = (tenantId: string, consented = true, clientId = world.identity.cloud.readerClientId): void =>
  world.identity.cloud.setConsent(tenantId, clientId, consented);
const ask = (verb: 'POST' | 'DELETE', params: Record<string, string>, body?: unknown, as: object = admin) =>
  world.http.ask(verb === 'POST' ? tenantConsentLinks : tenantConsentLink, verb, {
    as: as as Record<string, unknown>,
    params,
    ...(body === undefined ? {} : { body }),
  });

describe('a consent link', () => {
  test('is answered whole, and only its hash is stored', async () => {
    const tenantId = await world.newTenant();
    const reply = await ask('POST', { tenantId }, { registration: 'reader', validHours: 336 });
    expect(reply.status).toBe(201);
    const { linkId, url, expiresAt, registration } = reply.json as unknown as Record<string, string>;
    expect(linkId).toMatch(/^[\w-]{32}$/);
    expect([url, registration]).toEqual([`https://relay.example/api/consent/${linkId}`, 'reader']);
    expect(expiresAt).toBe('2026-12-04T08:00:00.000Z');
    expect(JSON.stringify(await world.rows('index'))).not.toContain(linkId);
  });

  test('is good for a week unless asked otherwise, and each is another', async () => {
    const tenantId = await world.newTenant();
    const [one, two] = [await world.link(tenantId), await world.link(tenantId)];
    expect(one.expiresAt).toBe('2026-11-27T08:00:00.000Z');
    expect(one.linkId).not.toBe(two.linkId);
  });

  test.each([
    [{ registration: 'api' }, ['registration']],
    [{ registration: 'cli' }, ['registration']],
    [{ registration: 'responder' }, ['registration']],
    [{}, ['registration']],
    [{ registration: 'reader', validHours: 337 }, ['validHours']],
    [{ registration: 'reader', validHours: 0 }, ['validHours']],
    [{ registration: 'reader', validHours: 1.5 }, ['validHours']],
    [{ registration: 'reader', url: 'https://evil.example' }, ['url']],
  ])('is refused for %j', async (body, fields) => {
    const tenantId = await world.newTenant();
    const reply = await ask('POST', { tenantId }, body);
    expect([reply.status, reply.json.errors.map(({ field }) => field)]).toEqual([400, fields]);
  });

  test('is for admins, and of tenants that are there', async () => {
    const tenantId = await world.newTenant();
    const body = { registration: 'reader' };
    expect((await ask('POST', { tenantId }, body, { roles: ['Relay.Analyst'] })).status).toBe(403);
    expect((await ask('POST', { tenantId: '77777777-7777-4777-8777-777777777777' }, body)).status).toBe(404);
    expect((await ask('POST', { tenantId: '77777777-7777-4777-8777-777777777777' }, { no: 1 })).status).toBe(404);
  });

  test('cannot be made where our own address is not known, and the setting is named', async () => {
    const tenantId = await world.newTenant();
    world.http.configure({ publicUrl: undefined });
    const reply = await ask('POST', { tenantId }, { registration: 'reader' });
    world.http.configure({ publicUrl: 'https://relay.example' });
    expect([reply.status, reply.json.code]).toEqual([409, 'ERR_CONFIG']);
    expect(reply.text).toContain('RELAY_PUBLIC_URL');
  });

  test.each([
    ['reader', 'https://graph.microsoft.com/.default', () => world.identity.cloud.readerClientId],
    ['writer', 'https://graph.microsoft.com/.default', () => world.identity.cloud.writerClientId],
    ['defender', 'https://api.security.microsoft.com/.default', () => world.identity.cloud.defenderClientId],
  ])(
    'for %s leads to Entra’s page of that very tenant, and leaves no trace on the way',
    async (name, scope, clientId) => {
      const tenantId = await world.newTenant();
      const { linkId } = await world.link(tenantId, { registration: name });
      const { status, headers } = await world.open(linkId);
      expect([status, headers.get('referrer-policy'), headers.get('cache-control')]).toEqual([
        302,
        'no-referrer',
        'no-store',
      ]);
      const to = new URL(headers.get('location') ?? '');
      expect(to.origin + to.pathname).toBe(`${world.identity.cloud.entraUrl}/${tenantId}/v2.0/adminconsent`);
      expect(Object.fromEntries(to.searchParams)).toEqual({
        client_id: clientId(),
        scope,
        redirect_uri: 'https://relay.example/api/consent/callback',
        state: expect.stringMatching(/^[\w-]+\.[\w-]{43}$/) as string,
      });
      expect(to.href).not.toContain(linkId);
    },
  );
});

describe('the way through', () => {
  test('ends with access, a tenant that is due, and a page that says so', async () => {
    const tenantId = await world.newTenant({ name: 'Fabrikam & <b>Söhne</b>' });
    const { linkId } = await world.link(tenantId);
    const state = await world.stateOf(linkId);
    consent(tenantId);
    const page = await world.accepted(tenantId, state);
    expect([page.status, page.title]).toEqual([200, 'Access is granted']);
    expect(page.html).toContain('Fabrikam &amp; &lt;b&gt;Söhne&lt;/b&gt;');
    expect(page.html).not.toContain('<b>');
    expect(await world.access(tenantId)).toMatchObject({ state: 'granted', reason: null });
    expect(await world.isDue(tenantId)).toBe(true);
  });

  test('can be gone on day 6, and several times until it succeeds', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId);
    for (let click = 0; click < 3; click += 1) expect((await world.open(linkId)).status).toBe(302);
    world.advance(6 * dayMs);
    const [first, second] = [await world.stateOf(linkId), await world.stateOf(linkId)];
    expect((await world.comeBack({ error: 'consent_required', admin_consent: 'True', state: first })).title).toBe(
      'No access was granted',
    );
    consent(tenantId);
    expect((await world.accepted(tenantId, second)).title).toBe('Access is granted');
    const third = await world.open(linkId);
    expect([third.status, third.title]).toEqual([404, 'This link does not work']);
  });

  test('shows one page for links that are used, withdrawn, run out, without a tenant, or were never there', async () => {
    const [used, revoked, expired, gone] = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const tenantId = await world.newTenant();
        return { tenantId, ...(await world.link(tenantId, { registration: 'reader', validHours: 1 })) };
      }),
    );
    if (!used || !revoked || !expired || !gone) throw new Error('too few');
    consent(used.tenantId);
    await world.accepted(used.tenantId, await world.stateOf(used.linkId));
    expect(await world.revoke(revoked.tenantId, revoked.linkId)).toBe(200);
    await world.services.registry.delete(gone.tenantId);
    const early = [await world.open(used.linkId), await world.open(revoked.linkId), await world.open(gone.linkId)];
    world.advance(60 * 60_000);
    const pages = [
      ...early,
      await world.open(expired.linkId),
      await world.open('A'.repeat(32)),
      await world.open('short'),
      await world.open('../../etc/passwd'),
    ];
    for (const { status, html, headers } of pages)
      expect([status, html, [...headers].filter(([name]) => name !== 'x-request-id')]).toEqual([
        404,
        pages[0]?.html,
        [...(pages[0]?.headers ?? [])].filter(([name]) => name !== 'x-request-id'),
      ]);
  });

  test('is closed to others by DELETE, which answers with a receipt, once', async () => {
    const [tenantId, other] = [await world.newTenant(), await world.newTenant()];
    const { linkId } = await world.link(tenantId);
    expect(await world.revoke(other, linkId)).toBe(404);
    expect((await world.open(linkId)).status).toBe(302);
    const receipt = await ask('DELETE', { tenantId, linkId });
    expect([receipt.status, receipt.json]).toEqual([
      200,
      {
        tenantId,
        registration: 'reader',
        createdAt: expect.any(String) as string,
        expiresAt: expect.any(String) as string,
        was: 'open',
        revokedAt: expect.any(String) as string,
      },
    ]);
    expect(await world.revoke(tenantId, linkId)).toBe(404);
    expect((await world.open(linkId)).status).toBe(404);
  });

  test('is granted once, however many come back at once', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId);
    const states = await Promise.all(Array.from({ length: 8 }, () => world.stateOf(linkId)));
    consent(tenantId);
    const pages = await Promise.all([...states, ...states].map((state) => world.accepted(tenantId, state)));
    expect(pages.filter(({ title }) => title === 'Access is granted')).toHaveLength(1);
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([200, 400]));
  });

  test('of a tenant that is switched off ends with a page that says who has to act, and reads nothing', async () => {
    const tenantId = await world.newTenant({ enabled: false });
    const { linkId } = await world.link(tenantId);
    const state = await world.stateOf(linkId);
    consent(tenantId);
    const page = await world.accepted(tenantId, state);
    expect(page.html).toContain('as soon as your provider switches it on');
    expect(await world.isDue(tenantId)).toBe(false);
    expect((await world.services.registry.get(tenantId))?.enabled).toBe(false);
  });

  test('of another registration leaves that of the reading one alone', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId, { registration: 'writer' });
    const state = await world.stateOf(linkId);
    consent(tenantId, true, world.identity.cloud.writerClientId);
    expect((await world.accepted(tenantId, state)).title).toBe('Access is granted');
    expect((await world.access(tenantId, 'writer')).state).toBe('granted');
    expect((await world.access(tenantId)).state).toBe('pending');
  });
});

describe('consent that is not whole', () => {
  test('refused: a state with Entra’s own number and a cure, and a page that says nothing changed', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId);
    const page = await world.comeBack({
      admin_consent: 'True',
      error: 'consent_required',
      error_description: 'AADSTS65004: User declined to consent <script>alert(1)</script>',
      state: await world.stateOf(linkId),
    });
    expect([page.status, page.title]).toEqual([200, 'No access was granted']);
    expect(page.html).toContain('AADSTS65004');
    expect(page.html).not.toContain('<script');
    expect(await world.access(tenantId)).toMatchObject({
      state: 'blocked',
      reason: 'consentMissing',
      raw: 'AADSTS65004',
      link: expect.stringContaining(tenantId) as string,
    });
    expect((await world.open(linkId)).status).toBe(302);
  });

  test('that Entra could not go through with is told as such, with what may help', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId, { registration: 'defender' });
    const page = await world.comeBack({
      admin_consent: 'True',
      error: 'invalid_client',
      error_description: 'AADSTS650052: The app is trying to access a service that your organization lacks.',
      state: await world.stateOf(linkId),
    });
    expect(page.title).toBe('Microsoft could not complete this');
    expect(page.html).toContain('AADSTS650052');
    expect(page.html).toContain('license and set up Microsoft Defender');
    expect(await world.access(tenantId, 'defender')).toMatchObject({ state: 'blocked', raw: 'AADSTS650052' });
    expect((await world.open(linkId)).status).toBe(302);
  });

  test('refused takes nothing away from a tenant that let us in before', async () => {
    const tenantId = await world.newTenant();
    const { incidents } = world.services.storage;
    const held = {
      ...({ state: 'granted', reason: null, code: null, raw: null, cure: null, link: null } as const),
      ...{ since: '2026-11-20T07:00:00.000Z', blockedUntil: null },
    };
    await writeAccess(tenantId, incidents, held);
    const { linkId } = await world.link(tenantId);
    await world.comeBack({ error: 'access_denied', state: await world.stateOf(linkId) });
    expect(await world.access(tenantId)).toMatchObject({ state: 'granted', since: held.since });
  });

  test('without any role is blocked as such, due at the next tick, and healed by the next click', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId);
    world.identity.cloud.setCondition(tenantId, 'roleMissing');
    const page = await world.accepted(tenantId, await world.stateOf(linkId));
    expect(page.title).toBe('A permission is still missing');
    expect(page.html).toContain('SecurityIncident.Read.All');
    expect(await world.access(tenantId)).toMatchObject({
      state: 'blocked',
      reason: 'roleMissing',
      raw: 'no roles',
      cure: expect.stringContaining('SecurityIncident.Read.All') as string,
      link: expect.stringContaining('/v2.0/adminconsent?') as string,
      blockedUntil: null,
    });
    expect(await world.isDue(tenantId)).toBe(true);
    world.identity.cloud.setCondition(tenantId, 'consented');
    expect((await world.accepted(tenantId, await world.stateOf(linkId))).title).toBe('Access is granted');
    expect(await world.access(tenantId)).toMatchObject({ state: 'granted', cure: null });
  });

  test('with what it is for, but not all beside it, is granted in part, and says what is missing', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId);
    const { world: customers, state: cloud } = world.identity.cloud;
    const customer = customers.findTenant(tenantId)!;
    const [asked] = cloud.registrations.reader.asks;
    cloud.consents.grant(customer, cloud.registrations.reader, [{ ...asked!, roles: ['SecurityIncident.Read.All'] }]);
    const page = await world.accepted(tenantId, await world.stateOf(linkId));
    expect([page.title, page.html.includes('ThreatHunting.Read.All')]).toEqual(['Access is granted', true]);
    expect(await world.access(tenantId)).toMatchObject({
      state: 'partial',
      reason: 'roleMissing',
      cure: expect.stringContaining('ThreatHunting.Read.All') as string,
    });
  });

  test('that Entra claims and no token proves is not believed', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId);
    const page = await world.accepted(tenantId, await world.stateOf(linkId));
    expect(page.title).toBe('Thank you: this takes a moment');
    expect(await world.access(tenantId)).toMatchObject({
      state: 'blocked',
      reason: 'consentMissing',
      raw: 'AADSTS700016',
      blockedUntil: null,
    });
    expect((await world.open(linkId)).status).toBe(302);
  });

  test('that shows only after seconds is waited for', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId);
    const { cloud } = world.identity;
    const { reader } = cloud.state.registrations;
    const state = await world.stateOf(linkId);
    cloud.change({ consentDelayMs: 2_500 });
    cloud.state.consents.grant(cloud.world.findTenant(tenantId)!, reader, reader.asks);
    cloud.change({ consentDelayMs: 0 });
    expect((await world.accepted(tenantId, state)).title).toBe('Access is granted');
  });

  test('that Entra does not tell just now is noted, and looked for at the next tick', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId);
    await world.comeBack({ error: 'access_denied', state: await world.stateOf(linkId) });
    expect((await world.access(tenantId)).blockedUntil).not.toBeNull();
    consent(tenantId);
    world.identity.cloud.failNext({ service: 'token', tenantId, status: 503, times: 50 });
    const page = await world.accepted(tenantId, await world.stateOf(linkId));
    expect(page.title).toBe('Thank you: this takes a moment');
    expect(await world.access(tenantId)).toMatchObject({ state: 'blocked', raw: 'access_denied', blockedUntil: null });
    expect(await world.isDue(tenantId)).toBe(true);
  });

  test('that our own credential cannot confirm is no fault of the customer’s', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId, { registration: 'defender' });
    const { cloud } = world.identity;
    consent(tenantId, true, cloud.defenderClientId);
    const secret = cloud.state.registrations.defender.secrets[0]?.value ?? '';
    cloud.state.registrations.removeSecret(cloud.defenderClientId, secret);
    const page = await world.accepted(tenantId, await world.stateOf(linkId));
    cloud.state.registrations.addSecret(cloud.defenderClientId, { value: secret });
    expect(page.title).toBe('Thank you: the rest is on our side');
    expect(page.html).not.toContain('AADSTS');
    expect(await world.access(tenantId, 'defender')).toMatchObject({ state: 'blocked', reason: 'credentialRejected' });
  });

  test('where the tenant lacks Defender is told with what has to be done', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId, { registration: 'defender' });
    const { cloud } = world.identity;
    cloud.setCondition(tenantId, 'noDefender');
    consent(tenantId, true, cloud.defenderClientId);
    const page = await world.accepted(tenantId, await world.stateOf(linkId));
    expect(page.title).toBe('Accepted, but something stands in the way');
    expect(page.html).toContain('license and set up Microsoft Defender');
    expect(await world.access(tenantId, 'defender')).toMatchObject({ state: 'blocked', reason: 'resourceMissing' });
  });
});

describe('pages', () => {
  test('run no script, load nothing, tell nobody where they come from, and are kept by none', async () => {
    const tenantId = await world.newTenant();
    const { linkId } = await world.link(tenantId);
    const pages = [
      await world.open('A'.repeat(32)),
      await world.comeBack({}),
      await world.comeBack({ error: 'x', state: await world.stateOf(linkId) }),
    ];
    for (const { html, headers } of pages) {
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      );
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(html).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|https?:/i);
      expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    }
  });

  test('stand in for problems, too: what failed is in the log, its reference on the page', async () => {
    const dead = { ...world.services.storage.index, get: () => Promise.reject(new UpstreamError('storage canary')) };
    const broken = { ...world.services, storage: { ...world.services.storage, index: dead } };
    const lines: string[] = [];
    const context = new InvocationContext({
      functionName: 'consentLink',
      invocationId: 'call-7',
      logHandler: (_, text) => void lines.push(String(text)),
    });
    const request = new HttpRequest({
      method: 'GET',
      url: 'http://127.0.0.1/api/consent/x',
      params: { linkId: 'A'.repeat(32) },
    });
    const answer = await httpHandler(() => Promise.resolve(broken), consentLink)(request, context);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    const html = String((answer as { body: unknown }).body);
    expect(html).toContain('Reference: call-7');
    expect(html).not.toContain('canary');
    expect(lines.join()).toContain('storage canary');
  });

  test('cost little: what cannot be a link costs no storage, what is none one read', async () => {
    const { linkId } = await world.link(await world.newTenant());
    await world.open(linkId);
    world.indexCalls();
    for (const garbage of ['', 'x', 'A'.repeat(31), 'A'.repeat(33), `${'A'.repeat(31)}!`, 'A'.repeat(5_000)])
      await world.open(garbage);
    expect(world.indexCalls()).toEqual({ reads: 0, writes: 0 });
    for (let each = 0; each < 10; each += 1) await world.open(`${'B'.repeat(31)}${each}`);
    expect(world.indexCalls()).toEqual({ reads: 10, writes: 0 });
    await world.open(linkId);
    expect(world.indexCalls()).toEqual({ reads: 1, writes: 0 });
    for (let each = 0; each < 10; each += 1) await world.comeBack({ admin_consent: 'True', state: `x${each}.y` });
    expect(world.indexCalls()).toEqual({ reads: 0, writes: 0 });
  });

  test('are answered to so many a second, and no more', async () => {
    const clock = { elapsedMs: () => 0 };
    const few = { ...world.services, consentHits: createHitLimit(clock, 1, 3) };
    const open = () => {
      const params = { linkId: 'C'.repeat(32) };
      const request = new HttpRequest({ method: 'GET', url: 'http://127.0.0.1/api/consent/x', params });
      return httpHandler(() => Promise.resolve(few), consentLink)(
        request,
        new InvocationContext({ logHandler: () => undefined }),
      );
    };
    const answers = [await open(), await open(), await open(), await open()];
    expect(answers.map((each) => (each as { status: number }).status)).toEqual([404, 404, 404, 429]);
  });
});

describe('a tenant that is removed', () => {
  test('loses its links, and the receipt says what its administrator should delete', async () => {
    const tenantId = await world.newTenant();
    const links = [await world.link(tenantId), await world.link(tenantId, { registration: 'writer' })];
    const other = await world.link(await world.newTenant());
    consent(tenantId);
    const handler = httpHandler(() => Promise.resolve(world.services), tenant);
    const request = new HttpRequest({
      method: 'DELETE',
      url: `http://127.0.0.1/api/tenants/${tenantId}`,
      params: { tenantId },
      headers: { authorization: `Bearer ${await world.http.issuer.sign(admin)}` },
    });
    const answer = await handler(request, new InvocationContext({ logHandler: () => undefined }));
    const receipt = JSON.parse(String((answer as { body: unknown }).body)) as Record<string, unknown>;
    expect(receipt).toMatchObject({
      tenantId,
      consentLinks: 2,
      customerDeletes: [
        {
          name: 'XDR relay reader',
          clientId: world.identity.cloud.readerClientId,
          registrations: ['reader'],
          consented: true,
          link: expect.stringContaining(`https://portal.azure.com/${tenantId}/`) as string,
        },
      ],
    });
    for (const { linkId } of links) expect((await world.open(linkId)).status).toBe(404);
    expect((await world.open(other.linkId)).status).toBe(302);
  });
});

test('the callback comes before the link it could be taken for', () => {
  // The host tries functions in the order of their names.
  expect([consentLink.name, consentCallback.name].sort()).toEqual([consentCallback.name, consentLink.name]);
});
