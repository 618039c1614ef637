import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { catchDefects } from '../catchDefects';
import { commitNow, sourcesNow } from '../measured';
import type { Options } from '../options';
import type { Pool } from '../pool';
import { startPool } from '../pool';
import type { FailedDay } from '../report';
import { ticketDefects } from './defects';
import type { TicketProfile } from './plan';
import type { WorldResult } from './world';
import type { TicketReport } from './ticketBoard';
import { ticketBoard } from './ticketBoard';
import { addWorld, newTicketTotal } from './ticketTotal';

type TicketPool = Pool<WorldResult, TicketProfile>;

const shortWorlds = 100;
const told = 20;
const breachesOf = ({ breaches }: WorldResult): readonly string[] => breaches;

/** Worlds of sending and receiving, then every planted defect; true where all is as promised. */
export const runTickets = async (options: Options): Promise<boolean> => {
  const pool: TicketPool = startPool<WorldResult, TicketProfile>(2, 'tickets/worker.cjs');
  try {
    if (options.seed !== undefined && !process.argv.includes('--seeds')) return await replayWorld(pool, options);
    const began = performance.now();
    const [commit, sources] = [commitNow(), sourcesNow()];
    const first = options.seed ?? 1;
    const last = first + (options.short ? shortWorlds : options.seeds) - 1;
    const wantsMix = options.onlyDefect === undefined;
    const [total, failed] = wantsMix ? await runMix(pool, first, last) : [newTicketTotal(), []];
    const mixSeconds = Math.round((performance.now() - began) / 100) / 10;
    const wanted = ticketDefects.filter(({ name }) => options.onlyDefect === undefined || name === options.onlyDefect);
    const defects = options.defects ? await catchDefects(pool, wanted, options.short, breachesOf) : [];
    const isOneCode = sourcesNow() === sources;
    const report: TicketReport = {
      ...{ commit, isOneCode, node: process.version, processors: availableParallelism(), mixSeconds },
      seconds: Math.round((performance.now() - began) / 100) / 10,
      seeds: [first, last],
      ...{ total, failedWorlds: failed.length, failed: failed.slice(0, told), defects },
      ok: isOneCode && failed.length === 0 && defects.every(({ ok }) => ok) && (total.worlds > 0 || !wantsMix),
    };
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${ticketBoard(report)}\n`);
    return report.ok;
  } finally {
    pool.end();
  }
};

const runMix = async (pool: TicketPool, first: number, last: number) => {
  const total = newTicketTotal();
  const failed: FailedDay[] = [];
  let next = first;
  await pool.run(
    () => (next <= last ? { seed: next++, profile: 'mix' } : undefined),
    (outcome) => {
      const { seed } = outcome;
      if (outcome.result === undefined) return void failed.push({ seed, what: [outcome.error] });
      addWorld(total, outcome.result);
      const what = breachesOf(outcome.result);
      if (what.length > 0) failed.push({ seed, what });
      if (process.stderr.isTTY && total.worlds % 100 === 0) process.stderr.write(`  ${total.worlds} worlds\n`);
    },
  );
  return [total, failed.sort((a, b) => a.seed - b.seed)] as const;
};

/** Runs one world again and tells its story; true where it is clean. */
const replayWorld = async (pool: TicketPool, { seed = 1, onlyDefect }: Options): Promise<boolean> => {
  const defect = ticketDefects.find(({ name }) => name === onlyDefect);
  const profile: TicketProfile = defect?.aim ?? 'mix';
  const jobs = [{ seed, profile, withStory: true, ...(defect === undefined ? {} : { defect: defect.name }) }];
  let isClean = false;
  await pool.run(
    () => jobs.shift(),
    (outcome) => {
      if (outcome.result === undefined) return void process.stdout.write(`${outcome.error}\n`);
      const { story, ...result } = outcome.result;
      isClean = result.breaches.length === 0;
      process.stdout.write(
        `${story.join('\n')}\n${JSON.stringify(result, null, 2)}\nseed ${seed}: ${isClean ? 'clean' : 'NOT clean'}\n`,
      );
    },
  );
  return isClean;
};
