import { setTimeout as wait } from 'node:timers/promises';
import type { RelayApi, TenantView } from './relayApi';

export interface FirstSyncOptions {
  readonly api: RelayApi;
  /** Every tenant to wait for, as it was before. */
  readonly before: readonly TenantView[];
  /** By the cloud's clock, in milliseconds: a pass that began at or after it counts. */
  readonly startedAtMs: number;
  readonly onProgress: (now: SyncProgress) => void;
  readonly signal: AbortSignal;
}

export interface SyncProgress {
  readonly tenants: number;
  readonly complete: number;
  readonly blocked: number;
  /** Incidents stored, over all tenants. */
  readonly stored: number;
}

export interface FirstSync {
  /** As they are now, in the order of `before`. */
  readonly tenants: readonly TenantView[];
  /** Neither complete nor blocked when nothing moved any more. */
  readonly unfinished: readonly TenantView[];
}

const timerName = 'scheduledSync';
const fireAgainAfterMs = 3_000;
const giveUpAfterMs = 180_000;

/** Whether the tenant has a complete pass that began at or after `sinceMs`; the server's times have whole seconds. */
export function isComplete({ sync }: TenantView, sinceMs: number): boolean {
  // The newest part may be read to its end before older ones are.
  if (sync.readThrough === null || sync.backlog) return false;
  return Date.parse(sync.readThrough) >= Math.floor(sinceMs / 1000) * 1000;
}

export const isBlocked = ({ access }: TenantView): boolean => access.reader.state === 'blocked';

/**
 * Fires the sync timer, and again where it left something over, until every tenant that can is read completely.
 * A tenant that was blocked before is asked for by name: the timer leaves it alone until its next probe.
 */
export async function runFirstSync({
  api,
  before,
  startedAtMs,
  onProgress,
  signal,
}: FirstSyncOptions): Promise<FirstSync> {
  const known = new Map(before.map((tenant) => [tenant.tenantId, tenant]));
  await api.fireTimer(timerName);
  for (const { tenantId } of before.filter(isBlocked)) await api.requestSync(tenantId);
  let seen = '';
  let movedMs = performance.now();
  let firedMs = movedMs;
  for (;;) {
    const askedMs = performance.now();
    const all = await api.tenants();
    const now = all.filter(({ tenantId }) => known.has(tenantId));
    const tookMs = performance.now() - askedMs;
    const isJudged = (tenant: TenantView): boolean => isBlocked(tenant) && wasTried(tenant, known.get(tenant.tenantId));
    const unfinished = now.filter((tenant) => !isComplete(tenant, startedAtMs) && !isJudged(tenant));
    const progress = progressOf(now, startedAtMs);
    onProgress(progress);
    const state = JSON.stringify([progress, now.reduce((sum, { sync }) => sum + sync.counts.calls, 0)]);
    if (state !== seen) movedMs = performance.now();
    seen = state;
    const quietMs = performance.now() - movedMs;
    if (unfinished.length === 0 || quietMs > giveUpAfterMs) return { tenants: now, unfinished };
    if (quietMs > fireAgainAfterMs && performance.now() - firedMs > fireAgainAfterMs) {
      await api.fireTimer(timerName);
      firedMs = performance.now();
    }
    // Looking on must not cost more than the work.
    await wait(Math.min(10_000, Math.max(150, 4 * tookMs)), undefined, { signal });
  }
}

/** A block of an earlier start says nothing about this one until the tenant was asked again. */
function wasTried(now: TenantView, before: TenantView | undefined): boolean {
  return before === undefined || !isBlocked(before) || now.sync.lastRun?.runId !== before.sync.lastRun?.runId;
}

function progressOf(tenants: readonly TenantView[], startedAtMs: number): SyncProgress {
  return {
    tenants: tenants.length,
    complete: tenants.filter((tenant) => isComplete(tenant, startedAtMs)).length,
    blocked: tenants.filter(isBlocked).length,
    stored: tenants.reduce((sum, { sync }) => sum + sync.counts.stored, 0),
  };
}
