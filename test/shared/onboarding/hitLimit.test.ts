import { createHitLimit } from '../../../shared/onboarding/hitLimit';

test('allows a burst, then so many a second, and saves up no more than a burst', () => {
  let nowMs = 0;
  const limit = createHitLimit({ elapsedMs: () => nowMs }, 2, 3);
  const allowed = (): number => Array.from({ length: 10 }, () => limit.allows()).filter(Boolean).length;
  expect(allowed()).toBe(3);
  nowMs += 499;
  expect(allowed()).toBe(0);
  nowMs += 501;
  expect(allowed()).toBe(2);
  nowMs += 3_600_000;
  expect(allowed()).toBe(3);
});
