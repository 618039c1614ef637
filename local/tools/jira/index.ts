import { createHash, createHmac } from 'node:crypto';
import { basicOf, isObject, jsonObject } from '../body';
import type { FakeComment, FakeTicket, FakeTool, FakeToolOptions } from '../fakeTool';
import type { ToolAnswer, ToolRequest } from '../server';
import { startToolServer } from '../server';
import { adfOf, faultOfAdf, textOfAdf } from './adf';
import { select } from './jql';
import type { JiraStatus, Workflow } from './workflow';
import { priorities, resolutions, statuses, transitionId, waysFrom } from './workflow';

export interface JiraOptions extends FakeToolOptions {
  /** Default `open`. */
  readonly workflow?: Workflow;
  /** Webhooks of comments carry the comment alone. */
  readonly commentsWithoutIssue?: boolean;
  /** Issues appear in searches so long after they were made, default at once. */
  readonly indexDelayMs?: number;
}

export interface FakeJira extends FakeTool {
  /** An issue that a person made or copied: labels come along, properties do not. @returns its id */
  add(fields: { readonly summary: string; readonly labels?: readonly string[] }): string;
}

/** E-mail address and account id of the account of the API. */
export const jiraUser = 'xdr-relay@example.com';
export const jiraAccount = '712020:0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';
/** Account id of a person. */
export const jiraPerson = '5b10ac8d82e05b22cc7d4ef5';
export const jiraProject = 'SEC';

interface Comment extends FakeComment {
  readonly id: string;
  readonly body: unknown;
}

interface Issue {
  readonly id: string;
  readonly key: string;
  readonly project: string;
  readonly properties: Record<string, unknown>;
  readonly comments: Comment[];
  readonly custom: Record<string, unknown>;
  readonly createdMs: number;
  labels: readonly string[];
  summary: string;
  description: unknown;
  priority: string;
  assignee: string | null;
  status: JiraStatus;
  resolution: string | null;
  updatedMs: number;
  writes: number;
  /** Times of the writes of late. */
  burst: readonly number[];
  isDeleted: boolean;
}

interface ChangelogItem {
  readonly field: string;
  readonly fieldtype: 'jira';
  readonly from: string | null;
  readonly fromString: string | null;
  readonly to: string | null;
  readonly toString: string | null;
}

const names: Readonly<Record<string, string>> = { [jiraAccount]: 'XDR Relay', [jiraPerson]: 'Mia Krystof' };
const someone = '5b109f2e9729b51b54dc274d';
const issueTypes = ['Task', 'Incident'];
const customFields = ['customfield_10010', 'customfield_10011', 'components'];

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly errors: Readonly<Record<string, string>>,
    readonly messages: readonly string[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(messages[0] ?? JSON.stringify(errors));
  }
}

/** A Jira Cloud site with one project: issues, transitions, comments and search of REST v3, and an administrator's webhook with a secret. */
export async function startJira(options: JiraOptions): Promise<FakeJira> {
  const { secret, now = () => Date.now(), workflow = 'open', commentsWithoutIssue = false, indexDelayMs = 0 } = options;
  const issues: Issue[] = [];
  let lastId = 10_000;
  let lastComment = 20_000;
  let lastHook = 0;
  let lastKey = 0;

  const answer = (request: ToolRequest): ToolAnswer => {
    const basic = basicOf(request);
    if (basic?.user !== jiraUser || basic.password !== secret)
      return { status: 401, body: 'Client must be authenticated to access this resource.' };
    try {
      return route(request);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { status, errors, messages, headers } = error;
      return { status, headers, body: { errorMessages: messages, errors } };
    }
  };

  const route = (request: ToolRequest): ToolAnswer => {
    const { segments, method } = request;
    const [rest, api, version, resource = '', id, part] = segments;
    if (rest !== 'rest' || api !== 'api' || version !== '3' || segments.length > 6) throw notFound();
    const call = `${method} ${resource}`;
    if (resource === 'search' && id === undefined)
      throw new Refused(410, {}, [
        'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.',
      ]);
    if (call === 'POST search' && id === 'jql') return search(bodyOf(request));
    if (call === 'GET myself' && id === undefined)
      return { status: 200, body: { accountId: jiraAccount, displayName: names[jiraAccount], active: true } };
    if (call === 'POST issueLink' && id === undefined) return link(bodyOf(request));
    if (call === 'POST issue' && id === undefined) return create(bodyOf(request));
    if (resource !== 'issue' || id === undefined) throw notFound();
    const issue = issues.find((each) => (each.id === id || each.key === id) && !each.isDeleted);
    if (issue === undefined) throw noIssue();
    if (part === undefined && method === 'GET')
      return { status: 200, body: viewOf(issue, request.query.get('properties')) };
    if (part === 'transitions' && method === 'GET') return { status: 200, body: { transitions: transitionsOf(issue) } };
    if (part === 'comment' && method === 'GET') return listComments(issue, request.query);
    if (method !== 'GET') checkBurst(issue);
    if (part === undefined && method === 'PUT') return edit(issue, bodyOf(request));
    if (part === 'transitions' && method === 'POST') return transit(issue, bodyOf(request));
    if (part === 'comment' && method === 'POST') return addComment(issue, bodyOf(request));
    throw notFound();
  };

  /** 20 writes of one issue in two seconds. */
  const checkBurst = (issue: Issue): void => {
    const atMs = now();
    issue.burst = [...issue.burst.filter((each) => each > atMs - 2_000), atMs];
    if (issue.burst.length > 20)
      throw new Refused(429, {}, ['Rate limit exceeded.'], {
        'retry-after': '2',
        'ratelimit-reason': 'jira-per-issue-on-write',
      });
  };

  const create = (body: Given): ToolAnswer => {
    onlyKeys(body, ['fields', 'properties', 'update']);
    const fields = isObject(body.fields) ? body.fields : {};
    const { project, issuetype, ...rest } = fields;
    if (!isObject(project) || project.key !== jiraProject)
      throw new Refused(400, { project: 'Specify a valid project ID or key' });
    if (!isObject(issuetype) || !issueTypes.includes(String(issuetype.name)))
      throw new Refused(400, { issuetype: 'Specify an issue type' });
    if (rest.summary === undefined) throw new Refused(400, { summary: 'You must specify a summary of the issue.' });
    checkFields(rest);
    const issue = newIssue();
    for (const property of listIn(body.properties)) {
      if (typeof property.key !== 'string' || property.value === undefined)
        throw new Refused(400, { properties: 'invalid' });
      issue.properties[property.key] = property.value;
    }
    setFields(issue, rest);
    issue.writes = 1;
    issues.push(issue);
    void tell('jira:issue_created', issue, jiraAccount, {});
    return { status: 201, body: { id: issue.id, key: issue.key, self: `${server.url}/rest/api/3/issue/${issue.id}` } };
  };

  const newIssue = (): Issue => {
    lastId += 1;
    lastKey += 1;
    const atMs = now();
    return {
      id: String(lastId),
      key: `${jiraProject}-${lastKey}`,
      project: jiraProject,
      properties: {},
      comments: [],
      custom: {},
      createdMs: atMs,
      labels: [],
      summary: '',
      description: null,
      priority: 'Medium',
      assignee: null,
      status: statusNamed('To Do'),
      resolution: null,
      updatedMs: atMs,
      writes: 0,
      burst: [],
      isDeleted: false,
    };
  };

  const edit = (issue: Issue, body: Given): ToolAnswer => {
    onlyKeys(body, ['fields', 'update']);
    const fields = isObject(body.fields) ? body.fields : {};
    const updates = isObject(body.update) ? body.update : {};
    onlyKeys(updates, ['labels']);
    checkFields(fields);
    const labels = listIn(updates.labels).reduce(changeLabels, issue.labels);
    const before = issue.assignee;
    setFields(issue, fields);
    issue.labels = labels;
    touch(issue);
    issue.writes += 1;
    void tell('jira:issue_updated', issue, jiraAccount, { changelog: assigneeItems(before, issue.assignee) });
    return { status: 204 };
  };

  const transit = (issue: Issue, body: Given): ToolAnswer => {
    onlyKeys(body, ['transition', 'fields']);
    const id = isObject(body.transition) ? body.transition.id : undefined;
    const to = waysFrom(workflow, issue.status.name).find((each) => transitionId(each) === id);
    if (to === undefined) throw new Refused(400, {}, ['It is not on the appropriate screen, or unknown.']);
    const fields = isObject(body.fields) ? body.fields : {};
    onlyKeys(fields, to.category === 'done' ? ['resolution'] : []);
    const name = isObject(fields.resolution) ? fields.resolution.name : undefined;
    if (to.category === 'done' && !resolutions.some((each) => each === name))
      throw new Refused(400, { resolution: 'Resolution is required.' });
    issue.writes += 1;
    void moveTo(issue, to, typeof name === 'string' ? name : null, jiraAccount);
    return { status: 204 };
  };

  const moveTo = (issue: Issue, to: JiraStatus, resolution: string | null, by: string): Promise<void> => {
    const items: ChangelogItem[] = [
      item('status', issue.status.id, issue.status.name, to.id, to.name),
      ...(resolution === issue.resolution
        ? []
        : [item('resolution', issue.resolution, issue.resolution, resolution, resolution)]),
    ];
    issue.status = to;
    issue.resolution = resolution;
    touch(issue);
    return tell('jira:issue_updated', issue, by, { changelog: items });
  };

  const addComment = (issue: Issue, body: Given): ToolAnswer => {
    onlyKeys(body, ['body', 'properties', 'visibility']);
    const fault = faultOfAdf(body.body);
    if (fault !== undefined) throw new Refused(400, { comment: fault });
    const flag = listIn(body.properties).find(({ key }) => key === 'sd.public.comment');
    const isInternal = flag !== undefined && isObject(flag.value) && flag.value.internal === true;
    const comment = keepComment(issue, body.body, isInternal ? 'internal' : 'public', jiraAccount);
    issue.writes += 1;
    void tellComment(issue, comment);
    return { status: 201, body: commentView(comment) };
  };

  const keepComment = (issue: Issue, body: unknown, visibility: Comment['visibility'], author: string): Comment => {
    lastComment += 1;
    const comment: Comment = { id: String(lastComment), body, text: textOfAdf(body), visibility, author };
    issue.comments.push(comment);
    touch(issue);
    return comment;
  };

  const listComments = ({ comments }: Issue, query: URLSearchParams): ToolAnswer => {
    const maxResults = Math.min(Number(query.get('maxResults') ?? 100), 100);
    const ordered = query.get('orderBy') === '-created' ? comments.toReversed() : comments;
    const shown = ordered.slice(0, maxResults).map(commentView);
    return { status: 200, body: { startAt: 0, maxResults, total: comments.length, comments: shown } };
  };

  const search = (body: Given): ToolAnswer => {
    onlyKeys(body, ['jql', 'fields', 'properties', 'maxResults', 'nextPageToken']);
    const { jql, fields, properties, maxResults = 50, nextPageToken } = body;
    if (!Array.isArray(fields) || typeof maxResults !== 'number' || maxResults < 1 || maxResults > 5_000)
      throw new Refused(400, {}, ['Invalid request payload.']);
    const atMs = now();
    const visible = issues.filter(({ isDeleted, createdMs }) => !isDeleted && createdMs + indexDelayMs <= atMs);
    const found = typeof jql === 'string' ? select(visible, jql, atMs) : undefined;
    if (found === undefined)
      throw new Refused(400, {}, ['Unbounded JQL queries are not allowed here, or the query is invalid.']);
    // Small pages, so that callers have to ask on.
    const from = typeof nextPageToken === 'string' ? Number(nextPageToken) : 0;
    const to = from + Math.min(maxResults, 2);
    const wanted = Array.isArray(properties) ? properties.join(',') : null;
    return {
      status: 200,
      body: {
        issues: found.slice(from, to).map((issue) => viewOf(issue, wanted)),
        isLast: to >= found.length,
        ...(to < found.length && { nextPageToken: String(to) }),
      },
    };
  };

  const link = (body: Given): ToolAnswer => {
    onlyKeys(body, ['type', 'inwardIssue', 'outwardIssue']);
    const ends = [body.inwardIssue, body.outwardIssue].map((each) => (isObject(each) ? each.id : undefined));
    if (!ends.every((id) => issues.some((issue) => issue.id === id))) throw noIssue();
    const [from, to] = ends;
    const issue = issues.find(({ id }) => id === from);
    if (issue !== undefined) issue.custom.duplicateOf = to;
    return { status: 201 };
  };

  const transitionsOf = ({ status }: Issue): readonly object[] =>
    waysFrom(workflow, status.name).map((to) => ({
      id: transitionId(to),
      name: `To ${to.name}`,
      to: { id: to.id, name: to.name, statusCategory: { key: to.category } },
      fields:
        to.category === 'done'
          ? {
              resolution: {
                required: true,
                hasDefaultValue: false,
                allowedValues: resolutions.map((name, at) => ({ id: String(10_100 + at), name })),
              },
            }
          : {},
    }));

  const touch = (issue: Issue): void => {
    issue.updatedMs = now();
  };

  const viewOf = (issue: Issue, properties: string | null): object => ({
    id: issue.id,
    key: issue.key,
    self: `${server.url}/rest/api/3/issue/${issue.id}`,
    fields: fieldsView(issue),
    ...(properties !== null && {
      properties: Object.fromEntries(
        properties.split(',').flatMap((name) => (name in issue.properties ? [[name, issue.properties[name]]] : [])),
      ),
    }),
  });

  const commentView = ({ id, body, visibility, author }: Comment): object => ({
    id,
    author: personView(author),
    body,
    jsdPublic: visibility === 'public',
  });

  /** As Jira does it: the older shapes of its REST API, in which texts are plain. */
  const tellComment = (issue: Issue, comment: Comment): Promise<void> =>
    tell('comment_created', issue, comment.author, {
      comment: {
        self: `${server.url}/rest/api/2/issue/${issue.id}/comment/${comment.id}`,
        id: comment.id,
        author: personView(comment.author),
        body: comment.text,
        jsdPublic: comment.visibility === 'public',
      },
    });

  const tell = (
    webhookEvent: string,
    issue: Issue,
    by: string,
    { changelog, comment }: { changelog?: readonly ChangelogItem[]; comment?: object },
  ): Promise<void> => {
    const about = {
      id: issue.id,
      key: issue.key,
      self: `${server.url}/rest/api/2/issue/${issue.id}`,
      fields: fieldsView(issue),
    };
    const withIssue = comment === undefined || !commentsWithoutIssue;
    const body = JSON.stringify({
      timestamp: issue.updatedMs,
      webhookEvent,
      // Those of comments name their author only in the comment.
      ...(comment === undefined && { user: personView(by), issue_event_type_name: 'issue_generic' }),
      ...(withIssue && { issue: about }),
      ...(changelog !== undefined && { changelog: { id: String(issue.updatedMs), items: changelog } }),
      ...(comment !== undefined && { comment }),
    });
    lastHook += 1;
    const identifier = createHash('md5').update(`hook ${lastHook}`).digest('hex');
    return server.sendHook((target) => ({
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        'user-agent': 'Atlassian Webhook HTTP Client',
        'x-atlassian-webhook-identifier': identifier,
        'x-atlassian-webhook-flow': 'Primary',
        'x-hub-signature': `sha256=${createHmac('sha256', target.secret).update(body).digest('hex')}`,
      },
      body,
    }));
  };

  const server = await startToolServer({
    answer,
    triesHookAgain: (status) => status === null || status >= 500 || [408, 409, 425, 429].includes(status),
  });

  return {
    ...server,
    tickets: () => issues.map(toFakeTicket),
    add: ({ summary, labels = [] }) => {
      const issue = newIssue();
      Object.assign(issue, { summary, labels });
      issues.push(issue);
      return issue.id;
    },
    change: async (ticketId, { status, comment, assignee, resolution, isDeleted, by = someone }) => {
      const issue = issues.find(({ id }) => id === ticketId);
      if (issue === undefined || issue.isDeleted) throw noIssue();
      if (isDeleted === true) {
        issue.isDeleted = true;
        touch(issue);
        await tell('jira:issue_deleted', issue, by, {});
        return;
      }
      if (assignee !== undefined) {
        const before = issue.assignee;
        issue.assignee = assignee;
        touch(issue);
        await tell('jira:issue_updated', issue, by, { changelog: assigneeItems(before, assignee) });
      }
      if (comment !== undefined)
        await tellComment(issue, keepComment(issue, adfOf(comment.text), comment.visibility, by));
      if (status === undefined) return;
      const to = waysFrom(workflow, issue.status.name).find(({ name }) => name === status);
      if (to === undefined)
        throw new Error(`the workflow leads from ${issue.status.name} to ${status} by no transition`);
      await moveTo(issue, to, to.category === 'done' ? (resolution ?? 'Done') : null, by);
    },
  };
}

type Given = Readonly<Record<string, unknown>>;

const toFakeTicket = (issue: Issue): FakeTicket => {
  const property = issue.properties['xdr-relay'];
  const { summary, description, priority, assignee, labels, resolution, custom } = issue;
  return {
    ticketId: issue.id,
    number: issue.key,
    key: isObject(property) && typeof property.key === 'string' ? property.key : null,
    title: summary,
    status: issue.status.name,
    comments: issue.comments.map(({ text, visibility, author }) => ({ text, visibility, author })),
    fields: { summary, description, priority, assignee, labels, resolution, ...custom },
    writes: issue.writes,
    isDeleted: issue.isDeleted,
  };
};

const fieldsView = (issue: Issue): object => ({
  summary: issue.summary,
  status: {
    id: issue.status.id,
    name: issue.status.name,
    statusCategory: { key: issue.status.category },
  },
  resolution: issue.resolution === null ? null : { name: issue.resolution },
  assignee: issue.assignee === null ? null : personView(issue.assignee),
  priority: { name: issue.priority },
  labels: issue.labels,
  created: jiraTime(issue.createdMs),
  updated: jiraTime(issue.updatedMs),
});

const jiraTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000');
const personView = (accountId: string): object => ({
  accountId,
  displayName: names[accountId] ?? 'Emma Richards',
  active: true,
});
const statusNamed = (name: string): JiraStatus => {
  const found = statuses.find((status) => status.name === name);
  if (found === undefined) throw new Error(`no status ${name}`);
  return found;
};

const item = (
  field: string,
  from: string | null,
  fromString: string | null,
  to: string | null,
  toString: string | null,
): ChangelogItem => ({
  field,
  fieldtype: 'jira',
  from,
  fromString,
  to,
  toString,
});
const assigneeItems = (from: string | null, to: string | null): readonly ChangelogItem[] =>
  from === to
    ? []
    : [
        item(
          'assignee',
          from,
          from === null ? null : (names[from] ?? from),
          to,
          to === null ? null : (names[to] ?? to),
        ),
      ];

/** @throws Refused */
const bodyOf = (request: ToolRequest): Given => {
  const body = jsonObject(request);
  if (body === undefined)
    throw new Refused(400, {}, ['Invalid request payload. Refer to the REST API documentation and try again.']);
  return body;
};

const onlyKeys = (given: Given, known: readonly string[]): void => {
  for (const key of Object.keys(given)) {
    if (!known.includes(key))
      throw new Refused(400, {
        [key]: `Field '${key}' cannot be set. It is not on the appropriate screen, or unknown.`,
      });
  }
};

const listIn = (value: unknown): readonly Given[] =>
  Array.isArray(value) ? (value as unknown[]).filter(isObject) : [];

const checkFields = (fields: Given): void => {
  onlyKeys(fields, ['summary', 'description', 'priority', 'assignee', 'labels', ...customFields]);
  const { summary, description, priority, assignee, labels } = fields;
  if (summary !== undefined && !isSummary(summary)) throw new Refused(400, { summary: 'The summary is invalid.' });
  const fault = description === undefined ? undefined : faultOfAdf(description);
  if (fault !== undefined) throw new Refused(400, { description: fault });
  if (priority !== undefined && (!isObject(priority) || !priorities.some((name) => name === priority.name)))
    throw new Refused(400, { priority: 'The priority selected is invalid.' });
  const isPerson = isObject(assignee) && names[String(assignee.accountId)] !== undefined;
  if (assignee !== undefined && assignee !== null && !isPerson)
    throw new Refused(400, { assignee: 'Specify a valid value for assignee' });
  if (labels !== undefined && !(Array.isArray(labels) && labels.every(isLabel)))
    throw new Refused(400, { labels: 'A label contains spaces or is too long.' });
};

const isSummary = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= 255 &&
  !/[\r\n]/.test(value) &&
  value.isWellFormed();
const isLabel = (value: unknown): value is string => typeof value === 'string' && /^\S{1,255}$/.test(value);

const changeLabels = (labels: readonly string[], { add, remove }: Given): readonly string[] => {
  if (isLabel(add)) return [...labels, add];
  if (isLabel(remove)) return labels.filter((label) => label !== remove);
  throw new Refused(400, { labels: 'A label contains spaces or is too long.' });
};

const setFields = (issue: Issue, { summary, description, priority, assignee, labels, ...custom }: Given): void => {
  if (typeof summary === 'string') issue.summary = summary;
  if (description !== undefined) issue.description = description;
  if (isObject(priority)) issue.priority = String(priority.name);
  if (assignee === null) issue.assignee = null;
  if (isObject(assignee)) issue.assignee = typeof assignee.accountId === 'string' ? assignee.accountId : null;
  if (Array.isArray(labels)) issue.labels = labels.filter(isLabel);
  Object.assign(issue.custom, custom);
};

const notFound = (): Refused => new Refused(404, {}, ['Not found']);
const noIssue = (): Refused => new Refused(404, {}, ['Issue does not exist or you do not have permission to see it.']);
