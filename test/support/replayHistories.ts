import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DummyOrchestrationContext } from 'durable-functions';
import type { Registered } from './registered';

interface StoredHistory {
  readonly orchestrator: string;
  readonly instanceId: string;
  readonly input: object;
  readonly history: readonly { readonly EventType: number }[];
  /** What each episode asked for when the history was recorded. */
  readonly episodes: readonly {
    readonly actions: readonly unknown[];
    readonly isDone: boolean;
    readonly output?: unknown;
  }[];
}

const orchestratorCompleted = 13;
/** Activities and timers. */
const scheduled: readonly number[] = [4, 10];

/** The history as the host sent it for the nth episode: up to the end of the episode before, and the messages of this one. */
const upToEpisode = (history: StoredHistory['history'], episode: number): StoredHistory['history'] => {
  const ends = history.flatMap(({ EventType }, at) => (EventType === orchestratorCompleted ? [at] : []));
  const kept = history.slice(0, ends[episode] ?? history.length);
  const lastDone = ends[episode - 1] ?? -1;
  // What this episode itself will schedule is not yet part of its history.
  return kept.filter(({ EventType }, at) => at <= lastDone || !scheduled.includes(EventType));
};

/** Tests that each stored history of a folder, replayed by the SDK, asks for the same as when it was recorded: a change that does not is a new orchestrator. */
export const replayHistories = (folder: string, app: () => Registered): void => {
  describe.each(readdirSync(folder))('the stored history %s, replayed by the SDK', (file) => {
    const stored = JSON.parse(readFileSync(join(folder, file), 'utf8')) as StoredHistory;

    test.each(stored.episodes.map((expected, episode) => [episode, expected] as const))(
      'asks for the same in episode %i',
      async (episode, { actions, isDone, output }) => {
        const trigger = {
          history: structuredClone(upToEpisode(stored.history, episode)),
          input: stored.input,
          instanceId: stored.instanceId,
          isReplaying: episode > 0,
          parentInstanceId: null,
          upperSchemaVersion: 1,
          // V4: the schema of today's extension, which keeps Task.all as one action.
          upperSchemaVersionNew: 3,
          longRunningTimerIntervalDuration: '3.00:00:00',
          maximumShortTimerDuration: '6.00:00:00',
          defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
        };
        const run = app().host.get(stored.orchestrator)!;
        const state: unknown = JSON.parse(JSON.stringify(await run(trigger, new DummyOrchestrationContext())));
        expect(state).toMatchObject({ schemaVersion: 3, actions: [actions], isDone });
        expect((state as { output?: unknown }).output).toEqual(output);
      },
    );
  });
};
