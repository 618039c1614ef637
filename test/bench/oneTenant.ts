import { join } from 'node:path';
import type { BackEnd } from '../../shared/model/tenant';
import type { CallableChild } from './childCalls';
import { forkCalls } from './childCalls';
import { expectEqual } from './expectEqual';
import type { BenchOptions } from './options';
import { profiling } from './options';
import type { Leafed, Measured, ReaderCalls, Reading } from './reader';
import { resetCursors } from './rewind';
import type { Stage, StagedTenant } from './stage';
import { apiDelayMs, startStage } from './stage';

/** One large tenant through one back end, read by each. */
export interface Contest {
  /** Into an empty partition. */
  readonly pull: Measured;
  /** Again, over rows that are known. */
  readonly reread: Measured;
  /** Microsoft's client for Graph, of the same incidents; it stores nothing. */
  readonly client: Measured;
  /** The ideal sequential reader of the same endpoint; it stores nothing. */
  readonly ideal: Measured;
  readonly batches: number;
  /** Of the first reading; above one, the timer would have had to tick in between. */
  readonly runs: number;
}

export interface OneTenantRound extends Readonly<Record<BackEnd, Contest>> {
  /** Page by page on Graph, row by row into storage, whether it knows a row or not: one reading stands for all. */
  readonly baseline: Measured;
}

/** Rounds of all contestants, one after another. Each round has tenants of its own, one for each back end. */
export const measureOneTenant = async (
  options: BenchOptions,
  onRound: (round: OneTenantRound) => void,
): Promise<readonly OneTenantRound[]> => {
  const { incidents, rounds } = options;
  const stage = await startStage({ seed: 1, tenants: 2 * rounds, incidentsPerTenant: incidents, ofDefender: true });
  const reader = forkCalls<ReaderCalls>(join(__dirname, 'reader.js'), stage.settings, profiling(options));
  const measured: OneTenantRound[] = [];
  try {
    for (let at = 0; at < stage.tenants.length; at += 2) {
      const [onGraph, onDefender] = stage.tenants.slice(at, at + 2);
      if (onGraph === undefined || onDefender === undefined) break;
      const round = {
        graph: await contest({ stage, reader, incidents, reading: { tenant: onGraph, backend: 'graph' } }),
        baseline: await readBaseline(reader, onGraph, incidents),
        defender: await contest({ stage, reader, incidents, reading: { tenant: onDefender, backend: 'defender' } }),
      };
      measured.push(round);
      onRound(round);
    }
    return measured;
  } finally {
    await reader.stop();
    await stage.stop();
  }
};

interface Contestants {
  readonly stage: Stage;
  readonly reader: CallableChild<ReaderCalls>;
  readonly incidents: number;
  readonly reading: Reading;
}

const contest = async ({ stage, reader, incidents, reading }: Contestants): Promise<Contest> => {
  const { tenant } = reading;
  const client = (): Promise<Leafed> => shown(reader.call('leafByGraphClient', tenant), incidents);
  const ideal = (): Promise<Leafed> => shown(reader.call('leafThrough', { ...reading, incidents }), incidents);
  await stage.answersAfter(0);
  // Tokens and connections are there before anyone is measured.
  await client();
  await ideal();
  await stage.answersAfter(apiDelayMs);
  const pull = await reader.call('relay', [reading]);
  expectEqual('incidents stored', pull.counts.new, incidents);
  const others = { client: await client(), ideal: await ideal() };
  await resetCursors(stage.directStorage, [tenant.tenantId]);
  const reread = await reader.call('relay', [reading]);
  // A second run shows some of the newest again.
  expectEqual('incidents found unchanged', Math.min(reread.counts.unchanged, incidents), incidents);
  expectEqual('incidents written again', reread.counts.incidentWrites, 0);
  return { pull, reread, ...others, batches: pull.counts.batches, runs: pull.runs };
};

const shown = async (reading: Promise<Leafed>, incidents: number): Promise<Leafed> => {
  const leafed = await reading;
  expectEqual('incidents shown', leafed.shown, incidents);
  return leafed;
};

const readBaseline = async (
  reader: CallableChild<ReaderCalls>,
  tenant: StagedTenant,
  incidents: number,
): Promise<Measured> => {
  const baseline = await reader.call('baseline', tenant);
  expectEqual('incidents stored by the baseline', baseline.stored, incidents);
  return baseline;
};
