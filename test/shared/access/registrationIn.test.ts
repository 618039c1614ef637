import { registrationIn } from '../../../shared/access/registrationIn';
import { loadConfig } from '../../../shared/config';
import type { Tenant } from '../../../shared/model/tenant';
import { plainTenant } from '../../support/plainTenant';

const config = loadConfig({
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  TASK_HUB_NAME: 'relay',
  KEY_VAULT_URL: 'https://app.vault.azure.net',
  RELAY_TENANT_ID: '55555555-0000-4000-8000-000000000005',
  RELAY_CLIENT_ID: '22222222-0000-4000-8000-000000000002',
  RELAY_DEFENDER_CLIENT_ID: '66666666-0000-4000-8000-000000000006',
  ENTRA_AUTHORITY_HOST: 'https://proxy.example',
});
const of = (change: Partial<Tenant>) =>
  registrationIn(config, plainTenant('11111111-0000-4000-8000-000000000001', change));

test.each([
  ['graph', '22222222-0000-4000-8000-000000000002', 'relay-app-secret'],
  ['defender', '66666666-0000-4000-8000-000000000006', 'relay-defender-secret'],
] as const)('a tenant of %s consents to the registration that reads it', (backend, clientId, name) => {
  expect(of({ backend })).toEqual({
    authority: 'https://proxy.example',
    backend,
    cloud: 'public',
    clientId,
    credential: { kind: 'secret', name },
  });
});

test('a tenant with an application of its own consents to that one, in its own cloud', () => {
  const credential = { kind: 'certificate', clientId: '33333333-0000-4000-8000-000000000003' } as const;
  expect(of({ cloud: 'usgov', credential })).toEqual({
    authority: 'https://login.microsoftonline.us',
    backend: 'graph',
    cloud: 'usgov',
    clientId: credential.clientId,
    credential: { kind: 'certificate', isTenants: true },
  });
});
