import { createWorkbench, until, type HostProcess, type Workbench } from '../support/workbench';

interface Status {
  name: string;
  instanceId: string;
  runtimeStatus: string;
  input: unknown;
  output: unknown;
  customStatus: unknown;
  createdTime: string;
}

let bench: Workbench;
let host: HostProcess;

beforeAll(async () => {
  bench = createWorkbench();
  host = await bench.start(bench.fixture('durable'), { env: { TASK_HUB_NAME: 'TestHub1' } });
});
afterAll(() => bench.close());

async function client(method: string, ...args: unknown[]): Promise<{ result?: unknown; error?: string }> {
  const response = await fetch(`${host.url}/api/client`, { method: 'POST', body: JSON.stringify({ method, args }) });
  return (await response.json()) as { result?: unknown; error?: string };
}

const start = (name: string, instanceId: string, input?: unknown, version?: string) =>
  client('startNew', name, {
    instanceId,
    ...(input === undefined ? {} : { input }),
    ...(version === undefined ? {} : { version }),
  });

async function status(id: string): Promise<Status> {
  const { result, error } = await client('getStatus', id);
  if (error !== undefined) throw new Error(error);
  return result as Status;
}

/** The status once the instance has ended. */
function ended(id: string): Promise<Status> {
  return until(async () => {
    const now = await status(id);
    return ['Completed', 'Failed', 'Terminated'].includes(now.runtimeStatus) ? now : undefined;
  });
}

async function run(name: string, id: string, input?: unknown): Promise<Status> {
  expect(await start(name, id, input)).toEqual({ result: id });
  return ended(id);
}

describe('activities', () => {
  it('100 side by side, never more at once than host.json allows, all results in order', async () => {
    const before = await host.stats();
    const { output } = await run('fanOut', 'fan-1');
    expect(output).toEqual({ sum: 9900, mostRunning: 8 });
    const after = await host.stats();
    expect((after.activities.double ?? 0) - (before.activities.double ?? 0)).toBe(100);
    // Three episodes would be the least: at most 32 results each is four, the start and the last activity two more.
    expect(after.episodes - before.episodes).toBeGreaterThanOrEqual(6);
    expect(after.largestHistoryBytes).toBeGreaterThan(10_000);
    expect(after.longestReplayMs).toBeGreaterThan(0);
    expect(after.totalReplayMs).toBeGreaterThanOrEqual(after.longestReplayMs);
  });

  it('get the instance id, and their input as it was', async () => {
    expect((await run('notYielded', 'echo-1')).output).toEqual({ input: { list: [1], text: 'é' }, metadata: 'echo-1' });
  });

  it('give values as they cross the wire: integers clipped, NaN and undefined null, bytes base64', async () => {
    expect((await run('values', 'values-1')).output).toEqual({
      undefined: null,
      text: 'text',
      huge: 9223372036854776000,
      nan: null,
      list: [1],
      buffer: 'YWI=',
    });
  });

  it('that are never yielded are never run', async () => {
    const before = (await host.stats()).activities.double ?? 0;
    await run('notYielded', 'echo-2');
    expect((await host.stats()).activities.double ?? 0).toBe(before);
  });

  it('retried until one succeeds', async () => {
    expect((await run('retried', 'retry-1', { succeedAt: 3, attempts: 5 })).output).toEqual({ result: { attempt: 3 } });
  });

  it('whose retries are used up reject, and what comes next gets the right result', async () => {
    expect((await run('retried', 'retry-2', { succeedAt: 9, attempts: 3 })).output).toEqual({
      failed: "Activity function 'flaky' failed: attempt 3",
      after: { n: 42 },
    });
  });
});

describe('an episode', () => {
  it('hands the orchestrator its whole history, in the host’s order and with ids from one counter', async () => {
    await run('two', 'shape-1', { some: 'input' });
    const episodes = (await (await fetch(`${host.url}/api/episodes`)).json()) as Record<string, unknown>[];
    const common = {
      input: { some: 'input' },
      instanceId: 'shape-1',
      isReplaying: false,
      parentInstanceId: null,
      upperSchemaVersion: 1,
      upperSchemaVersionNew: 3,
      longRunningTimerIntervalDuration: '3.00:00:00',
      maximumShortTimerDuration: '6.00:00:00',
      defaultHttpAsyncRequestSleepTimeMillseconds: 30000,
    };
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
    const unscheduled = { EventId: -1, Timestamp: at };
    const first = (IsPlayed: boolean) => [
      { ...unscheduled, EventType: 12, IsPlayed },
      {
        ...unscheduled,
        EventType: 0,
        IsPlayed,
        Name: 'two',
        Version: '1.0',
        Input: '{"some":"input"}',
        OrchestrationInstance: {
          InstanceId: 'shape-1',
          ExecutionId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        },
        ParentInstance: null,
      },
    ];
    const scheduled = (EventId: number) => ({
      EventType: 4,
      EventId,
      IsPlayed: true,
      Timestamp: at,
      Name: 'double',
      Version: '',
      Input: null,
    });
    const completed = (TaskScheduledId: number, n: number, IsPlayed: boolean) => ({
      ...unscheduled,
      EventType: 5,
      IsPlayed,
      TaskScheduledId,
      Result: `{"n":${n}}`,
    });
    const started = (IsPlayed: boolean) => ({ ...unscheduled, EventType: 12, IsPlayed });
    const closed = { ...unscheduled, EventType: 13, IsPlayed: true };
    const second = (IsPlayed: boolean) => [
      ...first(true),
      scheduled(0),
      closed,
      started(IsPlayed),
      completed(0, 2, IsPlayed),
    ];
    expect(episodes).toEqual([
      { ...common, history: first(false) },
      { ...common, history: second(false) },
      { ...common, history: [...second(true), scheduled(1), closed, started(false), completed(1, 4, false)] },
    ]);
  });
});

describe('sub-orchestrations', () => {
  it('take explicit ids and versions, or an id of the parent’s execution and the default version', async () => {
    const [named, unnamed] = (await run('parent', 'parent-1')).output as Record<string, unknown>[];
    expect(named).toEqual({ id: 'parent-1-a', parent: 'parent-1', version: '2.0', doubled: { n: 2 } });
    expect(unnamed).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}:1$/) as string,
      parent: 'parent-1',
      version: '1.0',
      doubled: { n: 4 },
    });
  });

  it('that fail reject in the parent with the child’s words', async () => {
    expect((await run('failingChildren', 'parent-2')).output).toBe("Orchestrator function 'throws' failed: went wrong");
    expect((await status('parent-2-child')).runtimeStatus).toBe('Failed');
  });

  it('are retried as a whole', async () => {
    expect((await run('retriedChild', 'parent-3')).output).toEqual({ attempt: 3 });
  });
});

describe('timers and races', () => {
  it('a timer never fires early', async () => {
    expect((await run('sleeps', 'timer-1')).output).toEqual({ early: false });
  });

  it('an activity beats a timer; cancelled, the timer holds nothing up', async () => {
    expect((await run('race', 'race-1')).output).toEqual({ workWon: true, after: { n: 6 } });
  });

  it('an instance does not end before its open activity has', async () => {
    await start('lostRace', 'race-2');
    const { output, runtimeStatus } = await ended('race-2');
    expect([runtimeStatus, (output as { timerWon: boolean }).timerWon]).toEqual(['Completed', true]);
    const shown = await client('getStatus', 'race-2', { showHistory: true });
    expect(shown.error).toBeUndefined();
    const { events } = await history('race-2');
    expect(events).toEqual(['ExecutionStarted', 'TimerFired', 'TaskCompleted', 'ExecutionCompleted']);
  });

  it('a failure caught while a sibling runs ends the instance after the sibling', async () => {
    await run('caughtWhileOthersRun', 'caught-1');
    expect((await history('caught-1')).events).toEqual([
      'ExecutionStarted',
      'TaskFailed',
      'TaskCompleted',
      'ExecutionCompleted',
    ]);
  });
});

/** What the HTTP API shows of an instance's history: names of the events, and the whole answer. */
async function history(id: string) {
  const { rpcBaseUrl } = (await (await fetch(`${host.url}/api/binding`)).json()) as { rpcBaseUrl: string };
  const answer = await fetch(new URL(`instances/${id}?showHistory=true&showHistoryOutput=true`, rpcBaseUrl));
  const body = (await answer.json()) as { historyEvents: Record<string, unknown>[] };
  return { events: body.historyEvents.map(({ EventType }) => EventType), body };
}

describe('external events', () => {
  it('raised before anyone waits are kept, by name', async () => {
    await start('waits', 'events-1', { first: true });
    await client('raiseEvent', 'events-1', 'b', { n: 2 });
    await client('raiseEvent', 'events-1', 'a', { n: 1 });
    expect((await ended('events-1')).output).toEqual({ a: { n: 1 }, b: { n: 2 } });
  });

  it('raised while the orchestrator waits wake it', async () => {
    await start('waits', 'events-2', { first: false });
    await until(async () => ((await status('events-2')).runtimeStatus === 'Running' ? true : undefined));
    await client('raiseEvent', 'events-2', 'a', 'text');
    await client('raiseEvent', 'events-2', 'b');
    expect((await ended('events-2')).output).toEqual({ a: 'text', b: null });
  });

  it('to an unknown instance reject, to an ended one do nothing', async () => {
    expect((await client('raiseEvent', 'nobody', 'a')).error).toBe("No instance with ID 'nobody' found.");
    expect(await client('raiseEvent', 'events-1', 'a')).toEqual({ result: null });
  });
});

describe('continueAsNew', () => {
  it('begins again with the new input and carries waiting events over', async () => {
    await start('eternal', 'eternal-1', { round: 1, seen: [] });
    for (const event of ['one', 'two', 'three']) await client('raiseEvent', 'eternal-1', 'next', event);
    expect((await ended('eternal-1')).output).toEqual({ round: 3, seen: ['one', 'two', 'three'] });
  });

  it('yielded, fails the instance, as it does for real', async () => {
    const { runtimeStatus, output } = await run('yieldedContinue', 'eternal-2');
    expect([runtimeStatus, String(output)]).toEqual([
      'Failed',
      expect.stringContaining('programming constraint violation'),
    ]);
  });
});

describe('customStatus', () => {
  it('is seen while the instance runs, and stays', async () => {
    await start('progress', 'custom-1');
    await until(async () =>
      JSON.stringify((await status('custom-1')).customStatus) === '{"step":1}' ? true : undefined,
    );
    await client('raiseEvent', 'custom-1', 'go');
    expect(await ended('custom-1')).toMatchObject({ customStatus: { step: 2 }, output: 'done' });
  });
});

describe('failures', () => {
  it.each([
    ['throws', "Orchestrator function 'throws' failed: went wrong"],
    [
      'activityFails',
      /^Orchestrator function 'activityFails' failed: Activity function 'flaky' failed: attempt 1 \n \{/,
    ],
    ['emptyAll', /^Orchestrator function 'emptyAll' failed: When constructing a CompoundTask/],
    ['unknownActivity', /^The function 'nobody' doesn't exist, is disabled, or is not an activity function\./],
    ['callsEntity', 'local/host does not support callEntity (orchestrator callsEntity).'],
    ['callsHttp', 'local/host does not support callHttp (orchestrator callsHttp).'],
    [
      'changesItsMind',
      /^Non-Deterministic workflow detected: .* activity task named 'double' with sequence ID 0, .*'echo'/,
    ],
  ])('%s ends Failed, and the output says why', async (name, text) => {
    const { runtimeStatus, output } = await run(name, `fails-${name}`);
    expect([runtimeStatus, output]).toEqual(['Failed', typeof text === 'string' ? text : expect.stringMatching(text)]);
  });
});

describe('the client', () => {
  it('a second start of a running id is refused with 409, a finished id starts again', async () => {
    await start('waits', 'twice-1', { first: false });
    expect((await start('waits', 'twice-1', { first: false })).error).toMatch(
      /unexpected status code: 409\..*already exists/,
    );
    await client('terminate', 'twice-1', 'enough');
    await ended('twice-1');
    expect((await run('two', 'twice-1')).output).toEqual({ n: 4 });
  });

  it('of several starts at once exactly one wins', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => start('waits', 'twice-2', { first: false })));
    expect(answers.filter(({ result }) => result === 'twice-2')).toHaveLength(1);
  });

  it.each([
    ['an unknown orchestrator', 'nobody', 'ok', /400\..*The function 'nobody' doesn't exist/],
    ['an activity', 'double', 'ok', /400\..*not an orchestrator function/],
    ['an id beginning with @', 'two', '@id', /400\..*Instance ID '@id' is not valid/],
    ['an id of 101 characters', 'two', 'a'.repeat(101), /400/],
  ])('a start of %s is refused', async (_what, name, id, error) => {
    expect((await start(name, id)).error).toMatch(error);
  });

  it('a start without id makes one, without input gives an empty text, with a version passes it on', async () => {
    const { result: id } = await client('startNew', 'input', { version: '3.1' });
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect((await ended(String(id))).output).toEqual({ input: '', version: '3.1' });
  });

  it('a start without version takes defaultVersion', async () => {
    expect((await run('input', 'input-1', { a: [1] })).output).toEqual({ input: { a: [1] }, version: '1.0' });
  });

  it('the status of an unknown id throws', async () => {
    expect((await client('getStatus', 'nobody')).error).toContain('HTTP 404');
  });

  it('showInput: false is not sent by the SDK, so the input is shown; times have whole seconds', async () => {
    await run('two', 'status-1', { a: 1 });
    const { body } = await history('status-1');
    expect(body).toMatchObject({
      name: 'two',
      instanceId: 'status-1',
      runtimeStatus: 'Completed',
      input: { a: 1 },
      output: { n: 4 },
    });
    expect((body as unknown as Status).createdTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('the shown history names functions and results', async () => {
    await run('two', 'history-1');
    const { body } = await history('history-1');
    expect(body.historyEvents).toMatchObject([
      { EventType: 'ExecutionStarted', FunctionName: 'two' },
      { EventType: 'TaskCompleted', FunctionName: 'double', Result: { n: 2 } },
      { EventType: 'TaskCompleted', FunctionName: 'double', Result: { n: 4 } },
      { EventType: 'ExecutionCompleted', Result: { n: 4 } },
    ]);
  });

  it('terminate ends an instance with the reason as output; what was under way changes nothing any more', async () => {
    await start('waits', 'end-1', { first: true });
    await until(async () => ((await status('end-1')).runtimeStatus === 'Running' ? true : undefined));
    expect(await client('terminate', 'end-1', 'enough')).toEqual({ result: null });
    expect(await ended('end-1')).toMatchObject({ runtimeStatus: 'Terminated', output: 'enough' });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await status('end-1')).runtimeStatus).toBe('Terminated');
    expect((await client('terminate', 'nobody', 'enough')).error).toBe("No instance with ID 'nobody' found.");
  });

  it('suspend holds an instance, resume lets it go on', async () => {
    await start('waits', 'hold-1', { first: false });
    await client('suspend', 'hold-1', 'pause');
    await until(async () => ((await status('hold-1')).runtimeStatus === 'Suspended' ? true : undefined));
    await client('raiseEvent', 'hold-1', 'a', 1);
    await client('raiseEvent', 'hold-1', 'b', 2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await status('hold-1')).runtimeStatus).toBe('Suspended');
    await client('resume', 'hold-1', 'go');
    expect((await ended('hold-1')).output).toEqual({ a: 1, b: 2 });
  });

  it('rewind is answered 501', async () => {
    expect((await client('rewind', 'hold-1', 'again')).error).toBe('local/host does not support rewind.');
  });

  it('lists by status and time', async () => {
    await run('two', 'list-1');
    await start('waits', 'list-2', { first: false });
    const ids = async (filter: object) =>
      ((await client('getStatusBy', filter)).result as Status[]).map(({ instanceId }) => instanceId);
    expect(await ids({ runtimeStatus: ['Completed'] })).toContain('list-1');
    expect(await ids({ runtimeStatus: ['Completed'] })).not.toContain('list-2');
    expect(await ids({ runtimeStatus: ['Running', 'Pending'] })).toContain('list-2');
    expect(await ids({ createdTimeFrom: '2999-01-01T00:00:00Z' })).toEqual([]);
    const all = (await client('getStatusAll')).result as Status[];
    expect(all.map(({ instanceId }) => instanceId)).toEqual(expect.arrayContaining(['list-1', 'list-2']));
  });

  it('purges an ended instance, not a running one', async () => {
    await run('two', 'purge-1');
    await start('waits', 'purge-2', { first: false });
    expect(await client('purgeInstanceHistory', 'purge-1')).toEqual({ result: { instancesDeleted: 1 } });
    expect((await client('getStatus', 'purge-1')).error).toContain('HTTP 404');
    expect(await client('purgeInstanceHistory', 'purge-2')).toEqual({ result: { instancesDeleted: 0 } });
    expect((await status('purge-2')).instanceId).toBe('purge-2');
  });

  it('purges by filter, which must say createdTimeFrom', async () => {
    await run('throws', 'purge-3');
    const filter = { createdTimeFrom: '2020-01-01T00:00:00Z', runtimeStatus: ['Failed'] };
    const { instancesDeleted } = (await client('purgeInstanceHistoryBy', filter)).result as {
      instancesDeleted: number;
    };
    expect(instancesDeleted).toBeGreaterThanOrEqual(1);
    expect((await client('getStatus', 'purge-3')).error).toContain('HTTP 404');
    expect((await client('purgeInstanceHistoryBy', { runtimeStatus: ['Failed'] })).error).toContain('400');
    expect(await client('purgeInstanceHistoryBy', filter)).toEqual({ result: { instancesDeleted: 0 } });
  });

  it('management URLs work on the host’s own server, with their key only', async () => {
    const { result } = await client('createHttpManagementPayload', 'list-1');
    const { statusQueryGetUri } = result as { statusQueryGetUri: string };
    expect(new URL(statusQueryGetUri).port).not.toBe(new URL(host.url).port);
    expect((await fetch(statusQueryGetUri)).status).toBe(200);
    expect((await fetch(statusQueryGetUri.replace(/code=[^&]+/, 'code=x'))).status).toBe(401);
  });

  it('the binding names the hub of host.json with its setting resolved', async () => {
    const binding = (await (await fetch(`${host.url}/api/binding`)).json()) as {
      taskHubName: string;
      rpcBaseUrl: string;
    };
    expect(binding.taskHubName).toBe('TestHub1');
    expect(binding.rpcBaseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/durabletask\/$/);
  });
});
