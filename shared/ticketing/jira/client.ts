import { z } from 'zod';
import { TargetError, UpstreamError } from '../../errors';
import type { OutgoingComment, TicketChange, TicketRef, TicketSnapshot, TicketStatus } from '../../model/ticket';
import type { IncomingAnswer } from '../../ports';
import { askTool, jsonOf } from '../askTool';
import type { Connector, ConnectorDeps } from '../connector';
import { instant, readAs } from '../readAnswer';
import { fromAdf } from './adf';
import { keyLabel, labelChanges, ourLabel } from './labels';
import type { JiraSettings } from './settings';
import { jiraSettings } from './settings';
import type { JiraStatus } from './status';
import { destinationOf, fromJiraStatus } from './status';
import { jiraTime } from './time';
import { ourProperty, toComment, toIssueFields, toNewIssue } from './toTicket';
import { nextTransition, resolutionFor, targetOf, transitionList } from './transitions';

const title = 'Jira';
const mostListed = 200;
/** A workflow with more steps than this has no way there. */
const mostSteps = 5;
/** Numbers after the newest known one, and of them such in a row that nobody has: issues that were deleted leave gaps. */
const mostTried = 50;
const mostMissing = 3;

const issue = z.object({
  id: z.string().regex(/^\d+$/),
  key: z.string(),
  fields: z.object({
    status: z.object({ name: z.string(), statusCategory: z.object({ key: z.string() }) }),
    resolution: z.object({ name: z.string() }).nullish(),
    assignee: z.object({ accountId: z.string() }).nullish(),
    labels: z.array(z.string()).nullish(),
    updated: z.string(),
  }),
  properties: z.record(z.string(), z.unknown()).nullish(),
});
type Issue = z.output<typeof issue>;
const shown = ['status', 'resolution', 'assignee', 'labels', 'updated'];
const page = z.object({ issues: z.array(issue), nextPageToken: z.string().nullish() });
const made = z.object({ id: z.string().regex(/^\d+$/), key: z.string() });
const me = z.object({ accountId: z.string(), displayName: z.string().nullish() });
const commentPage = z.object({ comments: z.array(z.object({ body: z.unknown().optional() })) });
const property = z.object({ key: z.string() });

/**
 * Jira Cloud over REST v3. The key is in an issue property, a label derived from it is what is searched for. An update is one edit, one
 * call a comment, and one transition; what a try before has written is not written again.
 * @see https://developer.atlassian.com/cloud/jira/platform/rest/v3/
 */
export const connectJira = (deps: ConnectorDeps): Connector => {
  const settings = jiraSettings.read(deps.connection);
  const base = deps.connection.url.replace(/\/+$/, '');
  const site = settings.site?.replace(/\/+$/, '') ?? (base.includes('/ex/jira/') ? null : base);
  const refOf = ({ id: ticketId, key: number }: Pick<Issue, 'id' | 'key'>): TicketRef => ({
    ticketId,
    number,
    url: site === null ? null : `${site}/browse/${number}`,
  });

  const ask = async ({ method, path, body, isOfTicket = false, accepts = [] }: Asked): Promise<IncomingAnswer> =>
    askTool(
      {
        send: deps.send,
        now: () => deps.clock.now(),
        title,
        notFound: isOfTicket ? 'ticketGone' : 'refused',
        accepts,
        waitOf: (answer) => waitOf(answer, deps.clock.now()),
      },
      {
        method,
        url: `${base}/rest/api/3/${path}`,
        headers: { authorization: authorizationOf(deps, await deps.secret()) },
        ...(body !== undefined && { body }),
      },
    );
  /** By id or key. */
  const look = async (name: string): Promise<Issue | undefined> => {
    const path = `issue/${name}?fields=${shown.join(',')}&properties=${ourProperty}`;
    const answer = await ask({ method: 'GET', path, accepts: [404] });
    return answer.status === 404 ? undefined : readAs(issue, jsonOf(title, answer), title);
  };
  const get = async (ticketId: string): Promise<Issue | undefined> =>
    isTicketId(ticketId) ? look(ticketId) : undefined;
  /** All pages up to `most`, oldest first as the query says. */
  const search = async (jql: string, most: number): Promise<readonly Issue[]> => {
    const found: Issue[] = [];
    let nextPageToken: string | undefined;
    do {
      const body = {
        jql,
        fields: shown,
        properties: [ourProperty],
        maxResults: most,
        ...(nextPageToken && { nextPageToken }),
      };
      const answer = await ask({ method: 'POST', path: 'search/jql', body });
      const read = readAs(page, jsonOf(title, answer), title);
      found.push(...read.issues);
      nextPageToken = read.nextPageToken ?? undefined;
    } while (nextPageToken !== undefined && found.length < most);
    return found.slice(0, most);
  };

  /** The search learns of a new issue some seconds late, an issue by itself is there at once: so the numbers after the newest known are tried. */
  const notIndexed = async (key: string): Promise<Issue | undefined> => {
    const [newest] = await search(`project = "${settings.project}" ORDER BY key DESC`, 1);
    const last = Number(newest?.key.split('-').at(-1) ?? 0);
    let missing = 0;
    for (let number = last + 1; number <= last + mostTried && missing < mostMissing; number += 1) {
      const found = await look(`${settings.project}-${number}`);
      if (found !== undefined && keyOf(found) === key) return found;
      missing = found === undefined ? missing + 1 : 0;
    }
    return undefined;
  };

  /** Comments have no key of their own, so what is there already is known by its marker. */
  const comment = async (ticketId: string, comments: readonly OutgoingComment[]): Promise<void> => {
    if (comments.length === 0) return;
    const path = `issue/${ticketId}/comment`;
    const answer = await ask({ method: 'GET', path: `${path}?orderBy=-created&maxResults=100`, isOfTicket: true });
    const texts = readAs(commentPage, jsonOf(title, answer), title).comments.map(({ body }) => fromAdf(body) ?? '');
    for (const each of comments) {
      if (texts.some((text) => text.includes(`[xdr-relay:${each.writeId}]`))) continue;
      await ask({ method: 'POST', path, body: toComment(each), isOfTicket: true });
    }
  };

  /** Takes as many transitions as the workflow wants. A 409 means somebody else moved it just now: looked at once more. */
  const move = async (ticketId: string, from: JiraStatus, status: TicketStatus, said: Said): Promise<void> => {
    const to = destinationOf(status, settings);
    const wanted = [
      said.duplicateOf === undefined ? undefined : 'Duplicate',
      said.closeCode,
      settings.resolution,
    ].flatMap((name) => name ?? []);
    const seen: string[] = [];
    let [at, hasConflicted] = [from, false];
    while (fromJiraStatus(at, settings) !== to.word) {
      seen.push(at.name);
      const path = `issue/${ticketId}/transitions`;
      const listed = await ask({ method: 'GET', path: `${path}?expand=transitions.fields`, isOfTicket: true });
      const next = nextTransition(readAs(transitionList, jsonOf(title, listed), title).transitions, to, seen, settings);
      if (next === undefined || seen.length > mostSteps) throw noWay(from, to.word);
      const resolution = resolutionFor(next, wanted);
      const answer = await ask({
        method: 'POST',
        path,
        body: {
          transition: { id: next.id },
          ...(resolution !== undefined && { fields: { resolution: { name: resolution } } }),
        },
        isOfTicket: true,
        accepts: [409],
      });
      if (answer.status !== 409) {
        at = targetOf(next);
        continue;
      }
      if (hasConflicted) throw new UpstreamError(`${title}: the ticket is being moved by somebody else`);
      hasConflicted = true;
      seen.length = 0;
      at = statusOf((await get(ticketId)) ?? gone());
    }
  };

  const edit = async (ticketId: string, change: TicketChange, now: Issue | undefined): Promise<void> => {
    const fields = toIssueFields(change, settings);
    const labels = change.tags === undefined ? [] : labelChanges(now?.fields.labels ?? [], change.tags);
    const body = {
      ...(Object.keys(fields).length > 0 && { fields }),
      ...(labels.length > 0 && { update: { labels } }),
    };
    if (Object.keys(body).length > 0) await ask({ method: 'PUT', path: `issue/${ticketId}`, body, isOfTicket: true });
  };

  const update = async (ticketId: string, change: TicketChange): Promise<void> => {
    if (!isTicketId(ticketId)) return gone();
    const { status, tags, duplicateOf } = change;
    const now = status === undefined && tags === undefined ? undefined : ((await get(ticketId)) ?? gone());
    const transit = async () => {
      if (status !== undefined && now !== undefined) await move(ticketId, statusOf(now), status, change);
    };
    // A closed ticket may have to be opened before it takes anything; an open one says everything before it is closed.
    const isOpening =
      now !== undefined && statusOf(now).category === 'done' && status !== 'resolved' && status !== 'cancelled';
    if (isOpening) await transit();
    await edit(ticketId, change, now);
    await comment(ticketId, change.comments);
    if (duplicateOf !== undefined) await link(ticketId, duplicateOf);
    if (!isOpening) await transit();
  };

  /** Not every site has the type of link; the comment that is written says the same. */
  const link = async (ticketId: string, { ticketId: other }: TicketRef): Promise<void> => {
    const body = { type: { name: 'Duplicate' }, inwardIssue: { id: ticketId }, outwardIssue: { id: other } };
    await ask({ method: 'POST', path: 'issueLink', body, accepts: [400, 401, 403, 404] });
  };

  return {
    whoAmI: async () => {
      const answer = await ask({ method: 'GET', path: 'myself' });
      const { accountId, displayName } = readAs(me, jsonOf(title, answer), title);
      return { id: accountId, name: displayName ?? null };
    },
    find: async (key) => {
      const found = await search(`labels = "${keyLabel(key)}" ORDER BY created ASC`, 10);
      const first = found.find((each) => keyOf(each) === key) ?? (await notIndexed(key));
      return first === undefined ? undefined : refOf(first);
    },
    create: async (content) => {
      const answer = await ask({ method: 'POST', path: 'issue', body: toNewIssue(content, settings) });
      const ref = refOf(readAs(made, jsonOf(title, answer), title));
      const { status, comments, key, closeCode } = content;
      if (status !== 'new' || comments.length > 0)
        await update(ref.ticketId, {
          key,
          comments,
          ...(status !== 'new' && { status }),
          ...(closeCode !== undefined && { closeCode }),
        });
      return ref;
    },
    update,
    read: async (ticketId) => {
      const now = await get(ticketId);
      return now === undefined ? undefined : snapshotOf(now, refOf(now), settings);
    },
    changedSince: async (since) => {
      const from = instant(since, 'since');
      // Jira reads moments in the account's time zone, and minutes ago in none.
      const minutes = Math.max(1, Math.ceil((deps.clock.now() - Date.parse(from)) / 60_000) + 1);
      const jql = `project = "${settings.project}" AND labels = "${ourLabel}" AND updated >= "-${minutes}m" ORDER BY updated ASC`;
      const found = await search(jql, mostListed);
      return found.map((each) => snapshotOf(each, refOf(each), settings)).filter(({ updatedAt }) => updatedAt >= from);
    },
  };
};

interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below `/rest/api/3/`. */
  readonly path: string;
  readonly body?: object;
  readonly isOfTicket?: boolean;
  readonly accepts?: readonly number[];
}

type Said = Pick<TicketChange, 'closeCode' | 'duplicateOf'>;

/** An API token is the password of its owner's e-mail address. */
const authorizationOf = ({ connection: { auth } }: ConnectorDeps, secret: string): string =>
  auth?.kind === 'bearer'
    ? `Bearer ${secret}`
    : `Basic ${Buffer.from(`${auth?.user ?? ''}:${secret}`).toString('base64')}`;

const isTicketId = (ticketId: string): boolean => /^\d{1,20}$/.test(ticketId);

const statusOf = ({ fields: { status } }: Issue): JiraStatus => ({
  name: status.name,
  category: status.statusCategory.key,
});

const keyOf = ({ properties }: Issue): string | null => {
  const read = property.safeParse(properties?.[ourProperty]);
  return read.success ? read.data.key : null;
};

const gone = (): never => {
  throw new TargetError(`${title} has this ticket no more`, 'ticketGone', 404);
};

const noWay = ({ category }: JiraStatus, to: string): TargetError =>
  category === 'done' && to !== 'resolved' && to !== 'cancelled'
    ? new TargetError(`${title}: the workflow leads no ticket out of its end`, 'ticketClosed', null)
    : new TargetError(
        `${title}: the workflow has no transition that we can take to where the ticket should be; name the status in mapping.settings`,
        'refused',
        null,
      );

/** When a spent allowance is refilled, ISO 8601. */
const waitOf = ({ headers }: IncomingAnswer, nowMs: number): number | undefined => {
  const wait = Date.parse(headers['x-ratelimit-reset'] ?? '') - nowMs;
  return wait > 0 ? Math.min(Math.max(wait, 1_000), 3_600_000) : undefined;
};

const snapshotOf = (now: Issue, ref: TicketRef, settings: JiraSettings): TicketSnapshot => {
  const updatedAt = jiraTime(now.fields.updated);
  return {
    ...ref,
    key: keyOf(now),
    status: fromJiraStatus(statusOf(now), settings),
    rawStatus: now.fields.status.name,
    resolution: now.fields.resolution?.name ?? null,
    assignee: now.fields.assignee?.accountId ?? null,
    updatedAt,
    version: String(Date.parse(updatedAt)),
    updatedBy: null,
  };
};
