import type { AppFunction } from '../appFunction';
import { EventType, type EventBody } from './history';
import type { Decision } from './replay';

/** The text of the Durable extension for a name it does not know. */
export function unknownFunction(
  name: string,
  kind: 'activity' | 'orchestrator',
  known: ReadonlyMap<string, AppFunction>,
): string {
  const names = [...known.values()].map((candidate) => `'${candidate.name}'`).join(', ');
  const info =
    names === ''
      ? `No ${kind} functions are currently registered!`
      : `The following are the known ${kind} functions: ${names}.`;
  const article = kind === 'activity' ? 'an activity' : 'an orchestrator';
  return `The function '${name}' doesn't exist, is disabled, or is not ${article} function. Additional info: ${info}`;
}

/** The event that writes a decision into history. */
export function toScheduled(decision: Decision, version: string): EventBody {
  const EventId = decision.id;
  if (decision.kind === 'timer')
    return { EventType: EventType.TimerCreated, EventId, FireAt: new Date(decision.fireAtMs).toISOString() };
  if (decision.kind === 'activity')
    return { EventType: EventType.TaskScheduled, EventId, Name: decision.name, Version: '', Input: null };
  return {
    EventType: EventType.SubOrchestrationInstanceCreated,
    EventId,
    Name: decision.name,
    Version: version,
    InstanceId: decision.instanceId,
    Input: null,
  };
}

/** What a parent hears of a child that failed, was terminated or could not start. */
export function childFailed(TaskScheduledId: number, reason: string): EventBody {
  return {
    EventType: EventType.SubOrchestrationInstanceFailed,
    TaskScheduledId,
    Reason: reason,
    Details: JSON.stringify({
      $type: 'System.Exception, System.Private.CoreLib',
      ClassName: 'System.Exception',
      Message: reason,
    }),
    FailureDetails: null,
  };
}
