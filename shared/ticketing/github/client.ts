import { z } from 'zod';
import type { AppError } from '../../errors';
import { TargetError } from '../../errors';
import type { OutgoingComment, TicketActor, TicketComment, TicketRef, TicketSnapshot } from '../../model/ticket';
import { refusal } from '../askTool';
import type { Connector, ConnectorDeps } from '../connector';
import { writeIdsIn } from '../../model/marker';
import { instant, readAs } from '../readAnswer';
import type { ToolAnswer, ToolCall } from '../toolCall';
import { callTool, withoutSlash } from '../toolCall';
import type { Issue } from './issue';
import { issueShape, labelNames, ownerOf, resolutionOf, stateOf } from './issue';
import { keyLabel, ourLabel } from './labels';
import { githubSettings } from './settings';
import { keyIn, toComment } from './text';
import { needsIssue, toIssueUpdate, toNewIssue, toState } from './toTicket';
import type { IssueId } from './ticketId';
import { readTicketId, toTicketId } from './ticketId';

const title = 'GitHub';
const pageSize = 100;
const mostPages = 10;
const mostListed = 200;
/** A repository may be made public at any time, so what was seen of it holds for so long. */
const repositoryMs = 5 * 60_000;
/** Longer than an event is tried. */
const triesMs = 4 * 86_400_000;

const list = z.array(issueShape);
const commentList = z.array(z.object({ body: z.string().nullish() }));
const writtenList = z.array(
  z.object({
    id: z.number().int(),
    body: z.string().nullish(),
    created_at: z.string(),
    user: z.object({ id: z.number().int(), login: z.string() }).nullish(),
  }),
);
const me = z.object({ id: z.number().int(), login: z.string() });
const repositoryShape = z.object({
  private: z.boolean(),
  has_issues: z.boolean().nullish(),
  permissions: z.record(z.string(), z.boolean()).nullish(),
});
const refusalShape = z.object({ message: z.string() });

type Ask = Omit<ToolCall, 'url' | 'headers'> & { readonly path: string };

/** GitHub's issues over its REST API. The key stands in the issue's text; a label leads there. */
export const connectGithub = (deps: ConnectorDeps): Connector => {
  const { connection, send, clock } = deps;
  const settings = githubSettings.read(connection);
  const base = withoutSlash(connection.url);
  const home = settings.repository.toLowerCase();
  const seen = new Map<string, { readonly untilMs: number; readonly isPrivate: boolean }>();

  const ask = async ({ path, ...call }: Ask): Promise<ToolAnswer> =>
    callTool(
      {
        title,
        send,
        clock,
        ownMeaning: (answer, { isOfTicket }) => ownMeaning(answer, isOfTicket === true, clock.now()),
      },
      {
        ...call,
        url: `${base}${path}`,
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${await deps.secret()}`,
          'x-github-api-version': '2022-11-28',
        },
      },
    );

  /** Before anything is written: who may read there, and whether we may set labels, without which no issue would be found again. */
  const mayWrite = async (repository: string, isFresh = false): Promise<{ readonly isPrivate: boolean }> => {
    const known = seen.get(repository);
    if (known !== undefined && !isFresh && clock.now() < known.untilMs) return known;
    const { json } = await ask({ method: 'GET', path: `/repos/${repository}` });
    const found = readAs(repositoryShape, json, title);
    const { permissions } = found;
    if (found.has_issues === false)
      throw new TargetError('The repository of the connection has its issues switched off', 'refused', 200);
    if (!['triage', 'push', 'maintain', 'admin'].some((right) => permissions?.[right] === true))
      throw new TargetError("GitHub's account may set no labels: give it the role Triage or Write", 'credential', 200);
    if (!found.private && settings.publicRepository !== 'allowed')
      throw new TargetError(
        'The repository is public: use a private one, or set mapping.settings.publicRepository',
        'refused',
        200,
      );
    const now = { untilMs: clock.now() + repositoryMs, isPrivate: found.private };
    seen.set(repository, now);
    return now;
  };

  const refOf = (repository: string, { number, html_url: url }: Issue): TicketRef => ({
    ticketId: toTicketId(repository, number),
    number: `#${number}`,
    url: url ?? null,
  });
  const snapshotOf = (repository: string, issue: Issue): TicketSnapshot => {
    const updatedAt = instant(issue.updated_at, 'updated_at');
    return {
      ...refOf(repository, issue),
      ...stateOf(issue),
      key: keyIn(issue.body),
      resolution: resolutionOf(issue),
      assignee: ownerOf(issue),
      updatedAt,
      version: updatedAt,
      updatedBy: null,
    };
  };
  /** Undefined where it is gone. To a token that lost its repository, GitHub says the same; that is told apart. */
  const get = async (id: IssueId): Promise<Issue | undefined> => {
    const answer = await ask({ method: 'GET', path: pathOf(id), accepts: [301, 404, 410] });
    if (answer.status === 404) await mayWrite(id.repository, true);
    if (answer.status >= 300) return undefined;
    const issue = readAs(issueShape, answer.json, title);
    return issue.pull_request === undefined || issue.pull_request === null ? issue : undefined;
  };
  const write = async (id: IssueId, call: Pick<ToolCall, 'method' | 'json'>, below = ''): Promise<void> => {
    const answer = await ask({ ...call, path: `${pathOf(id)}${below}`, isOfTicket: true, accepts: [404] });
    if (answer.status !== 404) return;
    await mayWrite(id.repository, true);
    throw gone(404);
  };
  const addComments = async (id: IssueId, comments: readonly OutgoingComment[]): Promise<void> => {
    for (const { text } of comments) await write(id, { method: 'POST', json: { body: toComment(text) } }, '/comments');
  };
  /** Those not written yet: a try before may have come through without its answer. */
  const unwritten = async (id: IssueId, comments: readonly OutgoingComment[]): Promise<readonly OutgoingComment[]> => {
    if (comments.length === 0) return comments;
    const since = new Date(clock.now() - triesMs).toISOString();
    const path = `${pathOf(id)}/comments?per_page=${pageSize}&since=${encodeURIComponent(since)}`;
    const { json } = await ask({ method: 'GET', path, isOfTicket: true });
    const written = new Set(readAs(commentList, json, title).flatMap(({ body }) => writeIdsIn(body ?? '')));
    return comments.filter(({ writeId }) => !written.has(writeId));
  };

  return {
    whoAmI: async (): Promise<TicketActor> => {
      const { id, login } = readAs(me, (await ask({ method: 'GET', path: '/user' })).json, title);
      return { id: String(id), name: login };
    },
    find: async (key) => {
      for (let page = 1; page <= mostPages; page += 1) {
        const path = `/repos/${home}/issues?labels=${keyLabel(key)}&state=all&sort=created&direction=desc&per_page=${pageSize}&page=${page}`;
        const issues = readAs(list, (await ask({ method: 'GET', path })).json, title);
        const ours = issues.find((issue) => isIssue(issue) && keyIn(issue.body) === key);
        if (ours !== undefined) return refOf(home, ours);
        if (issues.length < pageSize) break;
      }
      return undefined;
    },
    create: async (content) => {
      const rights = await mayWrite(home);
      const { json } = await ask({ method: 'POST', path: `/repos/${home}/issues`, json: toNewIssue(content) });
      const issue = readAs(issueShape, json, title);
      if (!labelNames(issue).includes(keyLabel(content.key)))
        throw new TargetError(
          `GitHub made issue #${issue.number} without our labels: give the account the role Triage or Write, and delete it`,
          'credential',
          201,
        );
      const id = { repository: home, number: issue.number };
      await addComments(id, tellable(content.comments, rights.isPrivate));
      if (content.status === 'resolved' || content.status === 'cancelled')
        await write(id, { method: 'PATCH', json: toState(content.status, content) });
      return refOf(home, issue);
    },
    update: async (ticketId, change) => {
      const id = readTicketId(ticketId);
      if (id === undefined) throw gone(null);
      const rights = await mayWrite(id.repository);
      const comments = await unwritten(id, tellable(change.comments, rights.isPrivate));
      const now = needsIssue(change) ? await get(id) : undefined;
      if (needsIssue(change) && now === undefined) throw gone(410);
      const update = toIssueUpdate(change, now);
      if (update !== undefined) await write(id, { method: 'PATCH', json: update });
      await addComments(id, comments);
    },
    read: async (ticketId) => {
      const id = readTicketId(ticketId);
      const issue = id === undefined ? undefined : await get(id);
      return id === undefined || issue === undefined ? undefined : snapshotOf(id.repository, issue);
    },
    changedSince: async (since) => {
      const from = encodeURIComponent(instant(since, 'since'));
      const found: Issue[] = [];
      for (let page = 1; page <= mostListed / pageSize; page += 1) {
        const path = `/repos/${home}/issues?labels=${ourLabel}&state=all&since=${from}&sort=updated&direction=asc&per_page=${pageSize}&page=${page}`;
        const issues = readAs(list, (await ask({ method: 'GET', path })).json, title);
        found.push(...issues.filter(isIssue));
        if (issues.length < pageSize) break;
      }
      return found.map((issue) => snapshotOf(home, issue));
    },
    commentsSince: async (ticketId, since) => {
      const id = readTicketId(ticketId);
      if (id === undefined) return [];
      const from = instant(since, 'since');
      // Asks by when they were changed last.
      const path = `${pathOf(id)}/comments?per_page=${pageSize}&since=${encodeURIComponent(from)}`;
      const { json } = await ask({ method: 'GET', path, isOfTicket: true });
      return readAs(writtenList, json, title)
        .map(({ id: number, body, created_at: at, user }): TicketComment => ({
          id: String(number),
          text: body ?? '',
          visibility: 'public',
          author: user === null || user === undefined ? null : { id: String(user.id), name: user.login },
          at: instant(at, 'created_at'),
        }))
        .filter(({ at }) => at >= from);
    },
  };
};

/**
 * GitHub shows every comment to whoever reads the issue. What was for a staff alone elsewhere (`i…`) is never written; what is for the staff
 * here, only where the repository is private.
 */
const tellable = (comments: readonly OutgoingComment[], isPrivate: boolean): readonly OutgoingComment[] =>
  comments.filter(({ writeId, visibility }) => !writeId.startsWith('i') && (visibility === 'public' || isPrivate));

const isIssue = ({ pull_request: pull }: Issue): boolean => pull === undefined || pull === null;

const pathOf = ({ repository, number }: IssueId): string => `/repos/${repository}/issues/${number}`;

const gone = (status: number | null): TargetError =>
  new TargetError('GitHub has this issue no more', 'ticketGone', status);

/** @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api (403 and 429) */
const ownMeaning = (
  { status, headers, json }: ToolAnswer,
  isOfTicket: boolean,
  nowMs: number,
): AppError | undefined => {
  // Deleted, or moved to another repository.
  if (isOfTicket && (status === 410 || status === 301)) return gone(status);
  if (status !== 403 && status !== 429) return undefined;
  const message = refusalShape.safeParse(json).data?.message ?? '';
  const isSpent = headers['x-ratelimit-remaining'] === '0';
  const isThrottle = status === 429 || isSpent || headers['retry-after'] !== undefined || /rate limit/i.test(message);
  if (!isThrottle) return undefined;
  const resetMs = Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1_000;
  const dateMs = Date.parse(headers.date ?? '');
  const waitMs = isSpent && !Number.isNaN(resetMs) ? resetMs - (Number.isNaN(dateMs) ? nowMs : dateMs) : undefined;
  return refusal({ title, now: () => nowMs, waitOf: () => waitMs }, { status: 429, headers, body: '' });
};
