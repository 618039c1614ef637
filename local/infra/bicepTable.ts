/** What a table in a Bicep file may hold: literals only, no expression. */
export type BicepLiteral =
  string | number | boolean | readonly BicepLiteral[] | { readonly [key: string]: BicepLiteral };

const token = /[\s,]+|\/\/[^\n]*|(?<punctuation>[[\]{}:])|'(?<text>(?:[^'\\]|\\.)*)'|(?<word>[\w.]+)/y;

/**
 * The value of `var <name> = …` in Bicep source, for tables that are written as literals.
 * @throws Error naming the place where the table holds anything else
 */
export function bicepTable(source: string, name: string): BicepLiteral {
  const start = new RegExp(String.raw`^var ${name} = `, 'm').exec(source);
  if (!start) throw new Error(`There is no "var ${name}".`);
  let at = start.index + start[0].length;
  let next: Token | undefined;

  const fail = (): never => {
    const line = source.slice(0, at).split('\n').length;
    throw new Error(`var ${name}, line ${line}: the table must hold literals only.`);
  };
  const read = (): Token => {
    for (;;) {
      token.lastIndex = at;
      const { groups, 0: all } = token.exec(source) ?? fail();
      at += all.length;
      if (groups?.text !== undefined) return { kind: 'text', value: unescaped(groups.text) };
      const value = groups?.punctuation ?? groups?.word;
      if (value !== undefined) return { kind: groups?.word === undefined ? 'punctuation' : 'word', value };
    }
  };
  const peek = (): Token => (next ??= read());
  const take = (): Token => {
    const taken = peek();
    next = undefined;
    return taken;
  };
  const isNext = (value: string): boolean => peek().kind === 'punctuation' && peek().value === value;

  const readValue = (): BicepLiteral => {
    const { kind, value } = take();
    if (kind === 'text') return value.includes('${') ? fail() : value;
    if (kind === 'word') return value === 'true' || value === 'false' ? value === 'true' : wholeNumber(value, fail);
    if (value === '[') return readArray();
    return value === '{' ? readObject() : fail();
  };
  const readArray = (): BicepLiteral[] => {
    const items: BicepLiteral[] = [];
    while (!isNext(']')) items.push(readValue());
    take();
    return items;
  };
  const readObject = (): Record<string, BicepLiteral> => {
    const entries: [string, BicepLiteral][] = [];
    while (!isNext('}')) {
      const key = take();
      if (key.kind === 'punctuation' || take().value !== ':') fail();
      entries.push([key.value, readValue()]);
    }
    take();
    return Object.fromEntries(entries);
  };
  return readValue();
}

interface Token {
  readonly kind: 'punctuation' | 'text' | 'word';
  readonly value: string;
}

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1');

function wholeNumber(word: string, fail: () => never): number {
  return /^-?\d+$/.test(word) ? Number(word) : fail();
}
