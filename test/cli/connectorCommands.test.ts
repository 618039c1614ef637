import { readdirSync, readFileSync } from 'node:fs';
import { createProgram } from '../../cli/program';
import { leaves } from './reference';

const program = createProgram('0.0.0');
const pages = ['docs/connectors.md', ...readdirSync('docs/connectors').map((name) => `docs/connectors/${name}`)];
const commands = pages
  .filter((page) => page.endsWith('.md'))
  .flatMap((page) =>
    [
      ...readFileSync(page, 'utf8')
        .replaceAll('\\\n', ' ')
        .matchAll(/^ *(xdr-relay .+)$|`(xdr-relay [^`]+)`/gm),
    ].map(([, alone, inside]): [string, string] => [page, (alone ?? inside ?? '').replace(/ +/g, ' ')]),
  );

test.each(commands)('%s: %s is a command as it stands', (_, line) => {
  const words = line
    .replaceAll(/<[^<>]+>/g, 'x')
    .replace(/[|<)].*$/, '')
    .trim()
    .split(' ')
    .slice(1);
  const named = leaves(program).filter((leaf) => pathOf(leaf).every((name, at) => words[at] === name));
  expect(named).toHaveLength(1);
  const known = ['--json', '--demo', '--profile', ...named[0]!.options.flatMap(({ long }) => [long])];
  expect(words.filter((word) => word.startsWith('--') && !known.includes(word))).toEqual([]);
});

test('the page shows how it is done', () => {
  expect(commands.length).toBeGreaterThan(10);
});

const pathOf = (command: ReturnType<typeof leaves>[number]): string[] =>
  command.parent === null ? [] : [...pathOf(command.parent), command.name()];
