import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Azurite } from '../../local/azurite';
import { startAzurite } from '../../local/azurite';
import { freePort, processesNaming, runStarter } from '../support/starter';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'xdr-relay-serves-'));
let storage: Azurite;
beforeAll(async () => {
  storage = await startAzurite();
});
afterAll(async () => {
  await storage.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('with settings it serves them on the port alone: no cloud, no tenants, health answers 200', async () => {
  const port = await freePort();
  const path = join(folder, 'settings.json');
  const values = {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: storage.connectionString,
    TASK_HUB_NAME: 'ServesTest',
    KEY_VAULT_URL: 'https://127.0.0.1:1',
    RELAY_TENANT_ID: '3d6bd0a5-3a1f-4d0e-9a4c-1f2e3d4c5b6a',
    RELAY_CLIENT_ID: '0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d',
  };
  writeFileSync(path, JSON.stringify({ IsEncrypted: false, Values: values }));
  const starter = runStarter('--settings', path, '--port', String(port));
  await starter.says('Ctrl-C ends it');
  const health = await fetch(`http://127.0.0.1:${port}/api/health`);
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
  expect((await fetch(`http://127.0.0.1:${port}/api/tenants`)).status).toBe(401);
  expect(starter.stdout()).toContain(`http://127.0.0.1:${port}/api`);
  expect(starter.stdout()).toContain('account devstoreaccount1');
  expect(starter.stdout()).not.toContain('Azurite');
  starter.process.kill('SIGINT');
  expect(await starter.ended).toBe(0);
  expect(processesNaming('ServesTest')).toEqual([]);
});
