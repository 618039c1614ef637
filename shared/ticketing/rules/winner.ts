import type { FieldOwner } from '../../model/connection';

const tieMs = 2 * 60_000;

export interface Contender {
  /** When its value was set, by its own clock. */
  readonly atMs: number;
  /** Resolved, as opposed to any state before. */
  readonly isTerminal: boolean;
}

/** Whose value holds where both sides changed a field. Two clocks are never equal: within two minutes of each other the end beats the rest. */
export const winner = (owner: FieldOwner, defender: Contender, ticket: Contender): 'defender' | 'ticket' => {
  if (owner !== 'latest') return owner;
  const isTie = Math.abs(defender.atMs - ticket.atMs) <= tieMs;
  if (isTie && defender.isTerminal !== ticket.isTerminal) return defender.isTerminal ? 'defender' : 'ticket';
  return ticket.atMs > defender.atMs ? 'ticket' : 'defender';
};
