import { join } from 'node:path';
import type { BackEnd } from '../../shared/model/tenant';
import { forkCalls } from './childCalls';
import { expectEqual } from './expectEqual';
import type { BenchOptions } from './options';
import type { LargeReading, ReaderCalls } from './reader';
import type { Stage } from './stage';
import { apiDelayMs, startStage } from './stage';

/** First readings of one tenant each, by a process that does nothing else. */
export interface MemoryRound {
  readonly small: LargeReading;
  readonly large: LargeReading;
}

/** Graph's pages are many, so that the rows of a long reading outnumber all that is held on the way. */
const backend: BackEnd = 'graph';

/** Rounds of a small and a large tenant, whose stages stand side by side. */
export const measureMemory = async (
  { rounds, incidents, manyIncidents }: BenchOptions,
  onRound: (round: MemoryRound) => void,
): Promise<readonly MemoryRound[]> => {
  const small = await startStage({ seed: 2, tenants: rounds, incidentsPerTenant: incidents });
  try {
    const large = await startStage({ seed: 2, tenants: rounds, incidentsPerTenant: manyIncidents });
    try {
      const measured: MemoryRound[] = [];
      for (let at = 0; at < rounds; at += 1) {
        const round = { small: await readOnce(small, at, incidents), large: await readOnce(large, at, manyIncidents) };
        measured.push(round);
        onRound(round);
      }
      return measured;
    } finally {
      await large.stop();
    }
  } finally {
    await small.stop();
  }
};

const readOnce = async (stage: Stage, at: number, incidents: number): Promise<LargeReading> => {
  const tenant = stage.tenants[at];
  if (tenant === undefined) throw new Error(`the stage has no tenant ${at}`);
  await stage.answersAfter(apiDelayMs);
  const reader = forkCalls<ReaderCalls>(join(__dirname, 'reader.js'), stage.settings);
  try {
    const read = await reader.call('relayLarge', { tenant, backend });
    expectEqual('incidents stored', read.incidents, incidents);
    return read;
  } finally {
    await reader.stop();
  }
};
