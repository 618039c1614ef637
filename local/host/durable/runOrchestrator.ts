import type { AppFunction } from '../appFunction';
import type { Invoke } from '../invoke';
import type { StatsRecorder } from '../stats';
import { describeThrown } from '../thrown';
import { stateFromFailure, type OrchestratorState } from './actions';
import type { Instance } from './instance';

/**
 * Runs an orchestrator's code against its whole history and answers what it wants done. A failing orchestrator is an
 * answer too, with `error`; nothing is thrown.
 */
export async function runOrchestrator(
  invoke: Invoke,
  stats: StatsRecorder,
  target: AppFunction,
  instance: Instance,
): Promise<OrchestratorState> {
  const startedAt = performance.now();
  const history = instance.history.toJson();
  const trigger = { string: triggerText(instance, history) };
  try {
    // The host repeats the whole payload in the trigger metadata, and the library parses it twice.
    const triggerMetadata = { [target.trigger.name]: trigger, instanceId: { string: instance.id } };
    const { returnValue } = await invoke(target, { trigger, triggerMetadata });
    return readState(returnValue?.json);
  } catch (error) {
    const { message } = describeThrown(error);
    return stateFromFailure(message) ?? { isDone: false, actions: [], error: message };
  } finally {
    stats.replay(performance.now() - startedAt, Buffer.byteLength(history));
  }
}

function readState(json: string | null | undefined): OrchestratorState {
  const state = json === null || json === undefined ? undefined : (JSON.parse(json) as Partial<OrchestratorState>);
  if (state && Array.isArray(state.actions)) return state as OrchestratorState;
  return { isDone: false, actions: [], error: 'Out of proc orchestrators must return a valid JSON schema' };
}

/** The orchestration trigger's JSON; the misspelling is the wire's. History goes in as the text it already is. */
function triggerText(instance: Instance, history: string): string {
  const rest = JSON.stringify({
    input: parseInput(instance.input),
    instanceId: instance.id,
    isReplaying: false,
    parentInstanceId: instance.parent?.instanceId ?? null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '6.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  });
  return `{"history":${history},${rest.slice(1)}`;
}

/** A bare text that is no JSON (a sub-orchestration's string input) is handed on as it is. */
function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
