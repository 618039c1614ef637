import { TargetError } from '../errors';
import type { Refusal } from '../ticketing/rules/deliveryPlan';
import type { Called } from './callTarget';

/** A failure that calls for another plan, not for another try. */
export const refusalOf = (called: Called<unknown>): Refusal | undefined => {
  if (called.ok || !(called.failure.error instanceof TargetError)) return undefined;
  const { reason } = called.failure.error;
  return reason === 'ticketClosed' || reason === 'ticketGone' ? reason : undefined;
};
