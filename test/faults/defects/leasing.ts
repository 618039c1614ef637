import type { Aim } from '../day/planOf';
import type { Defect } from './defect';

/**
 * Three instances at tenants whose rows never fill a batch, while calls hang and poisoned incidents, which this back end finds only by
 * cutting, cost dozens of calls.
 */
const writingLittle = (day: { readonly tenants: number; readonly hours: number }): Aim => ({
  rates: { sideBySidePerTick: 1, hangPerCall: 0.15, expandFailsShare: 0.2 },
  day: { ...day, defenderShare: 1, history: 40, instances: 3, tickMinutes: 1, intervalSeconds: 300 },
});

/** Mistakes in telling the others that a run is at the tenant: they show as calls over the limit that all share. */
export const leasingDefects: readonly Defect[] = [
  {
    name: 'lease taken with a batch',
    patches: [
      {
        file: 'shared/sync/limits/lease.ts',
        find: '(writtenAtMs() !== undefined || calls >= callsWithoutLease)',
        replace: 'writtenAtMs() !== undefined && calls > 0',
      },
    ],
    aim: writingLittle({ tenants: 1, hours: 1 }),
    shortSeeds: [1, 2],
  },
  {
    name: 'lease renewed with a batch',
    patches: [
      {
        file: 'shared/sync/limits/lease.ts',
        find: 'clock.elapsedMs() - (writtenAtMs() ?? Number.NEGATIVE_INFINITY) > renewAfterMs',
        replace: 'writtenAtMs() === undefined',
      },
    ],
    aim: writingLittle({ tenants: 2, hours: 3 }),
    shortSeeds: [6, 7],
  },
];
