import type { AppFunction } from '../appFunction';
import type { Invoke } from '../invoke';
import type { TypedData } from '../rpc';
import { describeThrown, type Thrown } from '../thrown';
import { EventType, type EventBody, type FailureDetails } from './history';

/** Runs one activity and answers the event its orchestration gets. Nothing is thrown. */
export async function runActivity(
  invoke: Invoke,
  target: AppFunction,
  task: { readonly instanceId: string; readonly taskScheduledId: number; readonly input: string },
): Promise<EventBody> {
  const { taskScheduledId: TaskScheduledId } = task;
  try {
    const { returnValue } = await invoke(target, {
      trigger: { string: task.input },
      triggerMetadata: { instanceId: { string: task.instanceId }, data: { string: task.input } },
    });
    return { EventType: EventType.TaskCompleted, TaskScheduledId, Result: resultText(returnValue) };
  } catch (error) {
    return toTaskFailed(target.name, TaskScheduledId, describeThrown(error));
  }
}

const int64Max = 9_223_372_036_854_775_807;

/** The JSON text of a return value: integers are clipped to 64 bits on their way, NaN and infinities become null. */
export function resultText(value: TypedData | null | undefined): string {
  if (value?.json !== undefined && value.json !== null) return value.json;
  if (value?.string !== undefined && value.string !== null) return JSON.stringify(value.string);
  if (value?.bytes) return JSON.stringify(Buffer.from(value.bytes).toString('base64'));
  if (typeof value?.int === 'number') return JSON.stringify(Math.min(Math.max(value.int, -int64Max), int64Max));
  return JSON.stringify(value?.double ?? null);
}

function toTaskFailed(name: string, TaskScheduledId: number, thrown: Thrown): EventBody {
  const details = readFailureDetails(thrown.message);
  const message = details?.ErrorMessage ?? thrown.message;
  return {
    EventType: EventType.TaskFailed,
    TaskScheduledId,
    Reason: `Activity function '${name}' failed: ${message}`,
    Details: JSON.stringify({
      $type: 'System.Exception, System.Private.CoreLib',
      ClassName: 'System.Exception',
      Message: message,
      StackTraceString: thrown.stack,
    }),
    FailureDetails: details ?? null,
  };
}

/** With an exception properties provider durable-functions puts the failure into the message, as JSON. */
function readFailureDetails(message: string): FailureDetails | undefined {
  if (!message.startsWith('{"errorType":')) return undefined;
  try {
    const read = JSON.parse(message) as {
      errorType?: string;
      errorMessage?: string;
      stackTrace?: string;
      isNonRetriable?: boolean;
      properties?: Record<string, unknown>;
    };
    return {
      ErrorType: read.errorType ?? 'Error',
      ErrorMessage: read.errorMessage ?? '',
      StackTrace: read.stackTrace ?? null,
      IsNonRetriable: read.isNonRetriable ?? false,
      Properties: read.properties ?? null,
      InnerFailure: null,
    };
  } catch {
    return undefined;
  }
}
