const { existsSync, readdirSync, rmSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const dist = join(root, 'dist');

/** Takes away compiled files whose source is gone: the compiler leaves them, and the host loads every file below dist/functions. */
function removeGhosts() {
  if (!existsSync(dist)) return;
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const isGhost = file.endsWith('.js') && !existsSync(join(root, file.replace(/\.js$/, '.ts')));
    if (isGhost) rmSync(join(dist, file));
  }
}

module.exports = { removeGhosts };

if (require.main === module) removeGhosts();
