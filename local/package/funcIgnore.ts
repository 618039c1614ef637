/**
 * Whether `func azure functionapp publish` (Core Tools 4) leaves a file out, by a .funcignore's text. `path` is relative to the
 * app, with forward slashes. It is no gitignore: every pattern is anchored at the root and matches a prefix that ends at
 * a word's edge, `*` and `**` need at least one character, and a `!` pattern always wins.
 * @see https://github.com/Azure/azure-functions-core-tools/blob/main/src/Cli/func/Common/GitIgnoreParser.cs
 */
export function leftOutByCoreTools(funcIgnore: string): (path: string) => boolean {
  const patterns = linesOf(funcIgnore);
  const denied = expressionOf(patterns.filter((line) => !line.startsWith('!')));
  const accepted = expressionOf(patterns.filter((line) => line.startsWith('!')).map((line) => line.slice(1)));
  const always = ['.git', '.vscode', '.gitignore', '.funcignore', 'local.settings.json'];
  return (path) =>
    always.some((name) => path === name || path.startsWith(`${name}/`)) || (denied.test(path) && !accepted.test(path));
}

/** Patterns of an ignore file: no comments, no empty lines. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function expressionOf(patterns: readonly string[]): RegExp {
  if (patterns.length === 0) return /$^/;
  const alternatives = patterns.map((pattern) => {
    const escaped = pattern.replace(/^\//, '').replace(/[-[\]/{}()+?.\\^$|]/g, String.raw`\$&`);
    return `(${escaped.replaceAll('**', '(.+)').replaceAll('*', String.raw`([^\/]+)`)})`;
  });
  return new RegExp(String.raw`^(${alternatives.join('|')})\b`);
}
