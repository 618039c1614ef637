import { z } from 'zod';
import type { TicketEvent } from '../../model/ticket';
import { instant, readAs } from '../readAnswer';
import { fromPagerdutyStatus } from './status';

const id = z.string().min(1).max(60);
const person = z.object({ id, summary: z.string().nullish() });

/** @see https://developer.pagerduty.com/docs/webhooks-overview (V3) */
const hook = z.object({
  event: z.object({
    event_type: z.string().max(100),
    occurred_at: z.string().max(60),
    agent: person.nullish(),
    data: z.record(z.string(), z.unknown()),
  }),
});
const incident = z.object({ id, status: z.string().max(60), assignees: z.array(person).nullish() });
const note = z.object({ id: id.nullish(), content: z.string(), incident: z.object({ id }) });

/** A V3 webhook. Who did it is unknown where PagerDuty names no agent: its own rules, or an event. @throws ContractError */
export const fromTicket = (body: unknown): readonly TicketEvent[] => {
  const { event_type: type, occurred_at: at, agent, data } = readAs(hook, body, "PagerDuty's webhook").event;
  if (!type.startsWith('incident.')) return [];
  const occurredAt = instant(at, 'event.occurred_at');
  const shared = {
    actor: agent === null || agent === undefined ? null : { id: agent.id, name: agent.summary ?? null },
    occurredAt,
    version: occurredAt,
  };
  const about = (): z.output<typeof incident> => readAs(incident, data, 'event.data');
  const state = ({ id: ticketId, status: rawStatus }: z.output<typeof incident>) => {
    const status = fromPagerdutyStatus(rawStatus);
    return { ticketId, rawStatus, ...(status !== undefined && { status }) };
  };
  switch (type.slice('incident.'.length)) {
    case 'acknowledged':
    case 'unacknowledged': {
      const said = about();
      return [{ ...shared, ...state(said), kind: 'updated', ...ownerOf(said) }];
    }
    case 'resolved':
      return [{ ...shared, ...state(about()), kind: 'closed' }];
    case 'reopened':
      return [{ ...shared, ...state(about()), kind: 'reopened' }];
    case 'reassigned':
    case 'delegated':
    case 'escalated': {
      const said = about();
      return [{ ...shared, ticketId: said.id, kind: 'updated', ...ownerOf(said) }];
    }
    case 'annotated': {
      const said = readAs(note, data, 'event.data');
      // Notes are seen by the account's users alone.
      const comment = { id: said.id ?? null, text: said.content, visibility: 'internal' as const };
      return [{ ...shared, ticketId: said.incident.id, kind: 'commented', comment }];
    }
    default:
      return [];
  }
};

const ownerOf = ({ assignees }: z.output<typeof incident>): Pick<TicketEvent, 'assignee'> =>
  assignees === null || assignees === undefined ? {} : { assignee: assignees[0]?.id ?? null };
