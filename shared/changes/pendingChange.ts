import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Link } from '../model/link';
import type { Time7 } from '../model/time7';
import { toTime7 } from '../model/time7';
import type { Row, Table } from '../ports';
import type { InboundPlan } from '../ticketing/rules/inboundPlan';

/**
 * What one message is about to change, row `p_<hash of the message>`: written before Defender is asked, and gone with the batch that says
 * it is done. Whoever tries the message again finds what was decided, because the incident may show the change already and would
 * then look as if nothing had been asked for.
 */
export interface PendingChange {
  /** The message and its part. */
  readonly seed: string;
  /** When it was decided, ISO 8601 UTC. */
  readonly at: string;
  /** The incident it is for, the survivor's where it was merged, and its version then. */
  readonly liveIncidentId: string;
  readonly liveVersion: Time7;
  readonly plan: InboundPlan;
  /** The link it was decided on. */
  readonly on: Link;
  /**
   * `in`: Defender has made the change, whatever it shows by now; `plan.link` is as after it · `out`: asked in vain, it showed afterwards that
   * the change is not in. Undefined: nobody knows.
   */
  readonly known?: 'in' | 'out' | undefined;
}

/** A binary property holds 64 KiB. */
const chunkBytes = 64 * 1024;
const mostChunks = 10;

const shape = z.object({
  seed: z.string(),
  at: z.string(),
  liveIncidentId: z.string(),
  liveVersion: z.string(),
  plan: z.looseObject({ comments: z.array(z.string()), journal: z.array(z.unknown()), link: z.looseObject({}) }),
  on: z.looseObject({}),
  known: z.enum(['in', 'out']).optional(),
});

const rowKeyOf = (seed: string): string => `p_${createHash('sha256').update(seed).digest('hex').slice(0, 40)}`;

export const pendingKey = (tenantId: string, seed: string) =>
  ({ partitionKey: tenantId, rowKey: rowKeyOf(seed) }) as const;

/** @throws RangeError where it is larger than a row; comments are cut long before */
export const toPendingRow = (tenantId: string, pending: PendingChange): Row => {
  const packed = gzipSync(JSON.stringify(pending));
  const parts = Math.ceil(packed.byteLength / chunkBytes);
  if (parts > mostChunks) throw new RangeError('a change from a ticket is larger than a row');
  const columns = Array.from({ length: parts }, (_, part) => [
    `plan${part}`,
    packed.subarray(part * chunkBytes, (part + 1) * chunkBytes),
  ]);
  return { ...pendingKey(tenantId, pending.seed), ...(Object.fromEntries(columns) as Record<string, Uint8Array>) };
};

/** Undefined where nothing was decided, or the row is garbled: then it is decided anew. */
export const readPending = async (tenantId: string, table: Table, seed: string): Promise<PendingChange | undefined> => {
  const { partitionKey, rowKey } = pendingKey(tenantId, seed);
  const found = await table.get(partitionKey, rowKey);
  return found && fromRow(found.row);
};

const fromRow = (row: Row): PendingChange | undefined => {
  const chunks: Uint8Array[] = [];
  for (let chunk = row.plan0; chunk instanceof Uint8Array; chunk = row[`plan${chunks.length}`]) chunks.push(chunk);
  try {
    const parsed = shape.parse(JSON.parse(gunzipSync(Buffer.concat(chunks)).toString('utf8')));
    const liveVersion = toTime7(parsed.liveVersion);
    // Its parts are what we wrote ourselves.
    const plan = parsed.plan as unknown as InboundPlan;
    return liveVersion && { ...parsed, liveVersion, plan, on: parsed.on as unknown as Link };
  } catch {
    return undefined;
  }
};
