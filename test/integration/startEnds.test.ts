import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { processesNaming, runStarter } from '../support/starter';

jest.setTimeout(60_000);

let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xdr-relay-ends-'));
  data = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const small = (): string[] => ['--tenants', '2', '--incidents', '20', '--port', '0', '--data', data];

const gone = async (): Promise<boolean> => {
  for (let tries = 0; tries < 60; tries += 1) {
    if (processesNaming(data).length === 0) return true;
    await wait(100);
  }
  return false;
};

test.each([
  ['at once', 50],
  ['while storage starts', 400],
  ['while the host starts', 1_300],
  ['about the first sync', 2_500],
])('SIGINT %s ends everything within 5 s with 0', async (_, afterMs) => {
  const starter = runStarter(...small());
  await wait(afterMs);
  const askedMs = performance.now();
  const saidNothing = `${starter.stdout()}${starter.stderr()}` === '';
  starter.process.kill('SIGINT');
  const code = await starter.ended;
  // Before the first line of ours runs, Node itself answers the signal.
  expect(saidNothing ? [0, 'SIGINT'] : [0]).toContain(code);
  expect(performance.now() - askedMs).toBeLessThan(5_000);
  expect(processesNaming(data)).toEqual([]);
});

test('SIGTERM while the cloud lives ends everything within 5 s with 0', async () => {
  const starter = runStarter(...small());
  await starter.says('The cloud goes on');
  expect(processesNaming(data).length).toBeGreaterThanOrEqual(2);
  const askedMs = performance.now();
  starter.process.kill('SIGTERM');
  expect(await starter.ended).toBe(0);
  expect(performance.now() - askedMs).toBeLessThan(5_000);
  expect(processesNaming(data)).toEqual([]);
});

test('--once that was interrupted does not end as if it were done', async () => {
  const starter = runStarter('--once', ...small());
  await starter.says('Storage ready');
  starter.process.kill('SIGINT');
  expect(await starter.ended).toBe(130);
  expect(processesNaming(data)).toEqual([]);
});

test('killed without a word, the starter leaves no process behind', async () => {
  const starter = runStarter(...small());
  await starter.says('The cloud goes on');
  starter.process.kill('SIGKILL');
  expect(await starter.ended).toBe('SIGKILL');
  expect(await gone()).toBe(true);
});

test('a host that dies ends everything with one clear message and 1', async () => {
  const starter = runStarter(...small());
  await starter.says('The cloud goes on');
  const [host] = processesNaming(data).filter((pid) => processesNaming('local/host/main.js').includes(pid));
  process.kill(host!, 'SIGKILL');
  expect(await starter.ended).toBe(1);
  expect(starter.stderr()).toContain('The Functions host ended unexpectedly (signal SIGKILL)');
  expect(await gone()).toBe(true);
});

test('changes of the living cloud arrive as lines', async () => {
  const starter = runStarter(...small());
  await starter.says('with the seconds it took');
  const told = (): string[] =>
    starter
      .stdout()
      .split('\n')
      .filter((line) => /^ {2}\d\d:\d\d:\d\d +\d+ s {2}(Contoso|Fabrikam) /.test(line));
  for (let tries = 0; tries < 300 && told().length === 0; tries += 1) await wait(100);
  expect(told().length).toBeGreaterThan(0);
  starter.process.kill('SIGINT');
  expect(await starter.ended).toBe(0);
});

test('a ticket closed in a browser resolves its incident, told as a line, and the tools end with the demo', async () => {
  const starter = runStarter('--port', '0', '--data', data);
  await starter.says('INC0010001 opened for');
  const [head = ''] = readFileSync(join(data, 'servicenow.jsonl'), 'utf8').split('\n');
  const tool = `http://127.0.0.1:${(JSON.parse(head) as { port: number }).port}`;
  const list = await (await fetch(`${tool}/`)).text();
  const [, page = ''] = /href="([^"]*)">INC0010001</.exec(list) ?? [];
  expect((await fetch(`${tool}${page}`, { method: 'POST', redirect: 'manual' })).status).toBe(303);
  await starter.says('INC0010001 closed in ServiceNow →');
  const askedMs = performance.now();
  starter.process.kill('SIGINT');
  expect(await starter.ended).toBe(0);
  expect(performance.now() - askedMs).toBeLessThan(5_000);
  expect(processesNaming(data)).toEqual([]);
  await expect(fetch(tool)).rejects.toThrow();
});
