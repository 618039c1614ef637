import { openState, sealState } from '../../../shared/onboarding/consentState';

const key = Buffer.alloc(32, 1);
const asked = { linkHash: 'ab'.repeat(32), tenantId: '11111111-0000-4000-8000-000000000001', registration: 'reader' };
const nowMs = Date.parse('2026-11-20T08:00:00Z');

test('opens as what was sealed, with a nonce of its own each time, and no link id inside', () => {
  const [one, two] = [sealState(key, asked, nowMs), sealState(key, asked, nowMs)];
  const opened = openState(key, one, nowMs + 599_999);
  expect(opened).toMatchObject({ ...asked, madeAtMs: nowMs });
  expect(opened?.nonce).toMatch(/^[0-9a-f]{32}$/);
  expect(openState(key, two, nowMs)?.nonce).not.toBe(opened?.nonce);
  expect(one.length).toBeLessThan(512);
});

test('carries no more than was asked for', () => {
  const more = { ...asked, createdBy: 'someone', usedAt: null };
  expect(Buffer.from(sealState(key, more, nowMs).split('.')[0] ?? '', 'base64url').toString()).not.toContain('someone');
});

test('lives from a minute before it was made, for clocks that differ, to ten minutes after', () => {
  const state = sealState(key, asked, nowMs);
  const opensAt = (ms: number): boolean => openState(key, state, nowMs + ms) !== undefined;
  expect([-60_001, -60_000, 600_000, 600_001].map(opensAt)).toEqual([false, true, true, false]);
});
