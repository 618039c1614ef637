import { readFileSync } from 'node:fs';

const page = readFileSync('docs/deploy.md', 'utf8');
const [steps = '', tested = ''] = page.split('## What was run, and what could not be');

/** Words of each command in the code blocks, up to its first option or value. */
const commands = [...steps.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap((match) => match[1]!.split('\n'))
  .filter((line) => line.trim() !== '')
  .flatMap((line) => [
    line.replace(/^export .*\$\((.+?)\)$/, '$1'),
    ...[...line.matchAll(/\$\(([^)]+)\)/g)].map((match) => match[1]!),
  ])
  .filter((line) => !line.startsWith('export '));
const nameOf = (command: string): string => /^\S+(?: [a-z][\w-]*(?= |$))*/.exec(command)![0];

/** What the tests of this repository run themselves. */
const run = [
  /^npm (ci|run build|run package|start)$/,
  /^scripts\/(smoke-test|publish|check-deployer|create-secret|grant-consent|assign-role)\.sh$/,
  /^node$/,
];

test('every command of the page is run by a test or listed as one that needs a subscription', () => {
  const names = [...new Set(commands.map(nameOf))];
  expect(names.length).toBeGreaterThan(12);
  const listed = [...tested.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  const open = names.filter((name) => !run.some((each) => each.test(name)));
  expect(open.filter((name) => !listed.some((each) => name === each || name.startsWith(`${each} `)))).toEqual([]);
});

test('outputs that the page uses are outputs of the deployment', () => {
  const main = readFileSync('infra/main.bicep', 'utf8');
  const used = [...new Set([...page.matchAll(/<([A-Z][A-Z_]+)>/g)].map((match) => match[1]!))];
  expect(used.length).toBeGreaterThan(4);
  expect(used.filter((name) => !main.includes(`output ${name} `))).toEqual([]);
});

test('variables that the page offers are read by the parameter file, with the same defaults', () => {
  const parameters = readFileSync('infra/main.bicepparam', 'utf8');
  const read = Object.fromEntries(
    [...parameters.matchAll(/readEnvironmentVariable\('(\w+)', '([^']*)'\)/g)].map((match) => [match[1]!, match[2]!]),
  );
  const offered = [...steps.matchAll(/^\| `([A-Z_]+)` +\| (?:`([^`]*)`)? +\|/gm)].map((match) => [
    match[1]!,
    match[2] ?? '',
  ]);
  expect(offered.length).toBeGreaterThan(8);
  for (const [name, fallback] of offered) expect([name, read[name!]]).toEqual([name, fallback]);
});
