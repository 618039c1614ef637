import { createHash } from 'node:crypto';
import type { Time7 } from '../model/time7';
import { toTicks } from '../model/time7';

const largest20 = 10n ** 20n - 1n;
const decimalId = /^(0|[1-9]\d{0,19})$/;

/** Larger numbers get smaller texts, so that "newest first" is the table's own order. */
const inverted = (n: bigint): string => (largest20 - n).toString().padStart(20, '0');

/**
 * A text as part of a key, one-to-one for every JavaScript string, lone surrogates included: Azure refuses `/ \ # ?` and control
 * characters, and Azurite writes a lone surrogate that nobody can read again.
 */
export const escapeKey = (text: string): string =>
  text.replace(/[^A-Za-z0-9.-]/g, (unit) => `=${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

export const unescapeKey = (key: string): string =>
  key.replace(/=([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Newest (largest) id first; ids that are no plain decimal number sort after all of those. */
export const incidentRowKey = (incidentId: string): string =>
  decimalId.test(incidentId) ? `i_${inverted(BigInt(incidentId))}` : `i_x${escapeKey(incidentId)}`;

export const incidentIdOfRowKey = (rowKey: string): string => {
  const rest = rowKey.slice('i_'.length);
  return rest.startsWith('x') ? unescapeKey(rest.slice(1)) : (largest20 - BigInt(rest)).toString();
};

export const incidentRows = { rowFrom: 'i_', rowBefore: 'i`' } as const;

/** A hash where the id is too long to be part of a key: such an incident can stand nowhere but here. */
export const quarantineRowKey = (incidentId: string): string => {
  const escaped = escapeKey(incidentId);
  return escaped.length <= 400 ? `q_${escaped}` : `q_=${createHash('sha256').update(incidentId).digest('hex')}`;
};

export const quarantineRows = { rowFrom: 'q_', rowBefore: 'q`' } as const;

/** One event of a version for one target: written again under the same key, whatever is tried again. */
export const eventRowKey = (incidentId: string, connectionId: string, version: Time7): string =>
  `o_${escapeKey(incidentId)}_${escapeKey(connectionId)}_${toTicks(version)}`;

/** All events of an incident. */
export const eventRowsOf = (incidentId: string) =>
  ({ rowFrom: `o_${escapeKey(incidentId)}_`, rowBefore: `o_${escapeKey(incidentId)}\`` }) as const;

export const eventRows = { rowFrom: 'o_', rowBefore: 'o`' } as const;

const tenantHash = (tenantId: string): string => createHash('sha256').update(tenantId).digest('hex');

/** `000` to `fff`: spreads tenants over partitions, shards and the minutes of an interval. */
export const tenantPartition = (tenantId: string): string => tenantHash(tenantId).slice(0, 3);

/** `0` to `f`: which of the sixteen feed and due partitions a tenant uses. */
export const tenantNibble = (tenantId: string): string => tenantHash(tenantId).slice(0, 1);

/** Another part of the hash than the partition's, so that the tenants of one shard still spread over the interval. */
export const tenantPhase = (tenantId: string): number => Number.parseInt(tenantHash(tenantId).slice(3, 11), 16);

export const nibbles: readonly string[] = Array.from({ length: 16 }, (_, digit) => digit.toString(16));

/** Newest update first. */
export const feedRowKey = (version: Time7, tenantId: string, incidentId: string): string =>
  `${inverted(toTicks(version))}_${tenantId}_${escapeKey(incidentId)}`;

/** Latest run first; the run id begins with its time (shared/sync/runId.ts). */
export const runRowKey = (runId: string, startedAtMs: number): string => `r_${inverted(BigInt(startedAtMs))}_${runId}`;

/** Runs that began before `ms`. */
export const runRowsBefore = (ms: number) => ({ rowFrom: `r_${inverted(BigInt(ms))}_`, rowBefore: 'r`' }) as const;

/** Jobs that began before `ms`. */
export const jobRowsBefore = (ms: number) =>
  ({ rowFrom: 'j_', rowBefore: `j_${ms.toString().padStart(13, '0')}` }) as const;

/** Hints of incidents that were last updated before `version`, as a key to go on after. */
export const feedRowsBefore = (version: Time7): string => inverted(toTicks(version));

const dueTime = (ms: number): string => ms.toString().padStart(16, '0');

/** Earliest first. */
export const dueRowKey = (dueAtMs: number, tenantId: string): string => `${dueTime(dueAtMs)}_${tenantId}_sync`;

/** Sorts after every row due at or before `nowMs` and before all others, whatever their tenant ids begin with. */
export const dueRowsBefore = (nowMs: number): string => dueTime(nowMs + 1);
