import { randomUUID } from 'node:crypto';
import { ofTrigger, type AppFunction } from '../appFunction';
import type { DurableOptions } from '../hostJson';
import type { Invoke } from '../invoke';
import type { WriteLog } from '../log';
import type { StatsRecorder } from '../stats';
import { findUnsupported, type OrchestratorState } from './actions';
import { createAlarms } from '../alarms';
import { EventType, toHistoryEvent, type EventBody, type HistoryEvent } from './history';
import {
  beginGeneration,
  createInstance,
  hasEnded,
  hasWork,
  takeMessages,
  type Instance,
  type NewInstance,
} from './instance';
import { createPool } from './pool';
import { replay, type Decision, type Replay } from './replay';
import { runActivity } from './runActivity';
import { runOrchestrator } from './runOrchestrator';
import { childFailed, toScheduled, unknownFunction } from './wording';
import { createStore, type InstanceStore } from './store';

/** The most messages one episode takes, as the Azure Storage back end hands them out. */
const messagesPerEpisode = 32;

export interface EngineSetup {
  readonly functions: readonly AppFunction[];
  readonly options: DurableOptions;
  readonly invoke: Invoke;
  readonly log: WriteLog;
  readonly stats: StatsRecorder;
}

export type SendOutcome = 'accepted' | 'unknown' | 'ended';

export interface Engine {
  readonly instances: InstanceStore;
  /** undefined if there is no orchestrator of this name, else its name as registered. */
  orchestrator(name: string): string | undefined;
  /** Why a name is no orchestrator, in the words of the Durable extension. */
  explainUnknown(name: string): string;
  /** Starts an instance; false while one of this id has not ended. A random id is taken without one. */
  start(start: { name: string; id?: string | undefined; version?: string | undefined; input: string }): {
    id: string;
    started: boolean;
  };
  /** `input` is a JSON text. */
  raiseEvent(id: string, name: string, input: string): SendOutcome;
  terminate(id: string, reason: string): SendOutcome;
  suspend(id: string, reason: string): SendOutcome;
  resume(id: string, reason: string): SendOutcome;
  /** Begins nothing new; what runs may end. */
  stop(): void;
}

/**
 * A Durable engine that drives the real SDK by the host's rules: full history each episode, at most 32 messages an
 * episode, one episode at a time per instance. All state is in memory and ends with the process.
 */
export function createEngine({ functions, options, invoke, log, stats }: EngineSetup): Engine {
  const orchestrators = byName(ofTrigger(functions, 'orchestrationTrigger'));
  const activities = byName(ofTrigger(functions, 'activityTrigger'));
  const instances = createStore();
  const alarms = createAlarms();
  const activityPool = createPool(options.maxConcurrentActivityFunctions);
  const episodePool = createPool(options.maxConcurrentOrchestratorFunctions);
  let stopped = false;

  function wake(instance: Instance): void {
    if (stopped || instance.queued || instance.busy || !hasWork(instance)) return;
    instance.queued = true;
    // A turn of the event loop lets completions that arrive together share an episode.
    setImmediate(() => episodePool.add(() => takeTurn(instance)));
  }

  async function takeTurn(instance: Instance): Promise<void> {
    instance.queued = false;
    instance.busy = true;
    try {
      if (hasWork(instance)) await runEpisode(instance);
    } catch (error) {
      // A fault of this engine must not leave an instance that says Running for ever.
      if (!hasEnded(instance))
        finish(instance, 'Failed', JSON.stringify(`local/host failed: ${error instanceof Error ? error.message : ''}`));
      log(
        'Error',
        'Host.Durable',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
        instance.name,
      );
    } finally {
      instance.busy = false;
      wake(instance);
    }
  }

  async function runEpisode(instance: Instance): Promise<void> {
    const messages = takeMessages(instance, messagesPerEpisode);
    const target = orchestrators.get(instance.name.toLowerCase());
    add(instance, { EventType: EventType.OrchestratorStarted });
    instance.history.append(...messages);
    const terminated = messages.find((event) => event.EventType === EventType.ExecutionTerminated);
    applyOrders(instance, messages);
    if (terminated) {
      finish(instance, 'Terminated', terminated.Input);
    } else if (instance.status === 'Suspended') {
      closeEpisode(instance);
    } else if (!target) {
      fail(instance, unknownFunction(instance.name, 'orchestrator', orchestrators));
    } else {
      instance.status = 'Running';
      carryOut(instance, await runOrchestrator(invoke, stats, target, instance));
    }
  }

  function carryOut(instance: Instance, state: OrchestratorState): void {
    if (state.customStatus !== null && state.customStatus !== undefined) instance.customStatus = state.customStatus;
    const actions = state.actions[0] ?? [];
    const unsupported = findUnsupported(actions);
    if (unsupported !== undefined) {
      fail(instance, `local/host does not support ${unsupported} (orchestrator ${instance.name}).`);
      return;
    }
    const plan = replay(instance.history.events, actions, instance.executionId);
    const fault = plan.nonDeterminism ?? plan.decisions.map(unknownTarget).find((text) => text !== undefined);
    if (fault !== undefined) {
      fail(instance, fault);
      return;
    }
    for (const decision of plan.decisions) add(instance, toScheduled(decision, versionOf(decision)));
    const mayEnd = plan.allActionsEnded && plan.openTasks === 0;
    if (mayEnd && state.error !== undefined) {
      fail(instance, `Orchestrator function '${instance.name}' failed: ${state.error}`);
    } else if (mayEnd && plan.continueAsNew !== undefined) {
      continueAsNew(instance, plan.continueAsNew, plan);
    } else if (mayEnd && state.isDone) {
      finish(instance, 'Completed', JSON.stringify(state.output ?? null));
    } else {
      closeEpisode(instance);
      for (const decision of plan.decisions) dispatch(instance, decision);
    }
  }

  function dispatch(instance: Instance, decision: Decision): void {
    const { executionId } = instance;
    const reply = (body: EventBody) => post(instance, executionId, body);
    if (decision.kind === 'timer') {
      const { id: TimerId, fireAtMs } = decision;
      const fired: EventBody = { EventType: EventType.TimerFired, TimerId, FireAt: new Date(fireAtMs).toISOString() };
      alarms.at(fireAtMs, () => reply(fired));
    } else if (decision.kind === 'activity') {
      activityPool.add(() => work(instance, decision, reply));
    } else {
      startChild(instance, decision, reply);
    }
  }

  async function work(
    instance: Instance,
    { id, name, input }: Extract<Decision, { kind: 'activity' }>,
    reply: (body: EventBody) => void,
  ) {
    const target = activities.get(name.toLowerCase());
    if (!target) return;
    stats.activity(target.name);
    const ended = await runActivity(invoke, target, { instanceId: instance.id, taskScheduledId: id, input });
    if (ended.EventType === EventType.TaskFailed) log('Error', `Function.${target.name}`, ended.Reason, target.name);
    reply(ended);
  }

  function startChild(
    parent: Instance,
    child: Extract<Decision, { kind: 'subOrchestration' }>,
    reply: (body: EventBody) => void,
  ): void {
    const { id: taskScheduledId, instanceId: id, name, input } = child;
    const { executionId } = parent;
    const begun = begin({
      id,
      name,
      input,
      version: versionOf(child),
      parent: { instanceId: parent.id, executionId, name: parent.name, version: parent.version, taskScheduledId },
    });
    if (!begun) {
      // What the real host does with an id in use is not known to be safe; here it shows.
      reply(childFailed(taskScheduledId, `local/host: an orchestration with the id '${id}' is already running.`));
    }
  }

  function begin(start: NewInstance): boolean {
    const earlier = instances.get(start.id);
    if (earlier && !hasEnded(earlier)) return false;
    const instance = createInstance(start, Date.now());
    instances.put(instance);
    wake(instance);
    return true;
  }

  function post(instance: Instance, executionId: string, body: EventBody): void {
    // Late answers to an ended execution or an earlier generation are dropped.
    if (hasEnded(instance) || instance.executionId !== executionId) return;
    instance.inbox.push(toHistoryEvent(body, Date.now()));
    wake(instance);
  }

  function send(id: string, body: EventBody): SendOutcome {
    const instance = instances.get(id);
    if (!instance) return 'unknown';
    if (hasEnded(instance)) return 'ended';
    post(instance, instance.executionId, body);
    return 'accepted';
  }

  function continueAsNew(instance: Instance, input: string, plan: Replay): void {
    const carried = plan.unclaimedEvents.map((event): EventBody => ({
      EventType: EventType.EventRaised,
      Name: event.name,
      Input: event.input,
    }));
    instance.lastUpdatedMs = Date.now();
    beginGeneration(instance, input, carried, Date.now());
  }

  function fail(instance: Instance, message: string): void {
    log('Error', 'Host.Durable', `${instance.id}: ${message}`, instance.name);
    finish(instance, 'Failed', JSON.stringify(message));
  }

  /** `output` is a JSON text. */
  function finish(instance: Instance, status: 'Completed' | 'Failed' | 'Terminated', output: string): void {
    add(instance, { EventType: EventType.ExecutionCompleted, OrchestrationStatus: status, Result: output });
    closeEpisode(instance);
    instance.status = status;
    instance.output = output;
    instance.inbox = [];
    instances.noteEnded(instance);
    tellParent(instance);
  }

  function tellParent({ parent, status, output }: Instance): void {
    const waiting = parent && instances.get(parent.instanceId);
    if (!waiting) return;
    const { taskScheduledId: TaskScheduledId } = parent;
    const body: EventBody =
      status === 'Completed'
        ? { EventType: EventType.SubOrchestrationInstanceCompleted, TaskScheduledId, Result: output }
        : childFailed(TaskScheduledId, String(JSON.parse(output)));
    post(waiting, parent.executionId, body);
  }

  function versionOf(decision: Decision): string {
    return (decision.kind === 'subOrchestration' ? decision.version : undefined) ?? options.defaultVersion ?? '';
  }

  function unknownTarget(decision: Decision): string | undefined {
    if (decision.kind === 'timer') return undefined;
    const [known, kind] =
      decision.kind === 'activity' ? ([activities, 'activity'] as const) : ([orchestrators, 'orchestrator'] as const);
    return known.has(decision.name.toLowerCase()) ? undefined : unknownFunction(decision.name, kind, known);
  }

  return {
    instances,
    orchestrator: (name) => orchestrators.get(name.toLowerCase())?.name,
    explainUnknown: (name) => unknownFunction(name, 'orchestrator', orchestrators),
    start({ name, id = randomUUID().replaceAll('-', ''), version = options.defaultVersion ?? '', input }) {
      return { id, started: begin({ id, name, version, input }) };
    },
    raiseEvent: (id, Name, Input) => send(id, { EventType: EventType.EventRaised, Name, Input }),
    terminate: (id, reason) => send(id, { EventType: EventType.ExecutionTerminated, Input: JSON.stringify(reason) }),
    suspend: (id, Reason) => send(id, { EventType: EventType.ExecutionSuspended, Reason }),
    resume: (id, Reason) => send(id, { EventType: EventType.ExecutionResumed, Reason }),
    stop() {
      stopped = true;
      alarms.stop();
      activityPool.stop();
      episodePool.stop();
    },
  };
}

function byName(functions: readonly AppFunction[]): Map<string, AppFunction> {
  return new Map(functions.map((candidate) => [candidate.name.toLowerCase(), candidate]));
}

function applyOrders(instance: Instance, messages: readonly HistoryEvent[]): void {
  for (const { EventType: type } of messages) {
    if (type === EventType.ExecutionSuspended) instance.status = 'Suspended';
    if (type === EventType.ExecutionResumed) instance.status = 'Running';
  }
}

function add(instance: Instance, body: EventBody): void {
  instance.history.add(body, Date.now());
}

function closeEpisode(instance: Instance): void {
  add(instance, { EventType: EventType.OrchestratorCompleted });
  instance.history.markPlayed();
  instance.lastUpdatedMs = Date.now();
}
