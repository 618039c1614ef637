import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AppliedChange } from './changes';

/** What a journal's changes were made upon; replaying them onto another world would be nonsense. */
export interface WorldArguments {
  seed: number;
  tenants: number;
  incidentsPerTenant: number;
  tieGroup: number;
  /** ISO 8601 UTC. */
  now: string;
}

export interface Journal {
  readonly written: WorldArguments | undefined;
  readonly changes: readonly AppliedChange[];
  begin(world: WorldArguments): void;
  append(change: AppliedChange): void;
}

/** Opens a file of JSON lines: the world's arguments, then every applied change. A last line torn by a crash is cut off. */
export function openJournal(path: string): Journal {
  mkdirSync(dirname(path), { recursive: true });
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  const [first, ...changes] = whole.split('\n').filter((line) => line !== '');
  const write = (entry: WorldArguments | AppliedChange): void => appendFileSync(path, `${JSON.stringify(entry)}\n`);
  return {
    // We wrote these lines ourselves; whoever edits a journal by hand answers for it.
    written: first === undefined ? undefined : (JSON.parse(first) as WorldArguments),
    changes: changes.map((line) => JSON.parse(line) as AppliedChange),
    begin: write,
    append: write,
  };
}
