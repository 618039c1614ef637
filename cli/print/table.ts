import { cell, cellRight, oneLine, widthOf } from '../../shared/terminal/cells';
import type { Palette } from '../../shared/terminal/terminal';

export interface Column<Row> {
  readonly head: string;
  readonly text: (row: Row) => string | number | null | undefined;
  readonly align?: 'right';
  /** May be cut down to so many columns where the table is too wide; left out: never. */
  readonly least?: number;
  readonly paint?: (row: Row, palette: Palette) => (text: string) => string;
}

export interface Look {
  readonly width: number;
  readonly palette: Palette;
}

const gap = '  ';

/** Rows under their heads, every text from outside on one line and without escape sequences. */
export const table = <Row>(rows: readonly Row[], columns: readonly Column<Row>[], look: Look): string[] => {
  const texts = rows.map((row) => columns.map(({ text }) => shown(text(row))));
  const widths = fit(
    columns.map(({ head, least }, at) => ({
      wanted: Math.max(widthOf(head), ...texts.map((line) => widthOf(line[at] ?? ''))),
      least,
    })),
    look.width,
  );
  const lineOf = (cells: readonly string[], paint: (text: string, at: number) => string): string =>
    cells
      .map((text, at) => {
        const width = widths[at] ?? 0;
        const isLast = at === cells.length - 1;
        const { align } = columns[at] ?? {};
        const padded = align === 'right' ? cellRight(text, width) : cell(text, width);
        return paint(isLast && align === undefined ? padded.trimEnd() : padded, at);
      })
      .join(gap)
      .trimEnd();
  const head = lineOf(
    columns.map((column) => column.head),
    (text) => text,
  );
  return [
    look.palette.dim(head),
    ...rows.map((row, at) =>
      lineOf(texts[at] ?? [], (text, column) => columns[column]?.paint?.(row, look.palette)(text) ?? text),
    ),
  ];
};

/** Names and values, one a line. Values that are not there are left out. */
export const facts = (
  pairs: readonly (readonly [string, string | number | null | undefined])[],
  { palette }: Pick<Look, 'palette'>,
): string[] => {
  const there = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(0, ...there.map(([name]) => widthOf(name)));
  return there.map(([name, value]) => `${palette.dim(cell(name, width))}${gap}${shown(value)}`);
};

const shown = (value: string | number | null | undefined): string =>
  value === null || value === undefined
    ? '-'
    : oneLine(typeof value === 'number' ? value.toLocaleString('en-US') : value);

interface Wish {
  readonly wanted: number;
  readonly least: number | undefined;
}

/** What is too much is taken from the widest column that may be cut, again and again. */
const fit = (wishes: readonly Wish[], width: number): number[] => {
  const widths = wishes.map(({ wanted }) => wanted);
  const gaps = gap.length * Math.max(0, wishes.length - 1);
  for (let over = widths.reduce((sum, each) => sum + each, gaps) - width; over > 0; over -= 1) {
    const at = widestOf(widths, wishes);
    if (at === undefined) break;
    widths[at] = (widths[at] ?? 0) - 1;
  }
  return widths;
};

const widestOf = (widths: readonly number[], wishes: readonly Wish[]): number | undefined => {
  let widest: number | undefined;
  for (const [at, { least }] of wishes.entries()) {
    const width = widths[at] ?? 0;
    if (least === undefined || width <= least) continue;
    if (widest === undefined || width > (widths[widest] ?? 0)) widest = at;
  }
  return widest;
};
