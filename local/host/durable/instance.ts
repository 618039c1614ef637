import { randomUUID } from 'node:crypto';
import { EventType, History, toHistoryEvent, type EventBody, type HistoryEvent, type ParentRef } from './history';

export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated';

const ended: readonly RuntimeStatus[] = ['Completed', 'Failed', 'Terminated'];

/** Who waits for a sub-orchestration: the execution and the id of the event that scheduled it. */
export interface Parent {
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
  readonly version: string;
  readonly taskScheduledId: number;
}

/** One orchestration with its state; everything lives in memory. */
export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly parent: Parent | undefined;
  readonly createdMs: number;
  lastUpdatedMs: number;
  /** A new one for each generation of continueAsNew. */
  executionId: string;
  status: RuntimeStatus;
  /** JSON text. */
  input: string;
  /** JSON text, "null" until the instance ended. */
  output: string;
  customStatus: unknown;
  history: History;
  /** Messages no episode has taken yet. */
  inbox: HistoryEvent[];
  /** Waits for a turn, or has one: an instance never runs two episodes at once. */
  queued: boolean;
  busy: boolean;
}

export interface NewInstance {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** JSON text. */
  readonly input: string;
  readonly parent?: Parent | undefined;
}

export function createInstance(start: NewInstance, nowMs: number): Instance {
  const instance: Instance = {
    id: start.id,
    name: start.name,
    version: start.version,
    parent: start.parent,
    createdMs: nowMs,
    lastUpdatedMs: nowMs,
    executionId: '',
    status: 'Pending',
    input: start.input,
    output: 'null',
    customStatus: null,
    history: new History(),
    inbox: [],
    queued: false,
    busy: false,
  };
  beginGeneration(instance, start.input, [], nowMs);
  return instance;
}

/**
 * Starts the history anew, as continueAsNew does. `carried` are raised events the last generation left over; they
 * come before what waits in the inbox, of which only events and orders to the instance itself survive.
 */
export function beginGeneration(instance: Instance, input: string, carried: readonly EventBody[], nowMs: number): void {
  const executionId = randomUUID().replaceAll('-', '');
  const kept = instance.inbox.filter(
    ({ EventType: type }) =>
      type === EventType.EventRaised ||
      type === EventType.ExecutionTerminated ||
      type === EventType.ExecutionSuspended ||
      type === EventType.ExecutionResumed,
  );
  const started: EventBody = {
    EventType: EventType.ExecutionStarted,
    Name: instance.name,
    Version: instance.version,
    Input: input,
    OrchestrationInstance: { InstanceId: instance.id, ExecutionId: executionId },
    ParentInstance: toParentRef(instance.parent),
  };
  instance.executionId = executionId;
  instance.input = input;
  instance.customStatus = null;
  instance.history = new History();
  instance.inbox = [...[started, ...carried].map((body) => toHistoryEvent(body, nowMs)), ...kept];
}

export function hasEnded(instance: Instance): boolean {
  return ended.includes(instance.status);
}

/** The messages the next episode takes: at most `limit`; a suspended instance takes only orders to itself. */
export function takeMessages(instance: Instance, limit: number): HistoryEvent[] {
  if (instance.status !== 'Suspended') return instance.inbox.splice(0, limit);
  const isOrder = ({ EventType: type }: HistoryEvent) =>
    type === EventType.ExecutionResumed || type === EventType.ExecutionTerminated;
  const orders = instance.inbox.filter(isOrder);
  instance.inbox = instance.inbox.filter((event) => !isOrder(event));
  return orders;
}

/** Whether an episode would find anything to do. */
export function hasWork(instance: Instance): boolean {
  if (hasEnded(instance)) return false;
  if (instance.status !== 'Suspended') return instance.inbox.length > 0;
  return instance.inbox.some(
    ({ EventType: type }) => type === EventType.ExecutionResumed || type === EventType.ExecutionTerminated,
  );
}

function toParentRef(parent: Parent | undefined): ParentRef | null {
  if (!parent) return null;
  return {
    OrchestrationInstance: { InstanceId: parent.instanceId, ExecutionId: parent.executionId },
    Name: parent.name,
    Version: parent.version,
    TaskScheduleId: parent.taskScheduledId,
  };
}
