import { appendFileSync } from 'node:fs';

/** What the host says: all of it into a file, what someone should see to `onTrouble`. */
export interface HostLog {
  readonly path: string;
  take(line: string, stream: 'stdout' | 'stderr'): void;
  /** The newest lines, for a message that explains an unexpected end. */
  lastLines(): string;
}

export interface Trouble {
  readonly level: 'warning' | 'error';
  readonly message: string;
}

const kept = 8;

/** `HH:MM:SS level [function] message`, as the host writes it. */
const shape = /^\d\d:\d\d:\d\d (Warning|Error|Critical) \[([^\]]*)\] (.*)$/;

/** What the app says on its console outside an invocation: a message and fields, without a level. */
const consoleShape = /^(?!\d\d:\d\d:\d\d )[^\s{(][^{]* \{".*\}$/;

/** Each warning and error is told once a text; the file has every one. */
export function createHostLog(path: string, onTrouble: (trouble: Trouble) => void): HostLog {
  const last: string[] = [];
  const told = new Set<string>();
  return {
    path,
    take: (line, stream) => {
      appendFileSync(path, `${line}\n`);
      last.push(line);
      if (last.length > kept) last.shift();
      const trouble = troubleIn(line, stream);
      if (trouble === undefined || told.has(trouble.message)) return;
      told.add(trouble.message);
      onTrouble(trouble);
    },
    lastLines: () => last.map((line) => `  ${line}`).join('\n'),
  };
}

/** What is said about one tenant is no news: its state shows it. */
function troubleIn(line: string, stream: 'stdout' | 'stderr'): Trouble | undefined {
  if (line.includes('"tenantId"')) return undefined;
  if (stream === 'stderr' && consoleShape.test(line)) return { level: 'warning', message: line };
  const [, level, , message = ''] = shape.exec(line) ?? [];
  if (level === undefined) return undefined;
  return { level: level === 'Warning' ? 'warning' : 'error', message };
}
