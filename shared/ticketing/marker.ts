const marker = /\[xdr-relay:([pi][0-9a-f]{16})\]/g;

/** The write ids of all comments of ours in a text: by them an echo is known, and what was written already. */
export const writeIdsIn = (text: string): readonly string[] => [...text.matchAll(marker)].map(([, id = '']) => id);
