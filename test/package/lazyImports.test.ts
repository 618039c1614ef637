import { compileFunction } from 'node:vm';
import { sdkSource, waitingPackages, withLazyImports } from '../../local/package/lazyImports';

/** Runs compiled code with `require` answered by `modules`; tells what was fetched, in order. */
function run(code: string, modules: Record<string, unknown>): { exports: Record<string, unknown>; fetched: string[] } {
  const fetched: string[] = [];
  const exports: Record<string, unknown> = {};
  const require = (id: string): unknown => {
    fetched.push(id);
    return modules[id];
  };
  const load = compileFunction(withLazyImports(code, ['slow']), ['exports', 'require']) as (
    ...given: unknown[]
  ) => void;
  load(exports, require);
  return { exports, fetched };
}

const compiled = `"use strict";
const slow_1 = require("slow");
const fast_1 = require("fast");
exports.use = () => (0, slow_1.work)(fast_1.n);
exports.isSlow = (x) => x instanceof slow_1.Slow;
`;
class Slow {
  readonly kind = 'slow';
}
const modules = { './sdk.js': { slow: () => ({ work: (n: number) => n + 1, Slow }) }, fast: { n: 41 } };

test('a package that waits is fetched when it is first used, and once', () => {
  const { exports, fetched } = run(compiled, modules);
  expect(fetched).toEqual(['fast']);
  expect((exports.use as () => number)()).toBe(42);
  expect((exports.use as () => number)()).toBe(42);
  expect(fetched).toEqual(['fast', './sdk.js']);
});

test('a class of a package that waits still recognises its objects', () => {
  const { exports } = run(compiled, modules);
  expect((exports.isSlow as (x: unknown) => boolean)(new Slow())).toBe(true);
});

test.each(['__importStar', '__importDefault'])(
  'an import by %s of a package that waits is refused by name',
  (helper) => {
    expect(() => withLazyImports(`const slow_1 = ${helper}(require("slow"));`, ['slow'])).toThrow(
      'Import slow by name',
    );
  },
);

test('code without such imports stays as it is', () => {
  const code = 'const a = require("fast");\nconst text = `const slow_1 = require("slow")`;\n';
  expect(withLazyImports(code, ['slow'])).toBe(code);
});

test('all dependencies wait but those that register functions and check shapes', () => {
  expect(waitingPackages(['zod', 'undici', '@azure/functions', 'durable-functions', 'jose'])).toEqual([
    'jose',
    'undici',
  ]);
});

test('the second file loads no package before it is asked for it', () => {
  const loaded: string[] = [];
  const exports: Record<string, () => unknown> = {};
  (compileFunction(sdkSource(['a', 'b']), ['exports', 'require']) as (...given: unknown[]) => void)(
    exports,
    (id: string) => loaded.push(id),
  );
  expect(loaded).toEqual([]);
  exports.b?.();
  expect(loaded).toEqual(['b']);
});
