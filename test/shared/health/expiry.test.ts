import { expiryWarning, expiryWarnings } from '../../../shared/health/expiry';
import { secretKinds } from '../../../shared/model/connection';
import type { Expiring } from '../../../shared/model/expiring';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const secret = (endsAt: string | null, tenantId?: string): Expiring => ({
  what: 'secret',
  name: 'relay-app-secret',
  endsAt,
  ...(tenantId === undefined ? {} : { tenantId }),
});

test.each([
  ['2027-01-19T08:00:00.001Z', undefined],
  ['2027-01-19T08:00:00.000Z', 'soon'],
  ['2026-12-20T08:00:00.001Z', 'soon'],
  ['2026-12-20T08:00:00.000Z', 'near'],
  ['2026-11-27T08:00:00.001Z', 'near'],
  ['2026-11-27T08:00:00.000Z', 'urgent'],
  ['2026-11-20T08:00:00.001Z', 'urgent'],
  ['2026-11-20T08:00:00.000Z', 'over'],
  ['2020-01-01T00:00:00.000Z', 'over'],
  [null, 'unknown'],
  ['one day', 'unknown'],
])('what ends at %s is %s', (endsAt, stage) => {
  expect(expiryWarning(secret(endsAt), nowMs)?.stage).toBe(stage);
});

test('tells how many days are left and the day it ends', () => {
  expect(expiryWarning(secret('2026-11-25T09:00:00.000Z'), nowMs)?.detail).toBe(
    'The client secret relay-app-secret ends in 5 days (2026-11-25).',
  );
  expect(expiryWarning(secret('2026-11-21T09:00:00.000Z'), nowMs)?.detail).toContain('in 1 day ');
  expect(expiryWarning(secret('2026-11-20T09:00:00.000Z'), nowMs)?.detail).toContain('within a day');
});

test('each kind, each owner and each of renewing and telling has a cure of its own', () => {
  const kinds = ['secret', 'certificate', 'partnerRelationship'] as const;
  const tenantId = '11111111-0000-4000-8000-000000000001';
  const all: Expiring[] = ['2026-11-25T00:00:00.000Z', null].flatMap((endsAt) => [
    ...kinds.map((what) => ({ what, name: 'a', tenantId, endsAt })),
    { what: 'secret' as const, name: 'a', endsAt },
    { what: 'certificate' as const, name: 'a', endsAt },
    ...secretKinds.map((kind) => ({ what: 'connectionSecret' as const, name: 'a', secret: kind, tenantId, endsAt })),
    { what: 'connectionSecret' as const, name: 'a', secret: 'auth' as const, endsAt },
  ]);
  const cures = all.map((each) => expiryWarning(each, nowMs)!.cure);
  // The app's secret and certificate are told their end in one way.
  expect(new Set(cures).size).toBe(17);
  for (const cure of cures) expect(cure).toMatch(/^[A-Z].{30,}\.$/);
});

test('of a connection it says which one and which secret, and where to put the new one', () => {
  const tenantId = '11111111-0000-4000-8000-000000000001';
  const ending = { what: 'connectionSecret', name: 'tickets', endsAt: '2026-11-25T09:00:00.000Z' } as const;
  const own = expiryWarning({ ...ending, secret: 'auth', tenantId }, nowMs);
  expect(own?.detail).toBe('The auth.secret of the connection tickets ends in 5 days (2026-11-25).');
  expect(own?.cure).toContain(`PUT /tenants/${tenantId}/connections/tickets again`);
  expect(own?.cure).toContain('(auth.secret, auth.expires)');
  const shared = expiryWarning({ ...ending, secret: 'inbound' }, nowMs);
  expect(shared?.detail).toContain('The inbound.secret of the connection tickets of all tenants ends');
  expect(shared?.cure).toContain('PUT /connections/tickets again');
  expect(expiryWarning({ ...ending, secret: 'auth', endsAt: null }, nowMs)?.cure).toContain('auth.expires');
});

test('what is over comes first, what nobody knows the end of last', () => {
  const ends = [null, '2026-12-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z', '2030-01-01T00:00:00.000Z'];
  expect(
    expiryWarnings(
      ends.map((endsAt) => secret(endsAt)),
      nowMs,
    ).map(({ stage }) => stage),
  ).toEqual(['over', 'near', 'unknown']);
});
