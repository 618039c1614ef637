import { TableClient, TableServiceClient } from '@azure/data-tables';
import type { Relay, RelayHost } from '../support/relay';
import { startRelay } from '../support/relay';

let relay: Relay;
beforeAll(async () => {
  relay = await startRelay({ seed: 21, tenants: 3, incidentsPerTenant: 20 });
}, 60_000);
afterAll(() => relay.stop(), 30_000);

const syncedBy = async (
  env: Record<string, string>,
  before: (host: RelayHost) => Promise<void>,
): Promise<RelayHost> => {
  const host = await relay.startHost({ env });
  await relay.register(host);
  await before(host);
  await relay.syncAll(host, new Date(), 60_000);
  return host;
};
/** What was asked of the vault so far, without the counts. */
const vaultOperations = (): string[] => Object.keys(relay.cloud.calls().vault);

/** Every byte of every row, of Durable's own tables too. */
const allRows = async (): Promise<string> => {
  const options = { allowInsecureConnection: true };
  const connection = relay.azurite.connectionString;
  const texts: string[] = [];
  for await (const { name } of TableServiceClient.fromConnectionString(connection, options).listTables())
    for await (const row of TableClient.fromConnectionString(connection, name ?? '', options).listEntities())
      texts.push(
        ...Object.values(row).map((value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString() : String(value),
        ),
      );
  return texts.join('\n');
};

test('the built app reads all tenants by certificate and by federation, and no secret is read from anywhere', async () => {
  const { registrations, certificates, urls } = relay.cloud.state;
  const { clientId } = registrations.reader;
  registrations.addCertificate(clientId, certificates.create('relay-app-cert'));
  registrations.trust(clientId, {
    issuer: `${urls.entra}/${relay.cloud.homeTenantId}/v2.0`,
    subject: registrations.managedIdentity.principalId,
    audience: 'api://AzureADTokenExchange',
  });
  const byCertificate = await syncedBy({ RELAY_CREDENTIAL: 'certificate' }, () => Promise.resolve());
  await byCertificate.kill('SIGINT');
  expect(
    vaultOperations()
      .map((operation) => operation.split(' ')[0])
      .toSorted(),
  ).toEqual(['certificates/get', 'keys/get', 'keys/sign']);
  const asked = relay.cloud.calls().services.vault.calls;
  const byFederation = await syncedBy({ RELAY_CREDENTIAL: 'federated' }, () => Promise.resolve());
  await byFederation.kill('SIGINT');
  expect(relay.cloud.calls().services.vault.calls).toBe(asked);
  expect(await relay.storedIncidents()).toHaveLength(60);
}, 180_000);

test('a tenant’s own secret put through the API reads it, leaves no trace of its text, and is gone with the tenant', async () => {
  const { clientId } = relay.cloud.state.registrations.tenantOwn;
  const secret = relay.cloud.state.registrations.tenantOwn.secrets[0]!.value;
  const { tenantId } = relay.cloud.world.tenants[0]!;
  const name = `tenant-${tenantId}-secret`;
  // The app's own registration is refused there: only the tenant's can have read it.
  relay.cloud.setConsent(tenantId, relay.cloud.readerClientId, false);
  const host = await syncedBy({}, async (started) => {
    const body = { name: 'Contoso', credential: { kind: 'secret', clientId, secret } };
    const put = await started.call('PUT', `tenants/${tenantId}`, body);
    expect([put.status, JSON.stringify(put.body).includes(secret)]).toEqual([200, false]);
  });
  expect(relay.cloud.state.secrets.find(name)?.value).toBe(secret);
  const shown = await host.call('GET', `tenants/${tenantId}`);
  expect(shown.body).toMatchObject({
    credential: { kind: 'secret', clientId },
    access: { reader: { state: 'granted' } },
  });
  const removed = await host.call('DELETE', `tenants/${tenantId}`);
  expect(removed.body).toMatchObject({ credential: { vault: { name, state: 'deleted' } } });
  expect(relay.cloud.state.secrets.find(name)).toBeUndefined();
  // In a vault with purge protection the deleted name is still taken: it comes back with the tenant.
  const body = { name: 'Contoso', credential: { kind: 'secret', clientId, secret } };
  expect((await host.call('PUT', `tenants/${tenantId}`, body)).status).toBe(201);
  expect(relay.cloud.state.secrets.find(name)?.value).toBe(secret);
  await host.kill('SIGINT');
  const rows = await allRows();
  expect(rows).toContain(clientId);
  for (const text of [rows, host.log(), JSON.stringify([shown, removed])]) expect(text).not.toContain(secret);
}, 180_000);
