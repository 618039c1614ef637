import { createHmac, randomUUID } from 'node:crypto';
import { bearerOf, jsonObject } from '../body';
import type { FakeTicket, FakeTool, FakeToolOptions, HookTarget } from '../fakeTool';
import type { ToolAnswer, ToolRequest } from '../server';
import { startToolServer } from '../server';
import type { GithubComment, GithubIssue, GithubUser } from './issue';
import { shown } from './issue';
import { wrongInComment, wrongInIssue } from './validate';

/** Whom the API writes as, and a member of the repository. */
export const githubAccount = { id: 41_001, login: 'acme-relay' } as const;
export const githubPerson = { id: 41_002, login: 'mia-keller' } as const;
export const githubRepository = 'acme/security';

export interface GithubOptions extends FakeToolOptions {
  /** Default private. */
  readonly isPublic?: boolean;
  /** The account's role; `read` may open issues and comment, but its labels are dropped. Default `triage`. */
  readonly role?: 'none' | 'read' | 'triage';
  /** That the repository's own page says another role, as when it was changed in between. */
  readonly claimsRole?: 'triage';
  /** Calls that make content, in a minute. */
  readonly contentPerMinute?: number;
}

type Given = Readonly<Record<string, unknown>>;
const users: readonly GithubUser[] = [githubAccount, githubPerson];
const error = (status: number, message: string, more: Given = {}): ToolAnswer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status), ...more },
});
const notFound = error(404, 'Not Found');
const invalid = (errors: readonly unknown[]): ToolAnswer => error(422, 'Validation Failed', { errors });

/** GitHub with one repository: issues, their comments and webhooks. @see https://docs.github.com/rest/issues */
export async function startGithub({
  secret,
  now = Date.now,
  isPublic = false,
  role = 'triage',
  claimsRole,
  contentPerMinute = 80,
}: GithubOptions): Promise<FakeTool> {
  const issues: GithubIssue[] = [];
  const made: number[] = [];
  let lastNumber = 10;
  let lastComment = 900;
  let base = '';
  const time = (): string => `${new Date(now()).toISOString().slice(0, 19)}Z`;
  const view = (issue: GithubIssue): Record<string, unknown> => shown(issue, githubRepository, base);

  const tell = (
    event: 'issues' | 'issue_comment',
    action: string,
    issue: GithubIssue,
    by: GithubUser,
    more: Given = {},
  ): void => {
    const body = JSON.stringify({
      action,
      issue: view(issue),
      ...more,
      repository: {
        id: 77,
        name: 'security',
        full_name: 'Acme/Security',
        private: !isPublic,
        owner: { login: 'Acme' },
      },
      sender: { ...by, type: 'User' },
    });
    void server.sendHook((target: HookTarget) => ({
      headers: {
        'content-type': 'application/json',
        'user-agent': 'GitHub-Hookshot/fake',
        'x-github-event': event,
        'x-github-delivery': randomUUID(),
        'x-github-hook-id': '4711',
        'x-hub-signature': `sha1=${createHmac('sha1', target.secret).update(body).digest('hex')}`,
        'x-hub-signature-256': `sha256=${createHmac('sha256', target.secret).update(body).digest('hex')}`,
      },
      body,
    }));
  };

  /** Tells each change by itself, as GitHub does; the issue is shown as it is after all of them. */
  const tellChanges = (issue: GithubIssue, before: GithubIssue, by: GithubUser): void => {
    if (issue.title !== before.title || issue.body !== before.body)
      tell('issues', 'edited', issue, by, { changes: {} });
    for (const name of issue.labels.filter((label) => !before.labels.includes(label)))
      tell('issues', 'labeled', issue, by, { label: { name } });
    for (const name of before.labels.filter((label) => !issue.labels.includes(label)))
      tell('issues', 'unlabeled', issue, by, { label: { name } });
    for (const assignee of issue.assignees.filter((user) => !before.assignees.includes(user)))
      tell('issues', 'assigned', issue, by, { assignee });
    for (const assignee of before.assignees.filter((user) => !issue.assignees.includes(user)))
      tell('issues', 'unassigned', issue, by, { assignee });
    if (issue.state !== before.state) tell('issues', issue.state === 'closed' ? 'closed' : 'reopened', issue, by);
  };

  const apply = (issue: GithubIssue, given: Given, by: GithubUser): void => {
    const before = { ...issue };
    if (typeof given.title === 'string') issue.title = given.title;
    if (typeof given.body === 'string') issue.body = given.body;
    if (Array.isArray(given.labels) && role === 'triage') issue.labels = [...new Set(given.labels.map(String))];
    if (Array.isArray(given.assignees) && role === 'triage')
      issue.assignees = users.filter(({ login }) => (given.assignees as unknown[]).includes(login));
    if (typeof given.milestone === 'number') issue.milestone = given.milestone;
    if ((given.state === 'open' || given.state === 'closed') && given.state !== issue.state) {
      issue.state = given.state;
      // Without a change of the state the reason is left aside.
      issue.state_reason =
        given.state === 'open' ? 'reopened' : typeof given.state_reason === 'string' ? given.state_reason : 'completed';
    }
    issue.updated_at = time();
    tellChanges(issue, before, by);
  };

  const addComment = (issue: GithubIssue, body: string, user: GithubUser): GithubComment => {
    const comment = { id: (lastComment += 1), body, user, created_at: time() };
    issue.comments.push(comment);
    issue.updated_at = comment.created_at;
    tell('issue_comment', 'created', issue, user, { comment });
    return comment;
  };

  const create = (given: Given): ToolAnswer => {
    const wrong = wrongInIssue(
      given,
      users.map(({ login }) => login),
      true,
    );
    if (wrong.length > 0) return invalid(wrong);
    const at = time();
    const issue: GithubIssue = {
      id: 5_000 + (lastNumber += 1),
      number: lastNumber,
      created_at: at,
      updated_at: at,
      user: githubAccount,
      title: String(given.title),
      body: typeof given.body === 'string' ? given.body : '',
      state: 'open',
      state_reason: null,
      labels: [],
      assignees: [],
      milestone: null,
      comments: [],
      writes: 1,
      isDeleted: false,
    };
    if (role === 'triage') {
      if (Array.isArray(given.labels)) issue.labels = given.labels.map(String);
      if (Array.isArray(given.assignees))
        issue.assignees = users.filter(({ login }) => (given.assignees as unknown[]).includes(login));
    }
    issues.push(issue);
    tell('issues', 'opened', issue, githubAccount);
    return { status: 201, body: view(issue) };
  };

  const list = (query: URLSearchParams): ToolAnswer => {
    const labels = (query.get('labels') ?? '').split(',').filter((label) => label !== '');
    const since = Date.parse(query.get('since') ?? '1970-01-01');
    const size = Number(query.get('per_page') ?? '30');
    const page = Number(query.get('page') ?? '1');
    const state = query.get('state') ?? 'open';
    if (size > 100 || Number.isNaN(since)) return invalid([{ field: 'per_page', code: 'invalid' }]);
    const byTime = query.get('sort') === 'updated' ? 'updated_at' : 'created_at';
    const found = issues
      .filter((issue) => !issue.isDeleted && (state === 'all' || issue.state === state))
      .filter((issue) => labels.every((label) => issue.labels.includes(label)) && Date.parse(issue.updated_at) >= since)
      .sort((a, b) => a[byTime].localeCompare(b[byTime]) || a.number - b.number);
    if (query.get('direction') !== 'asc') found.reverse();
    return { status: 200, body: found.slice((page - 1) * size, page * size).map(view) };
  };

  /** Limits what makes content, as GitHub does against floods: by 403, not 429. */
  const flood = (): ToolAnswer | undefined => {
    const atMs = now();
    while (made[0] !== undefined && atMs - made[0] >= 60_000) made.shift();
    if (made.length >= contentPerMinute)
      return { ...error(403, 'You have exceeded a secondary rate limit.'), headers: { 'retry-after': '60' } };
    made.push(atMs);
    return undefined;
  };

  const writing = (request: ToolRequest, work: (given: Given) => ToolAnswer): ToolAnswer => {
    const given = jsonObject(request);
    return given === undefined ? error(400, 'Problems parsing JSON') : work(given);
  };

  const ofIssue = (request: ToolRequest, issue: GithubIssue, rest: string): ToolAnswer => {
    switch (`${request.method} ${rest}`) {
      case 'GET ':
        return { status: 200, body: view(issue) };
      case 'PATCH ':
        return writing(request, (given) => {
          const wrong = wrongInIssue(
            given,
            users.map(({ login }) => login),
            false,
          );
          if (wrong.length > 0) return invalid(wrong);
          if (role !== 'triage') return error(403, 'Must have triage rights to Repository.');
          apply(issue, given, githubAccount);
          issue.writes += 1;
          return { status: 200, body: view(issue) };
        });
      case 'GET comments': {
        const since = Date.parse(request.query.get('since') ?? '1970-01-01');
        const size = Number(request.query.get('per_page') ?? '30');
        if (size > 100) return invalid([{ field: 'per_page', code: 'invalid' }]);
        return {
          status: 200,
          body: issue.comments.filter((each) => Date.parse(each.created_at) >= since).slice(0, size),
        };
      }
      case 'POST comments':
        return writing(request, (given) => {
          const wrong = wrongInComment(given);
          if (wrong.length > 0) return invalid(wrong);
          const limited = flood();
          if (limited !== undefined) return limited;
          issue.writes += 1;
          return { status: 201, body: { ...addComment(issue, String(given.body), githubAccount) } };
        });
      default:
        return notFound;
    }
  };

  const answer = (request: ToolRequest): ToolAnswer => {
    const { method, segments, headers, query } = request;
    if (headers['user-agent'] === undefined) return error(403, 'Request forbidden by administrative rules.');
    if (bearerOf(request) !== secret) return error(401, 'Bad credentials');
    if (method === 'GET' && segments.join('/') === 'user')
      return { status: 200, body: { ...githubAccount, type: 'User' } };
    const [repos, owner = '', name = '', part, number, ...rest] = segments;
    const isHere = repos === 'repos' && `${owner}/${name}`.toLowerCase() === githubRepository && role !== 'none';
    // To those who may not see it, there is none.
    if (!isHere) return notFound;
    if (method === 'GET' && part === undefined) {
      const isTriage = (claimsRole ?? role) === 'triage';
      const permissions = { admin: false, maintain: false, push: false, triage: isTriage, pull: true };
      return {
        status: 200,
        body: { id: 77, full_name: 'Acme/Security', private: !isPublic, has_issues: true, permissions },
      };
    }
    if (part !== 'issues') return notFound;
    if (number === undefined) {
      if (method === 'GET') return list(query);
      return method === 'POST' ? (flood() ?? writing(request, create)) : notFound;
    }
    const issue = issues.find((each) => String(each.number) === number);
    if (issue === undefined) return notFound;
    return issue.isDeleted ? error(410, 'This issue was deleted') : ofIssue(request, issue, rest.join('/'));
  };

  // A failed delivery is never tried again.
  const server = await startToolServer({ answer, hookTimeoutMs: 10_000 });
  base = server.url;

  return {
    ...server,
    tickets: () => issues.map(asFake),
    change: async (ticketId, wanted) => {
      const issue = issues.find((each) => ticketId === ticketIdOf(each));
      if (issue === undefined || issue.isDeleted) throw new Error(`GitHub has no issue ${ticketId}`);
      const by = users.find(({ id }) => String(id) === wanted.by) ?? githubPerson;
      if (wanted.isDeleted === true) {
        issue.isDeleted = true;
        tell('issues', 'deleted', issue, by);
      } else {
        const owners = wanted.assignee === undefined ? undefined : wanted.assignee === null ? [] : [wanted.assignee];
        const state = wanted.status === undefined ? {} : stateIn(issue, wanted.status);
        const given = {
          ...state,
          ...(wanted.resolution !== undefined && { state_reason: wanted.resolution }),
          ...(owners !== undefined && { assignees: owners }),
        };
        const wrong = wrongInIssue(
          given,
          users.map(({ login }) => login),
          false,
        );
        if (wrong.length > 0) throw new Error(`GitHub does not allow it: ${JSON.stringify(wrong)}`);
        if (Object.keys(given).length > 0) apply(issue, given, by);
        if (wanted.comment !== undefined) addComment(issue, wanted.comment.text, by);
      }
      await server.settled();
    },
  };
}

const ticketIdOf = ({ number }: GithubIssue): string => `${githubRepository}#${number}`;

/** `open`, `closed`, or a label that people of the repository set on it. */
const stateIn = (issue: GithubIssue, status: string): Given =>
  status === 'open' || status === 'closed' ? { state: status } : { labels: [...issue.labels, status] };

const keyIn = (body: string): string | null => {
  const found = /^<!-- xdr-relay:key (\S+) -->/.exec(body)?.[1];
  return found === undefined ? null : decodeURIComponent(found);
};

const asFake = (issue: GithubIssue): FakeTicket => ({
  ticketId: ticketIdOf(issue),
  number: `#${issue.number}`,
  key: keyIn(issue.body),
  title: issue.title,
  status: issue.state,
  comments: issue.comments.map(({ body, user }) => ({ text: body, visibility: 'public', author: String(user.id) })),
  fields: { ...issue },
  writes: issue.writes,
  isDeleted: issue.isDeleted,
});
