import type { Link } from '../../model/link';
import type { TicketChange } from '../../model/ticket';
import { withoutTold } from './told';

/**
 * The link as it stands while a change is on its way to the ticket: until the answer is here nobody knows whether the ticket holds it.
 * Should the incident be as before by the time of the next try, the ticket still has to be told so.
 */
export const inDoubt = (link: Link, change: TicketChange, now: string): Link => ({
  ...link,
  told: withoutTold(link.told, change),
  unsure: {
    ...link.unsure,
    ...(change.status === undefined ? {} : { status: now }),
    ...(change.assignee === undefined ? {} : { assignedTo: now }),
  },
});

/** A write of it was tried, and no answer came; nor has the ticket spoken of it since. */
export const isInDoubt = ({ unsure = {}, said = {} }: Link, field: 'status' | 'assignedTo'): boolean => {
  const triedAt = unsure[field];
  if (triedAt === undefined) return false;
  const last = said[field];
  return last === undefined || Date.parse(last.at) <= Date.parse(triedAt);
};
