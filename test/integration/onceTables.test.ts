import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAzurite } from '../../local/azurite';
import { createWorld } from '../../local/microsoft';
import { freePort } from '../support/freePort';
import { inOrder, readIncidentRows } from '../support/relay';

const root = join(__dirname, '..', '..');
const data = mkdtempSync(join(tmpdir(), 'xdr-relay-once-'));

afterAll(() => {
  rmSync(data, { recursive: true, force: true });
});

interface Summary {
  readonly tenants: { readonly total: number; readonly ok: number };
  readonly incidents: { readonly stored: number; readonly new: number; readonly changed: number };
  readonly incidentWrites: number;
}

const once = async (): Promise<Summary> => {
  const demo = ['--once', '--tenants', '5', '--incidents', '200', '--seed', '7', '--json', '--data', data];
  const port = String(await freePort());
  const args = [join(root, 'dist/local/start.js'), ...demo, '--port', port];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`exit ${String(status)}\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Summary;
};

it('one full cycle leaves in the tables exactly what the cloud shows, and a second one writes no incident', async () => {
  expect(await once()).toMatchObject({ tenants: { total: 5, ok: 5 }, incidents: { stored: 1000, new: 1000 } });

  const { now } = JSON.parse(readFileSync(join(data, 'world.json'), 'utf8')) as { now: string };
  const truth = createWorld({ seed: 7, tenants: 5, incidentsPerTenant: 200, now }).truth();
  const azurite = await startAzurite({ location: join(data, 'azurite') });
  const rows = await readIncidentRows(azurite.connectionString);
  await azurite.stop();
  expect(rows).toHaveLength(1000);
  expect(inOrder(rows)).toEqual(inOrder(truth));

  expect(await once()).toMatchObject({ incidents: { stored: 1000, new: 0, changed: 0 }, incidentWrites: 0 });
}, 120_000);
