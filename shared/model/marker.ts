const marker = /\[xdr-relay:([pi][0-9a-f]{16})\]/g;

/** The write ids of all comments of ours in a text: by them an echo is known, and what was written already. */
export const writeIdsIn = (text: string): readonly string[] => [...text.matchAll(marker)].map(([, id = '']) => id);

/** The text without any marker. */
export const withoutMarkers = (text: string): string => text.replace(marker, '').trim();

/** The text with its marker as last line. */
export const marked = (text: string, writeId: string): string => `${text}\n[xdr-relay:${writeId}]`;
