import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second whatever the kernel's own tick is. @see proc(5), sysconf(_SC_CLK_TCK) */
const tickMs = 10;
/** After the command's closing bracket: state is the first field, utime and stime the twelfth and thirteenth. */
const [userField, systemField] = [11, 12];

/** Processor time of a process since it started, user and system; NaN where the system does not tell. */
export const processorMs = (pid: number): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[userField]) + Number(fields[systemField])) * tickMs;
  } catch {
    return NaN;
  }
};

/** What each of the named processes uses while `work` goes on. */
export const withProcessorMs = async <Name extends string, Result>(
  pids: Readonly<Record<Name, number>>,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly processorMs: Readonly<Record<Name, number>> }> => {
  const all = (): [string, number][] => Object.entries<number>(pids).map(([name, pid]) => [name, processorMs(pid)]);
  const before = Object.fromEntries(all());
  const result = await work();
  const used = all().map(([name, ms]) => [name, ms - (before[name] ?? NaN)]);
  return { result, processorMs: Object.fromEntries(used) as Record<Name, number> };
};
