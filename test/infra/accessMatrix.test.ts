import { readFileSync } from 'node:fs';
import type { Grant } from '../../local/infra/accessMatrix';
import { accessUnder, actsAs, readAccessMatrix } from '../../local/infra/accessMatrix';
import { accessTables, placeInWords, withAccessTables } from '../../local/infra/accessTables';
import { bicepTable } from '../../local/infra/bicepTable';

const matrix = readAccessMatrix('infra');
const access = readFileSync('infra/app/access.bicep', 'utf8');
const types = readFileSync('infra/app/types.bicep', 'utf8');
const features = [...(/^type feature = (.+)$/m.exec(types)?.[1] ?? '').matchAll(/'(\w+)'/g)].map((match) => match[1]!);
const grantsOf = (identity: Grant['identity'], among = matrix.grants) =>
  among.filter((grant) => grant.identity === identity);
const places = (grants: readonly Grant[]) => [...new Set(grants.map(({ on }) => on))].sort();

/** What lets somebody act on machines, by the name of the permission. */
const acting = /^Machine\.(?!Read)|^(Alert|Machine)\.ReadWrite/;

test('docs/permissions.md holds the tables of infra/', () => {
  const page = readFileSync('docs/permissions.md', 'utf8');
  expect(withAccessTables(page, accessTables(matrix))).toBe(page);
});

test('every condition of a right is a credential, a feature or the operator', () => {
  const known = ['secret', 'certificate', 'federated', 'operator', ...features];
  expect(features).toHaveLength(7);
  expect(matrix.grants.flatMap(({ when }) => when).filter((condition) => !known.includes(condition))).toEqual([]);
});

test('every right has its reason and what breaks without it, and stands there once', () => {
  const rows = [...matrix.grants, ...matrix.permissions];
  expect(rows.filter(({ why, without }) => why.length < 10 || without.length < 10)).toEqual([]);
  const keys = matrix.grants.map(({ identity, role, on }) => `${identity} ${role} ${on}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test('no role manages resources or gives rights: all are for data', () => {
  const roles = Object.keys(bicepTable(access, 'roleIds') as Record<string, string>);
  expect(new Set(matrix.grants.map(({ role }) => role))).toEqual(new Set(roles));
  expect(
    roles.filter((role) =>
      /^(Owner|Contributor|User Access|Role Based|Key Vault (Administrator|Contributor)|Storage Account)/.test(role),
    ),
  ).toEqual([]);
});

test('by default the relay reads one secret, writes in its own storage and telemetry, and has no other right', () => {
  const { grants } = accessUnder(matrix, ['secret']);
  expect(grants.map(({ identity, role, on }) => `${identity}: ${role} on ${on}`)).toEqual([
    'relay: Storage Blob Data Owner on account:host',
    'relay: Storage Queue Data Contributor on account:host',
    'relay: Storage Table Data Contributor on account:host',
    'relay: Storage Blob Data Contributor on account:data',
    'relay: Storage Queue Data Contributor on account:data',
    'relay: Storage Table Data Contributor on account:data',
    'relay: Monitoring Metrics Publisher on component:telemetry',
    'relay: Key Vault Secrets User on secret:app/relay-app-secret',
  ]);
});

test('by default the relay may only read in a tenant, by the application permissions of the reading registration', () => {
  const { permissions } = accessUnder(matrix, ['secret']);
  expect(permissions.map(({ registration, name, type }) => `${registration} ${type} ${name}`)).toEqual([
    'reader Role SecurityIncident.Read.All',
    'reader Role SecurityAlert.Read.All',
    'reader Role ThreatHunting.Read.All',
  ]);
});

test('without a secret the relay holds no right in any vault', () => {
  expect(places(accessUnder(matrix, ['federated']).grants)).toEqual([
    'account:data',
    'account:host',
    'component:telemetry',
  ]);
});

test('whatever is chosen, the relay writes nowhere but in its own storage and the vault of tenants', () => {
  const writes = grantsOf('relay').filter(({ role }) => /Owner|Contributor|Officer|Publisher/.test(role));
  expect(places(writes)).toEqual(['account:data', 'account:host', 'component:telemetry', 'vault:tenants']);
});

test('whatever is chosen, the relay reads no secret but its own by name, and those of tenants', () => {
  const reads = grantsOf('relay').filter(({ role }) => role.includes('Secrets'));
  expect(places(reads)).toEqual([
    'secret:app/relay-api-secret',
    'secret:app/relay-app-secret',
    'secret:app/relay-defender-secret',
    'secret:app/relay-writer-secret',
    'vault:tenants',
  ]);
  const keys = grantsOf('relay').filter(({ role, on }) => role === 'Key Vault Crypto User' && on !== 'vault:tenants');
  expect(keys.filter(({ on }) => !on.startsWith('key:app/relay-'))).toEqual([]);
});

test('whatever is chosen, the relay can be no registration that acts on machines', () => {
  const its = matrix.permissions.filter(({ registration }) => actsAs[registration] === 'relay');
  expect(its.filter(({ name }) => acting.test(name))).toEqual([]);
  const acts = matrix.permissions.filter(({ name }) => acting.test(name));
  expect(new Set(acts.map(({ registration }) => registration))).toEqual(new Set(['responder']));
  expect(grantsOf('relay').filter(({ on }) => /responder/i.test(on))).toEqual([]);
});

test('the responder exists only where it was chosen, and opens no vault but its own', () => {
  const its = grantsOf('responder');
  expect(its.filter(({ when }) => !when.includes('responder'))).toEqual([]);
  expect(places(its.filter(({ role }) => role.startsWith('Key Vault')))).toEqual([
    'key:responder/relay-responder-cert',
    'secret:responder/relay-responder-secret',
    'vault:responder',
  ]);
});

test('nobody is given rights as operator unless one is named', () => {
  expect(grantsOf('operator').filter(({ when }) => !when.includes('operator'))).toEqual([]);
});

test('one id stands for one permission', () => {
  const byId = new Map<string, string>();
  for (const { id, api, name, type } of matrix.permissions) {
    const is = `${api} ${type} ${name}`;
    expect(byId.get(id) ?? is).toBe(is);
    byId.set(id, is);
  }
});

test('a right on a single secret is told as such', () => {
  expect(placeInWords('secret:app/relay-app-secret')).toBe("secret `relay-app-secret` in the app's vault");
  expect(placeInWords('account:data')).toBe('data storage');
});
