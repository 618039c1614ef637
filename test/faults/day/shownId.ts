/** An id that no key takes as it is; each number has its own, and it can be read back. */
export const shownId = (incidentId: string): string => `inc/${incidentId}#?%é ${incidentId.slice(-1)}\\X`;

export const hiddenId = (shown: string): string => /^inc\/(\d+)#/.exec(shown)?.[1] ?? shown;

/** An incident's id out of its row key: decimal numbers stand inverted, others with `=` and four hex digits a unit. */
export const idOfRowKey = (rowKey: string): string => {
  const rest = rowKey.slice(2);
  const known = ids.get(rowKey);
  if (known !== undefined) return known;
  const id = rest.startsWith('x') ? unescaped(rest.slice(1)) : (10n ** 20n - 1n - BigInt(rest)).toString();
  ids.set(rowKey, id);
  return id;
};

export const unescaped = (text: string): string =>
  text.replace(/=([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const ids = new Map<string, string>();
