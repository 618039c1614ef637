import { CallsSpent } from '../../../shared/errors';
import { askTenant, postTenant } from '../../../shared/incidents/askTenant';
import { answer, givenAnswers } from './givenAnswers';

const url = 'https://api.example/things';

test('a call carries a token for its scope, and its permit is taken last', async () => {
  const given = givenAnswers([answer('{}')]);
  expect((await askTenant(given, url, { prefer: 'x' })).status).toBe(200);
  expect(given.calls[0]).toMatchObject({
    method: 'GET',
    url,
    headers: { authorization: 'Bearer token-1', prefer: 'x' },
  });
  expect(given.events).toEqual(['get https://api.example/.default', 'permit', 'send']);
});

test('a 401 is tried once more with a fresh token, and that call needs a permit of its own', async () => {
  const given = givenAnswers([answer('', { status: 401 }), answer('{}')]);
  expect((await askTenant(given, url)).status).toBe(200);
  expect(given.calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
  expect(given.events.map((event) => event.split(' ')[0])).toEqual([
    ...['get', 'permit', 'send'],
    ...['forget', 'get', 'permit', 'send'],
  ]);
});

test('a second 401 stands, and there is no third call', async () => {
  const given = givenAnswers([answer('', { status: 401 }), answer('', { status: 401 })]);
  expect((await askTenant(given, url)).status).toBe(401);
  expect(given.calls).toHaveLength(2);
});

test('without a permit no call is made, be it the first or the one after a 401', async () => {
  const none = givenAnswers([], 0);
  await expect(askTenant(none, url)).rejects.toBeInstanceOf(CallsSpent);
  expect(none.calls).toEqual([]);
  const one = givenAnswers([answer('', { status: 401 })], 1);
  await expect(askTenant(one, url)).rejects.toBeInstanceOf(CallsSpent);
  expect(one.calls).toHaveLength(1);
});

test('what is posted is JSON, and is sent again after a 401, which did nothing', async () => {
  const given = givenAnswers([answer('', { status: 401 }), answer('{}', { status: 201 })]);
  expect((await postTenant(given, url, { Comment: 'x' }, 200_000)).status).toBe(201);
  expect(given.calls).toHaveLength(2);
  for (const call of given.calls)
    expect(call).toMatchObject({
      ...{ method: 'POST', url, body: '{"Comment":"x"}', timeoutMs: 200_000 },
      headers: { 'content-type': 'application/json', accept: 'application/json' },
    });
  const outage = givenAnswers([answer('', { status: 503 })]);
  expect((await postTenant(outage, url, {})).status).toBe(503);
  expect(outage.calls).toHaveLength(1);
});
