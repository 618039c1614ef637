import type { Access } from '../../model/access';
import type { CoverageWindow, Repair, Span } from '../../model/coverage';
import type { BlockedPeriod, CoverageReport, ShownGap, ShownWindow, WindowState } from '../../model/coverageReport';
import type { QuarantineEntry } from '../../model/quarantine';
import type { TenantState } from '../../model/tenantState';
import { beginning, minusMinutes } from '../../model/time7';
import type { Ledger } from '../../store/coverage';
import { isPlanned } from '../position/gaps';
import { judgeCoverage, oldestShownAt } from './judgeCoverage';
import { reconciledAt } from './reconciled';
import { clip, meets, spanOfGap } from './span';
import { blockedWord, standstillOf } from './standstill';

export interface CoverageFacts {
  readonly asked: Span;
  /** Whether the tenant is to be read at all. */
  readonly enabled: boolean;
  readonly state: Pick<TenantState, 'cursor' | 'window' | 'lastRun' | 'stored'>;
  readonly ledger: Ledger;
  /** Told by closed windows after the range. */
  readonly laterRepairs: readonly Repair[];
  readonly access: Access;
  readonly quarantined: readonly QuarantineEntry[];
  readonly nowMs: number;
  readonly overlapMinutes: number;
  /** @see toleratedDelayMs */
  readonly toleratedMs: number;
}

/** What the ledger, the cursor and the rest know of a range of Defender's time. Claims nothing that was not read through. */
export const coverageOf = (facts: CoverageFacts): CoverageReport => {
  const { asked, state } = facts;
  const windows = knownWindows(facts);
  const gaps = shownGaps(facts, windows);
  const quarantined = facts.quarantined.filter((entry) => mayLieIn(entry, asked));
  const { answer, because } = judgeCoverage({ ...facts, windows, gaps, quarantined });
  const sum = (count: (window: CoverageWindow) => number): number =>
    windows.reduce((total, window) => total + count(window), 0);
  return {
    answer,
    because,
    windows: [...windows.map((window) => shownWindow(window, facts)), ...plannedWindow(facts)],
    gaps,
    blockedPeriods: blockedPeriods(facts, windows),
    quarantined,
    foundLate: sum(({ foundLate }) => foundLate),
    incidents: {
      listed: sum(({ listed }) => listed),
      new: sum((window) => window.new),
      changed: sum(({ changed }) => changed),
      stored: state.stored,
    },
    deliveries: null,
  };
};

/**
 * The ledger's windows on the range, the open one last. A ledger that reaches past `readThrough` tells of a cursor that was lost, and of
 * gaps lost with it: what lies behind `readThrough` is not claimed until it is read again.
 */
const knownWindows = ({ asked, state, ledger }: CoverageFacts): readonly CoverageWindow[] => {
  const { readThrough } = state.cursor;
  if (readThrough === undefined) return [];
  const all = state.window === undefined ? ledger.windows : [...ledger.windows, state.window];
  const claimed = all.map((window) => (window.to > readThrough ? { ...window, to: readThrough } : window));
  return claimed.filter((window) => window.from < window.to && meets(window, asked));
};

const shownWindow = (window: CoverageWindow, facts: CoverageFacts): ShownWindow => {
  const reasons = [...new Set(window.heldUp.map(({ reason }) => reason))];
  const at = reconciledAt(window, withoutLongAgo(window));
  return {
    from: window.from,
    to: window.to,
    state: stateOf(window, facts, at !== undefined),
    heldUpBy: reasons.length === 0 ? null : reasons.join('; '),
    passes: window.passes,
    calls: window.calls,
    listed: window.listed,
    new: window.new,
    changed: window.changed,
    reconciledAt: at ?? null,
    foundLate: window.foundLate,
  };
};

const stateOf = (window: Span, { state, overlapMinutes }: CoverageFacts, isReconciled: boolean): WindowState => {
  const { readThrough, gaps } = state.cursor;
  if (readThrough === undefined || gaps.some((gap) => meets(window, spanOfGap(gap)))) return 'planned';
  if (isReconciled) return 'reconciled';
  return window.to <= minusMinutes(readThrough, overlapMinutes) ? 'settled' : 'read';
};

/** A deep read of more finds no more. */
const withoutLongAgo = (window: CoverageWindow): Span =>
  window.from === beginning ? { from: oldestShownAt(window.to), to: window.to } : window;

/** What lies behind `readThrough`. */
const unreadSpan = ({ asked, state }: CoverageFacts): Span | undefined =>
  clip(asked, { from: state.cursor.readThrough ?? asked.from, to: asked.to });

const plannedWindow = (facts: CoverageFacts): readonly ShownWindow[] => {
  const span = unreadSpan(facts);
  if (span === undefined) return [];
  const nothing = { passes: 0, calls: 0, listed: 0, new: 0, changed: 0, reconciledAt: null, foundLate: 0 };
  return [{ ...span, state: 'planned', heldUpBy: standstillOf(facts) ?? null, ...nothing }];
};

const shownGaps = (facts: CoverageFacts, windows: readonly CoverageWindow[]): readonly ShownGap[] => {
  const { asked, state } = facts;
  const none = { attempts: null, nextTry: null, repairedAt: null, counts: null };
  const held = windows.flatMap(({ heldUp }) => heldUp).filter((stretch) => meets(stretch, asked));
  const isOpenShown = windows.some(({ from }) => from === state.window?.from);
  const told = isOpenShown || state.window === undefined ? windows : [...windows, state.window];
  const repairs = [...told.flatMap((window) => window.repairs), ...facts.laterRepairs];
  const unread = unreadSpan(facts);
  const standstill = standstillOf(facts);
  const gaps: readonly ShownGap[] = [
    ...held.map(({ from, to, reason, listed, new: added, changed }): ShownGap => {
      const counts = { listed, new: added, changed };
      // A pass may have put off a dense part of it as a backlog.
      const isWhole = !state.cursor.gaps.some((gap) => meets(spanOfGap(gap), { from, to }));
      if (!isWhole) return { from, to, state: 'planned', reason, ...none, counts };
      return { from, to, state: 'repaired', reason, ...none, repairedAt: to, counts };
    }),
    ...repairs
      .filter((repair) => meets(spanOfGap(repair), asked))
      .map(({ from, to, reason, attempts, repairedAt }): ShownGap => {
        return { from, to, state: 'repaired', reason, ...none, attempts, repairedAt };
      }),
    ...state.cursor.gaps
      .filter((gap) => meets(spanOfGap(gap), asked))
      .map((gap): ShownGap => {
        const { from, to, reason, attempts, nextTry } = gap;
        return { from, to, state: isPlanned(gap) ? 'planned' : 'open', reason, ...none, attempts, nextTry };
      }),
    ...(unread === undefined || standstill === undefined
      ? []
      : [{ ...unread, state: 'open' as const, reason: standstill, ...none }]),
  ];
  return [...gaps].sort((a, b) => (a.from < b.from ? -1 : 1));
};

/** One whose version cannot be read may lie anywhere up to when it was met. */
const mayLieIn = ({ version, since }: QuarantineEntry, { from, to }: Span): boolean =>
  version === undefined ? since === '' || since >= from.slice(0, 19) : version >= from && version < to;

const blockedPeriods = (
  { asked, state, access }: CoverageFacts,
  windows: readonly CoverageWindow[],
): readonly BlockedPeriod[] => {
  const past = windows
    .flatMap(({ heldUp }) => heldUp)
    .filter((stretch) => stretch.reason.startsWith(blockedWord) && meets(stretch, asked))
    .map(({ from, to, reason }) => ({ from, to, reason: reason.slice(blockedWord.length), cure: null, link: null }));
  const from = state.cursor.readThrough ?? asked.from;
  if (access.state !== 'blocked' || from >= asked.to) return past;
  return [...past, { from, to: null, reason: access.reason ?? 'unknown', cure: access.cure, link: access.link }];
};
