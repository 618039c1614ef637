import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHostLog, type Trouble } from '../../../local/start/hostLog';

const folder = mkdtempSync(join(tmpdir(), 'host-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('every line is kept in the file; warnings and errors are told once a text, those about one tenant not at all', () => {
  const told: Trouble[] = [];
  const log = createHostLog(join(folder, 'host.log'), (trouble) => told.push(trouble));
  const lines = [
    '08:00:00 Information [Host.Startup] up',
    '08:00:01 Warning [Function.sync.User] slow storage',
    '08:00:02 Warning [Function.sync.User] slow storage',
    '08:00:03 Warning [Function.sync.User] tenant not read {"tenantId":"t"}',
    '08:00:04 Error [Host.Http] broken pipe',
    'feed not tidied {"code":"ERR_UPSTREAM"}',
    'tenant not read {"tenantId":"t"}',
    '08:00:05 Information [tenantIncident] Request refused {"code":"ERR_NOT_FOUND"}',
    'a line of another form',
  ];
  lines.forEach((line) => log.take(line, 'stderr'));
  expect(readFileSync(log.path, 'utf8')).toBe(`${lines.join('\n')}\n`);
  expect(told).toEqual([
    { level: 'warning', message: 'slow storage' },
    { level: 'error', message: 'broken pipe' },
    { level: 'warning', message: 'feed not tidied {"code":"ERR_UPSTREAM"}' },
  ]);
  expect(log.lastLines()).toContain('a line of another form');
});
