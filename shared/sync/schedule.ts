import type { Tenant } from '../model/tenant';
import { tenantPhase } from '../store/keys';

/** A minute as runs are named by it, `2026-11-20T08:05Z`. */
export type Slot = string;

const minuteMs = 60_000;

export const slotOf = (ms: number): Slot =>
  `${new Date(Math.floor(ms / minuteMs) * minuteMs).toISOString().slice(0, 16)}Z`;

const minuteOf = (slot: Slot): number => Math.round(Date.parse(slot) / minuteMs);

export interface Minutes {
  /** The run's own minute, inclusive. */
  readonly slot: Slot;
  /** The minute the timer last ran for, exclusive: timers skip and come late, so a run covers every minute since. */
  readonly since: Slot;
}

/** Tenants are spread over their interval by hash: one turn in every interval, told from the registry row alone. */
export const hasTurn = (
  tenant: Pick<Tenant, 'tenantId' | 'intervalSeconds'>,
  { slot, since }: Minutes,
  defaultSeconds: number,
): boolean => {
  const interval = Math.max(1, Math.round((tenant.intervalSeconds ?? defaultSeconds) / 60));
  const phase = tenantPhase(tenant.tenantId) % interval;
  const last = minuteOf(slot);
  const first = Math.max(minuteOf(since) + 1, last - interval + 1);
  // The first minute at or after `first` that is this tenant's turn.
  const turn = first + ((interval - ((first + phase) % interval)) % interval);
  return turn <= last;
};
