import { loadConfig } from '../../../shared/config';
import { createCredentialEnds } from '../../../shared/health/credentialEnds';

const env = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  TASK_HUB_NAME: 'relay',
  KEY_VAULT_URL: 'https://app.vault.azure.net',
  RELAY_TENANT_ID: '55555555-0000-4000-8000-000000000005',
  RELAY_CLIENT_ID: '22222222-0000-4000-8000-000000000002',
  RELAY_DEFENDER_CLIENT_ID: '66666666-0000-4000-8000-000000000006',
};
const tenantId = '11111111-0000-4000-8000-000000000001';
const clientId = '33333333-0000-4000-8000-000000000003';
const end = '2027-01-01T00:00:00.000Z';

const opened = (settings: Record<string, string>, tells: string | null | undefined = end) => {
  const asked: string[] = [];
  const vault = (which: string) => ({
    endOf: (what: string, name: string) => {
      asked.push(`${which} ${what} ${name}`);
      return Promise.resolve(tells);
    },
  });
  const config = loadConfig({ ...env, ...settings });
  return { asked, ends: createCredentialEnds({ config, app: vault('app'), tenants: vault('tenants') }) };
};

test('each credential of the app is asked for once, though several registrations may share one', async () => {
  const { asked, ends } = opened({});
  expect(await ends.ofApp()).toEqual([
    { what: 'secret', name: 'relay-app-secret', endsAt: end },
    { what: 'secret', name: 'relay-defender-secret', endsAt: end },
  ]);
  expect(asked).toEqual(['app secret relay-app-secret', 'app secret relay-defender-secret']);
});

test('federation has nothing that ends, and what the vault did not tell is not made up', async () => {
  const federated = opened({ RELAY_CREDENTIAL: 'federated', AZURE_CLIENT_ID: clientId });
  expect([await federated.ends.ofApp(), federated.asked]).toEqual([[], []]);
  const silent = createCredentialEnds({
    config: loadConfig(env),
    app: { endOf: () => Promise.resolve(undefined) },
    tenants: { endOf: () => Promise.resolve(undefined) },
  });
  expect(await silent.ofApp()).toEqual([]);
});

test('a tenant’s secret ends when its PUT said, and no vault is asked; its certificate when the vault says', async () => {
  const { asked, ends } = opened({});
  expect(await ends.ofTenant({ tenantId, credential: { kind: 'secret', clientId, expires: end } })).toEqual([
    { what: 'secret', name: `tenant-${tenantId}-secret`, tenantId, endsAt: end },
  ]);
  expect(await ends.ofTenant({ tenantId, credential: { kind: 'secret', clientId } })).toMatchObject([{ endsAt: null }]);
  expect(asked).toEqual([]);
  expect(await ends.ofTenant({ tenantId, credential: { kind: 'certificate', clientId } })).toMatchObject([
    { what: 'certificate', tenantId, endsAt: end },
  ]);
  expect(asked).toEqual([`tenants certificate tenant-${tenantId}-cert`]);
  expect(await ends.ofTenant({ tenantId, credential: { kind: 'federated', clientId } })).toEqual([]);
  expect(await ends.ofTenant({ tenantId })).toEqual([]);
});
