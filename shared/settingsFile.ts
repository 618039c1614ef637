import { existsSync, readFileSync } from 'node:fs';
import { loadConfig } from './config';
import { errorCode } from './errorCode';
import { ConfigError, messageOf } from './errors';

export interface SettingsFile {
  /** Become the host's environment; empty with faults. */
  readonly values: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
}

/** Reads a file in the format of local.settings.json, `{"IsEncrypted": false, "Values": {…}}`, and checks the app's settings in it. */
export function readSettingsFile(path: string): SettingsFile {
  const content = readJson(path);
  if ('fault' in content) return { values: {}, faults: [content.fault] };
  const { IsEncrypted: isEncrypted, Values: given } = content.object;
  if (isEncrypted === true)
    return { values: {}, faults: [`${path} is encrypted; decrypt it with: func settings decrypt`] };
  if (!isObject(given)) return { values: {}, faults: [`${path} must hold an object "Values" with the settings`] };
  const texts = Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const values = Object.fromEntries(texts);
  const faults = [
    ...Object.keys(given)
      .filter((name) => !(name in values))
      .map((name) => `${name} must be a text in quotes`),
    ...configFaults(values).filter((fault) => !isTold(fault, given, values)),
    ...platformFaults(values),
  ];
  return { values: faults.length === 0 ? values : {}, faults };
}

/** A setting that is no text is not missing, too. */
function isTold(fault: string, given: object, values: object): boolean {
  const name = fault.split(' ')[0] ?? '';
  return name in given && !(name in values);
}

function configFaults(values: Record<string, string>): readonly string[] {
  try {
    loadConfig(values);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [...new Set(error.faults)];
    throw error;
  }
}

/** What the platform reads, not the app. */
function platformFaults({ FUNCTIONS_WORKER_RUNTIME: runtime, NODE_EXTRA_CA_CERTS: authority }: Record<string, string>) {
  const faults: string[] = [];
  if (runtime !== undefined && runtime !== 'node') faults.push('FUNCTIONS_WORKER_RUNTIME must be node');
  if (authority !== undefined && authority !== '' && !existsSync(authority))
    faults.push(`NODE_EXTRA_CA_CERTS names a file that is not there: ${authority}`);
  return faults;
}

function readJson(path: string): { object: Record<string, unknown> } | { fault: string } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    return {
      fault: errorCode(error) === 'ENOENT' ? `${path} is not there` : `${path} cannot be read: ${messageOf(error)}`,
    };
  }
  try {
    const content: unknown = JSON.parse(text);
    return isObject(content) ? { object: content } : { fault: `${path} must hold a JSON object` };
  } catch (error) {
    return { fault: `${path} is not JSON: ${messageOf(error)}` };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
