import type { Aim } from '../day/planOf';
import type { Defect } from './defect';

/** Three instances at one tenant, many a 429, and what makes runs long: calls that hang, and incidents that cost many. */
const sideBySide: Aim = {
  rates: { throttledPerCall: 0.1, sideBySidePerTick: 0.9, hangPerCall: 0.1, expandFailsShare: 0.2 },
  day: { tenants: 1, history: 40, instances: 3, rowsAPage: 5, tickMinutes: 1, intervalSeconds: 300 },
};

/** Mistakes in keeping to a wait that Defender asked for. */
export const waitingDefects: readonly Defect[] = [
  {
    name: 'wait kept by one reader',
    patches: [
      {
        file: 'shared/sync/run/tenantRun.ts',
        find: 'permits.close();\n    // Of several, the longest binds.',
        replace: '// Of several, the longest binds.',
      },
      { file: 'shared/sync/limits/permits.ts', find: '|| isOver || waits.isHeldOff', replace: '|| isOver' },
    ],
    aim: {
      rates: { throttledPerCall: 0.1 },
      day: { tenants: 1, history: 120, rowsAPage: 5, tickMinutes: 1, intervalSeconds: 300 },
    },
    shortSeeds: [1, 2],
  },
  {
    name: 'wait not told to others',
    patches: [
      {
        file: 'shared/sync/limits/heardWaits.ts',
        find: 'await write(() => leftMs(tenantId));',
        replace: 'void write;',
      },
    ],
    aim: sideBySide,
    shortSeeds: [1, 2],
  },
  {
    name: 'longer wait overwritten',
    patches: [
      {
        file: 'shared/model/heldOff.ts',
        find: 'if (msOf(waitIn(access)) >= msOf(until)) return access;',
        replace: '',
      },
      {
        file: 'shared/model/heldOff.ts',
        find: 'msOf(access.blockedUntil) >= msOf(until) ? access.blockedUntil : until',
        replace: 'until',
      },
    ],
    aim: sideBySide,
    shortSeeds: [12, 13, 14],
  },
  {
    name: 'row not looked at again',
    patches: [
      {
        file: 'shared/sync/limits/waitWatch.ts',
        find: 'return clock.elapsedMs() - lookedAtMs >= lookEveryMs;',
        replace: 'return clock.elapsedMs() < lookedAtMs;',
      },
    ],
    aim: sideBySide,
    shortSeeds: [2, 3, 6],
  },
];
