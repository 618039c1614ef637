/** One line of the result. */
export interface Goal {
  readonly name: string;
  readonly ours: string;
  readonly other: string;
  /** Smallest, median and largest of the rounds; empty where there is nothing to divide. */
  readonly ratio: string;
  readonly goal: string;
  /** Undefined: shown without a goal. */
  readonly met: boolean | undefined;
}

export interface Pair {
  readonly oursMs: number;
  readonly otherMs: number;
}

/** Ratios are taken pair by pair, because neighbours in time share the machine's mood; shown without a goal. */
export const ratio = (name: string, pairs: readonly Pair[]): Goal => {
  const ratios = ratiosOf(pairs);
  const parts = [Math.min(...ratios), median(ratios), Math.max(...ratios)];
  return {
    name,
    ours: seconds(median(pairs.map(({ oursMs }) => oursMs))),
    other: seconds(median(pairs.map(({ otherMs }) => otherMs))),
    ratio: parts.map((part) => `${part.toFixed(1)}×`).join(' / '),
    goal: '',
    met: undefined,
  };
};

/** A ratio whose median is to be `atLeast` so much. */
export const ratioGoal = (name: string, pairs: readonly Pair[], atLeast: number): Goal => ({
  ...ratio(name, pairs),
  goal: `≥ ${atLeast}×`,
  met: median(ratiosOf(pairs)) >= atLeast,
});

/** What a large case costs beside a small one, pair by pair: their median ratio is to be `atMost` so much; undefined: shown without a goal. */
export const growthGoal = (
  name: string,
  pairs: readonly { readonly large: number; readonly small: number }[],
  shown: (value: number) => string,
  atMost?: number,
): Goal => {
  const ratios = pairs.map(({ large, small }) => large / small);
  const parts = [Math.min(...ratios), median(ratios), Math.max(...ratios)];
  return {
    name,
    ours: shown(median(pairs.map(({ large }) => large))),
    other: shown(median(pairs.map(({ small }) => small))),
    ratio: parts.map((part) => `${part.toFixed(1)}×`).join(' / '),
    goal: atMost === undefined ? '' : `≤ ${atMost}×`,
    met: atMost === undefined ? undefined : median(ratios) <= atMost,
  };
};

const ratiosOf = (pairs: readonly Pair[]): readonly number[] => pairs.map(({ oursMs, otherMs }) => otherMs / oursMs);

export const countGoal = (name: string, count: number, atMost: number): Goal => ({
  name,
  ours: String(count),
  other: '',
  ratio: '',
  goal: `≤ ${atMost}`,
  met: count <= atMost,
});

/** A value that is to be `atMost` so much; undefined: shown without a goal. */
export const atMostGoal = (
  name: string,
  value: number,
  atMost: number | undefined,
  shown: (value: number) => string,
): Goal => ({
  ...{ name, ours: shown(value), other: '', ratio: '' },
  goal: atMost === undefined ? '' : `≤ ${shown(atMost)}`,
  met: atMost === undefined ? undefined : value <= atMost,
});

export const atLeastGoal = (name: string, value: number, atLeast: number, shown: (value: number) => string): Goal => ({
  ...{ name, ours: shown(value), other: '', ratio: '' },
  goal: `≥ ${shown(atLeast)}`,
  met: value >= atLeast,
});

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
};

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 1_000 ? 2 : 1)} s`;

export const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** The goals as a table, a line each. */
export const goalTable = (goals: readonly Goal[]): string => {
  const rows = [
    ['', 'ours', 'against', 'min / median / max', 'goal', ''],
    ...goals.map((goal) => [goal.name, goal.ours, goal.other, goal.ratio, goal.goal, verdict(goal)]),
  ];
  const widths = [0, 1, 2, 3, 4, 5].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
};

const verdict = ({ met }: Goal): string => (met === undefined ? 'shown' : met ? 'met' : 'MISSED');
