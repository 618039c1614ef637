import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cloud } from '../../../local/microsoft';
import { startCloud } from '../../../local/microsoft';
import { defenderResource } from '../../../local/microsoft/entra/resources';
import type { Incident, Tenant as Customer } from '../../../local/microsoft/world/incident';
import { plainTenant } from '../../support/plainTenant';

interface Results {
  readonly asApp: readonly { readonly header: object; readonly comments: readonly string[] }[];
  readonly inName: readonly { readonly header: object; readonly as: string }[];
  readonly refused: object;
  readonly access: readonly { readonly tenantId: string; readonly state: string; readonly cure: string | null }[];
}

let cloud: Cloud;
let folder: string;
beforeAll(async () => {
  cloud = await startCloud({ seed: 9, tenants: 3, incidentsPerTenant: 20, homeIncidents: 20 });
  folder = mkdtempSync(join(tmpdir(), 'changes-'));
  writeFileSync(join(folder, 'ca.pem'), cloud.caPem);
});
afterAll(async () => {
  await cloud.stop();
  rmSync(folder, { recursive: true });
});

/** Those of the tenant that may still be resolved, each once. */
const openOnes = (tenant: Customer): Incident[] =>
  cloud.world.incidentsOf(tenant).byLastUpdate.filter(({ status }) => status !== 'redirected' && status !== 'resolved');

test('the real token provider and TLS lead to changes through both back ends, as the app and in a person’s name', async () => {
  const [first, second, refused] = cloud.world.tenants as [Customer, Customer, Customer];
  const { writer } = cloud.state.registrations;
  const roles = ['Incident.ReadWrite.All'];
  cloud.state.consents.grant(second, writer, [{ resource: defenderResource, roles, scopes: [] }]);
  cloud.setCondition(refused.tenantId, 'roleMissing');
  const home = cloud.world.homeTenant;
  const operator = cloud
    .usersOf(home.tenantId)
    .find(({ defenderRole, blocked }) => defenderRole === 'Security Operator' && !blocked)!;
  const name = operator.userPrincipalName;
  const assertion = await cloud.issueUserToken({ userPrincipalName: name });
  const [asGraph, asDefender, inGraph, inDefender] = [
    openOnes(first)[0]!,
    openOnes(second)[0]!,
    ...openOnes(home).slice(0, 2),
  ] as [Incident, Incident, Incident, Incident];
  const tenantOf = ({ tenantId }: Customer, backend: 'graph' | 'defender') =>
    plainTenant(tenantId, { backend, writeBack: true });
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
      RELAY_WRITER_CLIENT_ID: cloud.writerClientId,
      RELAY_API_CLIENT_ID: cloud.apiClientId,
      ENTRA_AUTHORITY_HOST: cloud.entraUrl,
      GRAPH_ENDPOINT: cloud.graphUrl,
      DEFENDER_ENDPOINT: cloud.defenderUrl,
      MDE_ENDPOINT: cloud.endpointUrl,
      RELAY_ALLOW_PRIVATE_TARGETS: 'true',
      ASKED: JSON.stringify({
        tenants: [
          { tenant: tenantOf(first, 'graph'), incidentId: asGraph.id },
          { tenant: tenantOf(second, 'defender'), incidentId: asDefender.id },
        ],
        persons: [
          { tenant: tenantOf(home, 'graph'), incidentId: inGraph.id, name, assertion },
          { tenant: tenantOf(home, 'defender'), incidentId: inDefender.id, name, assertion },
        ],
      }),
      REFUSED: JSON.stringify({ tenant: tenantOf(refused, 'graph'), incidentId: openOnes(refused)[0]!.id }),
    },
  });
  const { asApp, inName, refused: refusal, access } = JSON.parse(stdout) as Results;
  const verdict = { status: 'resolved', classification: 'falsePositive', determination: 'notMalicious' };
  for (const { header, comments } of asApp) {
    expect(header).toMatchObject({ ...verdict, assignedTo: 'ana@example.com' });
    expect(comments.at(-1)).toBe('as the app');
  }
  for (const incident of [asGraph, asDefender])
    expect(incident).toMatchObject({ ...verdict, lastWriter: 'XDR relay writer' });
  for (const { header, as } of inName) {
    expect(header).toMatchObject(verdict);
    expect(as).toBe('user');
  }
  for (const incident of [inGraph, inDefender]) {
    expect(incident).toMatchObject({ ...verdict, lastWriter: name });
    expect(incident.comments.at(-1)).toMatchObject({ comment: 'in my name', createdByDisplayName: name });
  }
  expect(refusal).toEqual({ code: 'ERR_CONSENT', reason: 'roleMissing' });
  const blocked = access.filter(({ state }) => state === 'blocked');
  expect(blocked).toMatchObject([{ tenantId: refused.tenantId, reason: 'roleMissing' }]);
  expect(blocked[0]!.cure).toContain('SecurityIncident.ReadWrite.All');
});
