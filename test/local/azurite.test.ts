import { TableClient } from '@azure/data-tables';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Azurite } from '../../local/azurite';
import { startAzurite } from '../../local/azurite';

const folder = mkdtempSync(join(tmpdir(), 'azurite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tableIn = ({ connectionString }: Azurite) =>
  TableClient.fromConnectionString(connectionString, 'notes', { allowInsecureConnection: true });

test('what was written a moment before stop is there at the next start on other ports', async () => {
  const first = await startAzurite({ location: folder });
  await tableIn(first).createTable();
  await tableIn(first).createEntity({ partitionKey: 'p', rowKey: 'r', text: 'kept' });
  await first.stop();
  expect(existsSync(`/proc/${first.pid}`)).toBe(false);
  const second = await startAzurite({ location: folder });
  expect(await tableIn(second).getEntity('p', 'r')).toMatchObject({ text: 'kept' });
  await second.stop();
});

test('two run side by side in memory, each with its own data', async () => {
  const [one, other] = await Promise.all([startAzurite(), startAzurite()]);
  await tableIn(one).createTable();
  await expect(tableIn(other).createEntity({ partitionKey: 'p', rowKey: 'r' })).rejects.toMatchObject({
    statusCode: 404,
  });
  await Promise.all([one.stop(), other.stop()]);
  expect((await one.ended).signal).toBeNull();
});

test('ports that are taken reject with what Azurite says', async () => {
  const running = await startAzurite();
  await expect(startAzurite({ ports: running.ports })).rejects.toThrow(/EADDRINUSE/);
  await running.stop();
});

test('an aborted start rejects with the reason and leaves no process', async () => {
  const controller = new AbortController();
  const starting = startAzurite({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(starting).rejects.toThrow('enough');
});
