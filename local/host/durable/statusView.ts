import { EventType, type EventName, type HistoryEvent } from './history';
import { hasEnded, type Instance } from './instance';

export interface StatusOptions {
  readonly showInput: boolean;
  readonly showHistory: boolean;
  readonly showHistoryOutput: boolean;
}

/** An instance as the Durable HTTP API shows it; times have no fraction there. */
export function toStatusView(instance: Instance, options: StatusOptions): Record<string, unknown> {
  return {
    name: instance.name,
    instanceId: instance.id,
    runtimeStatus: instance.status,
    input: options.showInput ? parse(instance.input) : null,
    customStatus: instance.customStatus,
    output: parse(instance.output),
    createdTime: toSeconds(instance.createdMs),
    lastUpdatedTime: toSeconds(instance.lastUpdatedMs),
    ...(options.showHistory
      ? { historyEvents: toHistoryView(instance.history.events, options.showHistoryOutput) }
      : {}),
  };
}

/** 200 for an ended instance, 202 for one that goes on. */
export function statusCode(instance: Instance): number {
  return hasEnded(instance) ? 200 : 202;
}

const names = Object.fromEntries(Object.entries(EventType).map(([name, type]) => [type, name])) as Record<
  number,
  EventName
>;
const inner: readonly number[] = [
  EventType.OrchestratorStarted,
  EventType.OrchestratorCompleted,
  EventType.TaskScheduled,
  EventType.SubOrchestrationInstanceCreated,
  EventType.TimerCreated,
];

/** The shortened history: an end carries name and time of what scheduled it, the episodes' own marks are left out. */
function toHistoryView(events: readonly HistoryEvent[], showOutput: boolean): Record<string, unknown>[] {
  const scheduled = new Map(events.filter(({ EventId }) => EventId >= 0).map((event) => [event.EventId, event]));
  const ended = new Set(events.map(scheduledId));
  return events
    .filter((event) => !inner.includes(event.EventType) || (event.EventId >= 0 && !ended.has(event.EventId)))
    .map((event) => {
      const cause = scheduled.get(scheduledId(event) ?? -1);
      return {
        EventType: names[event.EventType],
        Timestamp: event.Timestamp,
        ...(cause ? { ScheduledTime: cause.Timestamp } : {}),
        ...functionName(cause ?? event),
        ...('Result' in event && showOutput ? { Result: parse(event.Result) } : {}),
        ...('Reason' in event ? { Reason: event.Reason } : {}),
        ...('FireAt' in event ? { FireAt: event.FireAt } : {}),
      };
    });
}

function scheduledId(event: HistoryEvent): number | undefined {
  if ('TaskScheduledId' in event) return event.TaskScheduledId;
  return 'TimerId' in event ? event.TimerId : undefined;
}

function functionName(event: HistoryEvent): { FunctionName?: string; Name?: string } {
  if (!('Name' in event)) return {};
  return event.EventType === EventType.EventRaised ? { Name: event.Name } : { FunctionName: event.Name };
}

function toSeconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
