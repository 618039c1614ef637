import { join } from 'node:path';
import { checkTemplates } from '../../local/infra/compilers';
import { bicepFiles, codeOf } from './bicepFiles';

const files = bicepFiles();
const declaring = (type: string): string[] =>
  files
    .filter((file) => new RegExp(`^ *resource \\w+ '${type}@[^']+' = `, 'm').test(codeOf(file)))
    .map(({ path }) => path);
const codeIn = (path: string): string => codeOf(files.find((file) => file.path === path)!);

const verdicts = checkTemplates('infra', process.env);
const unchecked = verdicts.length === 0 && process.env.CI !== 'true';

(unchecked ? test.skip : test)('every compiler and checker at hand accepts the templates without a warning', () => {
  expect(verdicts).not.toEqual([]);
  expect(verdicts.filter(({ ok }) => !ok)).toEqual([]);
});

test('a checker that finds a fault, warns or is missing fails the check', () => {
  const checked = (script: string) =>
    checkTemplates('infra', { PATH: '', BICEP_CHECK: join('test', 'infra', 'checkers', script) }).map(({ ok }) => ok);
  expect(checked('clean.cjs')).toEqual([true]);
  expect(checked('failing.cjs')).toEqual([false]);
  expect(checked('warning.cjs')).toEqual([false]);
  expect(checked('missing.cjs')).toEqual([false]);
});

test('without a compiler and without a checker nothing is said to be fine', () => {
  expect(checkTemplates('infra', { PATH: '' })).toEqual([]);
});

test('every silenced rule has its reason on the line before', () => {
  const silenced = files.flatMap(({ path, text }) => {
    const lines = text.split('\n');
    return lines.flatMap((line, at) =>
      line.includes('#disable') ? [{ path, reason: lines[at - 1]!.trim().startsWith('//') }] : [],
    );
  });
  expect(silenced).toEqual([{ path: 'app/functionApp.bicep', reason: true }]);
});

test('deploying twice makes the same names: no clock and no random value', () => {
  expect(files.filter((file) => /\b(utcNow|newGuid)\(/.test(codeOf(file)))).toEqual([]);
});

test('roles are assigned in one file, by its table alone', () => {
  expect(declaring('Microsoft.Authorization/roleAssignments')).toEqual(['app/access.bicep']);
  const code = codeIn('app/access.bicep');
  const ids = [...code.matchAll(/roleDefinitionId: (.+)/g)].map((match) => match[1]);
  expect(new Set(ids)).toEqual(
    new Set(["subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.roleId)"]),
  );
  expect(ids).toHaveLength([...code.matchAll(/roleAssignments@/g)].length);
});

test('no storage account takes keys, old TLS, plain http or anonymous readers', () => {
  expect(declaring('Microsoft.Storage/storageAccounts')).toEqual(['app/storageAccount.bicep']);
  const code = codeIn('app/storageAccount.bicep');
  for (const line of [
    'allowSharedKeyAccess: false',
    'allowBlobPublicAccess: false',
    'allowCrossTenantReplication: false',
    'defaultToOAuthAuthentication: true',
    "minimumTlsVersion: 'TLS1_2'",
    'supportsHttpsTrafficOnly: true',
  ])
    expect(code).toContain(line);
});

test('no container is public', () => {
  const containers = files.map(codeOf).flatMap((code) => [...code.matchAll(/publicAccess: (.+?) \}/g)]);
  expect(containers.map((match) => match[1])).toEqual(["'None'", "'None'"]);
});

test('every vault takes roles only and cannot be purged', () => {
  expect(declaring('Microsoft.KeyVault/vaults')).toEqual(['app/vault.bicep']);
  const code = codeIn('app/vault.bicep');
  expect(code).toContain('enableRbacAuthorization: true');
  expect(code).toContain('enablePurgeProtection: true');
  expect(code).not.toContain('accessPolicies');
});

test('telemetry and publishing take no keys and no passwords', () => {
  expect(declaring('Microsoft.Insights/components')).toEqual(['app/monitoring.bicep']);
  expect(codeIn('app/monitoring.bicep')).toContain('DisableLocalAuth: true');
  expect(codeIn('app/monitoring.bicep')).toContain('disableLocalAuth: true');
  expect(codeIn('app/functionApp.bicep')).toMatch(/for channel in \['ftp', 'scm'\]: \{[^}]*\{ allow: false \}/);
});

test('no key, connection string or secret is read by a template', () => {
  const reading = /\blist(Keys|Secrets|AccountSas|ServiceSas|ConnectionStrings)?\(|getSecret\(|\.listKeys\(/;
  expect(files.filter((file) => reading.test(codeOf(file))).map(({ path }) => path)).toEqual([]);
});

test('an app runs as its user-assigned identity and under nothing else', () => {
  expect(declaring('Microsoft.Web/sites')).toEqual(['app/functionApp.bicep']);
  const code = codeIn('app/functionApp.bicep');
  expect(code).toContain("type: 'UserAssigned'");
  expect(code).not.toContain('SystemAssigned');
  expect(code).toContain("authentication: {\n            type: 'UserAssignedIdentity'");
  expect(code).toContain('httpsOnly: true');
});
