import type { FakeTool } from '../../../../local/tools/fakeTool';
import type { GithubOptions } from '../../../../local/tools/github';
import { githubAccount, githubPerson, githubRepository, startGithub } from '../../../../local/tools/github';
import { outsideFences, shownText } from '../../../../local/tools/github/markdown';
import type { Connector } from '../../../../shared/ticketing/connector';
import { github } from '../../../../shared/ticketing/github';
import { fromTicket } from '../../../../shared/ticketing/github/fromTicket';
import { keyLabel, labelsOf } from '../../../../shared/ticketing/github/labels';
import { keyIn, toBody, toComment, withDescription } from '../../../../shared/ticketing/github/text';
import { changeOf, commentOf, contentOf, keyOfTest } from '../connectorContract';
import { connectTo, failureOf } from '../ticketTools';

const secret = 'github_pat_0123456789abcdefghij';
let nowMs: number;
let tool: FakeTool;

const start = async (options: Partial<GithubOptions> = {}): Promise<void> => {
  await tool.stop();
  tool = await startGithub({ secret, now: () => (nowMs += 1_000), ...options });
};
const connect = (settings: Readonly<Record<string, string>> = {}): Connector =>
  connectTo(
    github,
    tool,
    { auth: { kind: 'bearer' }, mapping: { settings: { repository: 'Acme/Security', ...settings } } },
    { secret, now: () => nowMs },
  );
const written = (): readonly string[] =>
  tool
    .calls()
    .filter(({ method }) => method !== 'GET')
    .map(({ path }) => path);

beforeEach(async () => {
  nowMs = Date.parse('2026-11-20T12:00:00.000Z');
  tool = await startGithub({ secret, now: () => (nowMs += 1_000) });
});
afterEach(() => tool.stop());

describe('where may be written', () => {
  test('nothing goes to a public repository unless the settings allow it', async () => {
    await start({ isPublic: true });
    const error = await failureOf(connect().create(contentOf()));
    expect(error).toMatchObject({ code: 'ERR_TARGET', reason: 'refused' });
    expect(error.message).toContain('publicRepository');
    expect(written()).toEqual([]);
    await connect({ publicRepository: 'allowed' }).create(contentOf());
    expect(tool.tickets()).toHaveLength(1);
  });

  test('a repository that was made public is noticed within minutes', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    tool.play({
      kind: 'status',
      status: 200,
      on: /^GET \/repos\/acme\/security$/,
      times: 5,
      body: { private: false, has_issues: true, permissions: { triage: true } },
    });
    nowMs += 5 * 60_000;
    const before = written().length;
    expect(await failureOf(connector.update(ticketId, changeOf({ title: 'x' })))).toMatchObject({ reason: 'refused' });
    expect(written()).toHaveLength(before);
  });

  test('an account that may set no labels makes no issue, for none would be found again', async () => {
    await start({ role: 'read' });
    const error = await failureOf(connect().create(contentOf()));
    expect(error).toMatchObject({ code: 'ERR_TARGET', reason: 'credential' });
    expect(error.message).toContain('Triage');
    expect(written()).toEqual([]);
    // Lost in between: the issue is there, and the message names it.
    await start({ role: 'read', claimsRole: 'triage' });
    expect((await failureOf(connect().create(contentOf()))).message).toContain('#11');
  });

  test('a token that lost its repository does not make every issue look deleted', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    tool.play({ kind: 'status', status: 404, times: 20, body: { message: 'Not Found' } });
    const reading = await failureOf(connector.read(ticketId));
    expect(reading).toMatchObject({ code: 'ERR_TARGET', reason: 'refused', status: 404 });
    const writing = await failureOf(connector.update(ticketId, changeOf({ status: 'resolved' })));
    expect(writing).toMatchObject({ code: 'ERR_TARGET', reason: 'refused' });
  });

  test('an issue that moved to another repository is gone', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    tool.play({ kind: 'status', status: 301, times: 9, on: /issues\/11/, headers: { location: `${tool.url}/other` } });
    expect(await connector.read(ticketId)).toBeUndefined();
    expect(await failureOf(connector.update(ticketId, changeOf({ title: 'x' })))).toMatchObject({
      reason: 'ticketGone',
    });
  });
});

describe('comments', () => {
  const comments = [
    commentOf('From the staff of another tool.', 'public', 'i00000000000000a1'),
    commentOf('From Defender, for the staff.', 'internal', 'p00000000000000a2'),
    commentOf('For all.', 'public', 'p00000000000000a3'),
  ];
  const said = (): string =>
    tool
      .tickets()[0]!
      .comments.map(({ text }) => text)
      .join('\n');

  test('what was for a staff alone is never written, whatever it is called', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf({ comments }));
    await connector.update(ticketId, changeOf({ comments: [commentOf('Again.', 'internal', 'i00000000000000a4')] }));
    expect(said()).not.toMatch(/another tool|Again/);
    expect(said()).toContain('for the staff');
  });

  test('in a public repository only what is for all is written', async () => {
    await start({ isPublic: true });
    await connect({ publicRepository: 'allowed' }).create(contentOf({ comments }));
    expect(tool.tickets()[0]!.comments).toHaveLength(1);
    expect(said()).toContain('For all.');
  });

  test('one whose answer was lost is not written a second time', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    tool.play({ kind: 'cutAfterWork', on: /^POST .*comments/ });
    const change = changeOf({ comments: comments.slice(2) });
    expect(await failureOf(connector.update(ticketId, change))).toMatchObject({ code: 'ERR_UPSTREAM' });
    await connector.update(ticketId, change);
    expect(tool.tickets()[0]!.comments).toHaveLength(1);
  });

  test('more than GitHub takes in a minute are a throttle, though it answers 403', async () => {
    await start({ contentPerMinute: 1 });
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    const error = await failureOf(connector.update(ticketId, changeOf({ comments: comments.slice(2) })));
    expect(error).toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: 60_000 });
  });

  test.each([
    [
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795176090', date: 'Fri, 20 Nov 2026 12:01:00 GMT' },
      30_000,
    ],
    [{ 'retry-after': '41' }, 41_000],
  ])('a spent allowance lasts as long as it says: %j', async (headers, retryAfterMs) => {
    tool.play({ kind: 'status', status: 403, headers, body: { message: 'API rate limit exceeded' } });
    expect(await failureOf(connect().whoAmI())).toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs });
  });
});

describe('labels', () => {
  test('of others stay, ours are replaced', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf({ severity: 'high', tags: ['vip', 'a,b'] }));
    expect(tool.tickets()[0]!.fields.labels).toEqual([
      'xdr-relay',
      keyLabel(keyOfTest),
      'xdr-severity-high',
      'xdr-tag-vip',
      'xdr-tag-a b',
    ]);
    await tool.change(ticketId, { status: 'needs-triage' });
    await connector.update(ticketId, changeOf({ severity: 'low', status: 'inProgress' }));
    expect(tool.tickets()[0]!.fields.labels).toEqual([
      'xdr-relay',
      keyLabel(keyOfTest),
      'xdr-tag-vip',
      'xdr-tag-a b',
      'needs-triage',
      'xdr-severity-low',
      'xdr-status-in-progress',
    ]);
  });

  test('are 4,096 for keys at the most, none longer than 50 characters', () => {
    const keys = Array.from({ length: 500 }, (_, at) => keyLabel(`${keyOfTest}${at}`));
    for (const label of keys) expect(label).toMatch(/^xdr-key-[0-9a-f]{3}$/);
    for (const label of labelsOf([], { tags: ['t'.repeat(200)] })) expect(label.length).toBeLessThanOrEqual(50);
  });

  test('two keys under one label are told apart by the text', async () => {
    const connector = connect();
    const label = keyLabel(keyOfTest);
    const other = Array.from({ length: 50_000 }, (_, at) => `${keyOfTest}${at}`).find(
      (key) => keyLabel(key) === label,
    )!;
    const first = await connector.create(contentOf());
    expect(await connector.find(other)).toBeUndefined();
    const second = await connector.create(contentOf({ key: other }));
    expect(await connector.find(keyOfTest)).toEqual(first);
    expect(await connector.find(other)).toEqual(second);
  });
});

describe('texts', () => {
  test('no text ends its fence, whatever backticks it has', () => {
    const nasty = [
      '```',
      '`'.repeat(5_000),
      '```\n@everyone ![x](https://evil.example)',
      '~~~\n@a',
      '````text\n#1\n````',
    ];
    for (const text of nasty) {
      const comment = toComment(`${text}\n[xdr-relay:p00112233aabbccdd]`);
      expect(outsideFences(comment)).toBe('');
      expect(comment.length).toBeLessThanOrEqual(65_536);
      expect(shownText(comment).split('\n').at(-1)).toBe('[xdr-relay:p00112233aabbccdd]');
    }
  });

  test('a new description replaces ours alone, and the key and the link stay', () => {
    const body = `Notes of Mia\n\n${toBody(keyOfTest, 'Two alerts.', 'https://security.microsoft.com/incidents/7')}\n\nMore notes`;
    const changed = withDescription(
      body,
      keyOfTest,
      'Three alerts.\n<!-- xdr-relay:end -->\n<!-- xdr-relay:key other -->',
    );
    expect(changed).toContain('Notes of Mia');
    expect(changed).toContain('More notes');
    expect(changed).toContain('(<https://security.microsoft.com/incidents/7>)');
    expect(changed).toContain('Three alerts.');
    expect(changed).not.toContain('Two alerts.');
    expect(keyIn(changed)).toBe(keyOfTest);
    const again = withDescription(changed, keyOfTest, 'Four alerts.');
    expect(again).not.toContain('Three alerts.');
    expect(again).toContain('More notes');
  });

  test('where people took our part away, it comes first again; and nothing grows past what GitHub takes', () => {
    expect(keyIn(withDescription('Only notes', keyOfTest, 'x'))).toBe(keyOfTest);
    const long = `${toBody(keyOfTest, 'a', null)}\n${'n'.repeat(60_000)}`;
    expect(withDescription(long, keyOfTest, 'd'.repeat(60_000)).length).toBeLessThanOrEqual(65_536);
  });

  test('a link that is none is left out', () => {
    for (const url of ['javascript:alert(1)', 'https://x/>) @everyone', 'no url', null])
      expect(outsideFences(toBody(keyOfTest, 'x', url))).not.toMatch(/@everyone|javascript:/);
  });
});

describe('states', () => {
  test.each([
    [changeOf({ status: 'resolved' }), 'completed', 'resolved'],
    [changeOf({ status: 'resolved', closeCode: 'not_planned' }), 'not_planned', 'cancelled'],
    [changeOf({ status: 'cancelled' }), 'not_planned', 'cancelled'],
    [
      changeOf({ status: 'resolved', duplicateOf: { ticketId: `${githubRepository}#1`, number: '#1', url: null } }),
      'duplicate',
      'resolved',
    ],
  ])('closing says why', async (change, reason, status) => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    await connector.update(ticketId, change);
    expect(await connector.read(ticketId)).toMatchObject({ status, resolution: reason, rawStatus: 'closed' });
  });
});

describe('webhooks', () => {
  const issue = {
    number: 7,
    state: 'open',
    labels: [{ name: 'xdr-status-in-progress' }],
    updated_at: '2026-11-20T12:00:00Z',
    assignees: [{ id: githubPerson.id, login: githubPerson.login }],
  };
  const hook = { repository: { full_name: 'Acme/Security' }, sender: { ...githubAccount }, issue };

  test('name the issue with its repository, in one spelling', () => {
    expect(fromTicket({ ...hook, action: 'assigned' })).toMatchObject([
      { ticketId: 'acme/security#7', assignee: githubPerson.login, actor: { id: String(githubAccount.id) } },
    ]);
  });

  test('of pings, pull requests, other labels and edits are nothing', () => {
    expect(fromTicket({ zen: 'Keep it logically awesome.', hook_id: 7, hook: {} })).toEqual([]);
    const comment = { id: 1, body: 'x', created_at: '2026-11-20T12:00:00Z' };
    expect(
      fromTicket({ ...hook, action: 'created', comment, issue: { ...issue, pull_request: { url: 'x' } } }),
    ).toEqual([]);
    expect(fromTicket({ ...hook, action: 'edited', comment })).toEqual([]);
    expect(fromTicket({ ...hook, action: 'labeled', label: { name: 'bug' } })).toEqual([]);
    expect(fromTicket({ ...hook, action: 'labeled', label: { name: 'xdr-status-in-progress' } })).toMatchObject([
      { kind: 'updated', status: 'inProgress', rawStatus: 'xdr-status-in-progress' },
    ]);
    expect(fromTicket({ repository: hook.repository, sender: hook.sender, ref: 'refs/heads/main' })).toEqual([]);
  });
});
