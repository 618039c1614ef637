import { createHash } from 'node:crypto';
import { escapeHtml, page } from '../../../shared/http/page';

const everywhere = '<img src=x onerror="alert(1)">&\'';

test('text is shown as text, wherever it stands', () => {
  const { html = '' } = page(200, {
    tone: 'done',
    title: everywhere,
    lead: everywhere,
    facts: [[everywhere, everywhere]],
    sections: [
      { title: everywhere, lines: [everywhere] },
      { title: everywhere, lines: [everywhere, everywhere] },
    ],
    note: everywhere,
  });
  expect(html).not.toContain('<img');
  expect(html.split(escapeHtml(everywhere))).toHaveLength(12);
});

test('the policy allows the very style that the page carries, and nothing more', () => {
  const { html = '', headers = {} } = page(200, { tone: 'waiting', title: 'a', lead: 'b' });
  const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
  const digest = createHash('sha256').update(style).digest('base64');
  expect(headers['content-security-policy']).toContain(`style-src 'sha256-${digest}'`);
  expect(html).not.toContain(' style=');
});
