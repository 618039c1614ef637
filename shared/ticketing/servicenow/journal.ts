import type { OutgoingComment } from '../../model/ticket';
import { plainComment, plainText } from '../../model/plainText';

/** Far above what people write; the whole journal write stays under it. */
const maxJournal = 30_000;

/** Journals show what stands between `[code]` and `[/code]` as HTML; a character that is not seen makes both tags plain words. */
const withoutCode = (text: string): string => text.replace(/\[(?=\s*\/?\s*code\b)/gi, '[\u200c');

/** For any field a text is shown in. */
export const shownText = (text: string, max: number): string => plainText(withoutCode(plainText(text, max)), max);

/** Comments that share one journal, as one entry, because a call writes one; each keeps its marker as the last line. */
export const journalEntry = (comments: readonly OutgoingComment[]): string | undefined => {
  if (comments.length === 0) return undefined;
  const share = Math.floor(maxJournal / comments.length) - 2;
  return comments.map(({ text }) => plainComment(withoutCode(plainText(text, text.length)), share)).join('\n\n');
};
