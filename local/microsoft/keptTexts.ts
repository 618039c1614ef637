/** Keeps texts already made up to a limit of characters, about; the oldest made go first. */
export interface KeptTexts {
  /** The text kept under `key` if it was made at this `revision`, else a new one. */
  keep(key: string, revision: number, make: () => string): string;
}

export function createKeptTexts(maxCharacters = 24_000_000): KeptTexts {
  const kept = new Map<string, { revision: number; text: string }>();
  let characters = 0;
  return {
    keep: (key, revision, make) => {
      const found = kept.get(key);
      if (found?.revision === revision) return found.text;
      const text = make();
      characters += text.length - (found?.text.length ?? 0);
      kept.delete(key);
      kept.set(key, { revision, text });
      for (const [oldest, entry] of kept) {
        if (characters <= maxCharacters) break;
        kept.delete(oldest);
        characters -= entry.text.length;
      }
      return text;
    },
  };
}
