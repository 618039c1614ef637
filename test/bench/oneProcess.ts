import { join } from 'node:path';
import { forkCalls } from './childCalls';
import { expectEqual } from './expectEqual';
import type { BenchOptions } from './options';
import { profiling } from './options';
import { startStage } from './stage';
import type { Shown, Turn, TurnCalls } from './turnProcess';

export interface OneProcessRound {
  readonly quiet: Turn;
  readonly busy: Turn;
  /** Microseconds of a token in memory, asked for in turn for all tenants, and for ten. */
  readonly tokenOfAll: number;
  readonly tokenOfFew: number;
}

export const fewTenants = 10;

/** Rounds of a turn of all tenants of one process, 64 at once: first nothing is new, then each has a new incident. */
export const measureOneProcess = async (
  options: BenchOptions,
  onRound: (round: OneProcessRound) => void,
): Promise<readonly OneProcessRound[]> => {
  const { rounds, processTenants } = options;
  const stage = await startStage({ seed: 3, tenants: processTenants, incidentsPerTenant: 0 });
  const child = forkCalls<TurnCalls>(join(__dirname, 'turnProcess.js'), stage.settings, profiling(options));
  const measured: OneProcessRound[] = [];
  const turn = async (shown: Shown): Promise<Turn> => {
    const told = await child.call('turn', shown);
    expectEqual('tenants complete', told.complete, processTenants);
    expectEqual('calls', told.calls, processTenants);
    return told;
  };
  try {
    await child.call('prepare', stage.tenants);
    for (let at = 0; at < rounds; at += 1) {
      const round = {
        quiet: await turn('nothing'),
        busy: await turn('one new incident each'),
        tokenOfAll: await child.call('tokenMicroseconds', stage.tenants),
        tokenOfFew: await child.call('tokenMicroseconds', stage.tenants.slice(0, fewTenants)),
      };
      measured.push(round);
      onRound(round);
    }
    return measured;
  } finally {
    await child.stop();
    await stage.stop();
  }
};
