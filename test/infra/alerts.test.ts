import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { bicepTable } from '../../local/infra/bicepTable';

const rules = z
  .array(
    z.strictObject({
      name: z.string(),
      when: z.array(z.string()),
      severity: z.number(),
      window: z.string(),
      every: z.string(),
      title: z.string(),
      query: z.string(),
    }),
  )
  .parse(bicepTable(readFileSync('infra/app/alerts.bicep', 'utf8'), 'rules'));

const source = ['functions', 'shared']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(join(folder, path), 'utf8')),
  )
  .join('\n');

const isLogged = (message: string): boolean => source.includes(`'${message}'`) || source.includes(`\`${message} `);
const messages = (query: string): string[] =>
  [...query.matchAll(/Message startswith "([^"]+)"/g)].map((match) => match[1]!);

test('every message of ours that an alert looks for is logged by the app', () => {
  const always = rules.filter(({ when }) => when.length === 0).flatMap(({ query }) => messages(query));
  expect(always).toEqual(['tenant run broke off', 'tenant not read', 'incidents found late', 'Request failed']);
  expect(always.filter((message) => !isLogged(message))).toEqual([]);
});

test('the message of a feature is not logged yet: once it is, its alert is for always', () => {
  const later = rules.filter(({ when }) => when.length > 0).flatMap(({ query }) => messages(query));
  expect(later).toEqual(['delivery is dead']);
  expect(later.filter(isLogged)).toEqual([]);
});

test('every function that an alert names is one of the app', () => {
  const named = rules.flatMap(({ query }) =>
    [...query.matchAll(/Name (?:==|in) (?:\(([^)]+)\)|("[^"]+"))/g)].flatMap((match) =>
      [...(match[1] ?? match[2]!).matchAll(/"(\w+)"/g)].map((name) => name[1]!),
    ),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !source.includes(`'${name}'`))).toEqual([]);
});

test('there is an alert for each thing an operator is woken for', () => {
  const templates = ['alerts', 'expiryAlerts', 'budget'].map((name) => readFileSync(`infra/app/${name}.bicep`, 'utf8'));
  expect(rules.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['run-failed', 'tenant-silent', 'poison-messages', 'dead-letters', 'vault-denied']),
  );
  expect(templates[1]).toContain('Microsoft.KeyVault.SecretNearExpiry');
  expect(templates[2]).toContain('Microsoft.Consumption/budgets');
});
