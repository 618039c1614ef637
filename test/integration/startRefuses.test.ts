import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processesNaming, runStarter, takePort } from '../support/starter';

jest.setTimeout(60_000);

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'xdr-relay-refuses-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refusal = async (...words: string[]): Promise<string> => {
  const starter = runStarter(...words);
  expect(await starter.ended).toBe(2);
  expect(starter.stdout()).toBe('');
  expect(processesNaming(folder)).toEqual([]);
  return starter.stderr();
};

test('a taken port is refused together with a bad count, a missing value and an unknown option', async () => {
  const { port, free } = await takePort();
  const said = await refusal('--port', String(port), '--tenants', '0', '--verbose', '--data', folder, '--seed');
  await free();
  expect(said).toContain(`port ${port} is taken`);
  expect(said).toContain('--tenants must be a whole number from 1 to 10000, not "0"');
  expect(said).toContain('--verbose is not an option');
  expect(said).toContain('--seed must be a whole number');
  expect(said.match(/cannot start/g)).toHaveLength(1);
});

test('settings that are not there are refused by name', async () => {
  expect(await refusal('--settings', join(folder, 'nowhere.json'), '--port', '0')).toContain(
    'nowhere.json is not there',
  );
});

test('three faults in the settings and a taken port stand in one message', async () => {
  const { port, free } = await takePort();
  const path = join(folder, 'settings.json');
  const values = { TASK_HUB_NAME: '1', RELAY_TENANT_ID: 'contoso', RELAY_CLIENT_ID: 5 };
  writeFileSync(path, JSON.stringify({ IsEncrypted: false, Values: values }));
  const said = await refusal('--settings', path, '--port', String(port));
  await free();
  for (const name of ['TASK_HUB_NAME', 'RELAY_TENANT_ID', 'RELAY_CLIENT_ID', 'KEY_VAULT_URL', `port ${port}`])
    expect(said).toContain(name);
});

test('a folder in use by another start is refused', async () => {
  const data = join(folder, 'data');
  const first = runStarter('--tenants', '1', '--incidents', '1', '--port', '0', '--data', data);
  await first.says('Storage ready');
  const second = runStarter('--tenants', '1', '--incidents', '1', '--port', '0', '--data', data);
  expect(await second.ended).toBe(2);
  expect(second.stderr()).toContain(`is in use by process ${first.process.pid ?? ''}`);
  first.process.kill('SIGINT');
  expect(await first.ended).toBe(0);
});

test('help is no fault', async () => {
  const starter = runStarter('--help');
  expect(await starter.ended).toBe(0);
  expect(starter.stdout()).toContain('--settings FILE');
});
