/**
 * Loads the project's TypeScript as it is, without a build, and can load it with one text replaced: that is how a defect is planted. The
 * product knows nothing of this; the replaced text exists only in the memory of the process that asked for it.
 */
const { readFileSync, existsSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join, relative, resolve } = require('node:path');
const { transformSync } = require('@swc/core');

const root = join(__dirname, '..', '..');
const compiled = new Map();
let patches = [];

const options = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
  sourceMaps: false,
};

const sourceOf = (filename) => {
  const text = readFileSync(filename, 'utf8');
  const path = relative(root, filename);
  return patches
    .filter(({ file }) => file === path)
    .reduce((source, { name, find, replace }) => {
      const at = source.indexOf(find);
      if (at < 0) throw new Error(`defect "${name}": ${path} no longer holds the text it replaces`);
      if (source.indexOf(find, at + 1) >= 0) throw new Error(`defect "${name}": ${path} holds the text more than once`);
      return source.slice(0, at) + replace + source.slice(at + find.length);
    }, text);
};

require.extensions['.ts'] = (module, filename) => {
  const source = sourceOf(filename);
  const key = `${filename}\0${source}`;
  const code = compiled.get(key) ?? transformSync(source, { ...options, filename }).code;
  compiled.set(key, code);
  module._compile(code, filename);
};

/** The SDK that speaks to Entra is replaced by one that asks the day's own Entra; loading the real one costs more than a hundred days. */
const standIns = new Map([['@azure/identity', join(__dirname, 'day', 'entraSdk.ts')]]);

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const standIn = standIns.get(request);
  if (standIn !== undefined && parent?.filename?.startsWith(join(root, 'shared'))) return standIn;
  if (request.startsWith('.') && parent?.filename?.endsWith('.ts')) {
    const base = resolve(dirname(parent.filename), request);
    for (const path of [`${base}.ts`, join(base, 'index.ts')]) if (existsSync(path)) return path;
  }
  return resolveFilename.call(this, request, parent, ...rest);
};

/** The project's modules anew, with these texts replaced: `module` is a path from here. */
exports.loadWith = (defects, module) => {
  patches = defects;
  for (const path of Object.keys(require.cache))
    if (path.endsWith('.ts') && path.startsWith(root)) Reflect.deleteProperty(require.cache, path);
  try {
    return require(join(__dirname, module));
  } finally {
    patches = [];
  }
};

/** One more module beside those loaded last. */
exports.loadWith.require = (module) => require(join(__dirname, module));
