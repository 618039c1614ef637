import type { Tenant } from '../../model/tenant';
import { tenantPhase } from '../../store/keys';

/** An instant as runs are named by it: `2026-11-20T08:05Z`, or with seconds where they are not zero. */
export type Slot = string;

const secondMs = 1000;

/** The start of the `grainMs` that `ms` lies in. */
export const slotOf = (ms: number, grainMs = 60 * secondMs): Slot => {
  const iso = new Date(Math.floor(ms / grainMs) * grainMs).toISOString();
  return iso.endsWith(':00.000Z') ? `${iso.slice(0, 16)}Z` : `${iso.slice(0, 19)}Z`;
};

const secondOf = (slot: Slot): number => Math.floor(Date.parse(slot) / secondMs);

export interface Turns {
  /** The run's own slot, inclusive. */
  readonly slot: Slot;
  /** The slot the timer last ran for, exclusive: timers skip and come late, so a run covers everything since. */
  readonly since: Slot;
}

/** Tenants are spread over their interval by hash: one turn in every interval, told from the registry row alone. */
export const hasTurn = (
  tenant: Pick<Tenant, 'tenantId' | 'intervalSeconds'>,
  { slot, since }: Turns,
  defaultSeconds: number,
): boolean => {
  const interval = tenant.intervalSeconds ?? defaultSeconds;
  const phase = tenantPhase(tenant.tenantId) % interval;
  const last = secondOf(slot);
  const first = Math.max(secondOf(since) + 1, last - interval + 1);
  // The first second at or after `first` that is this tenant's turn.
  const turn = first + ((interval - ((first + phase) % interval)) % interval);
  return turn <= last;
};
