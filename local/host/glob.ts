import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Files under `root` matching a package.json `main`: a plain path or a glob with `*`, `**`, `?` and `{a,b}`.
 * Paths are relative to `root`, with forward slashes, sorted. Node 20 has no `fs.globSync`.
 */
export function matchFiles(root: string, pattern: string): string[] {
  const clean = pattern.replaceAll('\\', '/').replace(/^\.\//, '');
  const expression = toExpression(clean);
  const literalFolders = clean.split('/').slice(0, -1);
  const firstWildcard = literalFolders.findIndex((part) => /[*?{]/.test(part));
  const start = (firstWildcard < 0 ? literalFolders : literalFolders.slice(0, firstWildcard)).join('/');
  return walk(root, start)
    .filter((path) => expression.test(path))
    .sort();
}

function walk(root: string, folder: string): string[] {
  return readFolder(join(root, folder)).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(root, path);
    return [path];
  });
}

function readFolder(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return []; // A folder that is not there holds no matching file; loadApp reports an empty match.
  }
}

function toExpression(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*\*\/|\*\*|\*|\?|\{[^}]*\}|[.+^$()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:[^/]+/)*';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.startsWith('{')) return `(?:${token.slice(1, -1).split(',').map(escape).join('|')})`;
    return `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
