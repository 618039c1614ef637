import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { Gap } from '../model/cursor';
import type { JobKind, ReadingJob } from '../model/job';
import type { RunCounts } from '../model/run';
import { noCounts } from '../model/run';
import { beginning, toTime7 } from '../model/time7';
import type { Row, Table } from '../ports';
import { count, present, text } from './columns';

/** A binary property holds 64 KiB. */
const chunkBytes = 64 * 1024;
const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

const keyOf = (runId: string): string => `j_${runId}`;

/** Undefined where the job has ended, or never was. */
export const readJob = async (tenantId: string, table: Table, runId: string): Promise<ReadingJob | undefined> => {
  const found = await table.get(tenantId, keyOf(runId));
  return found && fromRow(found.row);
};

export const deleteJob = async (tenantId: string, table: Table, runId: string): Promise<void> => {
  await table.write({ kind: 'delete', partitionKey: tenantId, rowKey: keyOf(runId) });
};

export const toJobRow = (job: ReadingJob): Row => ({
  partitionKey: job.tenantId,
  rowKey: keyOf(job.runId),
  ...present({
    runId: job.runId,
    kind: job.kind,
    from: job.from,
    to: job.to,
    by: job.by,
    stage: job.stage,
    left: JSON.stringify(job.left),
    unread: JSON.stringify(job.unread),
    baseline: job.baseline === undefined ? undefined : JSON.stringify(job.baseline),
    readAt: job.readAt,
    foundLate: job.foundLate,
    counts: JSON.stringify(job.counts),
    startedAt: job.startedAt,
    progressAt: job.progressAt,
  }),
  ...packedIds(job.listedOpen),
});

const packedIds = (ids: readonly string[]): Readonly<Record<string, Uint8Array>> => {
  if (ids.length === 0) return {};
  const packed = brotliCompressSync(JSON.stringify(ids), options);
  const parts = Math.ceil(packed.byteLength / chunkBytes);
  return Object.fromEntries(
    Array.from({ length: parts }, (_, part) => [
      `ids${part}`,
      packed.subarray(part * chunkBytes, (part + 1) * chunkBytes),
    ]),
  );
};

const idsIn = (row: Row): readonly string[] => {
  const chunks: Uint8Array[] = [];
  for (let chunk = row.ids0; chunk instanceof Uint8Array; chunk = row[`ids${chunks.length}`]) chunks.push(chunk);
  if (chunks.length === 0) return [];
  return JSON.parse(brotliDecompressSync(Buffer.concat(chunks)).toString('utf8')) as string[];
};

const fromRow = (row: Row): ReadingJob => {
  const baseline = text(row, 'baseline');
  return {
    tenantId: row.partitionKey,
    runId: text(row, 'runId') ?? '',
    kind: (text(row, 'kind') ?? 'reconcile') as JobKind,
    from: toTime7(row.from) ?? beginning,
    to: toTime7(row.to) ?? beginning,
    by: (text(row, 'by') ?? 'updated') as ReadingJob['by'],
    stage: count(row, 'stage'),
    left: JSON.parse(text(row, 'left') ?? '[]') as Gap[],
    unread: JSON.parse(text(row, 'unread') ?? '[]') as Gap[],
    baseline: baseline === null ? undefined : (JSON.parse(baseline) as NonNullable<ReadingJob['baseline']>),
    readAt: toTime7(row.readAt),
    listedOpen: idsIn(row),
    foundLate: count(row, 'foundLate'),
    counts: { ...noCounts, ...(JSON.parse(text(row, 'counts') ?? '{}') as Partial<RunCounts>) },
    startedAt: text(row, 'startedAt') ?? '',
    progressAt: text(row, 'progressAt') ?? '',
  };
};
