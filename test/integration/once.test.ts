import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Summary } from '../../local/start/summary';
import { freePort, processesNaming, runStarter } from '../support/starter';

jest.setTimeout(120_000);

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'xdr-relay-once-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
const summaryOf = (stdout: string): Summary => JSON.parse(lastLine(stdout)) as Summary;

test('one cycle of 5 tenants stores 1,000 incidents; a second one over the same folder writes none', async () => {
  const data = join(folder, 'data');
  const words = ['--once', '--tenants', '5', '--incidents', '200', '--seed', '7', '--json', '--data', data];
  const first = runStarter(...words, '--port', String(await freePort()));
  expect({ code: await first.ended, stderr: first.stderr() }).toMatchObject({ code: 0 });
  const stored = summaryOf(first.stdout());
  expect(stored).toMatchObject({
    tenants: { total: 5, ok: 5, failed: 0 },
    incidents: { stored: 1_000, new: 1_000, changed: 0 },
    incidentWrites: 1_000,
  });
  expect(stored.perTenant.map(({ state, stored: held, new: added }) => [state, held, added])).toEqual(
    Array.from({ length: 5 }, () => ['ok', 200, 200]),
  );
  expect(first.stderr()).toContain('First sync: 5 of 5 complete, 1,000 incidents');
  expect(first.stdout().trim()).toBe(lastLine(first.stdout()));
  expect(processesNaming(data)).toEqual([]);

  const second = runStarter(...words, '--port', String(await freePort()));
  expect(await second.ended).toBe(0);
  expect(summaryOf(second.stdout())).toMatchObject({
    tenants: { total: 5, ok: 5, failed: 0 },
    incidents: { stored: 1_000, new: 0, changed: 0 },
    incidentWrites: 0,
  });
});

test('the token lies in a file that only its owner reads', async () => {
  const data = join(folder, 'data');
  const starter = runStarter('--once', '--tenants', '1', '--incidents', '1', '--port', '0', '--data', data);
  expect(await starter.ended).toBe(0);
  expect(statSync(join(data, 'token')).mode & 0o777).toBe(0o600);
  expect(starter.stdout()).toContain('1 of 1 customer complete: 1 incident stored');
});

const everything = {
  updated: 1,
  closedInTool: 1,
  incidentsResolved: 1,
  merged: 1,
  double: 0,
  pending: 0,
  missing: null,
};

test('the default demo walks tickets through two tools, each once, and a second start goes on with them', async () => {
  const data = join(folder, 'data');
  const cycle = async () => {
    const starter = runStarter('--once', '--json', '--port', '0', '--data', data);
    expect({ code: await starter.ended, stderr: starter.stderr() }).toMatchObject({ code: 0 });
    return summaryOf(starter.stdout());
  };
  const { tickets: first } = await cycle();
  expect(first).toMatchObject({ servicenow: everything, jira: everything });
  for (const { created } of Object.values(first!)) {
    // Two are made for the walk, the others for what was open before.
    expect(created).toBeGreaterThan(2);
    expect(created).toBeLessThanOrEqual(14);
  }
  const { tickets: second } = await cycle();
  expect(second).toMatchObject({ servicenow: { ...everything, created: 2 }, jira: { ...everything, created: 2 } });
}, 300_000);

test('the default demo has one broken customer, told with its cure, and still ends with 0', async () => {
  const starter = runStarter('--once', '--port', '0', '--data', join(folder, 'data'));
  expect(await starter.ended).toBe(0);
  expect(starter.stdout()).toMatch(/ServiceNow: \d tickets created, 1 updated, 1 merged, 1 closed there/);
  expect(starter.stdout()).toContain('5 of 6 customers complete, 1 failed');
  expect(starter.stdout()).toContain('blocked: consent missing');
  expect(starter.stdout()).toContain('/v2.0/adminconsent?client_id=');
});

test('the same seed in another folder makes the same tenants and incidents', async () => {
  const cycle = async (data: string) => {
    const starter = runStarter(
      '--once',
      '--tenants',
      '2',
      '--incidents',
      '3',
      '--seed',
      '5',
      '--json',
      '--port',
      '0',
      '--data',
      data,
    );
    expect(await starter.ended).toBe(0);
    return summaryOf(starter.stdout())
      .perTenant.map(({ tenantId, name }) => [tenantId, name])
      .toSorted();
  };
  expect(await cycle(join(folder, 'a'))).toEqual(await cycle(join(folder, 'b')));
});

test('without --data nothing is left behind', async () => {
  const before = runFolders();
  const starter = runStarter('--once', '--tenants', '1', '--incidents', '2', '--port', '0');
  expect(await starter.ended).toBe(0);
  expect(runFolders().filter((name) => !before.includes(name) && name.endsWith(`-${starter.process.pid}`))).toEqual([]);
});

test('a folder that holds another world is refused, and stays as it was', async () => {
  const data = join(folder, 'data');
  const first = runStarter('--once', '--tenants', '1', '--incidents', '2', '--port', '0', '--data', data);
  expect(await first.ended).toBe(0);
  const world = readFileSync(join(data, 'world.json'), 'utf8');
  const other = runStarter('--once', '--tenants', '2', '--incidents', '2', '--port', '0', '--data', data);
  expect(await other.ended).toBe(2);
  expect(other.stderr()).toContain('--tenants 1, not 2');
  expect(readFileSync(join(data, 'world.json'), 'utf8')).toBe(world);
});

function runFolders(): string[] {
  return existsSync('.local') ? readdirSync('.local') : [];
}
