import type { SyncedField } from '../../model/connection';
import type { InboundInput } from './inboundPlan';
import { isOvertaken, isSetLater } from './order';
import { winner } from './winner';
import { isResolved } from './status';

/** What three-way merging says of one value of a ticket. */
export interface Weighed {
  /** `same`: the ticket's side did not move · `agreed`: both sides say so · `ticket`, `defender`: whose value holds. */
  readonly holds: 'same' | 'agreed' | 'ticket' | 'defender';
  /** Both sides moved. */
  readonly isConflict: boolean;
  /** Our write of Defender's value came after it in the ticket. */
  readonly isOvertaken: boolean;
}

interface Values {
  /** The ticket's, in Defender's words. */
  readonly said: string | null;
  /** Both sides', last. */
  readonly base: string | null;
  /** Defender's now. */
  readonly now: string | null;
}

/** One side moved: its value holds. Both did: as the connection says. Values are compared as texts of one spelling. */
export const weigh = ({ connection, event, link, live }: InboundInput, field: SyncedField, values: Values): Weighed => {
  const { said, base, now } = values;
  const occurredAtMs = Date.parse(event.occurredAt);
  const overtaken = isOvertaken(link, field, occurredAtMs);
  if (said === now) return { holds: 'agreed', isConflict: false, isOvertaken: overtaken };
  if (said === base) return { holds: 'same', isConflict: false, isOvertaken: overtaken };
  const isConflict = now !== base || overtaken || isSetLater(link, field, occurredAtMs);
  if (!isConflict) return { holds: 'ticket', isConflict, isOvertaken: overtaken };
  const defender = {
    // Defender tells when the incident was changed, not when the field was: it is no later than that.
    atMs: Date.parse(now === base ? (link.setAt[field] ?? live.version) : live.version),
    isTerminal: field === 'status' && isResolved(now),
  };
  const ticket = { atMs: occurredAtMs, isTerminal: field === 'status' && isResolved(said) };
  return { holds: winner(connection.ownership[field], defender, ticket), isConflict, isOvertaken: overtaken };
};
