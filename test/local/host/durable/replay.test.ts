import type { Action } from '../../../../local/host/durable/actions';
import { EventType, toHistoryEvent, type EventBody, type HistoryEvent } from '../../../../local/host/durable/history';
import { replay } from '../../../../local/host/durable/replay';

const startMs = Date.parse('2026-11-21T00:00:00Z');

/** One episode: its start, some seconds after the first, and its messages. */
function episode(seconds: number, ...messages: EventBody[]): HistoryEvent[] {
  return [{ EventType: EventType.OrchestratorStarted } as const, ...messages].map((body) =>
    toHistoryEvent(body, startMs + seconds * 1000),
  );
}

const executionStarted: EventBody = {
  EventType: EventType.ExecutionStarted,
  Name: 'o',
  Version: '',
  Input: 'null',
  OrchestrationInstance: { InstanceId: 'i', ExecutionId: 'x' },
  ParentInstance: null,
};
const begin = episode(0, executionStarted);
const scheduled = (EventId: number, Name: string): EventBody => ({
  EventType: EventType.TaskScheduled,
  EventId,
  Name,
  Version: '',
  Input: null,
});
const timerCreated = (EventId: number): EventBody => ({ EventType: EventType.TimerCreated, EventId, FireAt: '' });
const done = (TaskScheduledId: number): EventBody => ({
  EventType: EventType.TaskCompleted,
  TaskScheduledId,
  Result: '1',
});
const failed = (TaskScheduledId: number): EventBody => ({
  EventType: EventType.TaskFailed,
  TaskScheduledId,
  Reason: '',
  Details: '',
  FailureDetails: null,
});
const fired = (TimerId: number): EventBody => ({ EventType: EventType.TimerFired, TimerId, FireAt: '' });

const call = (functionName: string): Action => ({ actionType: 0, functionName });
const callWithRetry = (functionName: string, maxNumberOfAttempts: number, more = {}): Action => ({
  actionType: 1,
  functionName,
  retryOptions: { firstRetryIntervalInMilliseconds: 1000, maxNumberOfAttempts, ...more },
});
const timer = (seconds: number, isCanceled = false): Action => ({
  actionType: 5,
  fireAt: new Date(startMs + seconds * 1000).toISOString(),
  isCanceled,
});
const all = (...compoundActions: Action[]): Action => ({ actionType: 12, compoundActions });
const any = (...compoundActions: Action[]): Action => ({ actionType: 11, compoundActions });
const waitFor = (externalEventName: string): Action => ({ actionType: 6, externalEventName });

/** Short form of the decisions: id and name, or seconds after the start for a timer. */
function decisions(history: HistoryEvent[], actions: Action[]): string[] {
  return replay(history, actions, 'x').decisions.map((decision) =>
    decision.kind === 'timer'
      ? `${decision.id}@${(decision.fireAtMs - startMs) / 1000}`
      : `${decision.id} ${decision.name}`,
  );
}

it('top-level actions run one after another', () => {
  const actions = [call('a'), call('b')];
  expect(decisions(begin, actions)).toEqual(['0 a']);
  const later = [...begin, ...episode(1, scheduled(0, 'a'), done(0))];
  expect(decisions(later, actions)).toEqual(['1 b']);
});

it('compound actions take ids depth first', () => {
  expect(decisions(begin, [all(call('a'), any(timer(9), call('b')), call('c'))])).toEqual(['0 a', '1@9', '2 b', '3 c']);
});

it('WhenAll waits for every child, failed ones too; WhenAny for the first', () => {
  const both = [scheduled(0, 'a'), scheduled(1, 'b'), failed(0)];
  expect(decisions([...begin, ...episode(1, ...both)], [all(call('a'), call('b')), call('c')])).toEqual([]);
  expect(decisions([...begin, ...episode(1, ...both, done(1))], [all(call('a'), call('b')), call('c')])).toEqual([
    '2 c',
  ]);
  expect(decisions([...begin, ...episode(1, ...both)], [any(call('a'), call('b')), call('c')])).toEqual(['2 c']);
});

it('a failed attempt is followed by a timer and the next attempt, each with an id of its own', () => {
  const actions = [callWithRetry('a', 3, { backoffCoefficient: 3 })];
  let history = [...begin, ...episode(1, scheduled(0, 'a'), failed(0))];
  expect(decisions(history, actions)).toEqual(['1@2']);
  history = [...history, ...episode(2, timerCreated(1), fired(1))];
  expect(decisions(history, actions)).toEqual(['2 a']);
  history = [...history, ...episode(3, scheduled(2, 'a'), failed(2))];
  expect(decisions(history, actions)).toEqual(['3@6']);
});

it('the last failed attempt is followed by a timer that fires at once, and only then the action ends', () => {
  const actions = [callWithRetry('a', 1), call('b')];
  const history = [...begin, ...episode(1, scheduled(0, 'a'), failed(0))];
  expect(decisions(history, actions)).toEqual(['1@1']);
  expect(decisions([...history, ...episode(2, timerCreated(1), fired(1))], actions)).toEqual(['2 b']);
});

it('the wait between attempts is capped', () => {
  const actions = [callWithRetry('a', 9, { backoffCoefficient: 100, maxRetryIntervalInMilliseconds: 1500 })];
  const second = [...episode(1, scheduled(0, 'a'), failed(0)), ...episode(2, timerCreated(1), fired(1))];
  const third = episode(3, scheduled(2, 'a'), failed(2));
  expect(decisions([...begin, ...second, ...third], actions)).toEqual(['3@4.5']);
});

it('past retryTimeout no timer follows, so that the SDK waits for ever', () => {
  const actions = [callWithRetry('a', 9, { retryTimeoutInMilliseconds: 500 })];
  const plan = replay([...begin, ...episode(1, scheduled(0, 'a'), failed(0))], actions, 'x');
  expect([plan.decisions, plan.allActionsEnded, plan.openTasks]).toEqual([[], true, 0]);
});

it('an open timer keeps the instance from ending, a cancelled one keeps only its id', () => {
  const history = [...begin, ...episode(1, scheduled(0, 'a'), timerCreated(1), done(0))];
  expect(replay(history, [any(call('a'), timer(60))], 'x').openTasks).toBe(1);
  const cancelled = replay(history, [any(call('a'), timer(60, true)), call('b')], 'x');
  expect([cancelled.openTasks, cancelled.decisions[0]?.id]).toEqual([1, 2]);
});

it('a timer of more than 6 days is cut into pieces of 3', () => {
  const day = 86_400;
  const actions = [timer(8 * day)];
  expect(decisions(begin, actions)).toEqual([`0@${3 * day}`]);
  const later = [...begin, ...episode(3 * day, timerCreated(0), fired(0))];
  expect(decisions(later, actions)).toEqual([`1@${8 * day}`]);
});

it('events are matched by name, early ones are kept, and what nobody took is handed back', () => {
  const raised = (Name: string, Input: string): EventBody => ({ EventType: EventType.EventRaised, Name, Input });
  const plan = replay(
    [...begin, ...episode(1, raised('b', '1'), raised('a', '2'), raised('b', '3'))],
    [waitFor('a'), waitFor('b')],
    'x',
  );
  expect(plan.allActionsEnded).toBe(true);
  expect(plan.unclaimedEvents).toEqual([{ name: 'b', input: '3' }]);
});

it('a child without id is called after the execution and its own id', () => {
  const plan = replay(begin, [{ actionType: 2, functionName: 'child', input: { a: 1 } }], 'x');
  expect(plan.decisions).toEqual([
    { kind: 'subOrchestration', id: 0, name: 'child', instanceId: 'x:0', version: undefined, input: '{"a":1}' },
  ]);
});

it('a text in continueAsNew has been put into JSON by the SDK and is not wrapped again', () => {
  expect(replay(begin, [{ actionType: 4, input: '"text"' }], 'x').continueAsNew).toBe('"text"');
  expect(replay(begin, [{ actionType: 4 }], 'x').continueAsNew).toBe('null');
});

it.each([
  [
    'another name',
    [call('b')],
    "an activity task named 'a' with sequence ID 0, but the current replay execution scheduled an activity task named 'b'",
  ],
  [
    'another kind',
    [timer(1)],
    "an activity task named 'a' with sequence ID 0, but the current replay execution scheduled a timer",
  ],
  [
    'nothing',
    [],
    "an activity task named 'a' with sequence ID 0, but the current replay execution hasn't (yet?) scheduled this task",
  ],
])('%s where history has an activity is non-deterministic', (_what, actions, words) => {
  const history = [...begin, ...episode(1, scheduled(0, 'a'))];
  expect(replay(history, actions, 'x').nonDeterminism).toContain(words);
});

it('a duplicate completion changes nothing', () => {
  const actions = [call('a'), call('b')];
  const history = [...begin, ...episode(1, scheduled(0, 'a'), done(0)), ...episode(2, scheduled(1, 'b'), done(0))];
  expect(replay(history, actions, 'x')).toMatchObject({ decisions: [], openTasks: 1, allActionsEnded: false });
});
