import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join('.github', 'workflows');
const workflows = readdirSync(folder).map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
const azure = readFileSync('azure-pipelines.yml', 'utf8');
const azd = readFileSync('azure.yaml', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

test('every action is pinned to a commit, with its version beside it', () => {
  const used = workflows.flatMap(({ text }) => [...text.matchAll(/uses: (.+)$/gm)].map((match) => match[1]!));
  expect(used.length).toBeGreaterThan(5);
  expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
});

test('one action has one commit', () => {
  const used = workflows.flatMap(({ text }) => [...text.matchAll(/uses: (\S+)@(\S+)/g)]);
  const commits = new Map(used.map((match) => [match[1], match[2]]));
  expect(used.filter((match) => commits.get(match[1]) !== match[2])).toEqual([]);
});

test('a workflow may read the repository, and what it may more stands at the one job that needs it', () => {
  for (const { text } of workflows) expect(text).toMatch(/^permissions:\n {2}contents: read\n\n/m);
  const more = workflows.flatMap(({ file, text }) =>
    [...text.matchAll(/^ +([\w-]+): (write|read)$/gm)].map((match) => `${file} ${match[1]!} ${match[2]!}`),
  );
  expect(more.filter((right) => !right.endsWith('contents read'))).toEqual([
    'deploy.yml actions read',
    'deploy.yml id-token write',
  ]);
});

test('no secret of the cloud is stored for a pipeline', () => {
  for (const { text } of workflows) expect(text).not.toMatch(/secrets\.|client-secret|creds:|publish-profile/);
  expect(azure).not.toMatch(/clientSecret|password|publishProfile/i);
});

test('a checkout leaves no token behind', () => {
  for (const { text } of [...workflows, { text: azure }]) {
    const checkouts = text.match(/actions\/checkout@|checkout: self/g) ?? [];
    const without = text.match(/persist-credentials: false|persistCredentials: false/g) ?? [];
    expect(without).toHaveLength(checkouts.length);
  }
});

test('every npm script that pipelines, hooks and pages name exists', () => {
  const pages = readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => readFileSync(join('docs', file), 'utf8'));
  const texts = [...workflows.map(({ text }) => text), azure, azd, ...pages];
  const named = texts.flatMap((text) => [...text.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1]!));
  expect(named).toContain('package');
  expect([...new Set(named)].filter((name) => scripts[name] === undefined)).toEqual([]);
});

test('every script that pipelines, hooks and pages name exists with the options given', () => {
  const pages = readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => readFileSync(join('docs', file), 'utf8'));
  for (const text of [...workflows.map((each) => each.text), azure, azd, ...pages])
    for (const match of text.matchAll(/scripts\/([\w-]+)\.(sh|mjs|ps1)((?: +--?[\w-]+)?[^\n`|]*)/g)) {
      const source = readFileSync(`scripts/${match[1]!}.${match[2]!}`, 'utf8');
      const options = match[2] === 'ps1' ? [] : [...match[3]!.matchAll(/ (--[a-z-]+)/g)].map((option) => option[1]!);
      for (const option of options) expect(source).toContain(option);
    }
});

test('azd publishes the package, builds nothing in Azure and checks before and after', () => {
  expect(azd).toContain('dist: .local/package');
  expect(azd).toContain('remoteBuild: false');
  expect(azd).toContain('scripts/check-deployer.sh');
  expect(azd).toContain('scripts/smoke-test.sh');
  expect(readFileSync('infra/main.bicep', 'utf8')).toContain("azdServiceName: 'relay'");
});
