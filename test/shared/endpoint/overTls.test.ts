import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cloud } from '../../../local/microsoft';
import { startCloud } from '../../../local/microsoft';
import type { Machine } from '../../../shared/endpoint/fromEndpointMachine';
import type { HuntingResult } from '../../../shared/hunting/huntingResult';

interface Results {
  readonly machines: number;
  readonly one: Machine;
  readonly actions: number;
  readonly isolation: object;
  readonly hunts: Readonly<Record<'graph' | 'defender' | 'mde', HuntingResult>>;
  readonly refused: object;
}

let cloud: Cloud;
let folder: string;
beforeAll(async () => {
  cloud = await startCloud({ seed: 9, tenants: 2, incidentsPerTenant: 20 });
  folder = mkdtempSync(join(tmpdir(), 'endpoint-'));
  writeFileSync(join(folder, 'ca.pem'), cloud.caPem);
});
afterAll(async () => {
  await cloud.stop();
  rmSync(folder, { recursive: true });
});

test('the app’s settings, the real token provider and TLS lead to machines and through all three hunts', async () => {
  const [mine, refused] = cloud.world.tenants;
  cloud.setCondition(refused!.tenantId, 'roleMissing');
  const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'overTls.mjs')], {
    env: {
      PATH: process.env.PATH,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      IDENTITY_ENDPOINT: cloud.identityEndpoint,
      IDENTITY_HEADER: cloud.identityHeader,
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      TASK_HUB_NAME: 'RelayTest',
      KEY_VAULT_URL: cloud.vaultUrl,
      AZURE_CLIENT_ID: cloud.managedIdentityClientId,
      RELAY_TENANT_ID: cloud.homeTenantId,
      RELAY_CLIENT_ID: cloud.readerClientId,
      ENTRA_AUTHORITY_HOST: cloud.entraUrl,
      GRAPH_ENDPOINT: cloud.graphUrl,
      DEFENDER_ENDPOINT: cloud.defenderUrl,
      MDE_ENDPOINT: cloud.endpointUrl,
      RELAY_ALLOW_PRIVATE_TARGETS: 'true',
      ASKED: JSON.stringify({
        tenantIds: [mine!.tenantId, refused!.tenantId],
        query: 'DeviceInfo | project DeviceId, OSPlatform',
      }),
    },
  });
  const { machines, one, actions, isolation, hunts, refused: refusal } = JSON.parse(stdout) as Results;
  expect(machines).toBe(40);
  expect(one.id).toMatch(/^[0-9a-f]{40}$/);
  expect(actions).toBe(12);
  // What reads must not be able to act.
  expect(isolation).toEqual({ code: 'ERR_CONSENT', reason: 'roleMissing' });
  expect(hunts.graph.rows).toHaveLength(40);
  expect(hunts.defender).toEqual(hunts.graph);
  expect(hunts.mde).toEqual(hunts.graph);
  expect(refusal).toEqual({ code: 'ERR_CONSENT', reason: 'roleMissing' });
  expect(cloud.calls().services.endpoint.byStatus).toEqual({ 200: 7, 403: 2 });
});
