import type { TicketStatus } from '../../model/ticket';
import type { JiraSettings } from './settings';

/** A status as Jira shows it; its category is one of `new`, `indeterminate`, `done`, `undefined`. */
export interface JiraStatus {
  readonly name: string;
  readonly category: string | null;
}

type Names = Pick<JiraSettings, 'waitingStatus' | 'cancelledStatus'>;

/** @param names what this connection calls a ticket that waits or was cancelled; a webhook does not know */
export const fromJiraStatus = ({ name, category }: JiraStatus, names: Names = {}): TicketStatus => {
  if (isName(name, names.cancelledStatus)) return 'cancelled';
  if (category === 'done') return 'resolved';
  if (isName(name, names.waitingStatus)) return 'waiting';
  return category === 'new' ? 'new' : 'inProgress';
};

export const isName = (name: string, wanted: string | undefined): boolean =>
  wanted?.toLowerCase() === name.toLowerCase();

/** Where a ticket has to go: to any status that says this word, or to the one of this name. */
export interface Destination {
  readonly word: TicketStatus;
  readonly name: string | undefined;
}

/** A project without a status for waiting or cancelled tickets shows them as in progress and done. */
export const destinationOf = (status: TicketStatus, settings: JiraSettings): Destination => {
  const { newStatus, inProgressStatus, waitingStatus, resolvedStatus, cancelledStatus } = settings;
  if (status === 'waiting' && waitingStatus !== undefined) return { word: status, name: waitingStatus };
  if (status === 'cancelled' && cancelledStatus !== undefined) return { word: status, name: cancelledStatus };
  if (status === 'new') return { word: status, name: newStatus };
  const isDone = status === 'resolved' || status === 'cancelled';
  return isDone ? { word: 'resolved', name: resolvedStatus } : { word: 'inProgress', name: inProgressStatus };
};
