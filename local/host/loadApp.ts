import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { functionsCore, runHooks } from './functionsCore';
import { matchFiles } from './glob';
import { describeThrown } from './thrown';

/**
 * Loads the app's entry files as the Node worker does: `main` of package.json is a glob, each match is loaded once.
 * Answers every fault found; a throw in one file does not hide what the next one has to say. Run `startApp` only
 * without faults.
 */
export async function loadApp(appRoot: string): Promise<string[]> {
  provideCore();
  const main = readMain(join(appRoot, 'package.json'));
  if (main.fault !== undefined) return [main.fault];
  const files = matchFiles(appRoot, main.pattern);
  if (files.length === 0) return [`package.json: no file matches "main": "${main.pattern}".`];
  const faults: string[] = [];
  for (const file of files) {
    try {
      await loadFile(join(appRoot, file));
    } catch (error) {
      const { message, stack } = describeThrown(error);
      faults.push(`${file}: threw while loading: ${message}${firstFrame(stack)}`);
    }
  }
  return faults;
}

/** Runs the app's appStart hooks, in order. Answers the fault if one throws. */
export async function startApp(): Promise<string[]> {
  try {
    await runHooks('appStart', { hookData: {} });
    return [];
  } catch (error) {
    const { message, stack } = describeThrown(error);
    return [`an appStart hook threw: ${message}${firstFrame(stack)}`];
  }
}

/** `require('@azure/functions-core')` anywhere in the process answers our core, as in the worker. */
function provideCore(): void {
  const original = Object.getOwnPropertyDescriptor(Module.prototype, 'require')?.value as NodeJS.Module['require'];
  Module.prototype.require = function requireWithCore(this: NodeJS.Module, id: string): unknown {
    return id === '@azure/functions-core' ? functionsCore : (original.call(this, id) as unknown);
  };
}

function readMain(path: string): { pattern: string; fault?: undefined } | { fault: string } {
  const content = readJson(path);
  if (content === undefined) return { fault: 'package.json: missing or not JSON.' };
  const main = (content as { main?: unknown }).main;
  if (typeof main !== 'string' || main === '') return { fault: 'package.json: "main" must name the entry files.' };
  return { pattern: main };
}

function readJson(path: string): object | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof content === 'object' && content !== null ? content : undefined;
  } catch {
    return undefined;
  }
}

async function loadFile(path: string): Promise<void> {
  if (isEsModule(path)) await import(pathToFileURL(path).href);
  else createRequire(path)(path);
}

function isEsModule(path: string): boolean {
  if (path.endsWith('.mjs')) return true;
  if (path.endsWith('.cjs')) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const nearest = readJson(join(folder, 'package.json'));
    if (nearest) return (nearest as { type?: unknown }).type === 'module';
    if (folder === dirname(folder)) return false;
  }
}

function firstFrame(stack: string): string {
  const frame = stack.split('\n').find((line) => line.trimStart().startsWith('at '));
  return frame === undefined ? '' : ` (${frame.trim()})`;
}
