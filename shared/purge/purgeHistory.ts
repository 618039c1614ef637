import type { Clock, Log, Orchestrations, Table } from '../ports';
import { count } from '../store/columns';
import { cutoffMs } from './keep';

export interface PurgeHistoryDeps {
  readonly orchestrations: Pick<Orchestrations, 'forget'>;
  readonly runs: Table;
  readonly clock: Clock;
  readonly log: Log;
}

const keptDays = 7;
/** The first purge ever looks no further back. */
const oldestDays = 60;
const hourMs = 60 * 60_000;
/** Slices of an hour, so that none times out; a day is 24, the rest makes up for days that were missed. */
const maxSlices = 200;
const at = { partitionKey: 'purge', rowKey: 'history' } as const;

/** Forgets orchestrations that ended, a week after they began; where it stops the next day goes on. @returns how many */
export const purgeHistory = async ({ orchestrations, runs, clock, log }: PurgeHistoryDeps): Promise<number> => {
  const nowMs = clock.now();
  const before = cutoffMs(keptDays, nowMs);
  const mark = await runs.get(at.partitionKey, at.rowKey);
  let through = Math.max(mark === undefined ? 0 : count(mark.row, 'throughMs'), cutoffMs(oldestDays, nowMs));
  let forgotten = 0;
  for (let slice = 0; slice < maxSlices && through < before; slice += 1) {
    const to = Math.min(through + hourMs, before);
    forgotten += await orchestrations.forget(through, to);
    through = to;
    await runs.write({ kind: 'upsert', row: { ...at, throughMs: through } });
  }
  log.info('history purged', { forgotten, through: new Date(through).toISOString() });
  return forgotten;
};
