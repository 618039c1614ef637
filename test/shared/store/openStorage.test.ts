import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UpstreamError } from '../../../shared/errors';
import { openStorage } from '../../../shared/store/openStorage';
import type { AzuriteStorage } from '../../support/azuriteStorage';
import { startStorage } from '../../support/azuriteStorage';

let storage: AzuriteStorage;
beforeAll(async () => {
  storage = await startStorage();
});
afterAll(() => storage.stop());

const tablesOf = ({ tenants, incidents, index, runs, connections, inbox }: AzuriteStorage) => [
  tenants,
  incidents,
  index,
  runs,
  connections,
  inbox,
];

test('preparing makes what is missing and leaves what is there', async () => {
  const row = { partitionKey: 'p', rowKey: 'r' };
  for (const table of tablesOf(storage)) await table.write({ kind: 'insert', row });
  await storage.bodies.put('a', new Uint8Array([1]));
  await storage.prepare();
  for (const table of tablesOf(storage)) expect(await table.get('p', 'r')).toBeDefined();
  expect(await storage.bodies.get('a')).toHaveLength(1);
});

test('each table is one of its own', async () => {
  await storage.tenants.write({ kind: 'insert', row: { partitionKey: 'only', rowKey: 'tenants' } });
  for (const table of tablesOf(storage).filter((table) => table !== storage.tenants))
    expect(await table.get('only', 'tenants')).toBeUndefined();
});

test('storage that refuses is an UpstreamError when it is prepared, not before', async () => {
  let refusals = 0;
  let allRefused: () => void = () => undefined;
  const whenAllRefused = new Promise<void>((resolve) => (allRefused = resolve));
  const refusing = createServer((_, response) => {
    response.on('close', () => {
      if ((refusals += 1) === 10) allRefused();
    });
    response.writeHead(403).end();
  }).listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  const { port } = refusing.address() as AddressInfo;
  const connectionString = storage.azurite.connectionString.replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${port}`);
  const refused = openStorage({ kind: 'connectionString', connectionString });
  expect(refusals).toBe(0);
  await expect(refused.prepare()).rejects.toBeInstanceOf(UpstreamError);
  await whenAllRefused;
  refusing.closeAllConnections();
  refusing.close();
});

test('storage by identity opens without asking anything', () => {
  const opened = openStorage({
    kind: 'identity',
    tableServiceUri: 'https://account.table.core.windows.net',
    blobServiceUri: 'https://account.blob.core.windows.net',
    queueServiceUri: 'https://account.queue.core.windows.net',
    clientId: undefined,
  });
  expect(Object.keys(opened).sort()).toEqual([
    'bodies',
    'connections',
    'deliverQueue',
    'inbox',
    'inboxQueue',
    'incidents',
    'index',
    'prepare',
    'received',
    'runs',
    'tenants',
  ]);
});

test('the short form for the local emulator is understood', () => {
  expect(() => openStorage({ kind: 'connectionString', connectionString: 'UseDevelopmentStorage=true' })).not.toThrow();
});
