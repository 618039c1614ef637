import { z } from 'zod';

type Node = Readonly<Record<string, unknown>>;

/**
 * Text as a document of Atlassian's: blank lines part paragraphs, and every word is in a text node, so that nothing in it is markup.
 * @see https://developer.atlassian.com/cloud/jira/platform/apis/document/structure
 */
export const toAdf = (text: string): Node => ({
  version: 1,
  type: 'doc',
  content: text
    .split(/\n{2,}/)
    .map(toParagraph)
    .filter(({ content }) => content.length > 0),
});

const toParagraph = (block: string): { readonly type: string; readonly content: readonly Node[] } => ({
  type: 'paragraph',
  content: block
    .split('\n')
    // A text node may not be empty.
    .flatMap((line, at) => [
      ...(at === 0 ? [] : [{ type: 'hardBreak' }]),
      ...(line === '' ? [] : [{ type: 'text', text: line }]),
    ]),
});

const node = z.object({
  type: z.string(),
  text: z.string().optional(),
  content: z.array(z.unknown()).optional(),
  attrs: z.record(z.string(), z.unknown()).optional(),
});

const blocks = new Set(['paragraph', 'heading', 'blockquote', 'codeBlock', 'listItem', 'tableRow', 'panel', 'rule']);
const deepest = 50;

/** The words of a document, or of the plain text older webhooks carry; null where it is neither. */
export const fromAdf = (given: unknown): string | null => {
  if (typeof given === 'string') return given;
  const read = node.safeParse(given);
  return read.success && read.data.type === 'doc' ? wordsOf(given, 0).replace(/\n+$/, '') : null;
};

const wordsOf = (given: unknown, depth: number): string => {
  const read = node.safeParse(given);
  if (!read.success || depth > deepest) return '';
  const { type, text, content = [], attrs = {} } = read.data;
  if (type === 'text') return text ?? '';
  if (type === 'hardBreak') return '\n';
  if (content.length === 0) return shownBy(attrs);
  const words = content.map((each) => wordsOf(each, depth + 1)).join('');
  return blocks.has(type) && !words.endsWith('\n\n') ? `${words}\n\n` : words;
};

/** A mention, an emoji, a card. */
const shownBy = (attrs: Node): string => {
  const shown = attrs.text ?? attrs.shortName ?? attrs.url;
  return typeof shown === 'string' ? shown : '';
};
