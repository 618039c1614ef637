import { stripVTControlCharacters } from 'node:util';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const wide =
  /\p{Emoji_Presentation}|\u{fe0f}|[\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{20000}-\u{3fffd}]/u;
const unseen = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/** Text from outside made safe for a terminal: one line, without escape sequences and marks that turn the writing direction. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/[\p{Cc}\u{2028}\u{2029}]+/gu, ' ')
    .replace(/[\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu, '');

/** Columns a terminal gives to the text. */
export const widthOf = (text: string): number =>
  [...graphemes.segment(stripVTControlCharacters(text))].reduce((sum, { segment }) => sum + cellsOf(segment), 0);

/** At most `width` columns; what is cut off shows as …. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += cellsOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
};

/** Exactly `width` columns. */
export const cell = (text: string, width: number): string => {
  const fitting = cut(text, width);
  return fitting + ' '.repeat(Math.max(0, width - widthOf(fitting)));
};

/** Exactly `width` columns, the text at the right. */
export const cellRight = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - widthOf(text))) + cut(text, width);

/** Lines of at most `width` columns, broken between words. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
};

const cellsOf = (grapheme: string): number => {
  if (unseen.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
};
