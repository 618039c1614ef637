import type { Access } from '../../model/access';
import type { TenantState } from '../../model/tenantState';
import { msOf } from './span';

export interface ReadingFacts {
  readonly enabled: boolean;
  readonly state: Pick<TenantState, 'cursor' | 'lastRun'>;
  readonly access: Pick<Access, 'state' | 'reason'>;
  readonly nowMs: number;
  readonly toleratedMs: number;
}

/**
 * Why a tenant's reading stands still, in the words of the ledger; undefined where it does not. Here alone our own clock is asked: it tells
 * how late the next pass is, and nothing of what was read.
 */
export const standstillOf = ({ enabled, state, access, nowMs, toleratedMs }: ReadingFacts): string | undefined => {
  const { readThrough } = state.cursor;
  if (!enabled) return 'reading is switched off';
  const isLate = readThrough !== undefined && nowMs - msOf(readThrough) > toleratedMs;
  return isLate || access.state === 'blocked' ? heldUpBy({ state, access }) : undefined;
};

/** Why the stretch since the last complete pass is not read, or was not in time, as far as the rows before the next pass know. */
export const heldUpBy = ({ state, access }: Pick<ReadingFacts, 'access'> & Stopped): string => {
  if (access.state === 'blocked') return `${blockedWord}${access.reason ?? 'unknown'}`;
  if (state.lastRun?.state === 'failed') return `runs failed: ${state.lastRun.code ?? 'unknown'}`;
  return state.lastRun?.state === 'partial' ? 'a backlog was read' : 'the app did not run';
};

interface Stopped {
  readonly state: Pick<TenantState, 'lastRun'>;
}

/** How a stretch that was held up for want of access begins. */
export const blockedWord = 'blocked: ';
