import type { ChildProcess } from 'node:child_process';

/** How a process ended: its exit code, or the signal that ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();

/** Remembers a child until it has ended, so that nothing is left behind when the end is forced. */
export const track = (child: ChildProcess): void => {
  running.add(child);
  child.once('exit', () => running.delete(child));
};

export const killAll = (): void => running.forEach((child) => child.kill('SIGKILL'));

/** Resolves when the process has ended, at once if it has. */
export const ended = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null)
      resolve({ code: child.exitCode, signal: child.signalCode });
    else if (child.pid === undefined) resolve({ code: 1, signal: null });
    else child.once('exit', (code, signal) => resolve({ code, signal }));
  });

/** Asks the process to end with SIGINT and kills it when it has not after `patienceMs`. */
export const interrupt = async (child: ChildProcess, patienceMs: number): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await ended(child);
  clearTimeout(timer);
};

export const endingInWords = ({ code, signal }: Ending): string =>
  signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
