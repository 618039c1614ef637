import type { Row, Table } from '../ports';
import { count, present, text } from './columns';

/** What the last sweep did, for health to tell. */
export interface SweepMark {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Tenants, runs and orchestrations that were overdue and were started again. */
  readonly restarted: number;
  /** The partition of the registry at which the next sweep goes on; undefined: from the start. */
  readonly next?: string;
}

const at = { partitionKey: 'sweep', rowKey: 'last' } as const;

/** One row, replaced each time; two sweeps at once leave the later. */
export const writeSweepMark = async (runs: Table, mark: SweepMark): Promise<void> => {
  const row: Row = { ...at, sweptAt: mark.at, restarted: mark.restarted, ...present({ next: mark.next }) };
  await runs.write({ kind: 'upsert', row });
};

/** Undefined before the first sweep. */
export const readSweepMark = async (runs: Table): Promise<SweepMark | undefined> => {
  const found = await runs.get(at.partitionKey, at.rowKey);
  if (found === undefined) return undefined;
  const next = text(found.row, 'next');
  const mark = { at: text(found.row, 'sweptAt') ?? '', restarted: count(found.row, 'restarted') };
  return next === null ? mark : { ...mark, next };
};
