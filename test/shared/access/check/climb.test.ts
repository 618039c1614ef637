import { climb } from '../../../../shared/access/check/climb';
import type { Settled } from '../../../../shared/access/check/step';
import { failed, held, unknown } from '../../../../shared/access/check/step';

const clock = { elapsedMs: () => 1_000 };
const steps = ['registration', 'consent', 'token', 'read'] as const;
const finding = { code: null, reason: 'x', raw: null, cause: 'X.', cure: null, link: null };
const told = (settled: readonly Settled[]): readonly (boolean | null)[] => settled.map(({ ok }) => ok);

test('all hold: all are told in order', async () => {
  const rungs = [
    () => Promise.resolve([held('registration')]),
    () => Promise.resolve([held('token'), held('consent')]),
    () => Promise.resolve([held('read')]),
  ];
  const settled = await climb({ steps, rungs, clock, untilMs: 60_000 });
  expect(settled.map(({ step }) => step)).toEqual(steps);
  expect(told(settled)).toEqual([true, true, true, true]);
});

test('after a failure nothing more is tried, and the rest says so', async () => {
  let tried = 0;
  const rungs = [
    () => Promise.resolve([held('registration')]),
    () => Promise.resolve([unknown('consent', 'Not known.'), failed('token', finding)]),
    () => {
      tried += 1;
      return Promise.resolve([held('read')]);
    },
  ];
  const settled = await climb({ steps, rungs, clock, untilMs: 60_000 });
  expect(told(settled)).toEqual([true, null, false, null]);
  expect(tried).toBe(0);
  expect(settled[3]?.finding?.cause).toContain('Not tried');
});

test('a rung without an answer in time is the one that failed', async () => {
  const rungs = [() => Promise.resolve([held('registration')]), () => new Promise<never>(() => undefined)];
  const settled = await climb({ steps, rungs, clock, untilMs: 1_050 });
  expect(told(settled)).toEqual([true, false, null, null]);
  expect(settled[1]?.finding).toMatchObject({ reason: 'timeout', code: 'ERR_UPSTREAM' });
});
