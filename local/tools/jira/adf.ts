import { isObject } from '../body';

/** Nodes a document may hold, each with those it may be in; marks and anything else are refused. */
const children: Readonly<Record<string, readonly string[]>> = {
  doc: ['paragraph'],
  paragraph: ['text', 'hardBreak'],
};

const maxCharacters = 32_767;

/** What is wrong with a document; undefined: nothing. Only plain text passes, so a test sees at once what a caller made markup of. */
export function faultOfAdf(value: unknown): string | undefined {
  if (!isObject(value) || value.type !== 'doc' || value.version !== 1)
    return 'Operation value must be an Atlassian Document';
  const fault = faultIn(value);
  if (fault !== undefined) return fault;
  return textOfAdf(value).length > maxCharacters ? 'The entered text is too long.' : undefined;
}

function faultIn(node: Readonly<Record<string, unknown>>): string | undefined {
  if (node.type === 'text') {
    const isText = typeof node.text === 'string' && node.text !== '' && node.text.isWellFormed();
    return isText && Object.keys(node).length === 2 ? undefined : 'INVALID_INPUT: text';
  }
  if (node.type === 'hardBreak') return Object.keys(node).length === 1 ? undefined : 'INVALID_INPUT: hardBreak';
  const allowed = typeof node.type === 'string' ? children[node.type] : undefined;
  if (allowed === undefined || !Array.isArray(node.content)) return 'INVALID_INPUT: content';
  for (const child of node.content as unknown[]) {
    if (!isObject(child) || typeof child.type !== 'string' || !allowed.includes(child.type))
      return 'INVALID_INPUT: node';
    const fault = faultIn(child);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** As people read it. */
export function textOfAdf(value: unknown): string {
  if (!isObject(value)) return '';
  if (value.type === 'text') return typeof value.text === 'string' ? value.text : '';
  if (value.type === 'hardBreak') return '\n';
  const parts = Array.isArray(value.content) ? (value.content as unknown[]).map(textOfAdf) : [];
  return parts.join(value.type === 'doc' ? '\n\n' : '');
}

/** One paragraph, as people write who end lines with shift and enter. */
export const adfOf = (text: string): object => {
  const nodes = text
    .split('\n')
    .flatMap((line) => [{ type: 'hardBreak' }, ...(line === '' ? [] : [{ type: 'text', text: line }])]);
  return { version: 1, type: 'doc', content: [{ type: 'paragraph', content: nodes.slice(1) }] };
};
