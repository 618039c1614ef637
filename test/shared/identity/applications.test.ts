import type { TokenCredential } from '@azure/identity';
import { loadConfig } from '../../../shared/config';
import { UpstreamError } from '../../../shared/errors';
import { createApplications } from '../../../shared/identity/applications';
import type { Vault } from '../../../shared/ports';

const tenantId = '11111111-0000-4000-8000-000000000001';
const reader = '22222222-0000-4000-8000-000000000002';
const own = '33333333-0000-4000-8000-000000000003';
const env = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  TASK_HUB_NAME: 'relay',
  KEY_VAULT_URL: 'https://app.vault.azure.net',
  AZURE_CLIENT_ID: '44444444-0000-4000-8000-000000000004',
  RELAY_TENANT_ID: '55555555-0000-4000-8000-000000000005',
  RELAY_CLIENT_ID: reader,
  RELAY_DEFENDER_CLIENT_ID: '66666666-0000-4000-8000-000000000006',
};

/** What each vault is asked for, in order. */
const open = (settings: Record<string, string> = {}) => {
  const asked: string[] = [];
  const vault = (name: string): Vault => {
    const away = (what: string) => {
      asked.push(`${name}: ${what}`);
      return Promise.reject(new UpstreamError('the vault is away'));
    };
    return {
      getSecret: (secret) => away(secret),
      getCertificate: (certificate) => away(certificate),
      setSecret: () => away('set'),
      deleteSecret: () => away('delete'),
      endOf: (_, name) => away(name),
      sign: () => away('sign'),
    };
  };
  const identity: TokenCredential = { getToken: () => Promise.reject(new Error('no identity here')) };
  const clock = { now: () => 0, elapsedMs: () => 0 };
  const vaults = { app: vault('app'), tenants: vault('tenants') };
  return { asked, ...createApplications({ config: loadConfig({ ...env, ...settings }), vaults, identity, clock }) };
};
const ask = async (proofs: { current(): Promise<unknown> }): Promise<void> => {
  await expect(proofs.current()).rejects.toBeInstanceOf(UpstreamError);
};

test('each registration proves itself with its own credential, and writing falls back to reading', async () => {
  const { asked, applicationFor, troubles } = open();
  const tenant = { tenantId, cloud: 'public' } as const;
  const [reading, writing, defending] = (['reader', 'writer', 'defender'] as const).map((each) =>
    applicationFor(tenant, each),
  );
  expect(reading).toMatchObject({ clientId: reader, authority: 'https://login.microsoftonline.com' });
  expect(writing).toEqual(reading);
  expect(defending!.clientId).toBe(env.RELAY_DEFENDER_CLIENT_ID);
  await ask(reading!.proofs);
  await ask(defending!.proofs);
  expect(asked).toEqual(['app: relay-app-secret', 'app: relay-defender-secret']);
  expect(troubles().map(({ name }) => name)).toEqual(['relay-app-secret', 'relay-defender-secret']);
});

test('with certificates the vault is asked for those', async () => {
  const { asked, applicationFor } = open({ RELAY_CREDENTIAL: 'certificate' });
  await ask(applicationFor({ tenantId, cloud: 'public' }, 'reader').proofs);
  expect(asked).toEqual(['app: relay-app-cert']);
});

test('a tenant’s own application is used for all registrations, from the vault of tenants', async () => {
  const { asked, applicationFor, troubles } = open();
  const bySecret = { tenantId, cloud: 'public', credential: { kind: 'secret', clientId: own } } as const;
  for (const registration of ['reader', 'writer', 'defender'] as const)
    expect(applicationFor(bySecret, registration).clientId).toBe(own);
  await ask(applicationFor(bySecret, 'defender').proofs);
  const byCertificate = { ...bySecret, credential: { kind: 'certificate', clientId: own } } as const;
  await ask(applicationFor(byCertificate, 'reader').proofs);
  expect(asked).toEqual([`tenants: tenant-${tenantId}-secret`, `tenants: tenant-${tenantId}-cert`]);
  expect(troubles()).toEqual([]);
});

test('tenants of two ids never share a credential, nor do two kinds of one tenant', () => {
  const { applicationFor } = open();
  const of = (id: string, kind: 'secret' | 'certificate') =>
    applicationFor({ tenantId: id, cloud: 'public', credential: { kind, clientId: own } }, 'reader').proofs;
  const other = '11111111-0000-4000-8000-000000000009';
  const all = [of(tenantId, 'secret'), of(tenantId, 'certificate'), of(other, 'secret'), of(other, 'certificate')];
  expect(new Set(all).size).toBe(4);
  expect(of(tenantId, 'secret')).toBe(all[0]);
});

test('a tenant that was forgotten starts anew, the others do not', () => {
  const { applicationFor, forgetTenant } = open();
  const of = (id: string) =>
    applicationFor({ tenantId: id, cloud: 'public', credential: { kind: 'secret', clientId: own } }, 'reader').proofs;
  const other = '11111111-0000-4000-8000-000000000009';
  const [first, second] = [of(tenantId), of(other)];
  forgetTenant(tenantId);
  expect(of(tenantId)).not.toBe(first);
  expect(of(other)).toBe(second);
});

test('a tenant of another cloud is asked for at that cloud’s own Entra, whatever overrides the home one', () => {
  const { applicationFor } = open({ ENTRA_AUTHORITY_HOST: 'https://proxy.example' });
  const credential = { kind: 'certificate', clientId: own } as const;
  expect(applicationFor({ tenantId, cloud: 'public' }, 'reader')).toMatchObject({
    authority: 'https://proxy.example',
    authorityOverridden: true,
  });
  expect(applicationFor({ tenantId, cloud: 'usgov', credential }, 'reader')).toMatchObject({
    authority: 'https://login.microsoftonline.us',
    authorityOverridden: false,
  });
});
