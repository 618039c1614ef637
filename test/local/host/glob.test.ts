import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { matchFiles } from '../../../local/host/glob';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'glob-'));
  const files = [
    'index.js',
    'dist/a.js',
    'dist/a.js.map',
    'dist/sub/b.js',
    'dist/sub/deep/c.mjs',
    'dist/node_modules/x/y.js',
  ];
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
});
afterAll(() => rmSync(root, { recursive: true }));

it.each([
  ['index.js', ['index.js']],
  ['./dist/*.js', ['dist/a.js']],
  ['dist/**/*.js', ['dist/a.js', 'dist/sub/b.js']],
  ['dist/**/*.{js,mjs}', ['dist/a.js', 'dist/sub/b.js', 'dist/sub/deep/c.mjs']],
  ['dist/?.js', ['dist/a.js']],
  ['dist/su[b/*.js', []],
  ['nowhere/**/*.js', []],
])('%s', (pattern, expected) => {
  expect(matchFiles(root, pattern)).toEqual(expected);
});
