import type { BackEnd } from '../../shared/model/tenant';
import type { InProcessRelay } from '../support/inProcessRelay';
import { inProcessRelay } from '../support/inProcessRelay';
import { expectEqual } from './expectEqual';

export interface CallCount {
  readonly backend: BackEnd;
  readonly incidents: number;
  readonly calls: number;
  /** Slices that the list was read in. */
  readonly slices: number;
  readonly runs: number;
}

/** What is read to be counted: from one page to more than a run may ask for. */
export const countedReadings: readonly { readonly backend: BackEnd; readonly incidents: number }[] = [
  { backend: 'graph', incidents: 2_000 },
  ...[100, 500, 1_000, 2_000, 5_000].map((incidents) => ({ backend: 'defender' as const, incidents })),
];

const minuteMs = 60_000;
const mostRuns = 50;

/** Calls of a first reading, exact on any machine: the real sync over the simulated cloud in one process, run after run till nothing is left. */
export const countCalls = async (backend: BackEnd, incidents: number): Promise<CallCount> => {
  const ends = new Set<string>();
  const begins: string[] = [];
  const relay = await inProcessRelay({
    seed: 1,
    incidents,
    backend,
    alerts: false,
    intercept: ({ url }, pass) => {
      const begin = /(?:DateTime|Time) ge (\S+?)(?: |$)/.exec(new URL(url).searchParams.get('$filter') ?? '')?.[1];
      begins.push(begin ?? 'the beginning');
      const answer = pass();
      const end = lastUpdateIn(answer.body);
      if (end !== undefined) ends.add(end);
      return answer;
    },
  });
  let runs = 0;
  for (let isLeft = true; isLeft;) {
    if (runs === mostRuns) throw new Error(`${incidents} incidents are not read in ${runs} runs`);
    runs += 1;
    const { state, code } = await relay.sync();
    if (state !== 'complete' && state !== 'cut') throw new Error(`a run ended ${state} ${code ?? ''}`);
    isLeft = state === 'cut';
    relay.clock.advance(minuteMs);
  }
  expectEqual('incidents stored', storedIn(relay), incidents);
  return { backend, incidents, calls: relay.calls.length, slices: slicesIn(begins, ends), runs };
};

/** A request that begins where no page ended begins a slice; one that begins there goes on with it. */
const slicesIn = (begins: readonly string[], ends: ReadonlySet<string>): number =>
  begins.filter((begin) => !ends.has(begin)).length;

/** Of an ascending page; a list that comes newest first names no place to go on from. */
const lastUpdateIn = (body: string): string | undefined => {
  const { value } = JSON.parse(body) as { readonly value: readonly { readonly lastUpdateDateTime?: string }[] };
  return value.at(-1)?.lastUpdateDateTime;
};

/** On `graph` each slice may end with a page that is not full; on `defender` a tenth more, and one a run, which asks what is new. */
export const callLimit = ({ backend, incidents, slices, runs }: CallCount): number =>
  backend === 'graph' ? Math.ceil(incidents / 50) + slices : Math.floor(1.1 * Math.ceil(incidents / 100)) + runs;

export const storedIn = ({ incidents }: InProcessRelay): number =>
  incidents.rows().filter(({ rowKey }) => rowKey.startsWith('i_')).length;
