const { loadWith } = require('./register.cjs');

// What real processes need takes a second to load; the other runs do without.
loadWith([], process.argv.includes('--kill') ? 'kill/main.ts' : 'main.ts');
