import { fromTicket } from '../../../../shared/ticketing/jira/fromTicket';

const user = { accountId: '99:27935d01', displayName: 'Mia' };
const at = '2020-11-27T12:33:56.302Z';
const item = (field: string, from: string | null, to: string | null, toString: string | null) => ({
  field,
  fieldtype: 'jira',
  from,
  fromString: from,
  to,
  toString,
});
const update = (fields: object | undefined, ...items: object[]) => ({
  timestamp: 1606480436302,
  webhookEvent: 'jira:issue_updated',
  user,
  issue: { id: '99291', key: 'JRA-20002', ...(fields && { fields }) },
  changelog: { id: '10124', items },
});
const status = (name: string, key: string) => ({ status: { name, statusCategory: { key } } });

describe('a webhook of Jira', () => {
  test('as its documentation shows it, without category, tells the raw status alone', () => {
    const body = {
      timestamp: 1606480436302,
      webhookEvent: 'jira:issue_updated',
      issue_event_type_name: 'issue_generic',
      user: { accountId: '99:27935d01' },
      issue: { id: '99291', key: 'JRA-20002', fields: { summary: 'x' } },
      changelog: {
        id: 10124,
        items: [{ field: 'status', from: '3', fromString: 'In Progress', to: '5', toString: 'Resolved' }],
      },
    };
    expect(fromTicket(body)).toEqual([
      {
        ticketId: '99291',
        kind: 'updated',
        actor: { id: '99:27935d01', name: null },
        occurredAt: at,
        version: '1606480436302',
        rawStatus: 'Resolved',
      },
    ]);
  });

  test('tells a close by the category, or by a resolution that was set', () => {
    const moved = item('status', '3', '5', 'Resolved');
    const set = item('resolution', null, '1', "Won't Do");
    expect(fromTicket(update(status('Resolved', 'done'), moved))).toMatchObject([
      { kind: 'closed', status: 'resolved' },
    ]);
    expect(fromTicket(update(undefined, moved, set))).toMatchObject([
      { kind: 'closed', status: 'resolved', resolution: "Won't Do", rawStatus: 'Resolved' },
    ]);
  });

  test('tells a re-opening by the resolution that was taken away', () => {
    const events = fromTicket(
      update(status('To Do', 'new'), item('status', '5', '1', 'To Do'), item('resolution', '1', null, null)),
    );
    expect(events).toMatchObject([{ kind: 'reopened', status: 'new', rawStatus: 'To Do' }]);
    expect(events[0]).not.toHaveProperty('resolution');
  });

  test('takes the version of the issue, whose time Jira writes without a colon', () => {
    const fields = { ...status('Done', 'done'), updated: '2026-11-20T13:00:00.123+0100' };
    expect(fromTicket(update(fields, item('status', '3', '5', 'Done')))).toMatchObject([
      { version: String(Date.parse('2026-11-20T12:00:00.123Z')) },
    ]);
  });

  test('about fields of no interest tells nothing', () => {
    expect(fromTicket(update(undefined, item('summary', 'a', 'b', 'b'), item('labels', '', '', 'x')))).toEqual([]);
    expect(fromTicket({ ...update(undefined), changelog: undefined })).toEqual([]);
  });

  test('whose item lacks a name for its value does not take what every object has for one', () => {
    const events = fromTicket(update(status('Done', 'done'), { field: 'status' }));
    expect(events).toMatchObject([{ rawStatus: 'Done' }]);
  });

  test.each(['jira:issue_created', 'comment_updated', 'comment_deleted', 'sprint_started', 'constructor'])(
    '%s tells nothing',
    (webhookEvent) => {
      expect(fromTicket({ timestamp: 1, webhookEvent })).toEqual([]);
    },
  );

  const comment = (over: object) => ({
    timestamp: 1606480436302,
    webhookEvent: 'comment_created',
    comment: {
      self: 'https://acme.atlassian.net/rest/api/2/issue/10148/comment/10101',
      id: '10101',
      author: user,
      body: 'Looks bad.',
      ...over,
    },
  });

  test('about a comment without its issue finds the issue in the address', () => {
    expect(fromTicket(comment({}))).toEqual([
      {
        ticketId: '10148',
        kind: 'commented',
        actor: { id: '99:27935d01', name: 'Mia' },
        occurredAt: at,
        version: '1606480436302',
        comment: { id: '10101', text: 'Looks bad.', visibility: 'public' },
      },
    ]);
    expect(() => fromTicket(comment({ self: 'https://acme.atlassian.net/browse/X-1' }))).toThrow(
      expect.objectContaining({ code: 'ERR_CONTRACT' }) as Error,
    );
  });

  test.each([
    [{ jsdPublic: true }, 'public'],
    [{ jsdPublic: false }, 'internal'],
    [{ visibility: { type: 'role', value: 'Developers' } }, 'internal'],
    [{ properties: [{ key: 'sd.public.comment', value: { internal: true } }] }, 'internal'],
    [{ visibility: null, properties: [] }, 'public'],
  ])('about a comment with %j says it is %s', (over, visibility) => {
    expect(fromTicket(comment(over))).toMatchObject([{ comment: { visibility } }]);
  });

  test('with a document as text gives its words alone', () => {
    const body = {
      type: 'doc',
      version: 1,
      content: [
        {
          type: 'paragraph',
          content: [
            { type: 'mention', attrs: { id: '1', text: '@Mia' } },
            { type: 'text', text: ' see' },
          ],
        },
        {
          type: 'bulletList',
          content: [{ type: 'listItem', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'one' }] }] }],
        },
        {
          type: 'paragraph',
          content: [{ type: 'text', text: 'two' }, { type: 'hardBreak' }, { type: 'text', text: 'three' }],
        },
      ],
    };
    expect(fromTicket(comment({ body }))).toMatchObject([{ comment: { text: '@Mia see\n\none\n\ntwo\nthree' } }]);
  });

  test('with a document a thousand levels deep ends', () => {
    let body: object = { type: 'paragraph', content: [{ type: 'text', text: 'deep' }] };
    for (let depth = 0; depth < 1_000; depth += 1) body = { type: 'blockquote', content: [body] };
    expect(fromTicket(comment({ body: { type: 'doc', content: [body] } }))).toHaveLength(1);
  });
});
