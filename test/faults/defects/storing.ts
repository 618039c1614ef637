import type { Defect } from './defect';

/** Mistakes in where a pass begins, and in when and how its rows are written. */
export const storingDefects: readonly Defect[] = [
  {
    name: 'cursor before rows',
    patches: [
      {
        file: 'shared/sync/position/marks.ts',
        find: 'const ready = (firstOutstanding: number) => waiting.filter(({ after }) => after < firstOutstanding);',
        replace: 'const ready = (firstOutstanding: number) => (firstOutstanding < 0 ? [] : waiting);',
      },
    ],
    aim: {
      rates: { tiesPerHour: 1 },
      day: { tenants: 1, history: 60, intervalSeconds: 1500, changesPerHour: 150, rowsAPage: 20 },
    },
    shortSeeds: [1, 2],
  },
  {
    name: 'wall-clock cursor',
    patches: [
      {
        file: 'shared/sync/run/runPass.ts',
        find: 'const since = (startedAt ??= firstAnswer ?? serverTime);',
        replace:
          "const since = (startedAt ??= new Date(clock.now()).toISOString().replace('Z', '0000Z') as typeof serverTime);",
      },
    ],
    aim: { rates: { skewedShare: 0.7, serverErrorPerCall: 0.2 }, day: { changesPerHour: 30 } },
    shortSeeds: [2, 3, 4],
  },
  {
    name: 'no overlap',
    patches: [
      {
        file: 'shared/sync/run/runPass.ts',
        find: 'minusMinutes(readThrough, overlapMinutes)',
        replace: 'readThrough',
      },
    ],
    aim: { rates: { latePerChange: 0.5 } },
    shortSeeds: [1, 2],
  },
  {
    name: 'overlap too short',
    patches: [
      {
        file: 'shared/sync/run/runPass.ts',
        find: 'minusMinutes(readThrough, overlapMinutes)',
        replace: 'minusMinutes(readThrough, overlapMinutes - 20)',
      },
    ],
    aim: { rates: { latePerChange: 0.7 }, day: { changesPerHour: 20, hours: 3 } },
    shortSeeds: [1, 2],
  },
  {
    name: 'swallowed write error',
    patches: [
      {
        file: 'shared/sync/storing/sendBatch.ts',
        find: 'if (now.state.batchMark !== mark || now.etag === undefined) throw error;',
        replace: 'if (now.etag === undefined) throw error;',
      },
    ],
    aim: {
      rates: { storageBeforePerStep: 0.1, tiesPerHour: 1 },
      day: { tenants: 1, history: 60, intervalSeconds: 1500, changesPerHour: 150, rowsAPage: 20 },
    },
    shortSeeds: [19, 23, 24],
  },
  {
    name: 'batch failure drops the page',
    patches: [
      {
        file: 'shared/sync/storing/passWriter.ts',
        find: 'const half = Math.ceil(batch.length / 2);',
        replace:
          'for (const entry of batch) queue.remove(entry.key);\n        if (batch.length > 1) return;\n        const half = Math.ceil(batch.length / 2);',
      },
    ],
    aim: { rates: { refusedRowShare: 0.1 } },
    shortSeeds: [1, 2],
  },
  {
    name: 'no version guard',
    patches: [
      {
        file: 'shared/sync/comparing/diff.ts',
        find: "if (incident.version < known.version) return 'stale';",
        replace: '',
      },
    ],
    aim: { rates: { stalePerCall: 0.5 }, day: { changesPerHour: 20 } },
    shortSeeds: [1, 2],
  },
  {
    name: 'event id new per retry',
    patches: [
      {
        file: 'shared/sync/comparing/events.ts',
        find: 'eventId: eventIdOf(tenantId,',
        replace: 'eventId: eventIdOf(Math.random().toString(), tenantId,',
      },
    ],
    aim: { rates: { rowsGonePerHour: 1 } },
    shortSeeds: [1, 3],
  },
  {
    name: 'gap forgotten',
    patches: [
      {
        file: 'shared/sync/position/gaps.ts',
        find: 'return withGaps(cursor, [...cursor.gaps, { from, to, reason, attempts, nextTry }]);',
        replace: 'return nextTry < from ? withGaps(cursor, [{ from, to, reason, attempts, nextTry }]) : cursor;',
      },
    ],
    aim: { rates: { partialPerCall: 0.2 } },
    shortSeeds: [1, 2],
  },
];
