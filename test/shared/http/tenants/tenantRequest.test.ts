import { loadConfig } from '../../../../shared/config';
import { RequestError } from '../../../../shared/errors';
import { tenantBody, tenantFromBody } from '../../../../shared/http/tenants/tenantRequest';
import type { CloudName } from '../../../../shared/model/tenant';

const tenantId = '3d6bd0a5-3a1f-4d0e-9a4c-1f2e3d4c5b6a';
const homeIn = (cloud: CloudName, settings: Readonly<Record<string, string>> = {}) =>
  loadConfig({
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    TASK_HUB_NAME: 'RelayTest',
    KEY_VAULT_URL: 'https://relay.vault.azure.net',
    RELAY_TENANT_ID: tenantId,
    RELAY_CLIENT_ID: tenantId,
    RELAY_CLOUD: cloud,
    ...settings,
  });
const fromBody = (body: unknown, home: CloudName) => tenantFromBody(tenantId, tenantBody.parse(body), homeIn(home));
const faultsOf = (body: unknown, home: CloudName) => {
  try {
    fromBody(body, home);
    return [];
  } catch (error) {
    if (error instanceof RequestError) return error.fields;
    throw error;
  }
};

test('a tenant is read through Graph unless told otherwise', () => {
  expect(fromBody({ name: 'A' }, 'public').backend).toBe('graph');
});

test.each(['public', 'usgov', 'usgovdod'] as const)('in %s a tenant may be read through the Defender API', (home) => {
  expect(fromBody({ name: 'A', backend: 'defender' }, home)).toMatchObject({ backend: 'defender', cloud: home });
});

test('where the cloud has no Defender API the field is refused with a sentence', () => {
  const [fault, ...others] = faultsOf({ name: 'A', backend: 'defender' }, 'china');
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ field: 'backend' });
  expect(fault!.message).toContain('china');
});

test('where the home cloud offers nothing at all both back ends are refused, until a setting says where to reach one', () => {
  for (const backend of ['graph', 'defender'])
    expect(faultsOf({ name: 'A', backend }, 'china')).toMatchObject([{ field: 'backend' }]);
  const reached = homeIn('china', { GRAPH_ENDPOINT: 'https://graph.example' });
  expect(tenantFromBody(tenantId, tenantBody.parse({ name: 'A' }), reached).backend).toBe('graph');
});

const clientId = '0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d';

test.each(['secret', 'certificate'])('another cloud is taken with a %s of the tenant’s own', (kind) => {
  expect(fromBody({ name: 'A', cloud: 'usgov', credential: { kind, clientId } }, 'public')).toMatchObject({
    cloud: 'usgov',
    credential: { kind, clientId },
  });
});

test('another cloud trusts no identity of ours, and lacks what it lacks', () => {
  const elsewhere = (kind: string, cloud: string, backend = 'graph') =>
    faultsOf({ name: 'A', cloud, backend, credential: { kind, clientId } }, 'public').map(({ field }) => field);
  expect(elsewhere('federated', 'usgov')).toEqual(['credential.kind']);
  expect(elsewhere('secret', 'china')).toEqual(['backend']);
  expect(elsewhere('secret', 'china', 'defender')).toEqual(['backend']);
  expect(elsewhere('secret', 'usgovdod', 'defender')).toEqual([]);
});

test('a secret never becomes part of the tenant', () => {
  const tenant = fromBody({ name: 'A', credential: { kind: 'secret', clientId, secret: 'canary' } }, 'public');
  expect(tenant.credential).toEqual({ kind: 'secret', clientId });
  expect(JSON.stringify(tenant)).not.toContain('canary');
});

test('another cloud than home is refused by its own field, whatever the back end', () => {
  expect(faultsOf({ name: 'A', cloud: 'china', backend: 'defender' }, 'public')).toMatchObject([{ field: 'cloud' }]);
});
