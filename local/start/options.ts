import { parseArgs } from 'node:util';

/** The demo: a simulated Microsoft cloud with customers in it. */
export interface DemoOptions {
  readonly kind: 'demo';
  readonly once: boolean;
  readonly json: boolean;
  /** Undefined where not asked for: the data folder's, else the default. */
  readonly tenants: number | undefined;
  readonly incidents: number | undefined;
  readonly seed: number | undefined;
  /** 0: any free one. */
  readonly port: number;
  readonly dataFolder: string | undefined;
  /** Undefined: the app built here. */
  readonly appFolder: string | undefined;
}

/** Serving with someone's own settings. */
export interface ServeOptions {
  readonly kind: 'serve';
  readonly settingsFile: string;
  readonly port: number;
  /** Undefined: the app built here. */
  readonly appFolder: string | undefined;
}

export interface ReadOptions {
  readonly options: DemoOptions | ServeOptions | { readonly kind: 'help' };
  /** In words; with any the options must not be used. */
  readonly faults: readonly string[];
}

export const defaultPort = 7071;

const known = {
  once: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  tenants: { type: 'string' },
  incidents: { type: 'string' },
  seed: { type: 'string' },
  port: { type: 'string' },
  settings: { type: 'string' },
  data: { type: 'string' },
  app: { type: 'string' },
} as const;

type Name = keyof typeof known;
type Given = Partial<Record<Name, string | true>>;

const demoOnly = ['once', 'json', 'tenants', 'incidents', 'seed', 'data'] as const satisfies readonly Name[];
const names = Object.keys(known) as Name[];

/** Reads the words after `npm start --`; every fault is named, not only the first. `env` shows what npm kept for itself. */
export function readOptions(words: readonly string[], env: NodeJS.ProcessEnv = {}): ReadOptions {
  const { given, faults } = readWords(words);
  if (given.help === true) return { options: { kind: 'help' }, faults: [] };
  const swallowed = swallowedByNpm(env);
  if (swallowed.length > 0)
    faults.push(
      `npm kept ${swallowed.join(', ')} for itself: put a -- before the options, npm start -- ${swallowed.join(' ')}`,
    );
  const number = (name: Name, min: number, max: number): number | undefined =>
    wholeNumber(name, given[name], { min, max }, faults);
  const port = number('port', 0, 65_535) ?? defaultPort;
  const counts = {
    tenants: number('tenants', 1, 10_000),
    incidents: number('incidents', 0, 100_000),
    seed: number('seed', 0, 2_147_483_647),
  };
  const appFolder = textOf(given.app);
  if (given.data === '') faults.push('--data needs a folder');
  if (given.app === '') faults.push('--app needs a folder');
  if (given.settings === '') faults.push('--settings needs a file');
  if (given.settings === undefined) {
    const [once, json] = [given.once === true, given.json === true];
    const dataFolder = textOf(given.data);
    return { options: { kind: 'demo', once, json, ...counts, port, dataFolder, appFolder }, faults };
  }
  const mixed = demoOnly.filter((name) => given[name] !== undefined).map((name) => `--${name}`);
  if (mixed.length > 0)
    faults.push(`--settings serves with your own settings and has no demo: ${mixed.join(', ')} cannot go with it`);
  return { options: { kind: 'serve', settingsFile: textOf(given.settings) ?? '', port, appFolder }, faults };
}

function readWords(words: readonly string[]): { given: Given; faults: string[] } {
  const { tokens } = parseArgs({ args: withEmptyValues(words), options: known, strict: false, tokens: true });
  const given: Given = {};
  const faults: string[] = [];
  for (const [at, token] of tokens.entries()) {
    // The word behind an option nobody knows is most likely its value.
    const isItsValue = isUnknown(tokens[at - 1]);
    if (token.kind === 'positional' && !isItsValue)
      faults.push(`"${token.value}" is not expected: options begin with --`);
    if (token.kind !== 'option') continue;
    const name = names.find((each) => each === token.name);
    if (name === undefined) faults.push(`${token.rawName} is not an option${nearest(token.name)}`);
    else if (given[name] !== undefined) faults.push(`--${name} is given twice`);
    else if (known[name].type === 'boolean' && token.value !== undefined) faults.push(`--${name} takes no value`);
    else given[name] = token.value ?? true;
  }
  return { given, faults };
}

function isUnknown(token: { readonly kind: string; readonly name?: string } | undefined): boolean {
  return token?.kind === 'option' && !names.some((name) => name === token.name);
}

/** An option without its value must not swallow the option behind it. */
function withEmptyValues(words: readonly string[]): string[] {
  return words.map((word, at) => {
    const needsValue = names.some((name) => word === `--${name}` && known[name].type === 'string');
    const next = words[at + 1];
    return needsValue && (next === undefined || next.startsWith('--')) ? `${word}=` : word;
  });
}

function wholeNumber(
  name: Name,
  given: string | true | undefined,
  { min, max }: { min: number; max: number },
  faults: string[],
): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (typeof given === 'string' && /^\d{1,12}$/.test(given) && value >= min && value <= max) return value;
  const shown = given === '' ? 'but has no value' : `not "${given}"`;
  faults.push(`--${name} must be a whole number from ${min} to ${max}, ${shown}`);
  return undefined;
}

function textOf(given: string | true | undefined): string | undefined {
  return typeof given === 'string' && given !== '' ? given : undefined;
}

/** Without `--` npm takes options as its own and hands them over as variables. */
function swallowedByNpm(env: NodeJS.ProcessEnv): string[] {
  return (['once', 'tenants', 'incidents', 'seed', 'settings', 'app'] as const)
    .filter((name) => (env[`npm_config_${name}`] ?? '') !== '')
    .map((name) => `--${name}`);
}

function nearest(given: string): string {
  const letters = (text: string): string => Array.from(text).sort().join('');
  const like = names.find(
    (name) => name.startsWith(given) || given.startsWith(name) || letters(name) === letters(given),
  );
  return like === undefined ? '' : `; did you mean --${like}?`;
}
