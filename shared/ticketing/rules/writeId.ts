import { shortHash } from './shortHash';

/** Who may see where a comment comes from: `i`, an internal note of one tool, never leaves Defender for another; `p` may. */
export type Origin = 'p' | 'i';

const tagDigits = 6;

/** Which link wrote a comment and in which direction: the first digits of its write ids. */
export const tagOf = (direction: 'toTicket' | 'toDefender', targetId: string): string =>
  shortHash(tagDigits, direction, targetId);

/** The same for the same text, so that a repeated write is known as such. */
export const writeIdOf = (origin: Origin, tag: string, text: string): string =>
  `${origin}${tag}${shortHash(16 - tagDigits, text)}`;

export const isTagged = (writeId: string, tag: string): boolean => writeId.slice(1, 1 + tagDigits) === tag;

export const isInternal = (writeId: string): boolean => writeId.startsWith('i');
