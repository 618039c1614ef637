import type { Machine } from '../../../shared/endpoint/fromEndpointMachine';
import { stateOf } from '../../../shared/endpoint/fromMachineAction';
import { isolateMachine, releaseMachine } from '../../../shared/endpoint/isolation';
import { getMachineAction } from '../../../shared/endpoint/machineActions';
import { listMachines } from '../../../shared/endpoint/machines';
import { ConflictError, NotFoundError, RequestError, UpstreamError } from '../../../shared/errors';
import type { IncomingAnswer, OutgoingRequest } from '../../../shared/ports';
import type { InProcess, Stage } from './inProcess';
import { createStage, inProcess } from './inProcess';

const comment = 'Ransomware, incident 4711';
let stage: Stage;
let access: InProcess;
let machines: readonly Machine[];
beforeEach(async () => {
  stage = await createStage(1);
  access = inProcess(stage.state, ['Machine.Read.All', 'Machine.Isolate']);
  machines = (await listMachines(access)).items;
  access.calls.splice(0);
});
const machineOn = (platform: string): string => machines.find(({ osPlatform }) => osPlatform === platform)!.id;
const posted = (): OutgoingRequest[] => access.calls.filter(({ method }) => method === 'POST');
const inProgress = JSON.stringify({ error: { code: 'BadRequest', message: 'Action is already in progress' } });

test('an isolation goes from Pending over InProgress to Succeeded, and says who asked and why', async () => {
  const machineId = machineOn('Windows11');
  const { outcome, action } = await isolateMachine(access, { machineId, comment, type: 'Selective' });
  expect(outcome).toBe('requested');
  expect(action).toMatchObject({
    ...{ type: 'Isolate', scope: 'Selective', status: 'Pending', machineId },
    ...{ requestorComment: comment, requestor: 'XDR relay operator (demo)', requestSource: 'PublicApi' },
  });
  expect(JSON.parse(posted()[0]!.body!)).toEqual({ Comment: comment, IsolationType: 'Selective' });
  const states: string[] = [];
  for (const seconds of [0, 10, 30]) {
    stage.clock.advance(seconds);
    states.push(
      stateOf((await getMachineAction(access, action.id))!),
      (await getMachineAction(access, action.id))!.status!,
    );
  }
  expect(states).toEqual(['underWay', 'Pending', 'underWay', 'InProgress', 'succeeded', 'Succeeded']);
});

test('asked twice, the second finds the first under way and asks nothing', async () => {
  const machineId = machineOn('Windows10');
  const first = await isolateMachine(access, { machineId, comment });
  stage.clock.advance(10);
  const second = await isolateMachine(access, { machineId, comment: 'again' });
  expect(second).toMatchObject({ outcome: 'alreadyUnderWay', action: { id: first.action.id, status: 'InProgress' } });
  expect(posted()).toHaveLength(1);
});

test('a release waits for the isolation to end, and then goes through', async () => {
  const machineId = machineOn('Windows10');
  await isolateMachine(access, { machineId, comment });
  expect(await releaseMachine(access, { machineId, comment })).toMatchObject({
    outcome: 'alreadyUnderWay',
    action: { type: 'Isolate' },
  });
  stage.clock.advance(60);
  expect(await releaseMachine(access, { machineId, comment })).toMatchObject({
    outcome: 'requested',
    action: { type: 'Unisolate', scope: null },
  });
});

test('one that someone else asked for in between is told apart from a failure', async () => {
  const machineId = machineOn('Windows11');
  const rival = inProcess(stage.state, ['Machine.Read.All', 'Machine.Isolate']);
  const late: InProcess = {
    ...access,
    send: async (request) => {
      if (request.method === 'POST') await isolateMachine(rival, { machineId, comment: 'quicker' });
      return access.send(request);
    },
  };
  expect(await isolateMachine(late, { machineId, comment })).toMatchObject({
    outcome: 'alreadyUnderWay',
    action: { requestorComment: 'quicker' },
  });
});

test.each<[string, IncomingAnswer, new (...args: never[]) => Error]>([
  ['a refusal as under way, though nothing shows', { status: 400, headers: {}, body: inProgress }, ConflictError],
  ['an outage', { status: 503, headers: {}, body: '' }, UpstreamError],
  [
    'an answer that is cut',
    { status: 201, headers: { date: 'Fri, 20 Nov 2026 08:00:00 GMT' }, body: '{' },
    UpstreamError,
  ],
])('%s is an error', async (_, refusal, kind) => {
  const broken: InProcess = {
    ...access,
    send: (request) => (request.method === 'POST' ? Promise.resolve(refusal) : access.send(request)),
  };
  await expect(isolateMachine(broken, { machineId: machineOn('Windows11'), comment })).rejects.toBeInstanceOf(kind);
});

test('run again after an answer was lost, it finds its own order', async () => {
  const machineId = machineOn('Windows11');
  const deaf: InProcess = {
    ...access,
    send: async (request) => {
      const answer = await access.send(request);
      if (request.method === 'POST') throw new UpstreamError('no whole answer');
      return answer;
    },
  };
  await expect(isolateMachine(deaf, { machineId, comment })).rejects.toBeInstanceOf(UpstreamError);
  expect(await isolateMachine(access, { machineId, comment })).toMatchObject({
    outcome: 'alreadyUnderWay',
    action: { requestorComment: comment },
  });
  expect(posted()).toHaveLength(1);
});

test.each(['Failed', 'TimeOut', 'Cancelled'] as const)('an action that ends as %s is told as ended', async (end) => {
  const machineId = machineOn('Windows11');
  stage.state.machineActions.setEnd(access.tenantId, machineId, end);
  const { action } = await isolateMachine(access, { machineId, comment });
  stage.clock.advance(60);
  const ended = await getMachineAction(access, action.id);
  expect(ended!.status).toBe(end);
  expect(stateOf(ended!)).toBe(end === 'Cancelled' ? 'cancelled' : 'failed');
  expect(await isolateMachine(access, { machineId, comment })).toMatchObject({ outcome: 'requested' });
});

test('a machine whose system cannot do it is our caller’s to change', async () => {
  await expect(isolateMachine(access, { machineId: machineOn('macOS'), comment })).rejects.toMatchObject({
    code: 'ERR_REQUEST',
    fields: [{ field: 'machineId' }],
  });
  await expect(
    isolateMachine(access, { machineId: machineOn('Ubuntu'), comment, type: 'Selective' }),
  ).rejects.toBeInstanceOf(RequestError);
});

test('no machine is acted on by its name, or without saying why', async () => {
  const { id, computerDnsName } = machines[0]!;
  for (const order of [
    { machineId: computerDnsName!, comment },
    { machineId: id, comment: ' ' },
    { machineId: id, comment: 'x'.repeat(1_001) },
  ])
    await expect(isolateMachine(access, order)).rejects.toBeInstanceOf(RequestError);
  expect(access.calls).toEqual([]);
  await expect(isolateMachine(access, { machineId: 'f'.repeat(40), comment })).rejects.toBeInstanceOf(NotFoundError);
});

test('who may only read machines cannot isolate one', async () => {
  const reader = inProcess(stage.state, ['Machine.Read.All']);
  await expect(isolateMachine(reader, { machineId: machines[0]!.id, comment })).rejects.toMatchObject({
    code: 'ERR_CONSENT',
    reason: 'roleMissing',
  });
  expect(stage.state.machineActions.list(stage.state.world.tenants[0]!)).toHaveLength(12);
});
