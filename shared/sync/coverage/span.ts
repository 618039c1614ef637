import type { Span } from '../../model/coverage';
import type { Gap } from '../../model/cursor';
import type { Time7 } from '../../model/time7';
import { justAfter } from '../../model/time7';

export const meets = (a: Span, b: Span): boolean => a.from < b.to && b.from < a.to;

/** The part of `span` that lies in `frame`; undefined where there is none. */
export const clip = (span: Span, frame: Span): Span | undefined => {
  const from = span.from > frame.from ? span.from : frame.from;
  const to = span.to < frame.to ? span.to : frame.to;
  return from < to ? { from, to } : undefined;
};

/** What is left of `spans` where `cuts` are taken out, in the same order. */
export const without = (spans: readonly Span[], cuts: readonly Span[]): readonly Span[] =>
  cuts.reduce<readonly Span[]>((left, cut) => left.flatMap((span) => cutOut(span, cut)), spans);

const cutOut = (span: Span, cut: Span): readonly Span[] => {
  if (!meets(span, cut)) return [span];
  const before = { from: span.from, to: cut.from };
  const after = { from: cut.to, to: span.to };
  return [before, after].filter(({ from, to }) => from < to);
};

/** Both edges of a gap belong to it. */
export const spanOfGap = ({ from, to }: Pick<Gap, 'from' | 'to'>): Span => ({ from, to: justAfter(to) });

/** Whole milliseconds, to one of them. */
export const lengthMs = ({ from, to }: Span): number => msOf(to) - msOf(from);

/** Milliseconds since 1970, the rest of the digits cut off: for lengths and waits, never for comparing two times. */
export const msOf = (time: Time7): number => Date.parse(`${time.slice(0, 23)}Z`);
