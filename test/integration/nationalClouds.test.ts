import { clouds } from '../../shared/clouds';
import type { CloudName } from '../../shared/model/tenant';
import type { IdentityProcess } from '../shared/identity/identityProcess';
import { claimsOf, startIdentity } from '../shared/identity/identityProcess';
import { plainTenant } from '../support/plainTenant';

const told: string[] = [];
afterAll(() => {
  process.stdout.write(`\n${told.join('\n')}\n`);
});

/** By name, what of the app's own reading works there: token by the real SDK, claims of that cloud, one call and one hunt. */
describe.each<readonly [CloudName, 'secret' | 'certificate' | 'federated']>([
  ['usgov', 'secret'],
  ['usgov', 'certificate'],
  ['usgovdod', 'secret'],
  ['usgovdod', 'federated'],
])('%s by %s', (cloud, kind) => {
  let identity: IdentityProcess;
  const tenant = () => ({ ...plainTenant(identity.cloud.world.tenants[0]!.tenantId), cloud });
  beforeAll(async () => {
    identity = await startIdentity({ nationalCloud: cloud, tenants: 1, incidentsPerTenant: 12 });
    const { registrations, certificates, urls } = identity.cloud.state;
    const { clientId } = registrations.reader;
    registrations.addCertificate(clientId, certificates.create('relay-app-cert'));
    registrations.trust(clientId, {
      issuer: `${urls.entra}/${identity.cloud.homeTenantId}/v2.0`,
      subject: registrations.managedIdentity.principalId,
      audience: 'api://AzureADTokenExchangeUSGov',
    });
    const name = { secret: 'relay-app-secret', certificate: 'relay-app-cert', federated: '' }[kind];
    await identity.ask('open', {
      credential: { kind, name },
      registrations: {
        ...identity.config.registrations,
        reader: { clientId, credentialName: name },
        defender: { clientId: registrations.defender.clientId, credentialName: 'relay-defender-secret' },
      },
    });
  }, 30_000);
  afterAll(() => identity.stop());

  test('tokens are of that cloud, and its services take them', async () => {
    const { graph, graphScope } = clouds[cloud];
    const { token } = await identity.ask('getToken', {
      tenant: tenant(),
      registration: 'reader',
      scope: graphScope,
    });
    expect(claimsOf(token).aud).toBe(graph);
    const calls = await identity.ask('callWith', { api: 'graph', tenant: tenant(), token });
    const hunts = await identity.ask('huntWith', { api: 'graph', tenant: tenant(), token });
    expect([calls, hunts]).toEqual([12, 1]);
    told.push(
      `  ${cloud.padEnd(9)} ${kind.padEnd(12)} aud ${String(claimsOf(token).aud)}: ${calls} incidents, ${hunts} row`,
    );
  }, 30_000);

  test("a token or scope of the public cloud's is refused", async () => {
    const asked = { tenant: tenant(), registration: 'reader' } as const;
    const failure = await identity.failure('getToken', { ...asked, scope: clouds.public.graphScope });
    expect(failure.raw).toBe('AADSTS500011');
    const foreign = await identity.cloud.issueToken({
      tenantId: tenant().tenantId,
      audience: 'https://graph.microsoft.com',
      roles: ['SecurityIncident.Read.All'],
    });
    const refused = await identity.failure('callWith', { api: 'graph', tenant: tenant(), token: foreign });
    expect(refused.raw).toBe('401 InvalidAuthenticationToken');
  });
});

test("the government's Defender APIs have names of their own", async () => {
  const identity = await startIdentity({ nationalCloud: 'usgov', tenants: 1, incidentsPerTenant: 3 });
  try {
    const tenant = { ...plainTenant(identity.cloud.world.tenants[0]!.tenantId), cloud: 'usgov' as const };
    const { clientId } = identity.cloud.state.registrations.defender;
    await identity.ask('open', {
      registrations: {
        ...identity.config.registrations,
        defender: { clientId, credentialName: 'relay-defender-secret' },
      },
    });
    for (const [api, scope] of [
      ['mtp', clouds.usgov.defenderScope],
      ['mde', clouds.usgov.mdeScope],
    ] as const) {
      const { token } = await identity.ask('getToken', { tenant, registration: 'defender', scope: scope ?? '' });
      expect(`${String(claimsOf(token).aud)}/.default`).toBe(scope);
      expect(await identity.ask('callWith', { api, tenant, token })).toBeGreaterThan(0);
      told.push(`  usgov     secret       aud ${String(claimsOf(token).aud)}`);
    }
  } finally {
    await identity.stop();
  }
}, 30_000);

test("China's cloud has tokens for Graph, and nothing of Defender to read with them", async () => {
  const identity = await startIdentity({ nationalCloud: 'china', tenants: 1, incidentsPerTenant: 3 });
  try {
    const tenant = { ...plainTenant(identity.cloud.world.tenants[0]!.tenantId), cloud: 'china' as const };
    const asked = { tenant, registration: 'reader' } as const;
    const { token } = await identity.ask('getToken', { ...asked, scope: clouds.china.graphScope });
    expect(claimsOf(token).aud).toBe('https://microsoftgraph.chinacloudapi.cn');
    const absent = await identity.failure('getToken', { ...asked, scope: clouds.public.defenderScope ?? '' });
    expect(absent.raw).toBe('AADSTS500011');
    expect(clouds.china).toMatchObject({ graph: null, defender: null, mde: null });
  } finally {
    await identity.stop();
  }
}, 30_000);
