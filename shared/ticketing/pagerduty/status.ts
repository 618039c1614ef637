import type { TicketStatus } from '../../model/ticket';

const statuses: Readonly<Record<string, TicketStatus>> = {
  triggered: 'new',
  acknowledged: 'inProgress',
  resolved: 'resolved',
};

/** In our words; undefined where PagerDuty's word is unknown. */
export const fromPagerdutyStatus = (word: string): TicketStatus | undefined =>
  Object.hasOwn(statuses, word) ? statuses[word] : undefined;

export const toPagerdutyStatus = (status: TicketStatus): 'triggered' | 'acknowledged' | 'resolved' => {
  if (status === 'new') return 'triggered';
  return status === 'resolved' || status === 'cancelled' ? 'resolved' : 'acknowledged';
};
