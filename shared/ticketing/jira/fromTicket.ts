import { z } from 'zod';
import { ContractError } from '../../errors';
import type { TicketActor, TicketEvent } from '../../model/ticket';
import { readAs } from '../readAnswer';
import { fromAdf } from './adf';
import { fromJiraStatus } from './status';
import { jiraTime } from './time';

const id = z.union([z.string(), z.int()]).transform(String);
const person = z.object({ accountId: z.string(), displayName: z.string().nullish() });
const named = z.object({ name: z.string() });
const status = named.extend({ statusCategory: z.object({ key: z.string() }).nullish() });
const issue = z.object({
  id,
  fields: z.object({ status: status.nullish(), resolution: named.nullish(), updated: z.string().nullish() }).nullish(),
});
/** One of its keys is `toString`, which every object seems to have: values are read as own ones alone. */
const item = z.record(z.string(), z.unknown());

const envelope = z.object({ webhookEvent: z.string(), timestamp: z.int().nonnegative() });
const updated = z.object({
  user: person.nullish(),
  issue,
  changelog: z.object({ items: z.array(item).default([]) }).nullish(),
});
const deleted = z.object({ user: person.nullish(), issue });
const commented = z.object({
  user: person.nullish(),
  issue: issue.nullish(),
  comment: z.object({
    id,
    self: z.string().nullish(),
    author: person.nullish(),
    body: z.unknown().optional(),
    jsdPublic: z.boolean().nullish(),
    visibility: z.unknown().optional(),
    properties: z.array(z.object({ key: z.string(), value: z.unknown().optional() })).nullish(),
  }),
});

const what = 'The webhook of Jira';

/** @see https://developer.atlassian.com/cloud/jira/platform/webhooks/ @throws ContractError */
export const fromTicket = (body: unknown): readonly TicketEvent[] => {
  const { webhookEvent, timestamp } = readAs(envelope, body, what);
  const occurredAt = new Date(timestamp).toISOString();
  if (webhookEvent === 'jira:issue_updated') return fromUpdate(readAs(updated, body, what), occurredAt);
  if (webhookEvent === 'comment_created') return [fromComment(readAs(commented, body, what), occurredAt)];
  if (webhookEvent !== 'jira:issue_deleted') return [];
  const { issue: gone, user } = readAs(deleted, body, what);
  return [
    { ticketId: gone.id, kind: 'deleted', actor: actorOf(user), occurredAt, version: String(Date.parse(occurredAt)) },
  ];
};

const fromUpdate = (
  { issue: now, user, changelog }: z.output<typeof updated>,
  occurredAt: string,
): readonly TicketEvent[] => {
  const items = changelog?.items ?? [];
  const changeOf = (field: string) => items.find((each) => own(each, 'field') === field);
  const [moved, owned, resolved] = [changeOf('status'), changeOf('assignee'), changeOf('resolution')];
  if (moved === undefined && owned === undefined && resolved === undefined) return [];
  const common = { ticketId: now.id, actor: actorOf(user), occurredAt, version: versionOf(now, occurredAt) };
  const assignee = owned === undefined ? {} : { assignee: orNull(own(owned, 'to')) };
  const resolution = resolved === undefined ? null : orNull(own(resolved, 'toString'));
  const told = { ...common, ...assignee, ...(resolution === null ? {} : { resolution }) };
  if (moved === undefined) return [{ ...told, kind: 'updated' }];
  const rawStatus = orNull(own(moved, 'toString')) ?? now.fields?.status?.name ?? '';
  const category = now.fields?.status?.statusCategory?.key ?? null;
  const isUnset = resolved !== undefined && resolution === null;
  // Where the category is not told, a resolution that was set tells.
  const word =
    category === null && resolution === null
      ? undefined
      : fromJiraStatus({ name: rawStatus, category: category ?? 'done' });
  const kind = word === 'resolved' ? 'closed' : isUnset ? 'reopened' : 'updated';
  return [{ ...told, kind, rawStatus, ...(word !== undefined && { status: word }) }];
};

const fromComment = ({ issue: now, user, comment }: z.output<typeof commented>, occurredAt: string): TicketEvent => {
  // The issue is not always there; the comment's own address names it.
  const ticketId = now?.id ?? /\/issue\/(\d+)\/comment\//.exec(comment.self ?? '')?.[1];
  if (ticketId === undefined) throw new ContractError(`${what} tells of a comment, but not of which issue`);
  const text = fromAdf(comment.body);
  if (text === null) throw new ContractError(`${what} has an unknown shape at comment.body`);
  const flag = comment.properties?.find(({ key }) => key === 'sd.public.comment')?.value;
  const isRestricted = comment.visibility !== undefined && comment.visibility !== null;
  const isInternal = isRestricted || comment.jsdPublic === false || isMarkedInternal(flag);
  return {
    ticketId,
    kind: 'commented',
    actor: actorOf(user ?? comment.author),
    occurredAt,
    version: now === null || now === undefined ? String(Date.parse(occurredAt)) : versionOf(now, occurredAt),
    comment: { id: comment.id, text, visibility: isInternal ? 'internal' : 'public' },
  };
};

const isMarkedInternal = (value: unknown): boolean => z.object({ internal: z.literal(true) }).safeParse(value).success;

const actorOf = (user: z.output<typeof person> | null | undefined): TicketActor | null =>
  user === null || user === undefined ? null : { id: user.accountId, name: user.displayName ?? null };

/** As `read` gives it: milliseconds since 1970 of the issue's last change. */
const versionOf = ({ fields }: z.output<typeof issue>, occurredAt: string): string =>
  String(Date.parse(typeof fields?.updated === 'string' ? jiraTime(fields.updated) : occurredAt));

const own = (each: z.output<typeof item>, key: string): unknown => (Object.hasOwn(each, key) ? each[key] : undefined);

const orNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
