import { accessAfterCheck, accessBesides } from '../../../../shared/access/check/accessAfterCheck';
import type { Finding, Settled } from '../../../../shared/access/check/step';
import { failed, held } from '../../../../shared/access/check/step';
import type { AppError } from '../../../../shared/errors';
import { ConsentError, ThrottledError, UpstreamError } from '../../../../shared/errors';
import type { Access } from '../../../../shared/model/access';
import { pendingAccess } from '../../../../shared/model/access';

const tenantId = '11111111-0000-4000-8000-000000000001';
const registration = { authority: 'https://login.example', clientId: 'client' };
const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const granted: Access = { ...pendingAccess, state: 'granted', since: '2026-11-01T00:00:00.000Z' };
const blocked: Access = { ...granted, state: 'blocked', reason: 'consentMissing', cure: 'Open.' };
const findingOf = (error: AppError, reason: string): Finding => ({
  ...{ code: error.code, reason, raw: 'raw', cause: 'Cause.', cure: `Cure of ${reason}.`, link: 'https://link' },
  error,
});
const read: readonly Settled[] = [held('claims'), held('licence'), held('read')];
const withRemark: readonly Settled[] = [
  held('claims', findingOf(new ConsentError('no hunting', 'roleMissing', 'x'), 'roleMissing')),
  held('read'),
];
const noConsent: readonly Settled[] = [
  failed('consent', findingOf(new ConsentError('no', 'consentMissing', 'AADSTS700016'), 'consentMissing')),
];
const noMachines: readonly Settled[] = [
  failed('claims', findingOf(new ConsentError('no', 'roleMissing', 'no permission'), 'roleMissing')),
];
const away: readonly Settled[] = [failed('token', findingOf(new UpstreamError('away'), 'unreachable'))];
const slow: readonly Settled[] = [
  held('licence'),
  failed('read', findingOf(new ThrottledError('wait', 60_000), 'throttled')),
];
const noHunt: readonly Settled[] = [
  ...read,
  failed('hunt', findingOf(new ConsentError('no', 'licenceMissing', '401'), 'licenceMissing')),
];
const judge = (settled: readonly Settled[]) => ({ settled, registration });
const after = (before: Access, settled: readonly Settled[]): Access =>
  accessAfterCheck(before, judge(settled), tenantId, nowMs);
const besides = (before: Access, ...all: (readonly Settled[])[]): Access =>
  accessBesides(before, all.map(judge), tenantId, nowMs);

describe('the registration that a tenant is read with', () => {
  test('is granted when a row was read, however it was before', () => {
    expect(after(blocked, read)).toMatchObject({ state: 'granted', reason: null, since: '2026-11-20T08:00:00.000Z' });
    expect(after(granted, read)).toBe(granted);
    expect(after(pendingAccess, noHunt).state).toBe('granted');
  });

  test('is granted in part when something beside reading is not', () => {
    const partial = after(granted, withRemark);
    expect(partial).toMatchObject({ state: 'partial', reason: 'roleMissing', cure: 'Cure of roleMissing.' });
    expect(after(partial, withRemark)).toBe(partial);
    expect(after(partial, read).state).toBe('granted');
  });

  test('is blocked with the ladder’s own words, and probed again in a quarter of an hour', () => {
    expect(after(granted, noConsent)).toMatchObject({
      state: 'blocked',
      reason: 'consentMissing',
      raw: 'AADSTS700016',
      cure: 'Cure of consentMissing.',
      link: 'https://link',
      blockedUntil: '2026-11-20T08:15:00.000Z',
    });
  });

  test('stays as it is where nobody answered, and waits where it is told to', () => {
    expect(after(blocked, away)).toBe(blocked);
    expect(after(granted, slow)).toEqual({ ...granted, blockedUntil: '2026-11-20T08:01:00.000Z' });
  });
});

describe('a registration beside it', () => {
  test('that was never granted anything stays untold', () => {
    expect(besides(pendingAccess, noConsent, noConsent)).toBe(pendingAccess);
    expect(besides(pendingAccess, away)).toBe(pendingAccess);
  });

  test('is granted, in part, or blocked by its APIs together', () => {
    expect(besides(pendingAccess, read, read).state).toBe('granted');
    expect(besides(pendingAccess, read, noMachines)).toMatchObject({ state: 'partial', reason: 'roleMissing' });
    expect(besides(granted, noConsent, noConsent)).toMatchObject({ state: 'blocked', reason: 'consentMissing' });
    const partial = besides(granted, read, noMachines);
    expect(besides(partial, read, noMachines)).toBe(partial);
    expect(besides(partial, read, read).state).toBe('granted');
  });

  test('keeps no wait that one of its APIs asks for, and tells nothing by an API that did not answer', () => {
    expect(besides(granted, slow)).toBe(granted);
    expect(besides(granted, read, slow)).toBe(granted);
    expect(besides(granted, read, away)).toBe(granted);
  });
});
