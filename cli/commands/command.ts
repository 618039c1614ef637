import type { Command } from 'commander';
import type { GlobalOptions } from '../session';

/** What was typed: arguments in their order, options by name. */
export interface Typed<Options> {
  readonly args: readonly string[];
  readonly options: Options & GlobalOptions;
}

/** Hands a command its work; the number it answers is the exit code. */
export const act = <Options extends object = object>(
  command: Command,
  work: (typed: Typed<Options>) => Promise<number | undefined>,
): Command =>
  command.action(async () => {
    const options = command.optsWithGlobals<Options & GlobalOptions>();
    process.exitCode = (await work({ args: command.args, options })) ?? 0;
  });

/** What to type, and what that does where it does not say so itself. */
export type Example = readonly [string, string];

const shown = new WeakMap<Command, readonly Example[]>();

export const examplesOf = (command: Command): readonly Example[] => shown.get(command) ?? [];

/** Examples under a command's help. */
export const examples = (command: Command, lines: readonly Example[]): Command => {
  shown.set(command, lines);
  const width = Math.max(...lines.map(([line]) => line.length));
  const text = lines.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`.trimEnd());
  return command.addHelpText('after', `\nExamples:\n${text.join('\n')}`);
};

export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
