/** What must be there when functions are registered; every other dependency waits for the first call that needs it. */
const wantedAtLoad = ['@azure/functions', 'durable-functions', 'zod'];

/** The second file of the package, which holds what waits. */
export const sdkFile = './sdk.js';

/** Names out of package.json's dependencies. */
export function waitingPackages(dependencies: readonly string[]): string[] {
  return dependencies.filter((name) => !wantedAtLoad.includes(name)).sort();
}

const requireLine = /^(const|let|var) (\w+) = (?:__import(?:Star|Default)\()?require\("([^"]+)"\)\)?;$/gm;

/**
 * Compiled code of ours in which the packages named are taken from the second file when one of their exports is first
 * used. TypeScript reads an import by property (`undici_1.request`) at each use, so a stand-in that fetches on the first read
 * changes nothing but the moment.
 */
export function withLazyImports(code: string, packages: readonly string[]): string {
  return code.replace(requireLine, (line, _keyword: string, name: string, id: string) => {
    if (!packages.includes(id)) return line;
    if (line.includes('__import')) throw new Error(`Import ${id} by name: ${line} cannot wait for its first use.`);
    const fetch = `require(${JSON.stringify(sdkFile)})[${JSON.stringify(id)}]()`;
    return `const ${name} = ((loaded) => new Proxy({}, { get: (_, key) => (loaded ??= ${fetch})[key] }))();`;
  });
}

/** Source of the second file: each package by name, loaded once asked for. */
export function sdkSource(packages: readonly string[]): string {
  return packages.map((id) => `exports[${JSON.stringify(id)}] = () => require(${JSON.stringify(id)});`).join('\n');
}
