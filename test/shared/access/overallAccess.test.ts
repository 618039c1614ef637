import { overallAccess, readingAccess } from '../../../shared/access/overallAccess';
import type { Access } from '../../../shared/model/access';
import { pendingAccess } from '../../../shared/model/access';
import type { RegistrationName } from '../../../shared/model/registration';

const granted: Access = { ...pendingAccess, state: 'granted', since: '2026-11-20T08:00:00.000Z' };
const refused: Access = {
  ...granted,
  state: 'blocked',
  reason: 'consentMissing',
  cure: 'Open the link.',
  blockedUntil: '2026-11-20T09:00:00.000Z',
};
const accesses = (given: Partial<Record<RegistrationName, Access>>): ReadonlyMap<RegistrationName, Access> =>
  new Map(Object.entries(given) as [RegistrationName, Access][]);

test.each([
  ['nobody has asked', 'graph', accesses({}), 'pending'],
  ['it is read', 'graph', accesses({ reader: granted }), 'granted'],
  ['it cannot be read', 'graph', accesses({ reader: refused, defender: granted }), 'blocked'],
  ['it refuses writing', 'graph', accesses({ reader: granted, writer: refused }), 'partial'],
  ['another was never granted', 'graph', accesses({ reader: granted, defender: pendingAccess }), 'granted'],
  [
    'another is granted in part',
    'graph',
    accesses({ reader: granted, defender: { ...granted, state: 'partial' } }),
    'partial',
  ],
  ['it is read through the Defender API', 'defender', accesses({ defender: granted }), 'granted'],
  [
    'the Defender API is refused, which it is read through',
    'defender',
    accesses({ reader: granted, defender: refused }),
    'blocked',
  ],
] as const)('of a tenant where %s', (_, backend, given, state) => {
  expect(overallAccess(backend, given).state).toBe(state);
});

test('access in part has the reason and cure of what is refused, and keeps no one from reading', () => {
  expect(overallAccess('graph', accesses({ reader: granted, writer: refused }))).toMatchObject({
    state: 'partial',
    reason: 'consentMissing',
    cure: 'Open the link.',
    blockedUntil: null,
  });
});

test('a tenant is read by the registration of its back end', () => {
  const both = accesses({ reader: granted, defender: refused });
  expect(readingAccess('graph', both)).toBe(granted);
  expect(readingAccess('defender', both)).toBe(refused);
  expect(readingAccess('defender', accesses({ reader: granted }))).toEqual(pendingAccess);
});
