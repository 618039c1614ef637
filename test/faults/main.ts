import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { isContained, measureBlastRadius } from './blastRadius';
import { catchDefects } from './catchDefects';
import { defects } from './defects';
import { killEveryAwait } from './everyAwait';
import { commitNow, sourcesNow } from './measured';
import type { Options } from './options';
import { parseOptions } from './options';
import type { Pool } from './pool';
import { startPool } from './pool';
import { isFresh, measureFreshDelay } from './freshDelay';
import type { FailedDay, Report } from './report';
import { replay } from './replay';
import { board } from './scoreboard';
import { runTickets } from './tickets/runTickets';
import type { Total } from './total';
import { addDay, faultsOf, newTotal } from './total';

const shortDays = 100;
const told = 20;

const runMix = async (pool: Pool, { seed: first = 1, seeds }: Options): Promise<[Total, FailedDay[]]> => {
  const total = newTotal();
  const failed: FailedDay[] = [];
  let next = first;
  await pool.run(
    () => (next < first + seeds ? { seed: next++, profile: 'mix' } : undefined),
    (outcome) => {
      const { seed } = outcome;
      if (outcome.result === undefined) return void failed.push({ seed, what: [outcome.error] });
      addDay(total, outcome.result);
      const what = faultsOf(outcome.result);
      if (what.length > 0) failed.push({ seed, what });
      if (process.stderr.isTTY && total.days % 200 === 0) process.stderr.write(`  ${total.days} days\n`);
    },
  );
  return [total, failed.sort((a, b) => a.seed - b.seed)];
};

const main = async (): Promise<void> => {
  const options = parseOptions(process.argv.slice(2));
  if (options.tickets) return void (process.exitCode = (await runTickets(options)) ? 0 : 1);
  const pool = startPool(2);
  try {
    const isReplay = options.seed !== undefined && !process.argv.includes('--seeds');
    if (isReplay) return void (process.exitCode = (await replay(pool, options)) ? 0 : 1);
    const began = performance.now();
    const [commit, sources] = [commitNow(), sourcesNow()];
    const sized = options.short ? { ...options, seeds: shortDays } : options;
    const wantsMix = options.onlyDefect === undefined;
    const [total, failed] = wantsMix ? await runMix(pool, sized) : [newTotal(), []];
    const wanted = defects.filter(({ name }) => options.onlyDefect === undefined || name === options.onlyDefect);
    const caught = options.defects ? await catchDefects(pool, wanted, options.short, faultsOf) : [];
    const pairs = options.short ? 1 : Math.max(2, Math.ceil(sized.seeds / 500));
    const blast = wantsMix ? await measureBlastRadius(pool, pairs, total) : undefined;
    const fresh = wantsMix ? await measureFreshDelay(pool, total) : undefined;
    const everyAwait = wantsMix && options.defects ? await killEveryAwait(pool) : undefined;
    const first = sized.seed ?? 1;
    const isOneCode = sourcesNow() === sources;
    const report: Report = {
      commit,
      isOneCode,
      node: process.version,
      processors: availableParallelism(),
      seconds: Math.round((performance.now() - began) / 100) / 10,
      seeds: [first, first + sized.seeds - 1],
      total,
      failedDays: failed.length,
      failed: failed.slice(0, told),
      everyAwait,
      blast,
      fresh,
      defects: caught,
      ok:
        isOneCode &&
        failed.length === 0 &&
        (everyAwait?.failed.length ?? 0) === 0 &&
        (blast === undefined || isContained(blast)) &&
        (fresh === undefined || isFresh(fresh)) &&
        caught.every(({ ok }) => ok) &&
        total.days + (wantsMix ? 0 : 1) > 0,
    };
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${board(report)}\n`);
    process.exitCode = report.ok ? 0 : 1;
  } finally {
    pool.end();
  }
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
