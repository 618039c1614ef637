import type { RandomSource } from '../../support/randomSource';
import type { Timeline } from '../day/timeline';
import type { Microsoft } from './microsoft';
import type { TicketPlan } from './plan';
import type { TicketTally } from './ticketFaults';
import type { Burst } from './world';

export interface BurstOptions {
  readonly plan: TicketPlan;
  readonly random: RandomSource;
  readonly timeline: Timeline;
  readonly tally: TicketTally;
  readonly microsoft: Microsoft;
  readonly tenantIds: readonly string[];
  readonly startMs: number;
  readonly tell: (what: string) => void;
}

const hourMs = 3_600_000;

/** Many incidents of one tenant within a minute, some of them grave. What came is told as it comes. */
export const sendBursts = (options: BurstOptions): readonly Burst[] => {
  const { plan, random, timeline, tally, microsoft, tenantIds, startMs, tell } = options;
  return plan.bursts.map((size) => {
    const tenantId = tenantIds[random.below(tenantIds.length)] ?? '';
    const burst: Burst = { tenantId, startMs: startMs + random.below(plan.hours * hourMs), ids: [] };
    const overMs = [5_000, 60_000][random.below(2)] ?? 5_000;
    for (let at = 0; at < size; at += 1) {
      const severity = random.next() < 0.15 ? 'high' : (['low', 'medium', 'informational'][random.below(3)] ?? 'low');
      timeline.at(burst.startMs + random.below(overMs), () => {
        const id = String(100 + [...microsoft.incidents.values()].filter((one) => one.tenantId === tenantId).length);
        microsoft.create(tenantId, id, severity);
        burst.ids.push(id);
        tally.hit('storm');
        tell(`burst ${tenantId.slice(0, 8)}:${id} ${severity}`);
      });
    }
    return burst;
  });
};
