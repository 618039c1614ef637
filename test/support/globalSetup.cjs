const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, rmSync } = require('node:fs');
const { join, relative } = require('node:path');

const root = join(__dirname, '..', '..');
const dist = join(root, 'dist');

/** Tests that start processes run the built app. Type errors are told but left to `npm run typecheck`: the compiler emits despite them. */
module.exports = () => {
  removeLeftovers();
  const compiler = require.resolve('typescript/bin/tsc');
  const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) process.stderr.write(`${built.stdout}${built.stderr}`);
  if (!existsSync(join(dist, 'local', 'start.js'))) throw new Error('tsc -p tsconfig.build.json made no dist/');
};

/** The host loads every file below dist/functions: one whose source is gone would live on as a ghost. */
function removeLeftovers() {
  if (!existsSync(dist)) return;
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    const source = join(root, relative(dist, join(dist, file)).replace(/\.js$/, '.ts'));
    if (!existsSync(source)) rmSync(join(dist, file));
  }
}
