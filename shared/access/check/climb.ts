import type { Clock } from '../../ports';
import type { Finding, Settled, StepName } from './step';
import { failed, unknown } from './step';

/** Tries one rung, or a few that one call settles together. */
export type Rung = () => Promise<readonly Settled[]>;

export interface Climb {
  readonly steps: readonly StepName[];
  readonly rungs: readonly Rung[];
  /** By the monotonic count. */
  readonly untilMs: number;
  readonly clock: Pick<Clock, 'elapsedMs'>;
}

/**
 * Climbs until a rung fails or time is up; every step is told, those that were not reached with `ok: null`. A call that time ran out for
 * goes on unheard until its own limit.
 * @throws what a rung throws: defects only
 */
export const climb = async ({ steps, rungs, untilMs, clock }: Climb): Promise<readonly Settled[]> => {
  const settled = new Map<StepName, Settled>();
  for (const rung of rungs) {
    const tried = await within(rung(), untilMs - clock.elapsedMs());
    if (tried === undefined) {
      const at = steps.find((step) => !settled.has(step));
      if (at !== undefined) settled.set(at, failed(at, outOfTime));
      break;
    }
    for (const each of tried) settled.set(each.step, each);
    if (tried.some(({ ok }) => ok === false)) break;
  }
  return steps.map((step) => settled.get(step) ?? unknown(step, 'Not tried: an earlier step did not hold.'));
};

const outOfTime: Finding = {
  code: 'ERR_UPSTREAM',
  reason: 'timeout',
  raw: null,
  cause: 'No answer came in time.',
  cure: 'Check again in a few minutes; if it stays so, see that the app may reach this service through its network.',
  link: null,
};

const within = async <T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, timeoutMs), undefined);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
