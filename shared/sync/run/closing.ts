import type { Access } from '../../model/access';
import type { CoverageWindow } from '../../model/coverage';
import type { Gap } from '../../model/cursor';
import type { TenantRun } from '../../model/run';
import type { Tenant } from '../../model/tenant';
import type { TenantState } from '../../model/tenantState';
import type { Time7 } from '../../model/time7';
import { toCoverageRow } from '../../store/coverage';
import { toUsageRow } from '../../store/usage';
import { advanceCoverage } from '../coverage/advanceCoverage';
import { gapRepaired } from '../coverage/gapRepaired';
import { heldUpBy } from '../coverage/standstill';
import { toleratedDelayMs } from '../coverage/toleratedDelay';
import type { Closing } from '../storing/passWriter';
import { rhythmAfter } from './rhythm';
import { turnMonth } from './turnMonth';

export interface ClosingFacts {
  readonly tenant: Tenant;
  readonly intervalSeconds: number;
  /** Before the run. */
  readonly access: Access;
  readonly before: TenantState;
  readonly run: TenantRun;
  /** As the last batch will leave it, but for what is said here. */
  readonly state: TenantState;
  /** By the storage's clock. */
  readonly now: Time7;
}

/** What a run leaves in the tenant's row at its end, and the rows of ledger and usage that ride along. */
export const closingOf = (facts: ClosingFacts): Closing => {
  const { tenant, before, run, state, now } = facts;
  const ended = new Date(Date.parse(run.startedAt) + run.seconds * 1000).toISOString();
  const brought = run.counts.new + run.counts.changed > 0;
  const { open, closed } = coverageAfter(facts);
  const { month, closed: lastMonth } = turnMonth(before.month, before.totals, now);
  return {
    changes: {
      ...(run.state === 'succeeded' ? { lastSuccess: ended } : {}),
      ...(run.state !== 'failed' && brought ? { lastNonEmpty: ended } : {}),
      rhythm: brought ? rhythmAfter(before.rhythm, state.cursor.readThrough ?? now) : before.rhythm,
      window: open,
      month,
    },
    rows: [
      ...closed.map((window) => toCoverageRow(tenant.tenantId, window)),
      ...(lastMonth === undefined ? [] : [toUsageRow(tenant.tenantId, lastMonth)]),
    ],
  };
};

const coverageAfter = ({ tenant, intervalSeconds, access, before, run, state }: ClosingFacts) => {
  const { readThrough } = state.cursor;
  const { open, closed } = advanceCoverage(before.window, {
    from: before.cursor.readThrough,
    to: readThrough,
    counts: run.counts,
    toleratedMs: toleratedDelayMs(tenant.intervalSeconds ?? intervalSeconds),
    heldUpBy: heldUpBy({ state: before, access }),
  });
  const repaired = before.cursor.gaps.filter((gap) => !state.cursor.gaps.some((left) => overlap(gap, left)));
  const grown = repaired.reduce<CoverageWindow>((window, gap) => gapRepaired(window, gap, readThrough ?? gap.to), open);
  return { open: grown, closed };
};

const overlap = (a: Gap, b: Gap): boolean => a.from <= b.to && b.from <= a.to;
