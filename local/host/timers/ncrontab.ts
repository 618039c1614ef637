import { CronosExpression } from 'cronosjs';

/** A timer's schedule, in UTC. */
export interface Schedule {
  /** The first occurrence after `time`; undefined if there is none any more. */
  next(time: Date): Date | undefined;
}

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
/** Field by field: name, and the smallest and largest number. NCRONTAB's Sunday is 0, never 7. */
const fields: readonly [name: string, from: number, to: number, names?: readonly string[]][] = [
  ['second', 0, 59],
  ['minute', 0, 59],
  ['hour', 0, 23],
  ['day', 1, 31],
  ['month', 1, 12, months],
  ['day of week', 0, 6, days],
];

/**
 * An NCRONTAB expression of 6 fields (seconds first) or 5, read as the timer extension reads it.
 * @throws Error that names the expression and the field at fault
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export function parseNcrontab(expression: string): Schedule {
  if (/^(?:\d+\.)?\d+:\d+(?::\d+)?$/.test(expression.trim())) {
    throw new Error(
      `local/host does not support the time span "${expression}" as a schedule; use an NCRONTAB expression.`,
    );
  }
  const given = expression.trim().split(/\s+/);
  const parts = given.length === 5 ? ['0', ...given] : given;
  if (parts.length !== 6) throw new Error(`schedule "${expression}" needs 6 fields (or 5 without seconds).`);
  const read = parts.map((part, index) => readField(part, index, expression));
  if (!canCome(read[3] ?? '', read[4] ?? '')) return { next: () => undefined };
  const inMonth = CronosExpression.parse(read.with(5, '*').join(' '), { timezone: 'UTC' });
  const inWeek = CronosExpression.parse(read.with(3, '*').join(' '), { timezone: 'UTC' });
  return { next: (time) => nextOfBoth(inMonth, inWeek, time) };
}

/** Whether one of the months is long enough for one of the days; cronosjs would search 30 February to the end of time. */
function canCome(day: string, month: string): boolean {
  const firstDay = Math.min(...day.split(',').map((item) => (item.startsWith('*') ? 1 : Number.parseInt(item))));
  const monthSchedule = CronosExpression.parse(`0 0 0 1 ${month} *`, { timezone: 'UTC' });
  const months = monthSchedule
    .nextNDates(new Date('2027-12-31T12:00:00Z'), 12)
    .filter((date) => date.getUTCFullYear() === 2028);
  return months.some((date) => new Date(Date.UTC(2028, date.getUTCMonth() + 1, 0)).getUTCDate() >= firstDay);
}

/** cronosjs joins day and day of week by "or" where both are given; NCRONTAB wants both to hold. */
function nextOfBoth(inMonth: CronosExpression, inWeek: CronosExpression, time: Date): Date | undefined {
  let after = time;
  // 12,000 rounds reach beyond the 28 years after which any calendar day has met every weekday.
  for (let round = 0; round < 12_000; round++) {
    const byDay = inMonth.nextDate(after);
    const byWeekday = inWeek.nextDate(after);
    if (!byDay || !byWeekday) return undefined;
    if (byDay.getTime() === byWeekday.getTime()) return byDay;
    after = new Date(Math.max(byDay.getTime(), byWeekday.getTime()) - 1);
  }
  return undefined;
}

function readField(part: string, index: number, expression: string): string {
  const [name, from, to, names] = fields[index] ?? ['field', 0, 0];
  const items = part.split(',').map((item) => {
    const match = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(item);
    const [, start = '', end, step] = match ?? [];
    const low = start === '*' ? from : toNumber(start, names);
    const high = end === undefined ? low : toNumber(end, names);
    const wrong =
      !match || (start === '*' && end !== undefined) || low < from || high > to || low > high || step === '0';
    if (wrong || Number.isNaN(low) || Number.isNaN(high)) {
      throw new Error(`schedule "${expression}": "${item}" is no ${name} (${from} to ${to}).`);
    }
    const range = start === '*' ? '*' : end === undefined ? String(low) : `${low}-${high}`;
    return step === undefined ? range : `${range}/${step}`;
  });
  return items.join(',');
}

function toNumber(text: string, names: readonly string[] | undefined): number {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names?.findIndex((name) => text.length >= 3 && name.startsWith(text.toLowerCase())) ?? -1;
  if (index < 0) return NaN;
  return names?.length === 12 ? index + 1 : index;
}
