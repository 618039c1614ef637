import type { Turns } from '../../../shared/sync/shards/schedule';
import { slotOf } from '../../../shared/sync/shards/schedule';
import type { RandomSource } from '../../support/randomSource';
import type { Tally } from './faultKinds';
import type { Instance } from './instance';
import type { DayPlan, Rates } from './plan';
import type { Timeline } from './timeline';

/** The app as the platform runs it: a timer, orchestrations that hand activities to whichever instance is up, and instances that come back. */
export interface App {
  /** Fires the timer at each of its turns until then. */
  runUntil(ms: number): void;
  killAll(): void;
  readonly instances: readonly Instance[];
  /** Activities begun and not ended. */
  readonly open: number;
}

export interface AppOptions {
  readonly plan: DayPlan;
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: Tally;
  readonly faultsOn: () => boolean;
  readonly start: (name: string) => Instance;
  readonly tell: (what: string) => void;
}

const minuteMs = 60_000;

export const createApp = (options: AppOptions): App => {
  const { plan, timeline, random, tally, faultsOn, tell } = options;
  const instances: Instance[] = [];
  let started = 0;
  let lastMs = 0;
  let open = 0;
  const everyMs = plan.tickMinutes * minuteMs;
  let nextTickMs = Math.ceil(timeline.now() / everyMs) * everyMs;

  const happens = (name: keyof Rates): boolean => faultsOn() && random.next() < plan.rates[name];

  const start = (): void => {
    started += 1;
    const instance = options.start(`app${started}`);
    instances.push(instance);
    void instance.steps.died.then(() => {
      instance.end();
      instances.splice(instances.indexOf(instance), 1);
      tell(`${instance.name} died after ${instance.steps.made} calls`);
      timeline.at(timeline.now() + 2_000 + random.below(90_000), start);
    });
  };
  for (let count = 0; count < plan.instances; count += 1) start();

  const anyOne = (): Instance | undefined => instances[random.below(Math.max(1, instances.length))];

  /** An activity is done at least once: one whose instance dies is given to another after a while. */
  const activity = async <T>(work: (instance: Instance) => Promise<T>, tries = 3): Promise<T | undefined> => {
    const instance = anyOne();
    if (instance === undefined) {
      if (tries <= 1) return undefined;
      await timeline.wait(30_000);
      return activity(work, tries - 1);
    }
    open += 1;
    const result = await Promise.race([
      work(instance).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      ),
      instance.steps.died,
    ]);
    open -= 1;
    if (result === undefined && tries > 1) {
      await timeline.wait(20_000 + random.below(300_000));
      return activity(work, tries - 1);
    }
    if (result !== undefined && 'error' in result) {
      if (!isPassing(result.error)) throw result.error as Error;
      return undefined;
    }
    return result?.value;
  };

  const orchestrate = async (turns: Turns): Promise<void> => {
    const planned = await activity((instance) => instance.plan(turns));
    if (planned === undefined || planned.shardCount === 0) return;
    const { shardCount } = planned;
    if (happens('lostPerRun')) {
      tally.hit(4);
      tell('a run was planned and is never done');
      return;
    }
    const shard = (at: number) => activity((instance) => instance.shard({ ...turns, shard: at, shardCount }));
    for (let at = 0; at < shardCount; at += 1) {
      const first = shard(at);
      if (!happens('twicePerActivity')) {
        await first;
        continue;
      }
      tally.hit(3);
      if (random.next() < 0.5) await Promise.all([first, shard(at)]);
      else {
        await first;
        await shard(at);
      }
    }
  };

  const fire = (): void => {
    const turns = { slot: slotOf(timeline.now()), since: slotOf(lastMs) };
    lastMs = timeline.now();
    orchestrate(turns).catch((error: unknown) => failures.push(error));
  };
  const failures: unknown[] = [];

  const tick = (): void => {
    const [failure] = failures;
    if (failure !== undefined) throw failure as Error;
    if (happens('skippedPerTick')) {
      tally.hit(6);
      return;
    }
    if (happens('latePerTick')) {
      tally.hit(6);
      timeline.at(timeline.now() + random.below(100_000), fire);
      return;
    }
    fire();
    if (happens('doublePerTick')) {
      tally.hit(6);
      fire();
    }
    if (happens('sideBySidePerTick') && instances.length > 1) {
      tally.hit(27);
      const since = slotOf(timeline.now() - 2 * plan.intervalSeconds * 1000);
      for (const instance of [...instances])
        void instance.shard({ slot: slotOf(timeline.now()), since, shard: 0, shardCount: 1 }).catch(() => undefined);
    }
  };

  return {
    instances,
    get open() {
      return open;
    },
    runUntil: (ms) => {
      for (; nextTickMs <= ms; nextTickMs += everyMs) timeline.at(nextTickMs, tick);
    },
    killAll: () => {
      for (const instance of [...instances]) instance.steps.die();
    },
  };
};

/** What the relay throws on purpose; anything else is a bug of the code under test. */
const isPassing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_');
