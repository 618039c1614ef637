import { loopTurn } from '../loopTurn';
import type { Cursor, Gap } from '../model/cursor';
import type { Time7 } from '../model/time7';
import { beginning, latest, minusMinutes } from '../model/time7';
import type { Clock, IncidentSource } from '../ports';
import type { Allowance } from './allowance';
import { isWritten, judge } from './diff';
import { dueGaps, withGap, withGapReadThrough, withoutGap } from './gaps';
import type { PassWriter } from './passWriter';
import { readRange } from './readRange';
import type { Range, Stretch } from './stretch';

export interface PassDeps {
  readonly source: IncidentSource;
  readonly writer: PassWriter;
  readonly allowance: Allowance;
  readonly clock: Clock;
  readonly overlapMinutes: number;
}

/**
 * One run's reading: what changed since the last complete pass (or on from where one was cut), then the gaps that are due, newest first.
 * @returns `succeeded`, or `partial` where the allowance ended it
 */
export const runPass = async (deps: PassDeps): Promise<'succeeded' | 'partial'> => {
  if (!(await readHead(deps))) return 'partial';
  for (const gap of dueGaps(deps.writer.cursor, deps.clock.now())) if (!(await readGap(deps, gap))) return 'partial';
  return 'succeeded';
};

/** True where the pass is complete. */
const readHead = async (deps: PassDeps): Promise<boolean> => {
  const { cursor } = deps.writer;
  let startedAt = cursor.resume?.startedAt;
  const complete = await readInto(
    deps,
    { from: startOf(cursor, deps.overlapMinutes), to: undefined },
    (now, through, stretch) => {
      startedAt ??= stretch.serverTime;
      return { ...now, head: latest(now.head, through), resume: { at: through, startedAt } };
    },
  );
  const { writer } = deps;
  if (complete.ended)
    writer.settle({ ...writer.cursor, readThrough: startedAt ?? complete.serverTime, resume: undefined });
  return complete.ended;
};

/** Where the server's clock stood when the last complete pass began, less the overlap that late rows need. */
const startOf = ({ resume, readThrough }: Cursor, overlapMinutes: number): Time7 => {
  if (resume !== undefined) return resume.at;
  return readThrough === undefined ? beginning : minusMinutes(readThrough, overlapMinutes);
};

/** True where the gap was read to its end, or is put off to its next try. */
const readGap = async (deps: PassDeps, gap: Gap): Promise<boolean> => {
  const { writer, clock } = deps;
  let doubt: Stretch['gap'];
  const { ended } = await readInto(deps, gap, (cursor, through, stretch) => {
    doubt ??= stretch.gap;
    return doubt === undefined ? withGapReadThrough(cursor, gap, through) : cursor;
  });
  if (doubt !== undefined) {
    const { reason } = doubt;
    writer.settle(withGap(withoutGap(writer.cursor, gap), { ...gap, reason }, clock.now(), gap.attempts + 1));
    return true;
  }
  if (ended) writer.settle(withoutGap(writer.cursor, gap));
  return ended;
};

type CursorAfter = (cursor: Cursor, through: Time7, stretch: Stretch) => Cursor;

const readInto = async (
  { source, writer, allowance, clock }: PassDeps,
  range: Range,
  cursorAfter: CursorAfter,
): Promise<{ readonly ended: boolean; readonly serverTime: Time7 | undefined }> => {
  let serverTime: Time7 | undefined;
  for await (const stretch of readRange(source, range, allowance)) {
    serverTime ??= stretch.serverTime;
    // The range in doubt is written down by the same batch that lets the head pass it.
    const before =
      stretch.gap === undefined || range.to !== undefined
        ? writer.cursor
        : withGap(writer.cursor, stretch.gap, clock.now());
    await takeIn(writer, stretch, (through) => cursorAfter(before, through, stretch));
    writer.settle(stretch.through === undefined ? writer.cursor : cursorAfter(before, stretch.through, stretch));
    await writer.flushFull();
    if (stretch.complete) return { ended: true, serverTime };
  }
  return { ended: false, serverTime };
};

const takeIn = async (
  writer: PassWriter,
  { incidents }: Stretch,
  cursorAt: (through: Time7) => Cursor,
): Promise<void> => {
  const again = incidents.filter((incident) => writer.holds(incident));
  writer.count({ listed: again.length, unchanged: again.length });
  const others = incidents.filter((incident) => !again.includes(incident));
  const known = await writer.known(others.map(({ header }) => header.incidentId));
  if (others.length > 0) await loopTurn();
  for (const incident of others) {
    const judged = judge(incident, known.get(incident.header.incidentId));
    const { difference } = judged;
    const kept = difference === 'redigested' || difference === 'stale' ? 'unchanged' : difference;
    writer.count({ listed: 1, [kept]: 1 });
    if (isWritten(difference)) writer.add(judged, cursorAt(incident.version));
    else if (difference === 'unchanged') writer.isStored(incident);
  }
};
