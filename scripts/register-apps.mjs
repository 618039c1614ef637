#!/usr/bin/env node
// node scripts/register-apps.mjs --name xdr-relay-prod [--features writeBack,defender] [--redirect URL] [--identity OBJECT_ID]
//
// Makes the app registrations where Bicep cannot (createAppRegistration false: clouds without the Graph extension, or
// an organisation that splits the duties). Permissions, roles and scope come from infra/app/permissions.bicep. Prints the
// client ids as JSON for RELAY_EXISTING_CLIENT_IDS. Safe to run again: what is there is brought up to date. With --identity the
// managed identity becomes a federated credential. Needs npm run build and az on the PATH; on Windows use WSL or Cloud Shell.
//
// Entra: Application Administrator.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { registrationManifests } = createRequire(import.meta.url)(
  join(root, 'dist/local/infra/registrationManifests.js'),
);

const { values } = parseArgs({
  options: {
    name: { type: 'string' },
    features: { type: 'string', default: '' },
    redirect: { type: 'string' },
    identity: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || values.name === undefined) {
  console.log(
    readFileSync(fileURLToPath(import.meta.url), 'utf8')
      .split('\n')
      .slice(1, 9)
      .join('\n')
      .replaceAll('// ', ''),
  );
  process.exit(values.help ? 0 : 2);
}

const scratch = mkdtempSync(join(tmpdir(), 'register-apps-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const az = (...words) => {
  const { status, stdout, stderr, error } = spawnSync('az', [...words, '--only-show-errors'], { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`az ${words.slice(0, 3).join(' ')} failed: ${stderr.trim()}`);
  return stdout.trim();
};
const graph = az('cloud', 'show', '--query', 'endpoints.microsoftGraphResourceId', '-o', 'tsv').replace(/\/$/, '');
const tenantId = az('account', 'show', '--query', 'tenantId', '-o', 'tsv');
const authority = az('cloud', 'show', '--query', 'endpoints.activeDirectory', '-o', 'tsv').replace(/\/$/, '');
const call = (method, path, body, ...more) => {
  const file = join(scratch, 'body.json');
  if (body !== undefined) writeFileSync(file, JSON.stringify(body));
  const sent = body === undefined ? [] : ['--body', `@${file}`];
  const answer = az('rest', '--method', method, '--url', `${graph}/v1.0/${path}`, ...sent, ...more);
  return answer === '' ? undefined : JSON.parse(answer);
};
const federation = { AzureCloud: '', AzureUSGovernment: 'USGov', AzureChinaCloud: 'China' };
const cloud = az('cloud', 'show', '--query', 'name', '-o', 'tsv');

const clientIds = {};
for (const { name, manifest, isPublic } of registrationManifests({
  infra: join(root, 'infra'),
  uniqueName: values.name,
  tenantId,
  features: values.features.split(',').filter(Boolean),
  redirectUri: values.redirect,
})) {
  const { uniqueName, ...rest } = manifest;
  // Found by the client's own key: made where it is missing, brought up to date where it is there.
  const path = `applications(uniqueName='${uniqueName}')`;
  call('patch', path, rest, '--headers', 'Prefer=create-if-missing');
  const app = call('get', path);
  const principals = call('get', `servicePrincipals?$filter=appId eq '${app.appId}'`.replaceAll(' ', '%20'));
  if (principals.value.length === 0) call('post', 'servicePrincipals', { appId: app.appId });
  if (values.identity !== undefined && !isPublic && name !== 'responder') {
    const trusts = call('get', `applications/${app.id}/federatedIdentityCredentials`).value;
    if (!trusts.some(({ subject }) => subject === values.identity))
      call('post', `applications/${app.id}/federatedIdentityCredentials`, {
        name: 'managed-identity',
        issuer: `${authority}/${tenantId}/v2.0`,
        subject: values.identity,
        audiences: [`api://AzureADTokenExchange${federation[cloud] ?? ''}`],
      });
  }
  clientIds[name] = app.appId;
}
console.log(JSON.stringify(clientIds));
