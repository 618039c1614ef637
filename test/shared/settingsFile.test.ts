import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettingsFile } from '../../shared/settingsFile';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good = {
  FUNCTIONS_WORKER_RUNTIME: 'node',
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  TASK_HUB_NAME: 'XdrRelay',
  KEY_VAULT_URL: 'https://contoso.vault.azure.net',
  RELAY_TENANT_ID: '3d6bd0a5-3a1f-4d0e-9a4c-1f2e3d4c5b6a',
  RELAY_CLIENT_ID: '0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d',
};

const readText = (text: string) => {
  const path = join(folder, 'local.settings.json');
  writeFileSync(path, text);
  return readSettingsFile(path);
};
const readFile = (content: unknown) => readText(JSON.stringify(content));

test('good settings come back as they stand, those of the platform included', () => {
  const values = { ...good, IDENTITY_ENDPOINT: 'http://127.0.0.1:1/msi/token' };
  expect(readFile({ IsEncrypted: false, Values: values })).toEqual({ values, faults: [] });
});

test('a byte order mark is no fault', () => {
  expect(readText(`\uFEFF${JSON.stringify({ Values: good })}`).faults).toEqual([]);
});

test('a file that is not there is one fault that names it', () => {
  const path = join(folder, 'nowhere.json');
  expect(readSettingsFile(path)).toEqual({ values: {}, faults: [`${path} is not there`] });
});

test.each([
  ['a folder', () => readSettingsFile(folder), 'cannot be read'],
  ['text that is not JSON', () => readText('{"Values": '), 'is not JSON'],
  ['a list', () => readFile([]), 'must hold a JSON object'],
  ['no Values', () => readFile({ IsEncrypted: false }), '"Values"'],
  ['Values that are a list', () => readFile({ Values: [] }), '"Values"'],
  ['an encrypted file', () => readFile({ IsEncrypted: true, Values: {} }), 'encrypted'],
])('%s is one fault', (_, read, words) => {
  const { values, faults } = read();
  expect(values).toEqual({});
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(words);
});

test('three faults of three kinds stand in one answer', () => {
  const { values, faults } = readFile({
    Values: { ...good, KEY_VAULT_URL: '', RELAY_TENANT_ID: 'contoso', SYNC_INTERVAL_SECONDS: 300 },
  });
  expect(values).toEqual({});
  expect(faults.map((fault) => fault.split(' ')[0]).toSorted()).toEqual([
    'KEY_VAULT_URL',
    'RELAY_TENANT_ID',
    'SYNC_INTERVAL_SECONDS',
  ]);
});

test('a needed setting that is no text is told once, not as missing too', () => {
  const { faults } = readFile({ Values: { ...good, TASK_HUB_NAME: 5 } });
  expect(faults).toEqual(['TASK_HUB_NAME must be a text in quotes']);
});

test('another worker runtime and a certificate file that is not there are faults', () => {
  const { faults } = readFile({
    Values: { ...good, FUNCTIONS_WORKER_RUNTIME: 'python', NODE_EXTRA_CA_CERTS: join(folder, 'none.pem') },
  });
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual(['FUNCTIONS_WORKER_RUNTIME', 'NODE_EXTRA_CA_CERTS']);
});
