import { ActionType, inputText, type Action, type RetryPolicy } from './actions';
import { EventType, type HistoryEvent } from './history';

/** What the host has to set going after an episode; `id` is the event's id in history. */
export type Decision =
  | { readonly kind: 'activity'; readonly id: number; readonly name: string; readonly input: string }
  | {
      readonly kind: 'subOrchestration';
      readonly id: number;
      readonly name: string;
      readonly instanceId: string;
      readonly version: string | undefined;
      readonly input: string;
    }
  | { readonly kind: 'timer'; readonly id: number; readonly fireAtMs: number };

export interface Replay {
  /** Not in history yet, in the order of their ids. */
  readonly decisions: readonly Decision[];
  /** Scheduled and neither ended nor cancelled. The instance cannot end before this is 0. */
  readonly openTasks: number;
  /** Every top-level action ended. */
  readonly allActionsEnded: boolean;
  /** The JSON text of the next generation's input, if the actions end in continueAsNew. */
  readonly continueAsNew: string | undefined;
  /** Raised events nobody waited for, oldest first. */
  readonly unclaimedEvents: readonly { readonly name: string; readonly input: string }[];
  /** The actions do not fit the history; nothing else in here counts then. */
  readonly nonDeterminism: string | undefined;
}

/** A node of the tree of actions: it ends when `missing` of its children did, or when its own task did. */
interface Node {
  ended: boolean;
  missing: number;
  readonly parent: Node | undefined;
}

interface OpenTask {
  readonly node: Node;
  onFailed(): void;
  onDone(): void;
}

const dayMs = 24 * 3_600_000;
const maxRetryIntervalMs = 6 * dayMs;
const maxShortTimerMs = 6 * dayMs;
const longTimerPieceMs = 3 * dayMs;

/**
 * Plays the host's half of an orchestration from the start, as the Durable Task Framework does in every episode: the
 * worker's actions run strictly one after another against the history, each WhenAll until its last child ended and
 * each WhenAny until its first. Ids come from one counter, retries take ids for their timers and their next attempts.
 *
 * Follows OutOfProcOrchestrationShim, TaskOrchestrationContext and RetryInterceptor of the Durable extension.
 */
export function replay(history: readonly HistoryEvent[], actions: readonly Action[], executionId: string): Replay {
  const pending = new Map<number, Decision>();
  const open = new Map<number, OpenTask>();
  const waiting = new Map<string, Node[]>();
  const raised: { name: string; input: string }[] = [];
  let nextId = 0;
  let nowMs = 0;
  let position = 0;
  let current: Node | undefined;
  let continueAsNew: string | undefined;

  function end(node: Node): void {
    if (node.ended) return;
    node.ended = true;
    if (node.parent && --node.parent.missing === 0) end(node.parent);
  }

  function openTask(decision: Decision, task: OpenTask): void {
    pending.set(decision.id, decision);
    open.set(decision.id, task);
  }

  function plain(node: Node): OpenTask {
    return { node, onDone: () => end(node), onFailed: () => end(node) };
  }

  function timer(fireAtMs: number, node: Node, onDone: () => void): number {
    const id = nextId++;
    openTask({ kind: 'timer', id, fireAtMs }, { node, onDone, onFailed: onDone });
    return id;
  }

  /** The SDK and the host cut a timer longer than 6 days into pieces of 3. */
  function timerInPieces(fireAtMs: number, node: Node): number {
    if (fireAtMs - nowMs <= maxShortTimerMs) return timer(fireAtMs, node, () => end(node));
    return timer(nowMs + longTimerPieceMs, node, () => timerInPieces(fireAtMs, node));
  }

  /** One attempt after another, a timer between them. The last failure is followed by a timer that fires at once. */
  function attempt(
    decide: (id: number) => Decision,
    policy: RetryPolicy,
    node: Node,
    firstAttemptMs: number,
    number = 1,
  ): void {
    const id = nextId++;
    openTask(decide(id), {
      node,
      onDone: () => end(node),
      onFailed: () => {
        const delayMs = retryDelayMs(policy, number, nowMs - firstAttemptMs);
        // Past the retry timeout the framework makes no timer, the SDK waits for one, and the instance hangs.
        if (delayMs === undefined) end(node);
        else if (number >= policy.maxNumberOfAttempts) timer(nowMs, node, () => end(node));
        else timer(nowMs + delayMs, node, () => attempt(decide, policy, node, firstAttemptMs, number + 1));
      },
    });
  }

  function schedule(action: Action, parent?: Node): Node {
    const node: Node = { ended: false, missing: 1, parent };
    switch (action.actionType) {
      case ActionType.CallActivity:
        openTask(activity(action)(nextId++), plain(node));
        break;
      case ActionType.CallActivityWithRetry:
        attempt(activity(action), action.retryOptions, node, nowMs);
        break;
      case ActionType.CallSubOrchestrator:
        openTask(subOrchestration(action, executionId)(nextId++), plain(node));
        break;
      case ActionType.CallSubOrchestratorWithRetry:
        attempt(subOrchestration(action, executionId), action.retryOptions, node, nowMs);
        break;
      case ActionType.CreateTimer: {
        const id = timerInPieces(Date.parse(action.fireAt), node);
        if (action.isCanceled) {
          open.delete(id);
          end(node);
        }
        break;
      }
      case ActionType.WaitForExternalEvent:
        waitFor(action.externalEventName, node);
        break;
      case ActionType.ContinueAsNew:
        continueAsNew = inputText(action.input);
        end(node);
        break;
      case ActionType.WhenAny:
      case ActionType.WhenAll:
        scheduleAll(action, node);
    }
    return node;
  }

  function scheduleAll(action: Extract<Action, { compoundActions: unknown }>, node: Node): void {
    node.missing = action.actionType === ActionType.WhenAll ? action.compoundActions.length : 1;
    for (const child of action.compoundActions) schedule(child, node);
  }

  function waitFor(name: string, node: Node): void {
    const at = raised.findIndex((event) => event.name === name);
    if (at >= 0) {
      raised.splice(at, 1);
      end(node);
    } else {
      waiting.set(name, [...(waiting.get(name) ?? []), node]);
    }
  }

  function raise(name: string, input: string): void {
    const waiter = waiting.get(name)?.pop();
    if (waiter) end(waiter);
    else raised.push({ name, input });
  }

  function advance(): void {
    while (!current || current.ended) {
      const action = actions[position];
      if (!action) return;
      position++;
      current = schedule(action);
    }
  }

  /** The task with this id ended; one that is not open any more is a duplicate, or a cancelled timer. */
  function settle(id: number, how: 'onDone' | 'onFailed'): void {
    const task = open.get(id);
    open.delete(id);
    task?.[how]();
  }

  for (const event of history) {
    if (event.EventType === EventType.OrchestratorStarted) {
      nowMs = Date.parse(event.Timestamp);
      continue;
    }
    const expected = scheduledBy(event);
    if (expected) {
      const decision = pending.get(event.EventId);
      if (!decision || !isSame(decision, expected)) {
        return { ...nothing, nonDeterminism: describeNonDeterminism(event.EventId, expected, decision) };
      }
      pending.delete(event.EventId);
      continue;
    }
    if (
      event.EventType === EventType.TaskCompleted ||
      event.EventType === EventType.SubOrchestrationInstanceCompleted
    ) {
      settle(event.TaskScheduledId, 'onDone');
    } else if (
      event.EventType === EventType.TaskFailed ||
      event.EventType === EventType.SubOrchestrationInstanceFailed
    ) {
      settle(event.TaskScheduledId, 'onFailed');
    } else if (event.EventType === EventType.TimerFired) {
      settle(event.TimerId, 'onDone');
    } else if (event.EventType === EventType.EventRaised) {
      raise(event.Name, event.Input);
    } else if (event.EventType !== EventType.ExecutionStarted) {
      continue;
    }
    advance();
  }
  return {
    decisions: [...pending.values()],
    openTasks: open.size,
    allActionsEnded: position >= actions.length && (current?.ended ?? true),
    continueAsNew,
    unclaimedEvents: raised,
    nonDeterminism: undefined,
  };
}

const nothing = { decisions: [], openTasks: 0, allActionsEnded: false, continueAsNew: undefined, unclaimedEvents: [] };

function activity(action: { readonly functionName: string; readonly input?: unknown }) {
  return (id: number): Decision => ({
    kind: 'activity',
    id,
    name: action.functionName,
    input: inputText(action.input),
  });
}

function subOrchestration(
  action: {
    readonly functionName: string;
    readonly instanceId?: string;
    readonly version?: string;
    readonly input?: unknown;
  },
  executionId: string,
) {
  return (id: number): Decision => ({
    kind: 'subOrchestration',
    id,
    name: action.functionName,
    instanceId: action.instanceId ?? `${executionId}:${id}`,
    version: action.version,
    input: inputText(action.input),
  });
}

/** The wait after a failed attempt (1, 2, …), undefined once the policy's time is over. */
function retryDelayMs(policy: RetryPolicy, attempt: number, elapsedMs: number): number | undefined {
  if (policy.retryTimeoutInMilliseconds !== undefined && elapsedMs >= policy.retryTimeoutInMilliseconds)
    return undefined;
  const delayMs = policy.firstRetryIntervalInMilliseconds * (policy.backoffCoefficient ?? 1) ** (attempt - 1);
  return Math.min(delayMs, policy.maxRetryIntervalInMilliseconds ?? maxRetryIntervalMs);
}

interface Expected {
  readonly kind: Decision['kind'];
  readonly name: string;
}

function scheduledBy(event: HistoryEvent): Expected | undefined {
  if (event.EventType === EventType.TaskScheduled) return { kind: 'activity', name: event.Name };
  if (event.EventType === EventType.SubOrchestrationInstanceCreated)
    return { kind: 'subOrchestration', name: event.Name };
  if (event.EventType === EventType.TimerCreated) return { kind: 'timer', name: '' };
  return undefined;
}

function isSame(decision: Decision, expected: Expected): boolean {
  if (decision.kind !== expected.kind) return false;
  return decision.kind === 'timer' || decision.name.toLowerCase() === expected.name.toLowerCase();
}

const words = { activity: 'activity task', subOrchestration: 'sub-orchestration', timer: 'timer' } as const;

function describeNonDeterminism(id: number, expected: Expected, actual: Decision | undefined): string {
  const named = (one: { kind: Decision['kind']; name?: string }) =>
    one.kind === 'timer'
      ? `a ${words.timer}`
      : `${one.kind === 'activity' ? 'an' : 'a'} ${words[one.kind]} named '${one.name ?? ''}'`;
  const now = actual
    ? `the current replay execution scheduled ${named(actual)} instead`
    : `the current replay execution hasn't (yet?) scheduled this task`;
  return (
    `Non-Deterministic workflow detected: A previous execution of this orchestration scheduled ${named(expected)} ` +
    `with sequence ID ${id}, but ${now}. Was a change made to the orchestrator code after this instance had already started running?`
  );
}
