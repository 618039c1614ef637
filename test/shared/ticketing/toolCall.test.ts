import { ContractError, TargetError, UpstreamError } from '../../../shared/errors';
import type { IncomingAnswer, OutgoingRequest } from '../../../shared/ports';
import { callTool, withoutSlash } from '../../../shared/ticketing/toolCall';

const asked: OutgoingRequest[] = [];
const answering = (answer: Partial<IncomingAnswer>) => ({
  title: 'The tool',
  send: (request: OutgoingRequest) => {
    asked.push(request);
    return Promise.resolve({ status: 200, headers: {}, body: '{}', ...answer });
  },
  clock: { now: () => 0, elapsedMs: () => 0 },
});
const call = { method: 'GET', url: 'https://tool.example/x', headers: { authorization: 'Bearer hidden' } } as const;

beforeEach(() => void asked.splice(0));

test('JSON goes out as that, and an answer without any is undefined', async () => {
  const answer = await callTool(answering({ status: 204, body: '' }), { ...call, method: 'PUT', json: { a: 1 } });
  expect(answer).toEqual({ status: 204, headers: {}, json: undefined });
  expect(asked[0]).toMatchObject({ body: '{"a":1}', headers: { 'content-type': 'application/json' } });
  await callTool(answering({}), call);
  expect(asked[1]).not.toHaveProperty('body');
  expect(asked[1]!.headers).not.toHaveProperty('content-type');
});

test('a success that is no JSON is a ContractError, a failure that is none is judged by its status', async () => {
  await expect(callTool(answering({ body: '<html>' }), call)).rejects.toBeInstanceOf(ContractError);
  await expect(callTool(answering({ status: 502, body: '<html>' }), call)).rejects.toBeInstanceOf(UpstreamError);
  expect(await callTool(answering({ status: 400, body: '<html>' }), { ...call, accepts: [400] })).toMatchObject({
    status: 400,
    json: undefined,
  });
});

test('what is not there is the ticket where the call is about one, else the place', async () => {
  const missing = answering({ status: 404 });
  await expect(callTool(missing, { ...call, isOfTicket: true })).rejects.toMatchObject({ reason: 'ticketGone' });
  await expect(callTool(missing, call)).rejects.toMatchObject({ reason: 'refused' });
});

test("a tool's own meaning comes first, and knows the call", async () => {
  const own = new TargetError('own', 'ticketClosed', 422);
  const caller = {
    ...answering({ status: 422, body: '{"closed":true}' }),
    ownMeaning: ({ json }: { json: unknown }, { url }: { url: string }) =>
      JSON.stringify(json) === '{"closed":true}' && url === call.url ? own : undefined,
  };
  await expect(callTool(caller, call)).rejects.toBe(own);
});

test('a throttle without Retry-After lasts as long as the tool says in its own way', async () => {
  const caller = { ...answering({ status: 429 }), waitOf: () => 9_000 };
  await expect(callTool(caller, call)).rejects.toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: 9_000 });
});

test('an address keeps no slash at its end', () => {
  expect(withoutSlash('https://tool.example/a//')).toBe('https://tool.example/a');
});
