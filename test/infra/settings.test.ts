import { readFileSync } from 'node:fs';
import { loadConfig, settingNames } from '../../shared/config';

const bicep = readFileSync('infra/app/functionApp.bicep', 'utf8');
const main = readFileSync('infra/main.bicep', 'utf8');
const page = readFileSync('docs/settings.md', 'utf8');
const sample = JSON.parse(readFileSync('local.settings.sample.json', 'utf8')) as { Values: Record<string, string> };

/** The lines between `var <name> = {` and the brace that closes it. */
function block(source: string, name: string): string {
  const found = new RegExp(`^(?:var|param) ${name}\\b[^\\n]* \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(source);
  if (!found) throw new Error(`no ${name}`);
  return found[1]!;
}
const keys = (text: string, indent: number): string[] =>
  [...text.matchAll(new RegExp(`^ {${indent}}(\\w+):`, 'gm'))].map((match) => match[1]!);

/** Read by the Functions host or its SDKs, never by shared/config.ts. */
const ofTheHost = /^AzureWebJobsStorage__|^APPLICATIONINSIGHTS_/;
const inAzure = keys(block(bicep, 'settings'), 2).filter((name) => !ofTheHost.test(name));
const features = block(bicep, 'featureSettings');
const ofFeatures = keys(features, 4);
const rows = [...page.matchAll(/^\| `(\w+)` +\| (.+?) +\|$/gm)].map((match) => ({ name: match[1]!, says: match[2]! }));
const inPage = rows.filter(({ name }) => !keys(features, 2).includes(name));

test('the page lists every setting the app reads, and no other', () => {
  expect(inPage.map(({ name }) => name).toSorted()).toEqual([...settingNames].toSorted());
});

test('the page says of each setting whether the templates set it, as they do', () => {
  const said = inPage.filter(({ says }) => says.startsWith('set: ')).map(({ name }) => name);
  const notSaid = inPage.filter(({ says }) => !says.startsWith('set: '));
  expect(said.toSorted()).toEqual(inAzure.toSorted());
  expect(notSaid.filter(({ says }) => !says.startsWith('not set'))).toEqual([]);
});

test('the templates set no setting the app does not know', () => {
  expect(inAzure.filter((name) => !settingNames.includes(name))).toEqual([]);
});

test('settings of features are unknown to this version: one that it has learnt belongs to the others', () => {
  expect(ofFeatures.filter((name) => settingNames.includes(name))).toEqual([]);
  expect(main).toContain('param features feature[] = []');
});

test('the page names the settings of each feature', () => {
  const told = rows.filter(({ name }) => keys(features, 2).includes(name));
  const told2 = told.map(({ name, says }) => [name, [...says.matchAll(/`(\w+)`/g)].map((match) => match[1]!)]);
  const set = [...features.matchAll(/^ {2}(\w+): \{\n([\s\S]*?)^ {2}\}/gm)].map((match) => [
    match[1]!,
    keys(match[2]!, 4),
  ]);
  expect(told2).toEqual(set);
});

test('the README explains every setting the app reads, and no other', () => {
  const table = readFileSync('README.md', 'utf8').split('## Settings')[1]!.split('\n\nAll wrong')[0]!;
  const explained = [...table.matchAll(/^\| (`.+?`) +\|/gm)].flatMap((row) =>
    [...row[1]!.matchAll(/`(\w+)`/g)].map((match) => match[1]!),
  );
  expect(explained.toSorted()).toEqual([...settingNames].toSorted());
});

test('the sample names the same settings', () => {
  const named = Object.keys(sample.Values).filter((name) => name !== 'FUNCTIONS_WORKER_RUNTIME');
  expect(named.toSorted()).toEqual([...settingNames].toSorted());
});

test('the defaults of the templates are those of the app', () => {
  const { sync, ungroupedTenants, credential } = loadConfig({
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    TASK_HUB_NAME: 'relay',
    KEY_VAULT_URL: 'https://contoso.vault.azure.net',
    RELAY_TENANT_ID: '3d6bd0a5-3a1f-4d0e-9a4c-1f2e3d4c5b6a',
    RELAY_CLIENT_ID: '0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d',
  });
  const given = Object.fromEntries(
    [...block(main, 'sync').matchAll(/^ {2}(\w+): (.+)$/gm)].map((match) => [
      match[1]!,
      match[2]!.startsWith("'") ? match[2]!.slice(1, -1) : Number(match[2]),
    ]),
  );
  expect(given).toEqual(sync);
  expect(main).toContain(`param ungroupedTenants 'all' | 'admins' = '${ungroupedTenants}'`);
  expect(main).toContain(`param credential credentialKind = '${credential.kind}'`);
  expect(bicep).toContain(`'${credential.name}'`);
});

test('what the templates set is accepted by the app', () => {
  const guid = '3d6bd0a5-3a1f-4d0e-9a4c-1f2e3d4c5b6a';
  const values: Record<string, string> = {
    'dataStorage.blob': 'https://stdata.blob.core.windows.net/',
    'dataStorage.queue': 'https://stdata.queue.core.windows.net/',
    'dataStorage.table': 'https://stdata.table.core.windows.net/',
    'identity.clientId': guid,
    taskHubName: 'relayabcdefghijklm',
    vaultUrl: 'https://kv-app-abcdefghijklm.vault.azure.net/',
    'tenant().tenantId': guid,
    'clientIds.reader': guid,
    credential: 'secret',
    "credential == 'certificate' ? 'relay-app-cert' : 'relay-app-secret'": 'relay-app-secret',
    tenantVaultUrl: 'https://kv-ten-abcdefghijklm.vault.azure.net/',
    // In Bicep a client id that is not there is an empty text, which the app takes for unset.
    "clientIds.?writer ?? ''": '',
    "credential == 'certificate' ? 'relay-writer-cert' : 'relay-writer-secret'": 'relay-writer-secret',
    "clientIds.?defender ?? ''": guid,
    "credential == 'certificate' ? 'relay-defender-cert' : 'relay-defender-secret'": 'relay-defender-secret',
    'clientIds.?api ?? clientIds.reader': guid,
    "credential == 'certificate' ? 'relay-api-cert' : 'relay-api-secret'": 'relay-api-secret',
    "clientIds.?cli ?? ''": guid,
    "clientIds.?responder ?? ''": '',
    "credential == 'certificate' ? 'relay-responder-cert' : 'relay-responder-secret'": 'relay-responder-secret',
    cloud: 'public',
    ungroupedTenants: 'all',
    "'https://${site.properties.defaultHostName}'": 'https://func-relay.azurewebsites.net',
    'sync.schedule': '0 * * * * *',
    'string(sync.intervalSeconds)': '300',
    'string(sync.overlapMinutes)': '60',
    'string(sync.tenantConcurrency)': '64',
    'string(sync.tenantsPerActivity)': '50',
    "'managedidentity'": 'managedidentity',
  };
  const lines = [...block(bicep, 'settings').matchAll(/^ {2}(\w+): (.+)$/gm)].filter(
    (match) => !ofTheHost.test(match[1]!),
  );
  const env = Object.fromEntries(lines.map((match) => [match[1]!, values[match[2]!]]));
  expect(Object.entries(env).filter(([, value]) => value === undefined)).toEqual([]);
  expect(loadConfig(env).storage).toMatchObject({ kind: 'identity', clientId: guid });
});

test('nothing that Flex Consumption refuses is set', () => {
  const refused = [
    'FUNCTIONS_WORKER_RUNTIME',
    'FUNCTIONS_EXTENSION_VERSION',
    'WEBSITE_RUN_FROM_PACKAGE',
    'SCM_DO_BUILD_DURING_DEPLOYMENT',
    'ENABLE_ORYX_BUILD',
    'WEBSITE_CONTENTAZUREFILECONNECTIONSTRING',
    'WEBSITE_CONTENTSHARE',
    'WEBSITE_NODE_DEFAULT_VERSION',
    'WEBSITE_TIME_ZONE',
    'linuxFxVersion',
    'alwaysOn',
    'functionAppScaleLimit',
  ];
  const code = bicep.replace(/^\s*\/\/.*$/gm, '');
  expect(refused.filter((name) => code.includes(name))).toEqual([]);
});
