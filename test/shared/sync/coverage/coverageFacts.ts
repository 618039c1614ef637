import type { Access } from '../../../../shared/model/access';
import type { CoverageWindow } from '../../../../shared/model/coverage';
import { emptyWindow } from '../../../../shared/model/coverage';
import type { CoverageReport } from '../../../../shared/model/coverageReport';
import type { Gap } from '../../../../shared/model/cursor';
import { emptyCursor } from '../../../../shared/model/cursor';
import type { QuarantineEntry } from '../../../../shared/model/quarantine';
import type { TenantRun } from '../../../../shared/model/run';
import { noCounts } from '../../../../shared/model/run';
import type { Time7 } from '../../../../shared/model/time7';
import { mustBeTime7 } from '../../../../shared/model/time7';
import { coverageOf } from '../../../../shared/sync/coverage/coverageOf';

/** `11-20 08:00` of 2026, with seconds and fraction where given. */
export const time = (text: string): Time7 =>
  mustBeTime7(`2026-${text.replace(' ', 'T')}${text.length === 11 ? ':00' : ''}Z`, 'time');

export const windowOf = (from: Time7, to: Time7, change: Partial<CoverageWindow> = {}): CoverageWindow => ({
  ...emptyWindow(from),
  to,
  passes: 1,
  calls: 1,
  ...change,
});

export const granted: Access = {
  state: 'granted',
  reason: null,
  code: null,
  raw: null,
  cure: null,
  link: null,
  since: '2026-11-01T00:00:00Z',
  blockedUntil: null,
};

export const blocked: Access = { ...granted, state: 'blocked', reason: 'consentMissing', cure: 'Open the link.' };

export const lastRun = (state: TenantRun['state'], code: string | null = null): TenantRun => ({
  runId: '1795161600000-abcdefgh',
  tenantId: 'a',
  state,
  startedAt: '2026-11-20T08:00:00Z',
  seconds: 1,
  counts: noCounts,
  code,
  reason: null,
});

export interface Asked {
  readonly asked: readonly [Time7, Time7];
  readonly windows?: readonly CoverageWindow[];
  readonly open?: CoverageWindow;
  readonly readThrough?: Time7 | undefined;
  readonly gaps?: readonly Gap[];
  readonly quarantined?: readonly QuarantineEntry[];
  readonly access?: Access;
  readonly enabled?: boolean;
  readonly run?: TenantRun;
  readonly now?: Time7;
  readonly whole?: boolean;
}

/** The report on a range where nothing but what is said is special. */
export const reportOn = (given: Asked): CoverageReport => {
  const { readThrough, open, gaps = [], windows = [] } = given;
  return coverageOf({
    asked: { from: given.asked[0], to: given.asked[1] },
    enabled: given.enabled ?? true,
    state: { cursor: { ...emptyCursor, readThrough, gaps }, window: open, lastRun: given.run, stored: 7 },
    ledger: { windows, whole: given.whole ?? true },
    laterRepairs: [],
    access: given.access ?? granted,
    quarantined: given.quarantined ?? [],
    nowMs: Date.parse(given.now ?? readThrough ?? given.asked[1]),
    overlapMinutes: 60,
    toleratedMs: 20 * 60_000,
  });
};
