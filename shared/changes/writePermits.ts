import { z } from 'zod';
import { ConflictError, NotFoundError, ThrottledError } from '../errors';
import type { RateLimits } from '../incidents/limits';
import { rateLimits } from '../incidents/limits';
import { isHeldOff } from '../model/heldOff';
import { registrationFor } from '../model/registration';
import type { BackEnd, Tenant } from '../model/tenant';
import { toTicks } from '../model/time7';
import type { CallPermits, Clock, StoredRow, Table } from '../ports';
import { readAccessNow } from '../store/access';
import { text } from '../store/columns';
import type { HeardWaits } from '../sync/limits/heardWaits';

export interface WritePermitDeps {
  readonly incidents: Table;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Of this process. */
  readonly waits: Pick<HeardWaits, 'leftMs'>;
  readonly limits?: Readonly<Record<BackEnd, RateLimits>>;
}

export type WritePermits = (tenant: Pick<Tenant, 'tenantId' | 'backend'>) => CallPermits;

/** What the syncing runs leave of a tenant's limit (shared/sync/limits/permits.ts). */
const writeShare = 0.2;
/** A look, a change and a comment, and one call more. */
const blockCalls = 4;
/** What is left of a block after that is void, so that a wait written meanwhile is seen. */
const blockLifeMs = 10_000;
/** The storage tells its time in whole seconds. */
const secondMs = 1_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Who waits longer than this comes again instead. */
const longestPauseMs = 2_000;

interface Block {
  left: number;
  /** By the monotonic count. */
  readonly untilMs: number;
}

/**
 * Permits for changes and actions, in every instance out of one row a tenant and back end (`b_graph`, `b_defender`), a block at a time. A
 * block counts as called when it ends, so the sliding windows hold whenever in its life it is used.
 * None while Defender asked anybody to wait. `take` throws WriteShareSpent with the time after which there may be one.
 */
export const createWritePermits = (deps: WritePermitDeps): WritePermits => {
  const { clock, pause, waits } = deps;
  const blocks = new Map<string, Block>();
  const taking = new Map<string, Promise<void>>();

  const takeBlock = async (key: string, { tenantId, backend }: Parameters<WritePermits>[0]): Promise<void> => {
    const askedMs = clock.elapsedMs();
    const { access, nowMs } = await readAccessNow(tenantId, deps.incidents, registrationFor(backend));
    if (nowMs !== undefined && isHeldOff(access, nowMs))
      throw throttled(tenantId, Date.parse(access.throttledUntil ?? access.blockedUntil ?? '') - nowMs);
    const granted = await reserve(deps, tenantId, backend);
    blocks.set(key, { left: granted, untilMs: askedMs + blockLifeMs });
  };

  return (tenant) => {
    const { tenantId, backend } = tenant;
    const key = `${tenantId} ${backend}`;
    return {
      take: async () => {
        for (;;) {
          const leftMs = waits.leftMs(tenantId);
          if (leftMs > 0) throw throttled(tenantId, leftMs);
          const block = blocks.get(key);
          if (block !== undefined && block.left > 0 && clock.elapsedMs() < block.untilMs) {
            block.left -= 1;
            return;
          }
          blocks.delete(key);
          const running =
            taking.get(key) ??
            takeBlock(key, tenant).finally(() => {
              taking.delete(key);
            });
          taking.set(key, running);
          try {
            await running;
          } catch (error) {
            if (!(error instanceof NoRoom) || error.waitMs > longestPauseMs)
              throw error instanceof NoRoom ? throttled(tenantId, error.waitMs) : error;
            await pause(error.waitMs);
          }
        }
      },
    };
  };
};

/** Our own care for the limit, and nothing that Defender said just now. */
export class WriteShareSpent extends ThrottledError {}

const throttled = (tenantId: string, waitMs: number): WriteShareSpent => {
  const words = 'This tenant’s share of calls for changes is used up, or Defender asked us to wait';
  return new WriteShareSpent(words, Math.max(1, waitMs), { tenantId });
};

class NoRoom extends Error {
  constructor(readonly waitMs: number) {
    super('No call is left for changes');
    this.name = 'NoRoom';
  }
}

/** Blocks that still count, oldest first: when each ends by the storage's clock, and its calls. */
type Taken = readonly (readonly [endMs: number, calls: number])[];

const takenShape = z.array(z.tuple([z.number(), z.number()]));

const rowKeyOf = (backend: BackEnd): string => `b_${backend}`;
const mostTries = 20;

/** @returns how many calls the block has @throws NoRoom */
const reserve = async (
  { incidents, limits = rateLimits }: WritePermitDeps,
  tenantId: string,
  backend: BackEnd,
): Promise<number> => {
  const rowKey = rowKeyOf(backend);
  for (let tries = 1; ; tries += 1) {
    try {
      const found = await incidents.get(tenantId, rowKey);
      if (found === undefined) {
        // The storage's time comes with a row: where there was none, there is now.
        await incidents.write({ kind: 'insert', row: { partitionKey: tenantId, rowKey, taken: '[]' } });
        continue;
      }
      const nowMs = Number(toTicks(found.readAt ?? found.writtenAt) / 10_000n);
      const { granted, taken } = withBlock(takenIn(found), limits[backend], nowMs);
      const row = { partitionKey: tenantId, rowKey, taken: JSON.stringify(taken) };
      await incidents.write({ kind: 'replace', row, etag: found.etag });
      return granted;
    } catch (error) {
      const isOvertaken = error instanceof ConflictError || error instanceof NotFoundError;
      if (!isOvertaken || tries >= mostTries) throw error;
    }
  }
};

/** Garbled: as if all were taken just now would block for an hour; as if nothing were costs a 429 at worst. */
const takenIn = ({ row }: StoredRow): Taken => {
  try {
    return takenShape.parse(JSON.parse(text(row, 'taken') ?? '[]'));
  } catch {
    return [];
  }
};

/** As much of a block as both windows have room for. @throws NoRoom where that is nothing */
export const withBlock = (
  before: Taken,
  { perMinute, perHour }: RateLimits,
  nowMs: number,
): { readonly granted: number; readonly taken: Taken } => {
  const still = before.filter(([endMs]) => endMs + hourMs > nowMs);
  const windows = [
    { ms: minuteMs, limit: Math.max(1, Math.floor(perMinute * writeShare)) },
    { ms: hourMs, limit: Math.max(1, Math.floor(perHour * writeShare)) },
  ];
  const rooms = windows.map(({ ms, limit }) => limit - sum(still.filter(([endMs]) => endMs + ms > nowMs)));
  const granted = Math.min(blockCalls, ...rooms);
  if (granted <= 0) throw new NoRoom(Math.max(...windows.map(({ ms, limit }) => freeIn(still, ms, limit, nowMs))));
  return { granted, taken: [...still, [nowMs + secondMs + blockLifeMs, granted] as const] };
};

const sum = (taken: Taken): number => taken.reduce((total, [, calls]) => total + calls, 0);

/** Until the window has room for one call. */
const freeIn = (taken: Taken, windowMs: number, limit: number, nowMs: number): number => {
  const inside = taken.filter(([endMs]) => endMs + windowMs > nowMs);
  let over = sum(inside) - limit + 1;
  for (const [endMs, calls] of inside) {
    if (over <= 0) break;
    over -= calls;
    if (over <= 0) return endMs + windowMs - nowMs;
  }
  return 0;
};
