import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectionFromBody } from '../../../../shared/http/connections/connectionFromBody';
import { connectionBody } from '../../../../shared/http/connections/connectionRequest';
import { tools } from '../../../../shared/ticketing/registry';

const folder = 'docs/connectors';
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const bodies = ['docs/connectors.md', ...pages.map((name) => join(folder, name))].flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/```json\n([\s\S]*?)```/g)]
    .map(([, text = '']) => text)
    .filter((text) => /^\s*"tool":/m.test(text))
    .map((text, at): [string, string] => [`${page}, the ${at + 1}. connection`, text]),
);

test.each(bodies)('%s is one the API takes', (_, text) => {
  const body = connectionBody.parse(JSON.parse(text));
  const place = { scope: '11111111-1111-4111-8111-111111111111', connectionId: 'page', before: undefined };
  const context = {
    config: { allowPrivateTargets: false },
    tools,
    now: '2026-11-20T08:00:00.000Z',
    newHookId: () => '0'.repeat(32),
  };
  expect(connectionFromBody(place, body, context).tool).toBe(body.tool);
});

test('every tool has its page, and the common page leads to it', () => {
  const common = readFileSync('docs/connectors.md', 'utf8');
  for (const tool of Object.keys(tools)) {
    expect(pages).toContain(`${tool}.md`);
    expect(common).toContain(`(connectors/${tool}.md)`);
  }
  expect(bodies.length).toBeGreaterThan(Object.keys(tools).length);
});
