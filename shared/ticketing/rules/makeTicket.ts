import type { Link, LinkedTicket } from '../../model/link';
import type { TicketContent, TicketRef } from '../../model/ticket';
import { toAssignee } from './assignees';
import { closingOf } from './closing';
import { currentTicket, refOf, withState } from './currentTicket';
import type { CreatePlan, DeliveryInput } from './deliveryPlan';
import { incidentValues } from './incidentValues';
import { keyOf } from './keyOf';
import { withEntries } from './ledger';
import { outgoingComments, ownNote } from './outgoingComments';
import { rememberedComments } from './rememberedComments';
import { sendable, sendableHeader } from './sendable';
import { spokenContent } from './spokenContent';
import { incidentUrlOf, stormContent } from './stormContent';
import { isDone, isResolved, toTicketStatus } from './status';
import { toldOf } from './told';

/** The incident's own ticket: its first, or a follow-up that names the one before. */
export const makeTicket = (input: DeliveryInput, because?: string): CreatePlan => {
  const { connection, incident, link, tenant, now } = input;
  const before = currentTicket(link);
  const generation = (before?.generation ?? 0) + 1;
  const spoken = spokenContent(input);
  const values = incidentValues(incident.header);
  const { assignedTo } = incidentValues(sendableHeader(incident.header, connection.contract.send));
  const assignee = toAssignee(assignedTo, connection.mapping);
  const { closeCode } = closingOf(connection, incident.header);
  const comments = outgoingComments(connection, sendable(incident.body, connection.contract.send), link);
  const intro =
    because === undefined || before === undefined
      ? []
      : [ownNote(connection, `Follow-up of ${before.number}: ${because}.`)];
  const content: TicketContent = {
    key: keyOf(tenant.tenantId, incident.header.incidentId, generation),
    ...spoken,
    status: toTicketStatus(values.status) ?? 'new',
    ...(assignee === undefined ? {} : { assignee }),
    incidentUrl: incidentUrlOf(input),
    comments: [...intro, ...comments],
    ...(closeCode === undefined ? {} : { closeCode }),
  };
  const base = { ...values, assignedTo: assignee === undefined ? null : values.assignedTo };
  return {
    do: 'create',
    content,
    journal: [],
    after: (ref) => ({
      ...made(input, ref, { generation, content, told: toldOf(spoken), now }),
      base,
      setAt: Object.fromEntries(Object.keys(base).map((field) => [field, incident.version])),
      storm: null,
    }),
  };
};

/** The one ticket of a storm, made by the first of its incidents. */
export const makeStormTicket = (input: DeliveryInput, storm: { readonly key: string }): CreatePlan => {
  const content = stormContent(input, storm);
  return {
    do: 'create',
    content,
    journal: [],
    after: (ref) => {
      const link = made(input, ref, { generation: 0, content, told: null, now: input.now });
      // Open, though the incident it was made for may be resolved by now.
      const tickets = withState(link.tickets, 'open');
      return { ...link, tickets, base: incidentValues(input.incident.header), storm: storm.key };
    },
  };
};

interface Made {
  readonly generation: number;
  readonly content: TicketContent;
  readonly told: string | null;
  readonly now: string;
}

const made = ({ link, incident }: DeliveryInput, ref: TicketRef, { generation, content, told, now }: Made): Link => {
  const ticket: LinkedTicket = {
    ...refOf(ref),
    generation,
    state: isDone(content.status) || isResolved(incident.header.status) ? 'closed' : 'open',
    createdAt: now,
    version: null,
  };
  return {
    ...link,
    tickets: [...link.tickets, ticket],
    version: incident.version,
    told,
    ledger: withEntries(
      link,
      'ticket',
      [
        { field: 'status', value: content.status },
        { field: 'assignedTo', value: content.assignee ?? null },
      ],
      Date.parse(now),
    ),
    comments: rememberedComments(
      link.comments,
      content.comments.map(({ writeId }) => writeId),
      link.targetId,
    ),
    said: {},
    ...(link.unsure === undefined ? {} : { unsure: {} }),
    applied: [],
    intent: null,
  };
};
