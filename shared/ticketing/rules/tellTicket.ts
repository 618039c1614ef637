import type { SyncedField } from '../../model/connection';
import type { Link, LinkedTicket } from '../../model/link';
import type { SyncedValues, TicketChange, TicketStatus } from '../../model/ticket';
import { canBeNobodys, toAssignee } from './assignees';
import { closingOf } from './closing';
import type { DeliveryInput } from './deliveryPlan';
import { incidentValues } from './incidentValues';
import { isInDoubt } from './inDoubt';
import { keyOf } from './keyOf';
import { withEntries } from './ledger';
import { outgoingComments } from './outgoingComments';
import { rememberedComments } from './rememberedComments';
import { maySend, sendable, sendableHeader } from './sendable';
import { spokenContent } from './spokenContent';
import { isDone, isResolved, toTicketStatus } from './status';
import { toldOf, untold } from './told';
import type { Written } from './withWritten';
import { withWritten } from './withWritten';

/** What a ticket has still to be told. */
export interface Telling {
  readonly change: TicketChange;
  /** Nothing of it is a write. */
  readonly isEmpty: boolean;
  /** The link once the ticket was told. */
  readonly link: Link;
}

/**
 * Where incident and ticket differ, as one change; and the link after it. Values the ticket holds already are agreed on without a word.
 * @param isClosed its people closed it for good: its state is theirs, the rest is told where the tool still takes it
 */
export const tellTicket = (input: DeliveryInput, ticket: LinkedTicket, isClosed = false): Telling => {
  const { connection, incident, link, tenant } = input;
  const nowMs = Date.parse(input.now);
  const values = incidentValues(incident.header);
  const { base, written } = compared(input, values, isClosed);
  const spoken = spokenContent(input);
  const news = untold(spoken, link.told);
  const body = sendable(incident.body, connection.contract.send);
  const comments = outgoingComments(connection, body, link);
  const status = written.find(({ field }) => field === 'status')?.word as TicketStatus | undefined;
  const assignee = written.find(({ field }) => field === 'assignedTo')?.word;
  const closing = closingNews(input, status !== undefined);
  const change: TicketChange = {
    key: keyOf(tenant.tenantId, link.incidentId, ticket.generation),
    ...news,
    ...(status === undefined ? {} : { status }),
    ...(assignee === undefined ? {} : { assignee }),
    comments,
    ...closing,
  };
  const after: Link = {
    ...withWritten(
      link,
      written.map((one) => (isInDoubt(link, one.field) ? one : { ...one, over: link.base[one.field] ?? null })),
      nowMs,
    ),
    base,
    setAt: { ...link.setAt, ...changedAt(link.base, base, incident.version) },
    version: incident.version,
    told: toldOf(spoken),
    ledger: withEntries(
      link,
      'ticket',
      written.map(({ field, word }) => ({ field, value: word })),
      nowMs,
    ),
    comments: rememberedComments(
      link.comments,
      comments.map(({ writeId }) => writeId),
      link.targetId,
    ),
    ...(link.unsure === undefined || isClosed ? {} : { unsure: {} }),
  };
  const isEmpty = Object.keys(change).length === 2 && comments.length === 0;
  return { change, isEmpty, link: after };
};

const compared = (
  { connection, incident, link }: DeliveryInput,
  values: Readonly<Record<SyncedField, string | null>>,
  isClosed: boolean,
): { readonly base: SyncedValues; readonly written: readonly Written[] } => {
  const written: Written[] = [];
  // Nothing in a ticket holds a verdict, so telling it is all there is to agree on.
  const base: Record<string, string | null> = {
    ...link.base,
    classification: values.classification,
    determination: values.determination,
  };
  const word = toTicketStatus(values.status);
  const isUnsure = isInDoubt(link, 'status');
  if (
    (isUnsure || values.status !== (link.base.status ?? null)) &&
    word !== undefined &&
    !isClosed &&
    !isClosedByPeople(link, word)
  ) {
    base.status = values.status;
    if (isUnsure || !says(link, 'status', word)) written.push({ field: 'status', value: values.status, word });
  }
  const { assignedTo } = incidentValues(sendableHeader(incident.header, connection.contract.send));
  const assignee = toAssignee(assignedTo, connection.mapping);
  const holds = toAssignee(link.base.assignedTo ?? null, connection.mapping);
  const isUnsureWho = isInDoubt(link, 'assignedTo');
  if ((isUnsureWho || assignedTo !== (link.base.assignedTo ?? null)) && assignee !== undefined) {
    base.assignedTo = assignedTo;
    if (isUnsureWho || (assignee !== holds && !says(link, 'assignedTo', assignee)))
      written.push({ field: 'assignedTo', value: assignedTo, word: assignee });
  }
  const isTheirs = isUnsureWho || (holds !== undefined && !saysOther(link, 'assignedTo', holds));
  if (
    values.assignedTo === null &&
    isTheirs &&
    canBeNobodys(connection.tool) &&
    maySend(connection.contract.send, 'assignedTo')
  ) {
    base.assignedTo = null;
    written.push({ field: 'assignedTo', value: null, word: null });
  }
  return { base, written };
};

/** Its people closed it, and may not close the incident: whether it is open in this way or that is no reason to open it again. */
const isClosedByPeople = ({ base, said = {} }: Link, word: TicketStatus): boolean => {
  const { status: last } = said;
  const isClosed = last !== undefined && !last.isOverwritten && isDone(last.value as TicketStatus);
  return isClosed && !isResolved(base.status) && !isDone(word);
};

/** Whether the ticket said so last, and nothing of ours was written over it. */
const says = ({ said = {} }: Link, field: SyncedField, word: string): boolean => {
  const last = said[field];
  if (last === undefined || last.isOverwritten || last.value === null) return false;
  if (last.value === word) return true;
  return field === 'status' && isDone(last.value as TicketStatus) && isDone(word as TicketStatus);
};

/** Whether the ticket has said something else since both agreed on this: then what stands there is its people's. */
const saysOther = ({ said = {} }: Link, field: SyncedField, word: string): boolean => {
  const last = said[field];
  return last !== undefined && !last.isOverwritten && last.value !== word;
};

const closingNews = (
  { connection, incident, link }: DeliveryInput,
  isStatusNews: boolean,
): { readonly closeCode?: string; readonly closeNote?: string } => {
  const closing = closingOf(connection, incident.header);
  if (isStatusNews || closing.closeCode === undefined) return isStatusNews ? closing : {};
  const { base } = link;
  // Resolved before, and judged anew since.
  const before = closingOf(connection, {
    ...incident.header,
    status: base.status ?? null,
    classification: base.classification ?? null,
    determination: base.determination ?? null,
  });
  return before.closeCode === undefined || before.closeCode === closing.closeCode
    ? {}
    : { closeCode: closing.closeCode };
};

const changedAt = (before: SyncedValues, after: SyncedValues, at: string): Link['setAt'] =>
  Object.fromEntries(
    Object.entries(after)
      .filter(([field, value]) => (before[field as SyncedField] ?? null) !== value)
      .map(([field]) => [field, at]),
  );
