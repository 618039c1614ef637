import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface BicepFile {
  readonly path: string;
  readonly text: string;
}

/** Every template and parameter file of infra/. */
export const bicepFiles = (): BicepFile[] =>
  readdirSync('infra', { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.bicep(param)?$/.test(path))
    .sort()
    .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join('infra', path), 'utf8') }));

/** The text without comments, so that a word in one proves nothing. */
export const codeOf = ({ text }: BicepFile): string => text.replace(/^\s*\/\/.*$/gm, '').replace(/\s\/\/ .*$/gm, '');
