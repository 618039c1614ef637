const { spawnSync } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { removeGhosts } = require('../../local/removeGhosts.cjs');

const root = join(__dirname, '..', '..');

/** Tests that start processes run the built app. Type errors are told here and left to `npm run typecheck`: the compiler emits despite them. */
module.exports = () => {
  process.env.XDR_RELAY_LEAKS = join(tmpdir(), `xdr-relay-leaks-${process.pid}`);
  writeFileSync(process.env.XDR_RELAY_LEAKS, '');
  removeGhosts();
  const compiler = require.resolve('typescript/bin/tsc');
  const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) process.stderr.write(`${built.stdout}${built.stderr}`);
};
