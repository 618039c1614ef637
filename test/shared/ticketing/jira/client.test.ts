import type { FakeJira, JiraOptions } from '../../../../local/tools/jira/index';
import { jiraProject, jiraUser, startJira } from '../../../../local/tools/jira/index';
import { jira } from '../../../../shared/ticketing/jira/index';
import { keyLabel } from '../../../../shared/ticketing/jira/labels';
import { clientStage } from '../clientStage';
import { changeOf, commentOf, contentOf, keyOfTest } from '../connectorContract';

const secret = 'ATATT3xFfGF0T2-correct-horse';
let tool: FakeJira;
let clock: { ms: number };
afterEach(async () => tool.stop());

const stage = async (settings: Readonly<Record<string, string>> = {}, options: Partial<JiraOptions> = {}) => {
  clock = { ms: Date.parse('2026-11-20T12:00:00Z') };
  tool = await startJira({ secret, now: () => (clock.ms += 1_000), ...options });
  const connection = {
    mapping: { settings: { project: jiraProject, ...settings } },
    auth: { kind: 'basic', user: jiraUser },
  } as const;
  return clientStage({ definition: jira, tool, connection, secret, clock });
};
const only = () => tool.tickets()[0]!;
const writes = () => tool.calls().filter(({ method, path }) => method !== 'GET' && !path.includes('search'));

describe('the Jira connector', () => {
  test('takes a copy somebody made of a ticket for no ticket of ours', async () => {
    const { connector } = await stage();
    tool.add({ summary: 'CLONE - Incident', labels: ['xdr-relay', keyLabel(keyOfTest)] });
    expect(await connector.find(keyOfTest)).toBeUndefined();
    const ref = await connector.create(contentOf());
    expect(await connector.find(keyOfTest)).toEqual(ref);
  });

  test('finds a ticket whose making went unanswered before the search knows of it', async () => {
    const { connector } = await stage({}, { indexDelayMs: 3_600_000 });
    for (const summary of ['a', 'b']) tool.add({ summary });
    tool.play({ kind: 'cutAfterWork', on: /^POST .*issue$/ });
    await expect(connector.create(contentOf())).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    tool.add({ summary: 'c' });
    expect(await connector.find(keyOfTest)).toMatchObject({ number: 'SEC-3' });
    expect(await connector.find(`${keyOfTest}:2`)).toBeUndefined();
  });

  test('looks for what the search does not know yet after the newest it knows', async () => {
    const { connector } = await stage({}, { indexDelayMs: 60_000 });
    for (let at = 0; at < 60; at += 1) tool.add({ summary: 'old' });
    clock.ms += 3_600_000;
    const { number } = await connector.create(contentOf());
    const before = tool.calls().length;
    expect(await connector.find(keyOfTest)).toMatchObject({ number });
    expect(tool.calls().length - before).toBe(3);
  });

  test('derives a label of each key that Jira takes and that no other key has', () => {
    const labels = [keyOfTest, `${keyOfTest}:2`, `${keyOfTest}2`, ''].map(keyLabel);
    expect(new Set(labels).size).toBe(4);
    for (const label of labels) expect(label).toMatch(/^xdr-[0-9a-f]{32}$/);
  });

  test('names people the ticket by its key, and shows them where it is', async () => {
    const { connector } = await stage({ site: 'https://acme.atlassian.net/' });
    expect(await connector.create(contentOf())).toEqual({
      ticketId: only().ticketId,
      number: 'SEC-1',
      url: 'https://acme.atlassian.net/browse/SEC-1',
    });
  });

  test.each([
    ['high', undefined, 'High'],
    ['informational', undefined, 'Lowest'],
    ['unheardOf', undefined, 'High'],
    ['constructor', undefined, 'High'],
    ['low', 'Highest', 'Highest'],
  ])('writes severity %s (mapped: %s) as priority %s', async (severity, toolSeverity, priority) => {
    const { connector } = await stage();
    await connector.create(contentOf({ severity, ...(toolSeverity !== undefined && { toolSeverity }) }));
    expect(only().fields).toMatchObject({ priority });
  });

  test('writes no priority where the project has none', async () => {
    const { connector, asked } = await stage({ priority: 'no' });
    await connector.create(contentOf());
    expect(asked[0]!.body).not.toContain('priority');
  });

  test('shapes mapped fields as their types want, and their texts stay texts', async () => {
    const { connector } = await stage();
    const fields = {
      'customfield_10010:option': '{"value":"x"}',
      customfield_10011: 'plain',
      'components:names': 'Mail, Web',
    };
    await connector.create(contentOf({ fields }));
    expect(only().fields).toMatchObject({
      customfield_10010: { value: '{"value":"x"}' },
      customfield_10011: 'plain',
      components: [{ name: 'Mail' }, { name: 'Web' }],
    });
  });

  test.each(['labels', 'summary', 'customfield_1:secret', 'project', 'customfield_1:constructor'])(
    'refuses to write the mapped field %s',
    async (name) => {
      const { connector } = await stage();
      await expect(connector.create(contentOf({ fields: { [name]: 'x' } }))).rejects.toMatchObject({
        code: 'ERR_TARGET',
        reason: 'refused',
      });
      expect(tool.tickets()).toEqual([]);
    },
  );

  test('changes only its own labels when tags change', async () => {
    const { connector } = await stage();
    const { ticketId } = await connector.create(contentOf({ tags: ['vip', 'ring 1'] }));
    const made = only().fields.labels;
    expect(made).toEqual(['xdr-relay', keyLabel(keyOfTest), 'defender-vip', 'defender-ring-1']);
    (made as string[]).push('mine');
    await connector.update(ticketId, changeOf({ tags: ['vip', 'new one'] }));
    expect(only().fields.labels).toEqual([
      'xdr-relay',
      keyLabel(keyOfTest),
      'defender-vip',
      'mine',
      'defender-new-one',
    ]);
  });

  test('walks through the workflow where it has no direct way', async () => {
    const { connector } = await stage({}, { workflow: 'steps' });
    const { ticketId } = await connector.create(contentOf());
    await connector.update(ticketId, changeOf({ status: 'resolved' }));
    expect(only()).toMatchObject({ status: 'Done', writes: 3, fields: { resolution: 'Done' } });
    await connector.update(ticketId, changeOf({ status: 'inProgress' }));
    expect(only()).toMatchObject({ status: 'In Progress', writes: 5 });
  });

  test('goes to the status the connection names', async () => {
    const { connector } = await stage({ waitingStatus: 'Waiting for customer' });
    const { ticketId } = await connector.create(contentOf({ status: 'waiting' }));
    expect(only().status).toBe('Waiting for customer');
    expect(await connector.read(ticketId)).toMatchObject({ status: 'waiting' });
    await connector.update(ticketId, changeOf({ status: 'inProgress' }));
    expect(only().status).toBe('In Progress');
  });

  test('leaves a ticket where it is when it says the same already', async () => {
    const { connector } = await stage();
    const { ticketId } = await connector.create(contentOf());
    await tool.change(ticketId, { status: 'Waiting for customer' });
    const before = writes().length;
    await connector.update(ticketId, changeOf({ status: 'inProgress' }));
    expect(writes().length).toBe(before);
  });

  test('says so where the workflow has no way', async () => {
    const { connector } = await stage({ resolvedStatus: 'Nowhere' });
    const { ticketId } = await connector.create(contentOf());
    await expect(connector.update(ticketId, changeOf({ status: 'resolved' }))).rejects.toMatchObject({
      code: 'ERR_TARGET',
      reason: 'refused',
    });
  });

  test.each([
    ["Won't Do", "Won't Do"],
    ['cannot reproduce', 'Cannot Reproduce'],
    ['Not known here', 'Done'],
    [undefined, 'Done'],
  ])('resolves with the code %s as %s', async (closeCode, resolution) => {
    const { connector } = await stage();
    const { ticketId } = await connector.create(contentOf());
    await connector.update(ticketId, changeOf({ status: 'resolved', ...(closeCode !== undefined && { closeCode }) }));
    expect(only().fields).toMatchObject({ resolution });
  });

  test('closes a duplicate as that, linked to its survivor', async () => {
    const { connector } = await stage();
    const survivor = await connector.create(contentOf());
    const { ticketId } = await connector.create(contentOf({ key: `${keyOfTest}9` }));
    await connector.update(ticketId, changeOf({ status: 'resolved', duplicateOf: survivor }));
    expect(tool.tickets()[1]!.fields).toMatchObject({ resolution: 'Duplicate', duplicateOf: survivor.ticketId });
  });

  test('takes a transition once more that somebody else came before, and then lets it be tried later', async () => {
    const { connector } = await stage();
    const { ticketId } = await connector.create(contentOf());
    tool.play({ kind: 'status', status: 409, on: /^POST .*\/transitions/ });
    await connector.update(ticketId, changeOf({ status: 'resolved' }));
    expect(only().status).toBe('Done');
    tool.play({ kind: 'status', status: 409, on: /^POST .*\/transitions/, times: 2 });
    await expect(connector.update(ticketId, changeOf({ status: 'inProgress' }))).rejects.toMatchObject({
      code: 'ERR_UPSTREAM',
    });
  });

  test('writes no comment twice, whichever call was lost', async () => {
    const { connector } = await stage();
    const { ticketId } = await connector.create(contentOf());
    const comments = ['p0000000000000001', 'p0000000000000002'].map((id) => commentOf('Words', 'internal', id));
    const change = changeOf({ severity: 'low', status: 'resolved', comments });
    for (const on of [/^PUT /, /^POST .*comment/, /^POST .*comment/, /^POST .*transitions/]) {
      tool.play({ kind: 'cutAfterWork', on });
      await expect(connector.update(ticketId, change)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    }
    await connector.update(ticketId, change);
    expect(only().comments).toHaveLength(2);
    expect(only()).toMatchObject({ status: 'Done', fields: { priority: 'Low' } });
  });

  test('lists by minutes ago, so that no time zone matters, and reads on to the last page', async () => {
    const { connector, asked } = await stage();
    for (let at = 1; at <= 7; at += 1) await connector.create(contentOf({ key: `${keyOfTest}${at}` }));
    const since = new Date(clock.ms - 3_600_000).toISOString();
    const listed = await connector.changedSince(since);
    expect(listed.map(({ key }) => key)).toEqual([1, 2, 3, 4, 5, 6, 7].map((at) => `${keyOfTest}${at}`));
    expect(asked.at(-1)!.body).toMatch(/updated >= \\"-\d+m\\"/);
  });

  test('of an internal comment tells a service desk that its customers do not see it', async () => {
    const { connector, asked } = await stage();
    const { ticketId } = await connector.create(contentOf());
    await connector.update(ticketId, changeOf({ comments: [commentOf('Staff', 'internal')] }));
    expect(JSON.parse(asked.at(-1)!.body!)).toMatchObject({
      properties: [{ key: 'sd.public.comment', value: { internal: true } }],
      body: {
        version: 1,
        type: 'doc',
        content: [
          {
            type: 'paragraph',
            content: [
              { type: 'text', text: 'Staff' },
              { type: 'hardBreak' },
              { type: 'text', text: '[xdr-relay:p00112233aabbccdd]' },
            ],
          },
        ],
      },
    });
  });
});
