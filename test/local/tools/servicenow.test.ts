import type { FakeServicenow } from '../../../local/tools/servicenow/index';
import { servicenowAccount, servicenowPerson, startServicenow } from '../../../local/tools/servicenow/index';

const secret = 'correct-horse-battery-staple';
let tool: FakeServicenow;
beforeEach(async () => {
  tool = await startServicenow({ secret, now: () => Date.parse('2026-11-20T12:00:00Z') });
});
afterEach(async () => tool.stop());

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const ask = async (method: string, path: string, body?: unknown, authorization = basic(servicenowAccount, secret)) => {
  const answer = await fetch(`${tool.url}/api/now/${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as { result?: unknown; error?: { detail: string } } };
};
const incident = (values: Readonly<Record<string, string>> = {}) =>
  tool.add('incident', { short_description: 'x', ...values });

describe('the fake ServiceNow', () => {
  test.each([
    ['no credential', ''],
    ['another password', basic(servicenowAccount, 'x')],
    ['another user', basic('admin', secret)],
    ['a token nobody granted', 'Bearer abc'],
  ])('lets nobody in with %s', async (_, authorization) => {
    expect((await ask('GET', 'v2/table/incident', undefined, authorization)).status).toBe(401);
  });

  test('answers a list without rows as its version does', async () => {
    expect((await ask('GET', 'v2/table/incident')).body).toEqual({ result: [] });
    expect((await ask('GET', 'v1/table/incident')).status).toBe(404);
    expect((await ask('GET', 'table/incident')).status).toBe(404);
  });

  test('leaves out the parts of a query that make no sense', async () => {
    incident({ correlation_id: 'a' });
    incident({ correlation_id: 'b' });
    const found = async (query: string) =>
      (
        (await ask('GET', `v2/table/incident?sysparm_query=${encodeURIComponent(query)}&sysparm_fields=correlation_id`))
          .body.result as object[]
      ).length;
    expect(await found('correlation_id=a')).toBe(1);
    expect(await found('correlation_id=c')).toBe(0);
    expect(await found('correlation_idd=a')).toBe(2);
    expect(await found('nonsense^correlation_id=b')).toBe(1);
    expect(await found('correlation_id!=a^ORDERBYDESCnumber')).toBe(1);
  });

  test.each([
    ['an unknown field', { no_such: 'x' }],
    ['a system field', { sys_updated_by: 'x' }],
    ['a title of 161 characters', { short_description: 'x'.repeat(161) }],
    ['a state it has not', { state: '9' }],
    ['a close code it has not', { close_code: 'Fixed' }],
    ['a person it has not', { assigned_to: 'beth' }],
    ['a number', { impact: 1 }],
    ['no JSON', '{'],
  ])('refuses %s', async (_, body) => {
    expect((await ask('POST', 'table/incident', body)).status).toBe(400);
    expect(tool.tickets()).toEqual([]);
  });

  test('wants code and notes to resolve, a reason to hold, and lets the account close nothing', async () => {
    const id = incident();
    const patch = (body: object) => ask('PATCH', `table/incident/${id}`, body);
    expect((await patch({ state: '6' })).body.error!.detail).toContain('Data Policy');
    expect((await patch({ state: '6', close_code: 'Known error', close_notes: 'x' })).status).toBe(200);
    expect((await patch({ state: '7' })).status).toBe(403);
    expect((await patch({ state: '3' })).status).toBe(403);
    expect((await patch({ state: '3', hold_reason: '1' })).status).toBe(403);
    expect((await patch({ state: '3', hold_reason: '1', comments: 'Please answer' })).status).toBe(200);
    await tool.change(id, { status: '6' });
    await tool.change(id, { status: '7' });
    expect((await patch({ urgency: '1' })).status).toBe(403);
  });

  test('moves a security incident one step at a time, for people too', async () => {
    const id = tool.add('sn_si_incident', { short_description: 'x' });
    expect((await ask('PATCH', `table/sn_si_incident/${id}`, { state: '18' })).status).toBe(403);
    expect((await ask('PATCH', `table/sn_si_incident/${id}`, { state: '16' })).status).toBe(200);
    expect((await ask('PATCH', `table/sn_si_incident/${id}`, { state: '10' })).status).toBe(403);
    await expect(tool.change(id, { status: '3' })).rejects.toThrow();
  });

  test('shows references as links unless told not to, and never what a journal holds', async () => {
    const id = incident({ assigned_to: servicenowPerson, comments: 'Hello' });
    const path = `table/incident/${id}?sysparm_fields=assigned_to,comments`;
    expect((await ask('GET', path)).body.result).toEqual({
      assigned_to: { link: `/api/now/table/sys_user/${servicenowPerson}`, value: servicenowPerson },
      comments: '',
    });
    const plain = await ask('GET', `${path}&sysparm_exclude_reference_link=true`);
    expect(plain.body.result).toEqual({ assigned_to: servicenowPerson, comments: '' });
    expect(tool.tickets()[0]!.comments).toEqual([{ text: 'Hello', visibility: 'public', author: 'beth.anglin' }]);
  });

  test('grants tokens for its client alone, and they end', async () => {
    let nowMs = Date.parse('2026-11-20T12:00:00Z');
    await tool.stop();
    tool = await startServicenow({ secret, now: () => nowMs });
    const grant = async (form: Readonly<Record<string, string>>) => {
      const answer = await fetch(`${tool.url}/oauth_token.do`, { method: 'POST', body: new URLSearchParams(form) });
      return { status: answer.status, body: (await answer.json()) as { access_token?: string } };
    };
    const client = { grant_type: 'client_credentials', client_id: 'a1b2c3d4e5f60718293a4b5c6d7e8f90' };
    expect((await grant({ ...client, client_secret: 'x' })).status).toBe(401);
    expect((await grant({ ...client, grant_type: 'password', client_secret: secret })).status).toBe(400);
    const { body } = await grant({ ...client, client_secret: secret });
    const bearer = `Bearer ${body.access_token!}`;
    expect((await ask('GET', 'v2/table/incident', undefined, bearer)).status).toBe(200);
    nowMs += 1_800_000;
    expect((await ask('GET', 'v2/table/incident', undefined, bearer)).status).toBe(401);
  });
});
