import { z } from 'zod';
import type { TicketEvent } from '../../model/ticket';
import { fromGenericBody } from '../genericBody';
import { instant, readAs } from '../readAnswer';
import { fromZendeskStatus } from './status';

const prefix = 'zen:event-type:ticket.';
const id = z.union([z.string().min(1).max(40), z.number().int()]).transform(String);

/** @see https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events */
const envelope = z.object({
  type: z.string().max(200),
  time: z.string().max(60),
  detail: z.object({ id, actor_id: id.nullish(), updated_at: z.string().max(60).nullish() }),
  event: z.record(z.string(), z.unknown()),
});
const comment = z.object({
  id: id.nullish(),
  body: z.string(),
  is_public: z.boolean(),
});
const change = z.object({ current: z.string().max(100).nullish(), previous: z.string().max(100).nullish() });
const assignment = z.object({ current: id.nullish() });

/** Both kinds of webhooks: a subscription to ticket events, and a trigger that sends the generic body. @throws ContractError */
export const fromTicket = (body: unknown): readonly TicketEvent[] => {
  const { type } = readAs(z.object({ type: z.string().max(200) }), body, "Zendesk's webhook");
  if (!type.startsWith('zen:event-type:')) return fromTrigger(body);
  if (!type.startsWith(prefix)) return [];
  const { time, detail, event } = readAs(envelope, body, "Zendesk's event");
  const shared = {
    ticketId: detail.id,
    actor: isNobody(detail.actor_id) ? null : { id: detail.actor_id, name: null },
    occurredAt: instant(time, 'time'),
    version: typeof detail.updated_at === 'string' ? instant(detail.updated_at, 'detail.updated_at') : null,
  };
  switch (type.slice(prefix.length)) {
    case 'status_changed':
      return [{ ...shared, ...statusOf(readAs(change, event, 'event')) }];
    case 'agent_assignment_changed': {
      const { current } = readAs(assignment, event, 'event');
      return [{ ...shared, kind: 'updated', assignee: isNobody(current) ? null : current }];
    }
    case 'comment_added': {
      const said = readAs(comment, event.comment, 'event.comment');
      const visibility = said.is_public ? 'public' : 'internal';
      return [{ ...shared, kind: 'commented', comment: { id: said.id ?? null, text: said.body, visibility } }];
    }
    case 'soft_deleted':
    case 'permanently_deleted':
      return [{ ...shared, kind: 'deleted' }];
    default:
      return [];
  }
};

/** What a trigger of the customer's sends. Its placeholders leave empty what there is none of, and write times without fractions. */
const fromTrigger = (body: unknown): readonly TicketEvent[] =>
  fromGenericBody(body, fromZendeskStatus).map(({ version, comment: said, ...event }) => ({
    ...event,
    version: version !== null && /^\d{4}-\d{2}-\d{2}T/.test(version) ? instant(version, 'version') : version,
    ...(said !== undefined && said.text.trim() !== '' && { comment: said }),
  }));

/** Zendesk writes `0` for none. */
const isNobody = (given: string | null | undefined): given is '0' | null | undefined =>
  given === null || given === undefined || given === '0';

const isDone = (word: string | null | undefined): boolean =>
  typeof word === 'string' && fromZendeskStatus(word) === 'resolved';

const statusOf = ({
  current,
  previous,
}: z.output<typeof change>): Pick<TicketEvent, 'kind' | 'status' | 'rawStatus'> => {
  const status = typeof current === 'string' ? fromZendeskStatus(current) : undefined;
  return {
    kind: isDone(current) ? 'closed' : isDone(previous) ? 'reopened' : 'updated',
    ...(typeof current === 'string' && { rawStatus: current.toLowerCase() }),
    ...(status !== undefined && { status }),
  };
};
