import type { Command } from 'commander';
import { oneLine, wrap } from '../../shared/terminal/cells';
import type { Palette } from '../../shared/terminal/terminal';
import { words } from '../../shared/terminal/wording';
import type { Column } from '../print/table';
import { facts, table } from '../print/table';
import { when } from '../print/times';
import { findTenantId } from '../relay/findTenant';
import type { CoverageAnswer, CoverageLine } from '../relay/shapes';
import { coverageLineShape, coverageShape } from '../relay/shapes';
import type { Session } from '../session';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';

interface CoverageOptions {
  readonly from?: string;
  readonly to?: string;
}

export const addCoverageCommand = (program: Command): void => {
  const command = program
    .command('coverage [tenant]')
    .summary('whether anything was missed')
    .description(
      'Whether everything is stored that Defender showed in a range of its time, for all tenants in your sight or for one with its ledger. Exit code 1 where the answer is not yes.',
    )
    .option('--from <time>', 'an instant such as 2026-11-20T00:00:00Z (default: a day before the end)')
    .option('--to <time>', 'exclusive (default: as far as was read)');
  act<CoverageOptions>(command, coverage);
  examples(command, [
    ['xdr-relay coverage', 'the last day, tenant by tenant'],
    ['xdr-relay coverage contoso --from 2026-11-01T00:00:00Z --to 2026-11-08T00:00:00Z', ''],
  ]);
};

const coverage = async ({ args, options }: Typed<CoverageOptions>): Promise<number> => {
  const session = await openSession(options);
  const range = { from: options.from, to: options.to };
  const [tenant] = args;
  return tenant === undefined ? ofAll(session, range) : ofOne(session, tenant, range);
};

/** Under a yes it only says what the yes does not. */
const becauseColumn: Column<CoverageLine> = {
  head: 'BECAUSE',
  text: ({ answer, because }) => (answer === 'yes' ? '' : because[0]),
  least: 20,
};

type Range = Readonly<Record<'from' | 'to', string | undefined>>;

const ofAll = async ({ out, relay }: Session, range: Range): Promise<number> => {
  const { items } = await relay.list('coverage', coverageLineShape, range);
  const { palette } = out.stdout;
  out.answer({ items }, () =>
    items.length === 0
      ? ['No tenant is registered in your sight.']
      : [
          ...table(
            items,
            [
              { head: 'TENANT', text: ({ tenantName }) => tenantName, least: 12 },
              {
                head: 'ALL STORED',
                text: ({ answer }) => answer,
                paint: ({ answer }, colours) => answerPaint(answer, colours),
              },
              { head: 'FROM', text: ({ from }) => when(from) },
              { head: 'TO', text: ({ to }) => when(to) },
              { head: 'STORED', text: ({ incidents }) => incidents.stored, align: 'right' },
              { head: 'FOUND LATE', text: ({ foundLate }) => foundLate, align: 'right' },
              ...(items.every(({ answer }) => answer === 'yes') ? [] : [becauseColumn]),
            ],
            { width: out.width, palette },
          ),
        ],
  );
  return items.every(({ answer }) => answer === 'yes') ? 0 : 1;
};

const ofOne = async ({ out, relay }: Session, typed: string, range: Range): Promise<number> => {
  const tenantId = await findTenantId(relay, typed);
  const report = await relay.get(`tenants/${tenantId}/coverage`, coverageShape, range);
  out.answer(report, () => reportLines(report, out));
  return report.answer === 'yes' ? 0 : 1;
};

const reportLines = (report: CoverageAnswer, out: Session['out']): readonly string[] => {
  const { palette } = out.stdout;
  const look = { width: out.width, palette };
  const width = Math.min(out.width, 110);
  const { answer, because, incidents, windows, gaps, blockedPeriods } = report;
  return [
    `${palette.bold(oneLine(report.tenantName))}  everything stored: ${answerPaint(answer, palette)(answer)}`,
    '',
    ...facts(
      [
        ['From', when(report.from)],
        ['To', when(report.to)],
        ['Read through', when(report.readThrough) ?? 'nothing yet'],
        [
          'Incidents',
          `${incidents.stored} stored; ${incidents.listed} listed, ${incidents.new} new, ${incidents.changed} changed`,
        ],
        ['Found late', report.foundLate],
      ],
      out.stdout,
    ),
    '',
    ...because.flatMap((sentence) => wrap(oneLine(sentence), width)),
    ...(windows.length === 0
      ? []
      : [
          '',
          ...table(
            windows,
            [
              { head: 'FROM', text: ({ from }) => when(from) },
              { head: 'TO', text: ({ to }) => when(to) },
              { head: 'STATE', text: ({ state }) => state },
              { head: 'PASSES', text: ({ passes }) => passes, align: 'right' },
              { head: 'LISTED', text: ({ listed }) => listed, align: 'right' },
              { head: 'NEW', text: (row) => row.new, align: 'right' },
              { head: 'CHANGED', text: ({ changed }) => changed, align: 'right' },
            ],
            look,
          ),
        ]),
    ...gaps.map((gap) =>
      palette.yellow(`Gap ${when(gap.from)} to ${when(gap.to)}: ${gap.state}, ${oneLine(words(gap.reason))}`),
    ),
    ...blockedPeriods.flatMap(({ from, to, reason, cure, link }) => [
      palette.yellow(`Blocked ${when(from)} to ${when(to) ?? 'now'}: ${oneLine(words(reason))}`),
      ...(cure === null ? [] : wrap(oneLine(cure), width - 2).map((line) => `  ${line}`)),
      ...(link === null ? [] : [`  ${oneLine(link)}`]),
    ]),
  ];
};

const answerPaint = (answer: string, palette: Palette): ((text: string) => string) => {
  if (answer === 'yes') return palette.green;
  return answer === 'no' ? palette.red : palette.yellow;
};
