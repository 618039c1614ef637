import type { CoverageWindow, Reconciled, Span } from '../../model/coverage';
import type { Time7 } from '../../model/time7';
import { clip, meets, without } from './span';

/** Fewer statements claim less, never more: beyond this the oldest are forgotten. */
const maxReconciled = 20;

/**
 * The window once a deep read covered `span` at server time `at` and found `foundLate` versions in this window that were not stored. The
 * same object where nothing is new, so that a step run twice counts nothing twice.
 */
export const withReconciled = (window: CoverageWindow, span: Span, at: Time7, foundLate: number): CoverageWindow => {
  const part = clip(span, window);
  if (part === undefined) return window;
  const known = window.reconciled.filter((one) => one.at >= at);
  if (without([part], known).length === 0) return window;
  const older = window.reconciled.flatMap((one) => without([one], [part]).map((left) => ({ ...left, at: one.at })));
  return {
    ...window,
    reconciled: joinReconciled([...older, { ...part, at }]),
    foundLate: window.foundLate + foundLate,
  };
};

/** Those that touch or overlap become one, as of the oldest of them. */
export const joinReconciled = (parts: readonly Reconciled[]): readonly Reconciled[] => {
  const joined: Reconciled[] = [];
  for (const part of [...parts].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = joined.at(-1);
    if (last === undefined || part.from > last.to) joined.push(part);
    else joined[joined.length - 1] = join(last, part);
  }
  return joined.slice(-maxReconciled);
};

const join = (a: Reconciled, b: Reconciled): Reconciled => ({
  from: a.from,
  to: a.to > b.to ? a.to : b.to,
  at: a.at < b.at ? a.at : b.at,
});

/** When the whole of `span` was last covered by deep reads; undefined where a part never was. */
export const reconciledAt = (window: CoverageWindow, span: Span): Time7 | undefined => {
  if (without([span], window.reconciled).length > 0) return undefined;
  const times = window.reconciled.filter((one) => meets(one, span)).map(({ at }) => at);
  return times.sort()[0];
};
