const levels = ['Trace', 'Debug', 'Information', 'Warning', 'Error', 'Critical', 'None'] as const;

export type LogLevel = (typeof levels)[number];

export interface HostLogEntry {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: LogLevel;
  /** `Function.<name>.User` for the app's own lines, `Host.<part>` for the host's. */
  readonly category: string;
  readonly functionName?: string;
  readonly message: string;
}

/** Writes one entry; `functionName` is left out for lines that belong to no function. */
export type WriteLog = (level: LogLevel, category: string, message: string, functionName?: string) => void;

export function createLog(sink: (entry: HostLogEntry) => void): WriteLog {
  return (level, category, message, functionName) => {
    sink({
      time: new Date().toISOString(),
      level,
      category,
      message,
      ...(functionName === undefined ? {} : { functionName }),
    });
  };
}

/** The level by any casing; undefined for a word that is none. */
export function toLogLevel(text: string): LogLevel | undefined {
  return levels.find((level) => level.toLowerCase() === text.toLowerCase());
}

/**
 * Whether an entry passes host.json's `logging.logLevel`: the longest category that is a prefix decides,
 * then `default`, then Information. `override` beats all of them.
 */
export function passesLevel(
  entry: Pick<HostLogEntry, 'level' | 'category'>,
  logLevels: Readonly<Record<string, LogLevel>>,
  override?: LogLevel,
): boolean {
  const prefix = Object.keys(logLevels)
    .filter((category) => entry.category === category || entry.category.startsWith(`${category}.`))
    .sort((a, b) => b.length - a.length)[0];
  const floor = override ?? logLevels[prefix ?? 'default'] ?? 'Information';
  return floor !== 'None' && levels.indexOf(entry.level) >= levels.indexOf(floor);
}

/** `HH:MM:SS level [function] message`, the time in UTC, always on one line. */
export function formatEntry(entry: HostLogEntry): string {
  const message = entry.message.replaceAll(/\r?\n/g, ' ⏎ ');
  return `${entry.time.slice(11, 19)} ${entry.level} [${entry.functionName ?? entry.category}] ${message}`;
}
