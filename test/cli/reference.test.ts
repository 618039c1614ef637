import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { examplesOf } from '../../cli/commands/command';
import { createProgram } from '../../cli/program';
import { leaves, referenceOf } from './reference';

const page = 'docs/cli.md';
const begin =
  '<!-- made from --help by XDR_RELAY_WRITE_DOCS=1 npx jest test/cli/reference -->\n<!-- prettier-ignore-start -->\n';
const end = '\n<!-- prettier-ignore-end -->';

const program = createProgram('0.0.0');
const all = (command: Command): Command[] =>
  [command, ...command.commands.flatMap(all)].filter((each) => each.name() !== 'help');

test('docs/cli.md says what --help says', () => {
  const text = readFileSync(page, 'utf8');
  const [head, rest] = text.split(begin);
  const tail = rest?.slice(rest.indexOf(end));
  const wanted = `${head}${begin}\n${referenceOf(program)}\n${tail}`;
  if (process.env.XDR_RELAY_WRITE_DOCS === '1') writeFileSync(page, wanted);
  else expect(text).toBe(wanted);
});

test.each(all(program).map((command) => [command.name(), command] as const))(
  '%s has a summary, a description and examples that parse as commands there are',
  (_, command) => {
    expect(command.description()).toMatch(/\.$/);
    if (command !== program) expect(command.summary()).not.toBe('');
    const lines = examplesOf(command);
    expect(lines.length).toBeGreaterThan(0);
    for (const [line] of lines) {
      const words = wordsOf(line);
      const named = leaves(program).filter((leaf) =>
        isNamed(
          leaf,
          words.filter((word) => word !== '--demo'),
        ),
      );
      expect([line, named.length]).toEqual([line, 1]);
      const known = ['--json', '--demo', '--profile', ...named[0]!.options.flatMap(({ long, short }) => [long, short])];
      expect(words.filter((word) => word.startsWith('--') && !known.includes(word))).toEqual([]);
    }
  },
);

/** Up to where the shell takes over. */
const wordsOf = (line: string): string[] => {
  const words = line.slice(line.indexOf('xdr-relay ') + 'xdr-relay '.length);
  return words
    .replaceAll(/<[^<>]+>/g, 'x')
    .replace(/[|<)].*$/, '')
    .trim()
    .split(/\s+/);
};

const isNamed = (leaf: Command, words: readonly string[]): boolean => {
  const path: string[] = [];
  for (let at: Command | null = leaf; at !== null && at !== program; at = at.parent) path.unshift(at.name());
  return path.every((name, index) => words[index] === name);
};

describe('docs/contexts.md', () => {
  const text = readFileSync('docs/contexts.md', 'utf8');
  const commands = [...text.matchAll(/^(?:npx )?(xdr-relay .+)$/gm)].map(([, line = '']) => line);

  test.each(commands)('%s is a command as it stands', (line) => {
    const words = wordsOf(line);
    const named = leaves(program).filter((leaf) => isNamed(leaf, words));
    expect(named).toHaveLength(1);
    const known = named[0]!.options.flatMap(({ long, short }) => [long, short]);
    expect(words.filter((word) => word.startsWith('--') && !known.includes(word))).toEqual([]);
  });

  test('each API and context has its token command, and ten commands lead from nothing to the first incident', () => {
    for (const api of ['graph', 'mde', 'mtp'])
      for (const context of ['app', 'user'])
        expect(commands.some((line) => line.includes(`--context ${context} --api ${api}`))).toBe(true);
    expect(commands.some((line) => line.includes('--context partner --api graph'))).toBe(true);
    expect(commands.some((line) => line.includes('--context partner --as-user'))).toBe(true);
    const ten = /<!-- ten-commands -->\s+```sh\n([\s\S]*?)\n```/.exec(text)?.[1]?.split('\n') ?? [];
    expect(ten).toHaveLength(10);
    expect(ten.at(-1)).toContain('incidents list');
  });
});

test('docs/contexts.md names each permission by the id it has in the templates', () => {
  const lines = readFileSync('docs/contexts.md', 'utf8').split('\n');
  const source = readFileSync('infra/app/permissions.bicep', 'utf8');
  const rows = [
    ...source.matchAll(/registration: '(\w+)'\s+api: '\w+'\s+name: '([\w.]+)'\s+type: '(\w+)'\s+id: '([\w-]+)'/g),
  ];
  const wanted = rows.filter(([, registration = '']) => ['reader', 'defender', 'cli'].includes(registration));
  expect(wanted.length).toBeGreaterThan(12);
  for (const [, , name = '', type = '', id = ''] of wanted) {
    const kind = type === 'Role' ? 'application' : 'delegated';
    const isThere = lines.some((line) =>
      [`\`${name}\``, ` ${kind} `, `\`${id}\``].every((part) => line.includes(part)),
    );
    expect([name, kind, id, isThere]).toEqual([name, kind, id, true]);
  }
});
