/** Controls but line feed and tab, what turns the direction of writing, what cannot be seen, and what is no character. */
const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]/g;

/** Text as people may read it anywhere, at most `most` UTF-16 units, never half a character; what is left out shows as `…`. */
export const plainText = (text: string, most: number): string =>
  cutTo(
    text
      .replace(/\r\n?|[\u2028\u2029]/g, '\n')
      .replace(unseen, '')
      .toWellFormed(),
    most,
  );

/** The same in one line. */
export const oneLine = (text: string, most: number): string =>
  cutTo(plainText(text, text.length).replace(/\s+/g, ' ').trim(), most);

const cutTo = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const kept = text.slice(0, most - 1);
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
};
