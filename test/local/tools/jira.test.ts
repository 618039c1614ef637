import type { FakeJira, JiraOptions } from '../../../local/tools/jira/index';
import { jiraPerson, jiraUser, startJira } from '../../../local/tools/jira/index';

const secret = 'ATATT3xFfGF0T2-correct-horse';
let tool: FakeJira;
let nowMs: number;
const start = async (options: Partial<JiraOptions> = {}) => {
  nowMs = Date.parse('2026-11-20T12:00:00Z');
  tool = await startJira({ secret, now: () => nowMs, ...options });
};
afterEach(async () => tool.stop());

const ask = async (method: string, path: string, body?: unknown, token = secret) => {
  const answer = await fetch(`${tool.url}/rest/api/3/${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${jiraUser}:${token}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    status: answer.status,
    headers: answer.headers,
    body: (isJson ? JSON.parse(text) : text) as Record<string, unknown>,
  };
};
const adf = (...content: object[]) => ({ version: 1, type: 'doc', content });
const paragraph = (...content: object[]) => ({ type: 'paragraph', content });
const fields = (over: object = {}) => ({
  fields: { project: { key: 'SEC' }, issuetype: { name: 'Task' }, summary: 'x', ...over },
});

describe('the fake Jira', () => {
  test('lets nobody in with another token', async () => {
    await start();
    expect((await ask('GET', 'myself', undefined, 'x')).status).toBe(401);
    expect((await ask('GET', 'myself')).status).toBe(200);
  });

  test.each([
    ['another project', { project: { key: 'OPS' } }],
    ['a type it has not', { issuetype: { name: 'Alarm' } }],
    ['no summary', { summary: undefined }],
    ['a summary of two lines', { summary: 'a\nb' }],
    ['a summary of 256 characters', { summary: 'x'.repeat(256) }],
    ['a label with a space', { labels: ['a b'] }],
    ['a priority it has not', { priority: { name: 'Urgent' } }],
    ['a person it has not', { assignee: { accountId: 'x' } }],
    ['a field it has not', { status: { name: 'Done' } }],
    ['a description that is text', { description: 'text' }],
    ['a document with a link', { description: adf(paragraph({ type: 'text', text: 'x', marks: [{ type: 'link' }] })) }],
    ['a document with a picture', { description: adf({ type: 'mediaSingle', content: [] }) }],
    ['a document with an empty text', { description: adf(paragraph({ type: 'text', text: '' })) }],
    ['a document that is too long', { description: adf(paragraph({ type: 'text', text: 'x'.repeat(32_768) })) }],
  ])('refuses %s', async (_, over) => {
    await start();
    expect((await ask('POST', 'issue', fields(over))).status).toBe(400);
    expect(tool.tickets()).toEqual([]);
  });

  test('takes no status but by a transition, and no end without a resolution', async () => {
    await start({ workflow: 'steps' });
    const { id } = (await ask('POST', 'issue', fields())).body as { id: string };
    const ways = async () =>
      (await ask('GET', `issue/${id}/transitions?expand=transitions.fields`)).body.transitions as {
        id: string;
        to: { name: string };
      }[];
    expect((await ways()).map(({ to }) => to.name)).toEqual(['In Progress']);
    const [first] = await ways();
    expect((await ask('POST', `issue/${id}/transitions`, { transition: { id: first!.id } })).status).toBe(204);
    const done = (await ways()).find(({ to }) => to.name === 'Done')!;
    const transition = { id: done.id };
    expect((await ask('POST', `issue/${id}/transitions`, { transition })).status).toBe(400);
    const resolved = { transition, fields: { resolution: { name: 'Done' } } };
    expect((await ask('POST', `issue/${id}/transitions`, resolved)).status).toBe(204);
    expect(tool.tickets()[0]).toMatchObject({ status: 'Done', fields: { resolution: 'Done' } });
    expect((await ask('POST', `issue/${id}/transitions`, { transition: { id: 'x' } })).status).toBe(400);
  });

  test('searches by what it knows alone, in pages, and no longer at the old address', async () => {
    await start();
    for (const summary of ['a', 'b', 'c']) tool.add({ summary, labels: ['l'] });
    const search = (jql: string, nextPageToken?: string) =>
      ask('POST', 'search/jql', { jql, fields: ['summary'], ...(nextPageToken !== undefined && { nextPageToken }) });
    const first = await search('labels = "l" ORDER BY created ASC');
    expect(first.body).toMatchObject({
      isLast: false,
      issues: [{ fields: { summary: 'a' } }, { fields: { summary: 'b' } }],
    });
    const second = await search('labels = "l" ORDER BY created ASC', first.body.nextPageToken as string);
    expect(second.body).toMatchObject({ isLast: true, issues: [{ fields: { summary: 'c' } }] });
    for (const jql of ['', 'ORDER BY created ASC', 'labels = l', 'summary ~ "a"', 'labels = "l" OR project = "SEC"'])
      expect((await search(jql)).status).toBe(400);
    expect((await ask('POST', 'search', { jql: 'labels = "l"' })).status).toBe(410);
  });

  test('finds an issue only when its index has caught up', async () => {
    await start({ indexDelayMs: 3_000 });
    tool.add({ summary: 'a', labels: ['l'] });
    const found = async () =>
      (await ask('POST', 'search/jql', { jql: 'labels = "l"', fields: ['summary'] })).body.issues as object[];
    expect(await found()).toEqual([]);
    nowMs += 3_000;
    expect(await found()).toHaveLength(1);
  });

  test('takes twenty writes of one issue in two seconds', async () => {
    await start();
    const { id } = (await ask('POST', 'issue', fields())).body as { id: string };
    const write = () => ask('PUT', `issue/${id}`, { fields: { assignee: { accountId: jiraPerson } } });
    for (let at = 0; at < 20; at += 1) expect((await write()).status).toBe(204);
    const refused = await write();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
    expect(refused.headers.get('ratelimit-reason')).toBe('jira-per-issue-on-write');
    nowMs += 2_001;
    expect((await write()).status).toBe(204);
  });
});
