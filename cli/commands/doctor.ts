import type { Command } from 'commander';
import { cell, oneLine, widthOf, wrap } from '../../shared/terminal/cells';
import type { Palette } from '../../shared/terminal/terminal';
import { undiciSend } from '../../shared/send';
import { checkEntra } from '../doctor/checkEntra';
import { asFinding, checkRelay } from '../doctor/checkRelay';
import { checkSettings } from '../doctor/checkSettings';
import type { Finding, Verdict } from '../doctor/finding';
import { Failure } from '../failure';
import { authorityOf } from '../profiles/profile';
import type { GlobalOptions, Session } from '../session';
import { openSession, outputFor } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';

interface DoctorOptions {
  readonly settings?: string;
}

export const addDoctorCommand = (program: Command): void => {
  const command = program
    .command('doctor')
    .summary('look for what is wrong, and name the cure')
    .description(
      "Look at everything between here and the relay: address, clock, Entra, sign-in, and what the relay says of itself; with the app's settings at hand also those, its vault and its storage. Reads no tenant data. Exit code 1 where something failed.",
    )
    .option('--settings <file>', "the app's settings, like local.settings.json (default: the environment)");
  act<DoctorOptions>(command, doctor);
  examples(command, [
    ['xdr-relay doctor', 'from your own machine'],
    ['xdr-relay doctor --settings local.settings.json', "with the app's settings"],
    ['xdr-relay doctor --json', 'for a monitor'],
  ]);
};

const doctor = async ({ options }: Typed<DoctorOptions>): Promise<number> => {
  const out = outputFor(options);
  out.stderr.status('Looking …');
  const ofRelay = await ofProfile(options);
  const findings = [...ofRelay, ...(await ofSettings(options, ofRelay))];
  const nameWidth = Math.max(...findings.map(({ name }) => widthOf(name)));
  const isWell = findings.every(({ verdict }) => verdict !== 'failed');
  out.answer({ ok: isWell, findings }, () => [
    ...findings.flatMap((finding) => lines(finding, nameWidth, out)),
    '',
    isWell ? 'Nothing is broken.' : 'Something is broken: the first ✗ comes first.',
  ]);
  return isWell ? 0 : 1;
};

const ofProfile = async (options: GlobalOptions): Promise<readonly Finding[]> => {
  let session: Session;
  try {
    session = await openSession(options);
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 1) return [asFinding('profile', error)];
    throw error;
  }
  const { name, profile } = session.chosen;
  const [entra, relay] = await Promise.all([
    checkEntra(session.send, authorityOf(profile), profile.tenant),
    checkRelay(session),
  ]);
  return [{ name: 'profile', verdict: 'ok', detail: `${name}, ${profile.url}` }, ...entra, ...relay];
};

/** Entra was asked already where the settings name the same tenant. */
const ofSettings = async (
  options: DoctorOptions & GlobalOptions,
  before: readonly Finding[],
): Promise<readonly Finding[]> => {
  const found = await checkSettings(options, undiciSend());
  return found.filter(({ name, detail }) => !before.some((one) => one.name === name && one.detail === detail));
};

const marks: Readonly<Record<Verdict, readonly [string, (palette: Palette) => (text: string) => string]>> = {
  ok: ['✓', ({ green }) => green],
  warning: ['!', ({ yellow }) => yellow],
  failed: ['✗', ({ red }) => red],
  skipped: ['·', ({ dim }) => dim],
};

const lines = ({ name, verdict, detail, cure }: Finding, nameWidth: number, out: Session['out']): readonly string[] => {
  const { palette } = out.stdout;
  const [mark, paint] = marks[verdict];
  const indent = nameWidth + 4;
  const textWidth = Math.max(30, Math.min(out.width, 110) - indent);
  const [first = '', ...more] = wrap(oneLine(detail), textWidth);
  const advice = cure === undefined || verdict === 'ok' ? [] : wrap(oneLine(cure), textWidth);
  return [
    `${paint(palette)(mark)} ${cell(name, nameWidth)}  ${first}`,
    ...more.map((line) => `${' '.repeat(indent)}${line}`),
    ...advice.map((line) => `${' '.repeat(indent)}${palette.bold(line)}`),
  ];
};
