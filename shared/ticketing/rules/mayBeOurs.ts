import type { InboundInput } from './inboundPlan';

/** Nobody can tell whether we did it: the tool does not say who did, or not who we are. Then the ledger tells. */
export const mayBeOurs = ({ event, ownAccount }: Pick<InboundInput, 'event' | 'ownAccount'>): boolean =>
  event.actor === null || ownAccount === null;
