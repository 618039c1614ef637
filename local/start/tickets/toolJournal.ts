import { appendFileSync, existsSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { FakeChange } from '../../tools/fakeTool';

const at = z.number();
const entry = z.union([
  /** A call of the API that was done, and how it was answered. */
  z.strictObject({ at, method: z.string(), path: z.string(), body: z.string(), status: z.number() }),
  /** What a person did. */
  z.strictObject({ at, ticketId: z.string(), change: z.looseObject({}).transform((change) => change as FakeChange) }),
]);
const head = z.strictObject({ port: z.number() });

/** One thing that was done in a tool; `at` in milliseconds since 1970. */
export type ToolEntry = z.output<typeof entry>;

export interface ToolJournal {
  /** Where the tool was reached last; 0: nowhere yet. */
  readonly port: number;
  readonly entries: readonly ToolEntry[];
  append(entry: ToolEntry): void;
  /** The tool is reached here from now on. */
  moveTo(port: number): void;
}

/**
 * Opens a file of JSON lines: where the tool is reached, then all that was done in it, from which it is made again. A last line torn by a
 * crash is cut off. @throws Error where the file holds anything else
 */
export function openToolJournal(path: string): ToolJournal {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  const [first, ...rest] = whole.split('\n').filter((line) => line !== '');
  try {
    return {
      port: first === undefined ? 0 : head.parse(JSON.parse(first)).port,
      entries: rest.map((line) => entry.parse(JSON.parse(line))),
      append: (added) => appendFileSync(path, `${JSON.stringify(added)}\n`),
      moveTo: (port) => {
        // Whole or not at all: what was done before must not be lost over it.
        writeFileSync(`${path}.new`, [JSON.stringify({ port }), ...rest, ''].join('\n'), { mode: 0o600 });
        renameSync(`${path}.new`, path);
      },
    };
  } catch {
    throw new Error(`${path} is damaged: use another folder, or empty it`);
  }
}
