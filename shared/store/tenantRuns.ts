import type { RunCounts, RunProgress, RunState, TenantRun } from '../model/run';
import { noCounts } from '../model/run';
import { runIdTime } from '../model/runId';
import type { Row, Table } from '../ports';
import { count, present, text } from './columns';
import { runRowKey } from './keys';

const keyOf = (runId: string): string | undefined => {
  const startedAtMs = runIdTime(runId);
  return startedAtMs === undefined ? undefined : runRowKey(runId, startedAtMs);
};

/** A run of this tenant; undefined for an unknown or malformed id. */
export const readTenantRun = async (tenantId: string, table: Table, runId: string): Promise<TenantRun | undefined> => {
  const rowKey = keyOf(runId);
  const found = rowKey === undefined ? undefined : await table.get(tenantId, rowKey);
  return found && fromRow(found.row);
};

export const toTenantRunRow = (run: TenantRun): Row => ({
  partitionKey: run.tenantId,
  rowKey: keyOf(run.runId) ?? '',
  ...present({
    runId: run.runId,
    state: run.state,
    startedAt: run.startedAt,
    seconds: run.seconds,
    counts: JSON.stringify(run.counts),
    code: run.code,
    reason: run.reason,
    progress: run.progress === undefined ? undefined : JSON.stringify(run.progress),
  }),
});

export const writeTenantRun = async (table: Table, run: TenantRun): Promise<void> => {
  await table.write({ kind: 'upsert', row: toTenantRunRow(run) });
};

const fromRow = (row: Row): TenantRun => ({
  runId: text(row, 'runId') ?? '',
  tenantId: row.partitionKey,
  state: (text(row, 'state') ?? 'failed') as RunState,
  startedAt: text(row, 'startedAt') ?? '',
  seconds: count(row, 'seconds'),
  counts: JSON.parse(text(row, 'counts') ?? JSON.stringify(noCounts)) as RunCounts,
  code: text(row, 'code'),
  reason: text(row, 'reason'),
  ...progressIn(row),
});

const progressIn = (row: Row): Pick<TenantRun, 'progress'> => {
  const progress = text(row, 'progress');
  return progress === null ? {} : { progress: JSON.parse(progress) as RunProgress };
};
