/**
 * Control characters besides line end and tab; what turns the direction of writing or cannot be seen, so that a text reads other than it is.
 * The joiners that emoji are made with stay.
 */
const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/g;

/**
 * Text as any tool may take it: well-formed, lines ended by `\n`, without control characters, and at most `max` UTF-16 units long. What is
 * longer ends in `…`. It is still no markup: each tool encodes it.
 */
export const plainText = (text: string, max: number): string =>
  cut(
    text
      .replace(/\r\n?|[\u2028\u2029]/g, '\n')
      .replace(unseen, '')
      .toWellFormed(),
    max,
  );

/** The same in one line, for titles; `fallback` where nothing is left. */
export const oneLine = (text: string, max: number, fallback = ''): string => {
  const line = plainText(text, text.length).replace(/\s+/g, ' ').trim();
  return line === '' ? fallback : cut(line, max);
};

/** A comment that is too long loses the end of its text, never its last line: that is the mark an echo is known by. */
export const plainComment = (text: string, max: number): string => {
  const whole = plainText(text, text.length);
  if (whole.length <= max) return whole;
  const mark = whole.slice(whole.lastIndexOf('\n'));
  return mark.length > 200 || mark.length >= max ? cut(whole, max) : cut(whole, max - mark.length) + mark;
};

const cut = (text: string, max: number): string => {
  if (text.length <= max) return text;
  const kept = text.slice(0, max - 1);
  // Never through the middle of a pair.
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
};
