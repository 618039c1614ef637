import { oneLine, plainText } from '../../model/plainText';

/** What the agent's page takes; the API's own limit is not documented. */
const maxSubject = 150;
/** Zendesk keeps 65,535 characters of a comment, tags and entities included. */
export const maxHtml = 60_000;

/**
 * Zendesk fills in Liquid in what agents write, so `{{ticket.requester.email}}` in an incident would be looked up: something that is not seen
 * keeps the braces apart. @see https://support.zendesk.com/hc/en-us/articles/203662146 (Liquid in comments)
 */
export const withoutLiquid = (text: string): string => text.replace(/\{(?=[{%])/g, '{\u200b');

export const toSubject = (title: string): string => {
  const line = oneLine(title, maxSubject, 'Incident');
  const added = withoutLiquid(line).length - line.length;
  return withoutLiquid(oneLine(line, maxSubject - added, 'Incident'));
};

/** Plain text as HTML that shows just it: nothing in it is markup, no line is lost, and its last line stays however much is cut. */
export const toHtml = (text: string, most = maxHtml): string => {
  const plain = withoutLiquid(plainText(text, text.length));
  const whole = encode(plain);
  if (whole.length <= most) return whole;
  const lastLine = encode(startOf(plain.slice(plain.lastIndexOf('\n') + 1), 200));
  return `${encode(startOf(plain, most - lastLine.length - 10))}…<br>${lastLine}`;
};

/** As much of it as makes `most` characters of HTML; never half a character. */
const startOf = (plain: string, most: number): string => {
  let length = 0;
  let end = 0;
  for (const character of plain) {
    length += encode(character).length;
    if (length > most) break;
    end += character.length;
  }
  return plain.slice(0, end);
};

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\n': '<br>',
  '\t': '&nbsp; ',
};

const encode = (text: string): string => text.replace(/[&<>"'\n\t]/g, (character) => entities[character] ?? '');

/** A tag: Zendesk takes no spaces and few signs, and keeps lower case. */
export const toTag = (text: string): string =>
  oneLine(text, 60, '_')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_/-]+/gu, '_');
