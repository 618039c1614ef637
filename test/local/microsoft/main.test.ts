import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud } from '../../../local/microsoft';

const program = join(__dirname, '../../../dist/local/microsoft/main.js');

/** Runs the built program until its first line, or its end. */
function start(args: string[]): { line: Promise<string>; end: Promise<number | null>; interrupt: () => void } {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const end = new Promise<number | null>((resolve) => child.once('close', resolve));
  const line = new Promise<string>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('\n')) resolve(text);
    });
  });
  return { line, end, interrupt: () => void child.kill('SIGINT') };
}

describe('the cloud as a process', () => {
  test('prints where it is, writes its authority and ends by SIGINT', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cloud-'));
    const caFile = join(folder, 'ca.pem');
    const running = start([
      '--seed',
      '3',
      '--tenants',
      '2',
      '--incidents',
      '5',
      '--now',
      '2026-11-20T12:00:00Z',
      '--ca-file',
      caFile,
    ]);
    const facts = JSON.parse(await running.line) as Cloud;
    expect(readFileSync(caFile, 'utf8')).toBe(facts.caPem);
    const answer = await fetch(`${facts.controlUrl}/truth`);
    expect(await answer.json()).toHaveLength(10);
    running.interrupt();
    expect(await running.end).toBe(0);
    rmSync(folder, { recursive: true });
  });

  test.each([[['--seed', 'x']], [['--speed', '1']], [['--now', 'today']]])('%j ends it with code 2', async (args) => {
    expect(await start(args).end).toBe(2);
  });
});
