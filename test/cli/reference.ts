import type { Command } from 'commander';
import { examplesOf } from '../../cli/commands/command';

/** What --help says of every command, as the middle of docs/cli.md. */
export const referenceOf = (program: Command): string =>
  [...overview(program), '', ...leaves(program).flatMap((command) => [...section(command), ''])].join('\n').trimEnd();

/** Commands that do something, in the order of the help. */
export const leaves = (command: Command): Command[] => {
  const below = visible(command);
  return below.length === 0 ? [command] : below.flatMap(leaves);
};

const visible = (command: Command): Command[] =>
  [...command.createHelp().visibleCommands(command)].filter((each) => each.name() !== 'help');

const overview = (program: Command): string[] => [
  '| option of every command | meaning |',
  '| --- | --- |',
  ...optionRows(program),
];

const section = (command: Command): string[] => {
  const options = optionRows(command);
  const lines = examplesOf(command).map(([line, what]) => (what === '' ? line : `${line}    # ${what}`));
  return [
    `## \`${pathOf(command)}${argumentsOf(command)}\``,
    '',
    command.description(),
    '',
    ...(options.length === 0 ? [] : ['| option | meaning |', '| --- | --- |', ...options, '']),
    '```sh',
    ...lines,
    '```',
  ];
};

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

const argumentsOf = (command: Command): string =>
  command.registeredArguments.map((each) => (each.required ? ` <${each.name()}>` : ` [${each.name()}]`)).join('');

const optionRows = (command: Command): string[] => {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map(
      (option) =>
        `| \`${help.optionTerm(option)}\` | ${help.optionDescription(option).replaceAll('|', '\\|').replaceAll('<', '\\<')} |`,
    );
};
