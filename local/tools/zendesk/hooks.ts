import { createHmac, randomUUID } from 'node:crypto';
import type { HookTarget } from '../fakeTool';
import type { ZendeskComment, ZendeskTicket } from './ticket';

/** One thing that happened, as a subscription to ticket events tells it. */
export interface ZendeskEvent {
  /** Behind `zen:event-type:ticket.` */
  readonly type: string;
  readonly event: Readonly<Record<string, unknown>>;
}

const accountId = 12_514_403;

const signed = (target: HookTarget, body: string, now: string): Record<string, string> => ({
  'content-type': 'application/json; charset=utf-8',
  'user-agent': 'Zendesk Webhook',
  'x-zendesk-account-id': String(accountId),
  'x-zendesk-webhook-id': '01GK8E6BKWMJZD2T8Y5AXJQMG5',
  'x-zendesk-webhook-invocation-id': randomUUID(),
  'x-zendesk-webhook-signature-timestamp': now,
  'x-zendesk-webhook-signature': createHmac('sha256', target.secret).update(now).update(body).digest('base64'),
});

/** Zendesk's envelope: ids are text, states are in capitals. @see https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events */
export const eventHook =
  (ticket: ZendeskTicket, { type, event }: ZendeskEvent, actorId: number, now: string) =>
  (target: HookTarget) => {
    const body = JSON.stringify({
      type: `zen:event-type:ticket.${type}`,
      account_id: accountId,
      id: randomUUID(),
      time: now,
      zendesk_event_version: '2022-11-06',
      subject: `zen:ticket:${ticket.id}`,
      detail: {
        actor_id: String(actorId),
        assignee_id: ticket.assignee_id === null ? '0' : String(ticket.assignee_id),
        brand_id: '360000000001',
        created_at: ticket.created_at,
        custom_status: '1',
        description: ticket.comments[0]?.plain_body ?? '',
        external_id: ticket.external_id ?? '',
        id: String(ticket.id),
        is_public: ticket.comments[0]?.public ?? false,
        priority: ticket.priority?.toUpperCase() ?? '',
        status: ticket.status.toUpperCase(),
        subject: ticket.subject,
        tags: ticket.tags,
        type: ticket.type?.toUpperCase() ?? '',
        updated_at: ticket.updated_at,
        via: { channel: 'web_service' },
      },
      event: { ...event, meta: { sequence: { id: randomUUID(), position: 1 } } },
    });
    return { headers: signed(target, body, now), body };
  };

/** What the trigger of docs/connectors/zendesk.md sends: its placeholders filled in, each escaped as JSON. */
export const triggerHook =
  (ticket: ZendeskTicket, comment: ZendeskComment | undefined, actorId: number, now: string) =>
  (target: HookTarget) => {
    const text = (value: string): string => JSON.stringify(value).slice(1, -1);
    const type = comment === undefined ? 'ticket.updated' : 'ticket.commented';
    const said =
      comment === undefined
        ? ''
        : `"comment":{"text":"${text(comment.plain_body)}","visibility":"${comment.public ? 'public' : 'internal'}"},`;
    const body = `{"type":"${type}","ticketId":"${ticket.id}","status":"${ticket.status}",${said}"author":"${actorId}","occurredAt":"${now}","version":"${ticket.updated_at}"}`;
    return { headers: signed(target, body, now), body };
  };
