import { accessAfterFailure, accessAfterSuccess, mustWait } from '../../../shared/access/accessAfter';
import { AuthError, ConsentError, ContractError, ThrottledError, UpstreamError } from '../../../shared/errors';
import type { Access } from '../../../shared/model/access';

const tenantId = '11111111-0000-4000-8000-000000000001';
const registration = { authority: 'https://login.example', clientId: 'client' };
const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const pending: Access = {
  state: 'pending',
  reason: null,
  code: null,
  raw: null,
  cure: null,
  link: null,
  since: '2026-11-19T00:00:00.000Z',
  blockedUntil: null,
};
const granted: Access = { ...pending, state: 'granted' };
const after = (access: Access, error: Parameters<typeof accessAfterFailure>[1], atMs = nowMs): Access =>
  accessAfterFailure(access, error, tenantId, registration, atMs);
const noConsent = new ConsentError('no token', 'consentMissing', 'AADSTS700016');

describe('a read that worked', () => {
  test('grants access from now on', () => {
    expect(accessAfterSuccess(pending, nowMs)).toEqual({ ...granted, since: '2026-11-20T08:00:00.000Z' });
  });

  test('changes nothing where access was granted, so that nothing is written', () => {
    expect(accessAfterSuccess(granted, nowMs)).toBe(granted);
  });

  test('ends a throttle’s wait and keeps since when access is granted', () => {
    const waiting: Access = { ...granted, blockedUntil: '2026-11-20T07:59:00.000Z' };
    expect(accessAfterSuccess(waiting, nowMs)).toEqual(granted);
  });

  test('heals a blocked tenant without hands', () => {
    expect(accessAfterSuccess(after(pending, noConsent), nowMs)).toEqual({
      ...granted,
      since: '2026-11-20T08:00:00.000Z',
    });
  });
});

describe('a read that failed', () => {
  test('for consent blocks with reason, code, cure and link, and is probed again after 15 minutes', () => {
    const blocked = after(pending, noConsent);
    expect(blocked).toMatchObject({
      state: 'blocked',
      reason: 'consentMissing',
      code: 'ERR_CONSENT',
      raw: 'AADSTS700016',
      since: '2026-11-20T08:00:00.000Z',
      blockedUntil: '2026-11-20T08:15:00.000Z',
    });
    expect(blocked.cure).toContain('consent link');
    expect(blocked.link).toBe(
      'https://login.example/11111111-0000-4000-8000-000000000001/v2.0/adminconsent?client_id=client&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default',
    );
  });

  test('for our own credential says so, without a link for the customer', () => {
    expect(after(granted, new AuthError('refused', 'AADSTS7000215'))).toMatchObject({
      state: 'blocked',
      reason: 'credentialRejected',
      code: 'ERR_AUTH',
      raw: 'AADSTS7000215',
      link: 'https://portal.azure.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/client',
    });
  });

  test('for the same reason keeps since when, for another reason begins anew', () => {
    const blocked = after(granted, noConsent);
    const laterMs = nowMs + 900_000;
    expect(after(blocked, noConsent, laterMs)).toMatchObject({
      since: '2026-11-20T08:00:00.000Z',
      blockedUntil: '2026-11-20T08:30:00.000Z',
    });
    const otherReason = new ConsentError('no licence', 'licenceMissing', '401');
    expect(after(blocked, otherReason, laterMs)).toMatchObject({
      since: '2026-11-20T08:15:00.000Z',
      link: 'https://security.microsoft.com/?tid=11111111-0000-4000-8000-000000000001',
    });
  });

  test('for a throttle waits as long as asked and leaves access as it was', () => {
    expect(after(granted, new ThrottledError('slow', 42_000))).toEqual({
      ...granted,
      blockedUntil: '2026-11-20T08:00:42.000Z',
    });
  });

  test('for anything else says nothing about access', () => {
    expect(after(granted, new UpstreamError('503'))).toBe(granted);
    expect(after(granted, new ContractError('odd'))).toBe(granted);
  });
});

describe('a tenant', () => {
  const blocked = after(granted, noConsent);
  const throttled = after(granted, new ThrottledError('slow', 60_000));

  test('that is blocked waits for its probe, unless someone asks', () => {
    expect(mustWait(blocked, false, nowMs + 839_999)).toBe(true);
    expect(mustWait(blocked, true, nowMs)).toBe(false);
    expect(mustWait(blocked, false, nowMs + 840_000)).toBe(false);
  });

  test('that is blocked is not sent away by a turn that comes a moment before the quarter of an hour is over', () => {
    expect(mustWait(blocked, false, nowMs + 899_977)).toBe(false);
  });

  test('that is throttled waits even where someone asks', () => {
    expect(mustWait(throttled, true, nowMs + 59_999)).toBe(true);
    expect(mustWait(throttled, true, nowMs + 60_000)).toBe(false);
  });

  test('that is blocked and throttled waits even where someone asks, and is probed no later for it', () => {
    const both = after(blocked, new ThrottledError('slow', 60_000));
    expect(mustWait(both, true, nowMs + 59_999)).toBe(true);
    expect(mustWait(both, true, nowMs + 60_000)).toBe(false);
    expect(mustWait(both, false, nowMs + 60_000)).toBe(true);
    expect(mustWait(both, false, nowMs + 900_000)).toBe(false);
  });

  test('without a wait is asked', () => {
    expect(mustWait(pending, false, nowMs)).toBe(false);
    expect(mustWait(granted, false, nowMs)).toBe(false);
  });
});
