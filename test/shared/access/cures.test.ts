import type { BlockReason, CredentialFacts, Registration } from '../../../shared/access/cures';
import { cureFor } from '../../../shared/access/cures';

const tenantId = '11111111-0000-4000-8000-000000000001';
const registration = { authority: 'https://login.microsoftonline.us', clientId: 'a client&id' };
const cureOf = (reason: BlockReason) => cureFor(reason, tenantId, registration);
const customersTurn: readonly BlockReason[] = ['consentMissing', 'roleMissing'];
const inPortals: readonly BlockReason[] = [
  'licenceMissing',
  'conditionalAccess',
  'resourceMissing',
  'credentialRejected',
];
const otherReasons: readonly BlockReason[] = ['tenantUnknown', 'credentialMissing', 'vaultDenied'];

test('each reason has a cure of its own', () => {
  const cures = [...customersTurn, ...inPortals, ...otherReasons].map((reason) => cureOf(reason).cure);
  expect(new Set(cures).size).toBe(9);
  for (const cure of cures) expect(cure).toMatch(/^[A-Z].{30,}\.$/);
});

test.each(customersTurn)('%s comes with a consent link for this tenant in its own cloud', (reason) => {
  const link = new URL(cureOf(reason).link!);
  expect(link.origin).toBe('https://login.microsoftonline.us');
  expect(link.pathname).toBe('/11111111-0000-4000-8000-000000000001/v2.0/adminconsent');
});

test('a missing role is named as the back end has it, and consent is asked for where it is granted', () => {
  const asked = (registration: Registration) => {
    const { cure, link } = cureFor('roleMissing', tenantId, registration);
    return [/permission (.+) is not/.exec(cure)?.[1], new URL(link!).searchParams.get('scope')];
  };
  const plain = { authority: 'https://login.microsoftonline.com', clientId: 'c' };
  expect(asked(plain)).toEqual([
    'SecurityIncident.Read.All of Microsoft Graph',
    'https://graph.microsoft.com/.default',
  ]);
  expect(asked({ ...plain, backend: 'graph', cloud: 'usgov' })).toEqual([
    'SecurityIncident.Read.All of Microsoft Graph',
    'https://graph.microsoft.us/.default',
  ]);
  expect(asked({ ...plain, backend: 'defender', cloud: 'public' })).toEqual([
    'Incident.Read.All of Microsoft Threat Protection',
    'https://api.security.microsoft.com/.default',
  ]);
});

test.each(inPortals)('%s comes with the page of the portal where it is mended, in the tenant’s own cloud', (reason) => {
  expect(cureFor(reason, tenantId, { ...registration, cloud: 'usgov' }).link).toMatch(
    /^https:\/\/(?:security\.microsoft|portal\.azure)\.us\//,
  );
});

test.each(otherReasons)('%s has no link: no page would cure it', (reason) => {
  expect(cureOf(reason).link).toBeNull();
});

test.each<readonly [BlockReason, readonly string[]]>([
  ['consentMissing', ['AADSTS700016', 'AADSTS7000112', 'AADSTS50105']],
  ['tenantUnknown', ['AADSTS90002', 'AADSTS90038']],
  ['credentialRejected', ['AADSTS7000215', 'AADSTS7000222']],
  ['credentialMissing', ['NotFound', 'Disabled', 'empty', 'Expired']],
])('%s is mended differently for each of what the other side may say: %j', (reason, said) => {
  const cures = said.map((raw) => cureFor(reason, tenantId, registration, raw).cure);
  expect(new Set(cures).size).toBe(said.length);
  for (const cure of cures) expect(cure).toMatch(/^[A-Z].{30,}\.$/);
});

test('a missing permission of Defender for Endpoint is named, not that of incidents, and asked for where it belongs', () => {
  const { cure, link } = cureFor('roleMissing', tenantId, {
    authority: 'https://login.microsoftonline.com',
    clientId: 'c',
    api: 'mde',
  });
  expect(cure).toContain('Machine.Read.All of WindowsDefenderATP');
  expect(new URL(link!).searchParams.get('scope')).toBe('https://api.securitycenter.microsoft.com/.default');
});

describe('a credential that fails', () => {
  const told = (reason: BlockReason, credential: CredentialFacts) =>
    cureFor(reason, tenantId, { ...registration, credential }).cure;

  test('has a cure of its own for each kind, and names what is to be looked at in the vault', () => {
    const kinds = ['secret', 'certificate', 'federated'] as const;
    expect(new Set(kinds.map((kind) => told('credentialRejected', { kind }))).size).toBe(3);
    expect(told('credentialMissing', { kind: 'secret', name: 'relay-app-secret' })).toContain(
      'secret relay-app-secret',
    );
    expect(told('vaultDenied', { kind: 'certificate', name: 'relay-app-cert' })).toContain(
      'certificate relay-app-cert',
    );
    expect(told('vaultDenied', { kind: 'certificate' })).toContain('Key Vault Crypto User');
    expect(told('vaultDenied', { kind: 'secret' })).toContain('Key Vault Secrets User');
  });

  test('that a tenant brought is mended by putting the tenant again', () => {
    for (const reason of ['credentialRejected', 'credentialMissing'] as const)
      expect(told(reason, { kind: 'secret', isTenants: true })).toMatch(/put (this tenant|it) again/);
  });
});
