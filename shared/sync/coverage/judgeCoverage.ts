import type { Access } from '../../model/access';
import type { CoverageWindow, Span } from '../../model/coverage';
import type { CoverageAnswer, ShownGap } from '../../model/coverageReport';
import type { QuarantineEntry, QuarantineStage } from '../../model/quarantine';
import type { Time7 } from '../../model/time7';
import { beginning, minusMinutes } from '../../model/time7';
import { without } from './span';
import type { ReadingFacts } from './standstill';
import { standstillOf } from './standstill';

export interface JudgedFacts extends ReadingFacts {
  readonly asked: Span;
  readonly access: Pick<Access, 'state' | 'reason' | 'cure'>;
  readonly ledger: { readonly whole: boolean };
  /** What is claimed of the range; all three lie in it at least in part. */
  readonly windows: readonly CoverageWindow[];
  readonly gaps: readonly ShownGap[];
  readonly quarantined: readonly QuarantineEntry[];
}

/** An answer this finding allows at best, and its sentence. */
type Finding = readonly [CoverageAnswer, string];

/** Of a kind; the rest are counted. */
const maxTold = 5;

/** `no` where something is known to be missing, `unknown` where anything is not known, `yes` only for what was read through whole. */
export const judgeCoverage = (
  facts: JudgedFacts,
): { readonly answer: CoverageAnswer; readonly because: readonly string[] } => {
  const findings = [
    ...openGaps(facts),
    ...missingIncidents(facts),
    ...plannedGaps(facts),
    ...unread(facts),
    ...unrecorded(facts),
    ...beforeFirstReading(facts),
    ...foundLate(facts),
  ];
  const answers = new Set(findings.map(([answer]) => answer));
  const answer = (['no', 'unknown'] as const).find((one) => answers.has(one)) ?? 'yes';
  return { answer, because: findings.map(([, sentence]) => sentence) };
};

const said = (time: string): string => (time === beginning ? 'the beginning' : `${time.slice(0, 19)}Z`);

/** Only those the cursor holds, which have a next try: a standstill is told by `unread`. */
const openGaps = ({ gaps }: JudgedFacts): readonly Finding[] => {
  const open = gaps.filter(({ state, nextTry }) => state === 'open' && nextTry !== null);
  return told(
    open.map(
      ({ from, to, reason, attempts, nextTry }) =>
        `From ${said(from)} to ${said(to)} not everything could be read (${reason}), after ${attempts ?? 0} further tries; the next is due at ${said(nextTry ?? '')}, by itself.`,
    ),
    'no',
    'further ranges could not be read whole',
  );
};

/** Where there is no row of it, or an older one. */
const withoutRow: ReadonlySet<QuarantineStage> = new Set(['whole', 'stored']);

const missingIncidents = ({ quarantined }: JudgedFacts): readonly Finding[] =>
  told(
    quarantined
      .filter(({ stage }) => withoutRow.has(stage))
      .map(
        ({ incidentId, reason, nextTry }) =>
          `Incident ${incidentId} cannot be stored (${reason}); it is tried again at ${said(nextTry)}, by itself.`,
      ),
    'no',
    'further incidents cannot be stored',
  );

const told = (sentences: readonly string[], answer: CoverageAnswer, more: string): readonly Finding[] => {
  const findings = sentences.slice(0, maxTold).map((sentence): Finding => [answer, sentence]);
  const rest = sentences.length - findings.length;
  return rest === 0 ? findings : [...findings, [answer, `${rest} ${more}; the lists beside this name them.`]];
};

const plannedGaps = ({ gaps }: JudgedFacts): readonly Finding[] => {
  const planned = gaps.filter(({ state, nextTry }) => state === 'planned' && nextTry !== null);
  const [first] = planned;
  if (first === undefined) return [];
  const last = planned.reduce((to, gap) => (gap.to > to ? gap.to : to), first.to);
  return [
    [
      'unknown',
      `Between ${said(first.from)} and ${said(last)} ${planned.length} range(s) still wait to be read (${first.reason}); the next runs go on with them by themselves.`,
    ],
  ];
};

const unread = (facts: JudgedFacts): readonly Finding[] => {
  const { asked, state, nowMs } = facts;
  const { readThrough } = state.cursor;
  if (readThrough !== undefined && readThrough >= asked.to) return [];
  const now = new Date(nowMs).toISOString();
  if (readThrough !== undefined && asked.from.slice(0, 19) > now.slice(0, 19))
    return [['unknown', 'The range lies in the future, of which nothing can be known.']];
  const what =
    readThrough === undefined ? 'This tenant was never read through' : `Nothing after ${said(readThrough)} is read yet`;
  return [['unknown', `${what}: ${nextStep(facts)}`]];
};

const nextStep = (facts: JudgedFacts): string => {
  const { enabled, access, state } = facts;
  const standstill = standstillOf(facts);
  if (!enabled) return 'reading is switched off; set enabled to true to go on.';
  if (access.state === 'blocked')
    return `access is blocked (${access.reason ?? 'unknown'}); it is tried again every 15 minutes. ${access.cure ?? ''}`.trim();
  if (state.lastRun?.state === 'failed')
    return `the last run failed (${state.lastRun.code ?? 'unknown'}); it is tried again by itself.`;
  if (standstill === undefined) return 'the next run reads on.';
  return `${standstill}; the next run reads all of it. If this lasts, check that the app's timer runs.`;
};

const unrecorded = ({ asked, state, ledger, windows }: JudgedFacts): readonly Finding[] => {
  const { readThrough } = state.cursor;
  if (readThrough === undefined) return [];
  if (!ledger.whole) return [['unknown', 'The range holds more windows than one answer can; ask for a shorter one.']];
  const claimable = without([asked], [{ from: readThrough, to: later(readThrough, asked.to) }]);
  const [hole] = without(claimable, windows);
  if (hole === undefined) return [];
  const cure = 'A reconcile of the range (POST …/reconcile) stores what is missing of it; the ledger stays silent.';
  return [
    [
      'unknown',
      `The ledger says nothing of ${said(hole.from)} to ${said(hole.to)}: its records are kept for a time only, or were lost. ${cure}`,
    ],
  ];
};

const later = (a: Time7, b: Time7): Time7 => (a > b ? a : b);

/** Defender keeps incidents for so many days. */
const keptDays = 180;

/** What Defender showed at `time` cannot be older. */
export const oldestShownAt = (time: Time7): Time7 => minusMinutes(time, keptDays * 1_440);

const beforeFirstReading = ({ asked, windows }: JudgedFacts): readonly Finding[] => {
  const first = windows.find(({ from }) => from === beginning);
  if (first === undefined || asked.from >= first.to) return [];
  const oldest = oldestShownAt(first.to);
  if (asked.from < oldest)
    return [
      [
        'unknown',
        `Of what was last updated before ${said(oldest)} Defender showed nothing any more when this tenant was first read: it keeps incidents for ${keptDays} days.`,
      ],
    ];
  return [['yes', `What lies before ${said(first.to)} is stored as this tenant's first reading found it then.`]];
};

const foundLate = ({ windows }: JudgedFacts): readonly Finding[] => {
  const late = windows.reduce((sum, window) => sum + window.foundLate, 0);
  if (late === 0) return [];
  return [['yes', `${late} version(s) were found only by the nightly deep read; they are stored since.`]];
};
