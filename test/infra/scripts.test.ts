import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { AzRules } from './fakeAz';
import { runScript } from './fakeAz';

const scripts = readdirSync('scripts').filter((file) => file.endsWith('.sh'));
const secret = 'fake~Sec.ret-Value_0123456789';
const app = '0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d';
const toVault = ['--app', app, '--vault', 'kv'];
const changing = /\b(set|create|reset|delete|lock|patch|post|admin-consent|config-zip)\b/;
const changes = (calls: readonly { command: string }[]) =>
  calls.map(({ command }) => command).filter((command) => changing.test(command));

const noSecretYet: AzRules = [
  ['keyvault secret list', ''],
  ['ad app credential reset', secret],
  ['keyvault secret set', ''],
];
const goodUntil = (ends: string): AzRules => [['keyvault secret list', ends], ...noSecretYet.slice(1)];

test.each(scripts)('%s explains itself, names the Entra role it needs and refuses what it does not know', (script) => {
  const help = runScript(script, ['--help'], []);
  expect(help).toMatchObject({ status: 0, calls: [] });
  expect(help.stdout).toMatch(/^Entra: /m);
  expect(runScript(script, ['--no-such-option'], [])).toMatchObject({ status: 2, calls: [] });
});

test.each(scripts)('%s has a twin for PowerShell with the same parameters', (script) => {
  const bash = readFileSync(`scripts/${script}`, 'utf8');
  const twin = readFileSync(`scripts/${script.replace(/sh$/, 'ps1')}`, 'utf8');
  const options = [...bash.matchAll(/^ +--([a-z-]+)\) /gm)].map((match) => match[1]!.replaceAll('-', ''));
  const block = /\nparam\(([\s\S]*?)\)\n\$ErrorActionPreference/.exec(twin)?.[1] ?? '';
  const parameters = [...block.matchAll(/\] \$(\w+)/g)].map((match) => match[1]!.toLowerCase());
  expect(parameters.toSorted()).toEqual(options.filter((name) => name !== 'help').toSorted());
  expect(twin).toMatch(/^Entra: /m);
});

test('a new secret goes from Entra into the vault without being shown or standing on a command line', () => {
  const { status, stdout, stderr, calls } = runScript('create-secret.sh', toVault, noSecretYet);
  expect(status).toBe(0);
  expect(`${stdout}${stderr}`).not.toContain(secret);
  expect(calls.filter(({ command }) => command.includes(secret))).toEqual([]);
  const stored = calls.find(({ command }) => command.startsWith('keyvault secret set'));
  expect(stored?.stdin).toBe(secret);
  expect(stored?.command).toMatch(/--name relay-app-secret .*--expires \d{4}-\d\d-\d\dT/);
});

test('a secret that is good for more than 30 days is left alone', () => {
  const { status, stdout, calls } = runScript('create-secret.sh', toVault, goodUntil('2999-01-01T00:00:00+00:00'));
  expect({ status, changes: changes(calls) }).toEqual({ status: 0, changes: [] });
  expect(stdout).toContain('nothing to do');
});

test.each([
  ['that ends soon', toVault, '2020-01-01T00:00:00+00:00'],
  ['on request', [...toVault, '--rotate'], '2999-01-01T00:00:00+00:00'],
])('a secret is renewed %s, and the one before it stays', (_when, words, ends) => {
  const { status, stdout, calls } = runScript('create-secret.sh', words, goodUntil(ends));
  expect(status).toBe(0);
  expect(changes(calls).map((command) => command.split(' --')[0])).toEqual([
    'ad app credential reset',
    'keyvault secret set',
  ]);
  expect(calls.find(({ command }) => command.includes('reset'))?.command).toContain('--append');
  expect(stdout).toContain('--remove-old');
});

test('no secret from Entra stores nothing', () => {
  const { status, calls } = runScript('create-secret.sh', toVault, [
    ['keyvault secret list', ''],
    ['ad app credential reset', ''],
  ]);
  expect(status).toBe(1);
  expect(calls.filter(({ command }) => command.startsWith('keyvault secret set'))).toEqual([]);
});

test('old secrets are removed one by one, the newest never', () => {
  const { status, calls } = runScript(
    'create-secret.sh',
    [...toVault, '--remove-old'],
    [
      ['credential list', 'key-1\nkey-2'],
      ['credential delete', ''],
    ],
  );
  expect(status).toBe(0);
  expect(calls[0]?.command).toContain('startDateTime)[:-1]');
  expect(changes(calls)).toEqual(
    ['key-1', 'key-2'].map((id) => `ad app credential delete --id ${app} --key-id ${id} -o none`),
  );
});

test('a certificate is made with a key that cannot leave the vault, once', () => {
  const made: AzRules = [
    ['certificate list', 'AB12'],
    ['certificate create', ''],
    ['credential list', '0'],
    ['certificate download', ''],
    ['credential reset', ''],
  ];
  const first = runScript('create-certificate.sh', toVault, [['certificate list', ''], ...made.slice(1)]);
  expect(first.status).toBe(0);
  expect(first.calls.find(({ command }) => command.includes('certificate create'))?.command).toContain(
    '"exportable": false',
  );
  expect(changes(runScript('create-certificate.sh', toVault, made).calls)).toEqual([
    expect.stringMatching(/^ad app credential reset .*--append/),
  ]);
  const again: AzRules = [
    ['certificate list', 'AB12'],
    ['credential list', '1'],
  ];
  expect(runScript('create-certificate.sh', toVault, again)).toMatchObject({ status: 0 });
});

test('a role that is assigned already is not assigned again', () => {
  const words = ['--api', app, '--to', 'me', '--role', 'Relay.Admin'];
  const rules = (count: string): AzRules => [
    ['cloud show', 'https://graph.microsoft.com/'],
    ['ad sp list', 'principal'],
    ['ad sp show', 'role-id'],
    ['--method get', count],
    ['--method post', ''],
  ];
  expect(changes(runScript('assign-role.sh', words, rules('1')).calls)).toEqual([]);
  expect(changes(runScript('assign-role.sh', words, rules('0')).calls)).toEqual([
    'rest --method post --url https://graph.microsoft.com/v1.0/servicePrincipals/principal/appRoleAssignedTo -o none ' +
      '--body {"principalId":"me","resourceId":"principal","appRoleId":"role-id"}',
  ]);
});

test('consent is granted to a registration, with its service principal made first where it is missing', () => {
  const rules = (id: string): AzRules => [
    ['ad sp list', id],
    ['ad sp create', ''],
    ['admin-consent', ''],
    ['permission list', 'shown'],
  ];
  expect(changes(runScript('grant-consent.sh', ['--app', app], rules('')).calls)).toHaveLength(2);
  expect(changes(runScript('grant-consent.sh', ['--app', app], rules('there')).calls)).toEqual([
    `ad app permission admin-consent --id ${app}`,
  ]);
});

test('the audit policy is locked only on a clear yes, and once', () => {
  const rules = (state: string): AzRules => [
    ['--query state', state],
    ['--query etag', 'tag'],
    ['lock', ''],
  ];
  const words = ['--account', 'stdata'];
  expect(runScript('lock-audit.sh', words, rules('Unlocked'))).toMatchObject({ status: 2 });
  expect(changes(runScript('lock-audit.sh', [...words, '--yes'], rules('Locked')).calls)).toEqual([]);
  expect(runScript('lock-audit.sh', [...words, '--yes'], rules('Unlocked')).calls.at(-1)?.command).toContain(
    '--if-match tag',
  );
});

test.each([
  ['Owner', 'Application Administrator', 0],
  ['Contributor\nRole Based Access Control Administrator', 'Application Developer', 0],
  ['Contributor', 'Application Administrator', 1],
  ['Owner', 'Security Reader', 1],
])('a deployer with %j and %j gets exit %d', (azure, entra, exit) => {
  const rules: AzRules = [
    ['user.type', 'user'],
    ['account show', 'id'],
    ['signed-in-user', 'me'],
    ['role assignment list', azure],
    ['cloud show', 'https://graph.microsoft.com/'],
    ['transitiveMemberOf', entra],
  ];
  expect(runScript('check-deployer.sh', [], rules)).toMatchObject({ status: exit });
  const elsewhere = runScript('check-deployer.sh', [], rules.slice(0, 4), { RELAY_CREATE_APP_REGISTRATION: 'false' });
  expect(elsewhere.status).toBe(azure === 'Contributor' ? 1 : 0);
});

test('publishing sends the folder as a zip, and refuses a folder that is no app', () => {
  const words = ['--group', 'rg', '--app', 'func', '--package'];
  expect(runScript('publish.sh', [...words, 'docs'], [])).toMatchObject({ status: 1, calls: [] });
  const { status, calls } = runScript('publish.sh', [...words, 'test/infra/app'], [['config-zip', '']]);
  expect(status).toBe(0);
  expect(calls[0]?.command).toMatch(
    /^functionapp deployment source config-zip --resource-group rg --name func --src .+\.zip/,
  );
});

test('registrations are made or brought up to date by their own key, and their ids printed', () => {
  const words = ['--name', 'xdr-relay-t', '--identity', 'principal'];
  const { status, stdout, calls } = runScript('register-apps.mjs', words, [
    ['endpoints.microsoftGraphResourceId', 'https://graph.microsoft.com/'],
    ['endpoints.activeDirectory', 'https://login.microsoftonline.com'],
    ['--query name', 'AzureCloud'],
    ['tenantId', 'home'],
    ['--method patch', ''],
    ["/applications(uniqueName='xdr-relay-t')", '{"appId":"reader-id","id":"object-1"}'],
    ["/applications(uniqueName='xdr-relay-t-api')", '{"appId":"api-id","id":"object-2"}'],
    ["appId%20eq%20'reader-id'", '{"value":[{"id":"sp"}]}'],
    ['--method get --url https://graph.microsoft.com/v1.0/servicePrincipals', '{"value":[]}'],
    ['object-1/federatedIdentityCredentials', '{"value":[{"subject":"principal"}]}'],
    ['--method get', '{"value":[]}'],
    ['--method post', ''],
  ]);
  expect({ status, stdout: JSON.parse(stdout) as unknown }).toEqual({
    status: 0,
    stdout: { reader: 'reader-id', api: 'api-id' },
  });
  const posts = calls.map(({ command }) => command).filter((command) => command.includes('--method post'));
  expect(posts.map((command) => /v1\.0\/(\S+)/.exec(command)?.[1])).toEqual([
    'servicePrincipals',
    'applications/object-2/federatedIdentityCredentials',
  ]);
  expect(calls.filter(({ command }) => command.includes('Prefer=create-if-missing'))).toHaveLength(2);
});

test.each([
  ['is well', 200, 401, 0],
  ['has no health', 503, 401, 1],
  ['lets everyone in', 200, 200, 1],
])('the smoke test of an app that %s', async (_how, health, open, exit) => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/api/health' ? health : open;
    response.end();
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const child = spawn(resolve('scripts/smoke-test.sh'), ['--url', url, '--seconds', '1'], { stdio: 'ignore' });
    expect(await new Promise((ended) => child.once('close', ended))).toBe(exit);
  } finally {
    server.close();
  }
});
