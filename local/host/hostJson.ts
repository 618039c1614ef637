import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { toLogLevel, type LogLevel } from './log';
import { resolvePercent, type Settings } from './settings';
import { parseTimeSpanMs } from './timeSpan';

export interface QueueOptions {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly maxPollingIntervalMs: number;
  /** How long a message stays hidden after its function threw. */
  readonly visibilityTimeoutMs: number;
  readonly messageEncoding: 'base64' | 'none';
}

export interface DurableOptions {
  readonly hubName: string;
  readonly defaultVersion: string | undefined;
  readonly maxConcurrentActivityFunctions: number;
  readonly maxConcurrentOrchestratorFunctions: number;
}

export interface HostJson {
  readonly routePrefix: string;
  readonly functionTimeoutMs: number | undefined;
  readonly hasExtensionBundle: boolean;
  readonly queues: QueueOptions;
  readonly durable: DurableOptions;
  readonly logLevels: Readonly<Record<string, LogLevel>>;
}

type Section = Record<string, unknown>;

/**
 * host.json of an app, defaults filled in as the host fills them. Faults name the key; with faults the result
 * must not be used.
 */
export function readHostJson(appRoot: string, settings: Settings): { hostJson: HostJson; faults: string[] } {
  const faults: string[] = [];
  const root = readRoot(appRoot, faults);
  if (root.version !== '2.0' && faults.length === 0) faults.push('host.json: "version" must be "2.0".');
  const read = createReader(settings, faults);
  const extensions = read.section(root, 'extensions');
  const queues = read.section(extensions, 'queues', 'extensions.');
  const durable = read.section(extensions, 'durableTask', 'extensions.');
  const http = read.section(extensions, 'http', 'extensions.');
  const batchSize = read.integer(queues, 'batchSize', 16, { from: 1, to: 32 });
  const tenPerCore = 10 * cpus().length;
  const hostJson: HostJson = {
    routePrefix: read.text(http, 'routePrefix', 'api').replaceAll(/^\/+|\/+$/g, ''),
    functionTimeoutMs: root.functionTimeout === '-1' ? undefined : read.timeSpan(root, 'functionTimeout', 30 * 60_000),
    hasExtensionBundle: Object.keys(read.section(root, 'extensionBundle')).length > 0,
    queues: {
      batchSize,
      newBatchThreshold: read.integer(queues, 'newBatchThreshold', Math.floor(batchSize / 2), { from: 0, to: 1000 }),
      maxDequeueCount: read.integer(queues, 'maxDequeueCount', 5, { from: 1, to: 1000 }),
      maxPollingIntervalMs: read.timeSpan(queues, 'maxPollingInterval', 60_000),
      visibilityTimeoutMs: read.timeSpan(queues, 'visibilityTimeout', 0),
      messageEncoding: read.text(queues, 'messageEncoding', 'base64').toLowerCase() === 'none' ? 'none' : 'base64',
    },
    durable: {
      hubName: read.text(durable, 'hubName', 'TestHubName'),
      defaultVersion: durable.defaultVersion === undefined ? undefined : read.text(durable, 'defaultVersion', ''),
      maxConcurrentActivityFunctions: read.integer(durable, 'maxConcurrentActivityFunctions', tenPerCore, {
        from: 1,
        to: 100_000,
      }),
      maxConcurrentOrchestratorFunctions: read.integer(durable, 'maxConcurrentOrchestratorFunctions', tenPerCore, {
        from: 1,
        to: 100_000,
      }),
    },
    logLevels: readLogLevels(read.section(read.section(root, 'logging'), 'logLevel', 'logging.'), faults),
  };
  if (!/^[a-z][a-z0-9]{2,44}$/i.test(hostJson.durable.hubName) && !hostJson.durable.hubName.includes('%')) {
    faults.push(
      `host.json: extensions.durableTask.hubName "${hostJson.durable.hubName}" must be 3 to 45 letters and digits, a letter first.`,
    );
  }
  return { hostJson, faults };
}

function readRoot(appRoot: string, faults: string[]): Section {
  let text: string;
  try {
    text = readFileSync(join(appRoot, 'host.json'), 'utf8');
  } catch {
    faults.push('host.json: missing.');
    return {};
  }
  try {
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (isSection(content)) return content;
    faults.push('host.json: must be a JSON object.');
  } catch (error) {
    faults.push(`host.json: not JSON: ${error instanceof Error ? error.message : ''}`);
  }
  return {};
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function createReader(settings: Settings, faults: string[]) {
  const wrong = (key: string, what: string) => faults.push(`host.json: "${key}" must be ${what}.`);
  return {
    section(from: Section, key: string, path = ''): Section {
      const value = from[key];
      if (isSection(value)) return value;
      if (value !== undefined) wrong(path + key, 'an object');
      return {};
    },
    text(from: Section, key: string, fallback: string): string {
      const value = from[key] ?? fallback;
      if (typeof value !== 'string') {
        wrong(key, 'a text');
        return fallback;
      }
      return resolvePercent(value, settings, (name) =>
        faults.push(`host.json: "${key}": '%${name}%' does not resolve to a value.`),
      );
    },
    integer(from: Section, key: string, fallback: number, range: { from: number; to: number }): number {
      const value = from[key] ?? fallback;
      if (typeof value === 'number' && Number.isInteger(value) && value >= range.from && value <= range.to)
        return value;
      wrong(key, `a whole number from ${range.from} to ${range.to}`);
      return fallback;
    },
    timeSpan(from: Section, key: string, fallbackMs: number): number {
      const value = from[key];
      if (value === undefined) return fallbackMs;
      const parsed = typeof value === 'string' ? parseTimeSpanMs(value) : undefined;
      if (parsed === undefined) wrong(key, 'a time span like "00:05:00"');
      return parsed ?? fallbackMs;
    },
  };
}

function readLogLevels(section: Section, faults: string[]): Record<string, LogLevel> {
  const levels: Record<string, LogLevel> = {};
  for (const [category, value] of Object.entries(section)) {
    const level = typeof value === 'string' ? toLogLevel(value) : undefined;
    if (level) levels[category] = level;
    else faults.push(`host.json: logging.logLevel.${category} is not a log level.`);
  }
  return levels;
}
