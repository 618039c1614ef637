import { toTicks } from '../model/time7';
import type { FencedState } from '../store/tenantState';

/** Renewed by every batch, because a batch rewrites the state row. */
const leaseMs = 120_000;

/**
 * True while another run holds the tenant through several batches. Both times are the storage's own, so no instance's clock matters;
 * and a lease only spares work: what keeps two runs apart is the fence.
 */
export const isHeldByAnother = ({ state, writtenAt, readAt }: FencedState, runId: string): boolean => {
  if (state.leaseOwner === undefined || state.leaseOwner === runId) return false;
  if (writtenAt === undefined || readAt === undefined) return false;
  return toTicks(readAt) - toTicks(writtenAt) < BigInt(leaseMs) * 10_000n;
};
