/** The history events of the Durable Task Framework that this engine writes; field names are those on the wire. */
export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventRaised: 15,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

export type EventName = keyof typeof EventType;

interface OrchestrationRef {
  readonly InstanceId: string;
  readonly ExecutionId: string;
}

export interface ParentRef {
  readonly OrchestrationInstance: OrchestrationRef;
  readonly Name: string;
  readonly Version: string;
  readonly TaskScheduleId: number;
}

export interface FailureDetails {
  readonly ErrorType: string;
  readonly ErrorMessage: string;
  readonly StackTrace: string | null;
  readonly IsNonRetriable: boolean;
  readonly Properties: Readonly<Record<string, unknown>> | null;
  readonly InnerFailure: FailureDetails | null;
}

interface Failure {
  readonly TaskScheduledId: number;
  readonly Reason: string;
  readonly Details: string;
  readonly FailureDetails: FailureDetails | null;
}

/** An event without the fields all share. `Input` and `Result` are JSON texts. */
export type EventBody =
  | {
      readonly EventType: typeof EventType.ExecutionStarted;
      readonly Name: string;
      readonly Version: string;
      readonly Input: string;
      readonly OrchestrationInstance: OrchestrationRef;
      readonly ParentInstance: ParentRef | null;
    }
  | {
      readonly EventType: typeof EventType.ExecutionCompleted;
      readonly OrchestrationStatus: string;
      readonly Result: string;
    }
  | { readonly EventType: typeof EventType.ExecutionTerminated; readonly Input: string }
  | {
      readonly EventType: typeof EventType.TaskScheduled;
      readonly EventId: number;
      readonly Name: string;
      readonly Version: string;
      readonly Input: null;
    }
  | { readonly EventType: typeof EventType.TaskCompleted; readonly TaskScheduledId: number; readonly Result: string }
  | ({ readonly EventType: typeof EventType.TaskFailed } & Failure)
  | {
      readonly EventType: typeof EventType.SubOrchestrationInstanceCreated;
      readonly EventId: number;
      readonly Name: string;
      readonly Version: string;
      readonly InstanceId: string;
      readonly Input: null;
    }
  | {
      readonly EventType: typeof EventType.SubOrchestrationInstanceCompleted;
      readonly TaskScheduledId: number;
      readonly Result: string;
    }
  | ({ readonly EventType: typeof EventType.SubOrchestrationInstanceFailed } & Failure)
  | { readonly EventType: typeof EventType.TimerCreated; readonly EventId: number; readonly FireAt: string }
  | { readonly EventType: typeof EventType.TimerFired; readonly TimerId: number; readonly FireAt: string }
  | { readonly EventType: typeof EventType.OrchestratorStarted }
  | { readonly EventType: typeof EventType.OrchestratorCompleted }
  | { readonly EventType: typeof EventType.EventRaised; readonly Name: string; readonly Input: string }
  | { readonly EventType: typeof EventType.ExecutionSuspended; readonly Reason: string }
  | { readonly EventType: typeof EventType.ExecutionResumed; readonly Reason: string };

export type HistoryEvent = EventBody & {
  /** −1 unless the event schedules something. */
  readonly EventId: number;
  /** False while the event belongs to the running episode. */
  IsPlayed: boolean;
  /** ISO 8601, UTC. */
  readonly Timestamp: string;
};

export function toHistoryEvent(body: EventBody, timestampMs: number): HistoryEvent {
  return { EventId: -1, ...body, IsPlayed: false, Timestamp: new Date(timestampMs).toISOString() };
}

/**
 * The history of one execution, as objects for the host and as JSON text for the worker. The text of played events
 * is kept, so that an episode only writes what is new.
 */
export class History {
  readonly events: HistoryEvent[] = [];
  #played = '';
  #playedCount = 0;

  add(body: EventBody, timestampMs: number): void {
    this.events.push(toHistoryEvent(body, timestampMs));
  }

  append(...events: HistoryEvent[]): void {
    this.events.push(...events);
  }

  /** The JSON array of all events. */
  toJson(): string {
    const fresh = this.events.slice(this.#playedCount).map((event) => JSON.stringify(event));
    return `[${[this.#played, ...fresh].filter((text) => text !== '').join(',')}]`;
  }

  /** From now on all events so far count as replayed. */
  markPlayed(): void {
    const fresh = this.events.slice(this.#playedCount);
    for (const event of fresh) event.IsPlayed = true;
    this.#played = [this.#played, ...fresh.map((event) => JSON.stringify(event))]
      .filter((text) => text !== '')
      .join(',');
    this.#playedCount = this.events.length;
  }
}
