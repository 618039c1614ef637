import { readFileSync } from 'node:fs';
import { loadConfig, settingNames } from '../../../shared/config';
import { ConfigError } from '../../../shared/errors';

const sample = JSON.parse(readFileSync('local.settings.sample.json', 'utf8')) as { Values: Record<string, string> };
const notOurs = ['FUNCTIONS_WORKER_RUNTIME'];

const toFillIn = {
  RELAY_TENANT_ID: '3d6bd0a5-3a1f-4d0e-9a4c-1f2e3d4c5b6a',
  RELAY_CLIENT_ID: '0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d',
  RELAY_API_CLIENT_ID: '1a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d',
  AZURE_CLIENT_ID: '2a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d',
  KEY_VAULT_URL: 'https://contoso.vault.azure.net',
};

test('the sample names every setting the app reads, and no other', () => {
  const named = Object.keys(sample.Values).filter((name) => !notOurs.includes(name));
  expect(named.toSorted()).toEqual([...settingNames].toSorted());
});

test('the sample is refused until exactly the values in angle brackets are filled in', () => {
  const inBrackets = Object.keys(sample.Values).filter((name) => sample.Values[name]!.startsWith('<'));
  expect(inBrackets.toSorted()).toEqual(Object.keys(toFillIn).toSorted());
  const faults = faultsOf(sample.Values);
  const refused = new Set(faults.map((fault) => fault.split(' ')[0]));
  expect([...refused].toSorted()).toEqual(inBrackets.toSorted());
  expect(faultsOf({ ...sample.Values, ...toFillIn })).toEqual([]);
});

function faultsOf(values: Record<string, string>): readonly string[] {
  try {
    loadConfig(values);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
