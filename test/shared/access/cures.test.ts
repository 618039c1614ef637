import type { BlockReason } from '../../../shared/access/cures';
import { cureFor } from '../../../shared/access/cures';

const tenantId = '11111111-0000-4000-8000-000000000001';
const registration = { authority: 'https://login.microsoftonline.us', clientId: 'a client&id' };
const cureOf = (reason: BlockReason) => cureFor(reason, tenantId, registration);
const customersTurn: readonly BlockReason[] = ['consentMissing', 'roleMissing'];
const otherReasons: readonly BlockReason[] = [
  'licenceMissing',
  'tenantUnknown',
  'conditionalAccess',
  'resourceMissing',
  'credentialRejected',
];

test('each reason has a cure of its own', () => {
  const cures = [...customersTurn, ...otherReasons].map((reason) => cureOf(reason).cure);
  expect(new Set(cures).size).toBe(7);
  for (const cure of cures) expect(cure).toMatch(/^[A-Z].{30,}\.$/);
});

test.each(customersTurn)('%s comes with a consent link for this tenant in its own cloud', (reason) => {
  const link = new URL(cureOf(reason).link!);
  expect(link.origin).toBe('https://login.microsoftonline.us');
  expect(link.pathname).toBe('/11111111-0000-4000-8000-000000000001/v2.0/adminconsent');
});

test.each(otherReasons)('%s has no link: consent would not cure it', (reason) => {
  expect(cureOf(reason).link).toBeNull();
});
