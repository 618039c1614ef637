import type { Access } from '../../../local/microsoft';
import type { User } from '../../../local/microsoft';
import type { CredentialKind } from '../../../shared/model/tenant';
import type { TokenTenant } from '../../../shared/ports';
import { plainTenant } from '../../support/plainTenant';
import type { Failure, IdentityProcess } from './identityProcess';
import { claimsOf, graphScope, startIdentity } from './identityProcess';

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const graph = 'https://graph.microsoft.com';

let identity: IdentityProcess;
let home: TokenTenant;
let analyst: User;
beforeAll(async () => {
  identity = await startIdentity({});
  const { cloud } = identity;
  const { registrations, certificates, urls } = cloud.state;
  home = plainTenant(cloud.homeTenantId);
  analyst = cloud.usersOf(cloud.homeTenantId)[1]!;
  registrations.addCertificate(cloud.apiClientId, certificates.create('relay-api-cert'));
  registrations.trust(cloud.apiClientId, {
    issuer: `${urls.entra}/${cloud.homeTenantId}/v2.0`,
    subject: registrations.managedIdentity.principalId,
    audience: 'api://AzureADTokenExchange',
  });
});
afterAll(() => identity.stop());

/** The app as its settings make it, with this kind of credential; nothing is kept from before. */
const openAs = (kind: CredentialKind): Promise<undefined> => {
  const name = { secret: 'relay-api-secret', certificate: 'relay-api-cert', federated: '' }[kind];
  const { registrations } = identity.config;
  return identity.ask('open', {
    credential: { kind, name },
    registrations: { ...registrations, api: { ...registrations.api, credentialName: name } },
  });
};
beforeEach(() => openAs('secret'));

type Asked = Partial<Parameters<IdentityProcess['cloud']['issueUserToken']>[0]>;
const signIn = (asked: Asked = {}): Promise<string> =>
  identity.cloud.issueUserToken({ userPrincipalName: analyst.userPrincipalName, ...asked });
const exchange = async (asked: Asked = {}, scope = graphScope) =>
  identity.ask('onBehalfOf', { assertion: await signIn(asked), tenant: home, scope });
const refused = async (asked: Asked = {}, scope = graphScope): Promise<Failure> =>
  identity.failure('onBehalfOf', { assertion: await signIn(asked), tenant: home, scope });
const exchanges = (): number => identity.cloud.calls().tokens[identity.cloud.apiClientId]?.grants[jwtBearer] ?? 0;
const shown = (): Partial<Record<string, number>> => ({
  ...identity.cloud.calls().tokens[identity.cloud.apiClientId]?.credentials,
});

describe.each(['secret', 'certificate', 'federated'] as const)('by %s', (kind) => {
  test.each([
    ['Graph', graphScope, 'SecurityIncident.Read.All'],
    ['Microsoft Threat Protection', 'https://api.security.microsoft.com/.default', 'Incident.Read'],
    ['Defender for Endpoint', 'https://api.securitycenter.microsoft.com/.default', 'Machine.Read'],
  ])('a person’s token for us becomes one for %s', async (_, scope, permission) => {
    await openAs(kind);
    const before = shown();
    const claims = claimsOf((await exchange({}, scope)).token);
    expect(claims).toMatchObject({
      aud: scope.replace('/.default', ''),
      tid: home.tenantId,
      oid: analyst.objectId,
      appid: identity.cloud.apiClientId,
      appidacr: kind === 'secret' ? '1' : '2',
    });
    expect(String(claims.scp).split(' ')).toContain(permission);
    expect(claims.roles).toBeUndefined();
    expect(shown()).toEqual({ ...before, [kind]: (before[kind] ?? 0) + 1 });
  });
});

describe('what is kept', () => {
  test('one exchange serves all who ask at once, and those who come after', async () => {
    const assertion = await signIn();
    const input = { assertion, tenant: home, scope: graphScope };
    const before = exchanges();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => identity.ask('onBehalfOf', input)));
    tokens.push(await identity.ask('onBehalfOf', input));
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1);
    expect(exchanges() - before).toBe(1);
  });

  test('another token of the same person, and another scope, are exchanged anew', async () => {
    const before = exchanges();
    const first = await exchange();
    const second = await exchange();
    await exchange({}, 'https://api.security.microsoft.com/.default');
    expect(second.token).not.toBe(first.token);
    expect(exchanges() - before).toBe(3);
  });

  test('lives no longer than the token the person came with', async () => {
    const assertion = await signIn({ expiresInSeconds: 600 });
    const input = { assertion, tenant: home, scope: graphScope };
    const endMs = Number(claimsOf(assertion).exp) * 1000;
    expect((await identity.ask('onBehalfOf', input)).expiresAtMs).toBe(endMs);
    const before = exchanges();
    await identity.advance(8 * 60_000);
    await identity.ask('onBehalfOf', input);
    expect(exchanges() - before).toBe(0);
    await identity.advance(2.1 * 60_000);
    expect(await identity.failure('onBehalfOf', input)).toMatchObject({ code: 'ERR_CHALLENGE', raw: 'expired' });
    expect(exchanges() - before).toBe(0);
  });

  test('is forgotten with the tenant', async () => {
    const input = { assertion: await signIn(), tenant: home, scope: graphScope };
    await identity.ask('onBehalfOf', input);
    const before = exchanges();
    await identity.ask('forgetTenant', { tenantId: home.tenantId });
    await identity.ask('onBehalfOf', input);
    expect(exchanges() - before).toBe(1);
  });
});

describe('refused before Entra is asked', () => {
  test('a tenant that is not the caller’s own', async () => {
    const before = exchanges();
    const other = plainTenant(identity.cloud.world.tenants[0]!.tenantId);
    const failure = await identity.failure('onBehalfOf', {
      assertion: await signIn(),
      tenant: other,
      scope: graphScope,
    });
    expect(failure).toMatchObject({ code: 'ERR_REQUEST', fields: [{ field: 'tenantId' }] });
    expect(exchanges()).toBe(before);
  });

  test('a tenant of that id in another cloud', async () => {
    const failure = await identity.failure('onBehalfOf', {
      assertion: await signIn(),
      tenant: { ...home, cloud: 'usgov' },
      scope: graphScope,
    });
    expect(failure).toMatchObject({ code: 'ERR_REQUEST' });
  });

  test.each([
    ['an app’s own token', { scp: undefined }],
    ['a token that says it is an app’s', { scp: 'access_as_user', overrides: { idtyp: 'app' } }],
    ['a token without a person', { scp: 'access_as_user', overrides: { oid: null } }],
  ])('%s', async (_, change) => {
    const assertion = await identity.cloud.issueToken({ tenantId: home.tenantId, ...change });
    const failure = await identity.failure('onBehalfOf', { assertion, tenant: home, scope: graphScope });
    expect(failure).toMatchObject({ code: 'ERR_TOKEN' });
  });

  test('what is no token at all', async () => {
    const failure = await identity.failure('onBehalfOf', { assertion: 'a.b.c', tenant: home, scope: graphScope });
    expect(failure).toMatchObject({ code: 'ERR_TOKEN' });
  });
});

describe('refused by Entra', () => {
  const { changeUser } = {
    changeUser: (traits: Parameters<IdentityProcess['cloud']['changeUser']>[2]) =>
      identity.cloud.changeUser(home.tenantId, analyst.objectId, traits),
  };

  test('Conditional Access hands its demand back, whole, and a token that meets it is exchanged', async () => {
    changeUser({ mfa: 'demanded' });
    try {
      const failure = await refused();
      expect(failure).toMatchObject({
        code: 'ERR_CHALLENGE',
        raw: 'AADSTS50076',
        tenantId: home.tenantId,
        challenge: { authorizationUri: `${identity.cloud.entraUrl}/${home.tenantId}/oauth2/v2.0/authorize` },
      });
      expect(JSON.parse(failure.challenge?.claims ?? '')).toHaveProperty('access_token.capolids.essential', true);
      expect(claimsOf((await exchange({ mfa: true })).token).oid).toBe(analyst.objectId);
    } finally {
      changeUser({ mfa: 'off' });
    }
  });

  test('a person who was blocked since has to sign in again, where Entra says the rest', async () => {
    const assertion = await signIn();
    changeUser({ blocked: true });
    try {
      const failure = await identity.failure('onBehalfOf', { assertion, tenant: home, scope: graphScope });
      expect(failure).toMatchObject({ code: 'ERR_CHALLENGE', raw: 'AADSTS50057' });
      expect(failure.challenge?.claims).toBeUndefined();
    } finally {
      changeUser({ blocked: false });
    }
  });

  describe('consent', () => {
    const grant = (access: readonly Access[]): void => {
      const { consents, registrations, world } = identity.cloud.state;
      consents.grant(world.homeTenant, registrations.api, access);
    };
    const askedBy = (link: string | undefined): Record<string, string> => {
      const url = new URL(link ?? '');
      return { at: `${url.origin}${url.pathname}`, ...Object.fromEntries(url.searchParams) };
    };
    const resource = () =>
      identity.cloud.state.registrations.api.asks.find((each) => each.resource.uri === graph)!.resource;
    afterEach(() => identity.cloud.setConsent(home.tenantId, identity.cloud.apiClientId, true));

    test('to one of two permissions: the link asks for the other alone', async () => {
      grant([{ resource: resource(), roles: [], scopes: ['SecurityIncident.Read.All'] }]);
      const scope = `${graph}/SecurityIncident.Read.All ${graph}/ThreatHunting.Read.All`;
      const failure = await refused({}, scope);
      expect(failure).toMatchObject({
        code: 'ERR_CONSENT',
        reason: 'consentMissing',
        raw: 'AADSTS65001',
        scopes: [`${graph}/ThreatHunting.Read.All`],
      });
      expect(askedBy(failure.link)).toEqual({
        at: `${identity.cloud.entraUrl}/${home.tenantId}/oauth2/v2.0/authorize`,
        client_id: identity.cloud.apiClientId,
        response_type: 'code',
        scope: `${graph}/ThreatHunting.Read.All`,
        state: 'person',
        redirect_uri: 'https://relay.example/api/consent/callback',
      });
    });

    test('to nothing at all: the link asks for all that was asked', async () => {
      grant([]);
      expect(askedBy((await refused()).link).scope).toBe(graphScope);
      const scope = `${graph}/SecurityIncident.Read.All ${graph}/ThreatHunting.Read.All`;
      expect(askedBy((await refused({}, scope)).link).scope).toBe(scope);
    });

    test('an application the tenant does not know is consent of another kind', async () => {
      identity.cloud.setConsent(home.tenantId, identity.cloud.apiClientId, false);
      const failure = await refused();
      expect(failure).toMatchObject({ code: 'ERR_CONSENT', reason: 'consentMissing', raw: 'AADSTS700016' });
      expect(failure.link).toBeUndefined();
    });
  });

  test('another resource than the API’s own address is asked for, and checked, where a setting says so', async () => {
    const canonical = 'https://api.security.microsoft.com';
    const instead = 'https://api.securitycenter.microsoft.com';
    await identity.ask('open', {
      registrations: {
        ...identity.config.registrations,
        api: { ...identity.config.registrations.api, credentialName: 'relay-api-secret' },
      },
      scopes: { [`${canonical}/.default`]: `${instead}/.default` },
    });
    expect(claimsOf((await exchange({}, `${canonical}/.default`)).token).aud).toBe(instead);
    expect(claimsOf((await exchange({}, `${canonical}/Machine.Read`)).token).aud).toBe(instead);
    expect(claimsOf((await exchange()).token).aud).toBe(graph);
    const tenant = plainTenant(identity.cloud.world.tenants[0]!.tenantId);
    const app = { tenant, registration: 'reader' as const, scope: `${canonical}/.default` };
    expect(claimsOf((await identity.ask('getToken', app)).token).aud).toBe(instead);
  });

  test('a secret that was rotated is read again, and nobody notices', async () => {
    await exchange();
    const { registrations, secrets } = identity.cloud.state;
    const { clientId } = registrations.api;
    const old = registrations.api.secrets[0]!.value;
    secrets.set('relay-api-secret', { value: registrations.addSecret(clientId) });
    registrations.removeSecret(clientId, old);
    await identity.advance(2 * 60_000);
    expect(claimsOf((await exchange()).token).oid).toBe(analyst.objectId);
  });

  test('a secret that is wrong is the operator’s to mend', async () => {
    const { registrations, secrets } = identity.cloud.state;
    const right = registrations.api.secrets[0]!.value;
    secrets.set('relay-api-secret', { value: 'wrong' });
    try {
      await openAs('secret');
      expect(await refused()).toMatchObject({ code: 'ERR_AUTH', raw: 'AADSTS7000215' });
    } finally {
      secrets.set('relay-api-secret', { value: right });
    }
  });

  test('a vault that holds none is told as such', async () => {
    const { registrations } = identity.config;
    const api = { ...registrations.api, credentialName: 'nowhere' };
    await identity.ask('open', { registrations: { ...registrations, api } });
    expect(await refused()).toMatchObject({ code: 'ERR_AUTH', reason: 'credentialMissing' });
  });
});
