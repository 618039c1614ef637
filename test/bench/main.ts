import { availableParallelism } from 'node:os';
import { killAll } from '../../local/childProcess';
import { goalTable, seconds } from './goals';
import { incidentsPerTenant, measureManyTenants } from './manyTenants';
import { measureOneTenant } from './oneTenant';
import type { BenchOptions } from './options';
import { parseOptions } from './options';
import { count, manyTenantsGoals, manyTenantsLine, observations, oneTenantGoals, oneTenantLine } from './report';
import { apiDelayMs, storageDelayMs } from './stage';

/** Measures, prints a line a goal, and exits 0 only where all are met; `--quick` judges what is counted and no ratio. */
const main = async (options: BenchOptions): Promise<void> => {
  const { rounds, incidents, tenants, sample } = options;
  const startedMs = performance.now();
  say(`xdr-relay bench, interleaved rounds: ${rounds}`);
  say(`The API answers after ${apiDelayMs} ms, storage after ${storageDelayMs} ms a call.`);
  say(`Node ${process.versions.node}; ${availableParallelism()} cores, shared with the simulated cloud and Azurite.`);

  say(
    `\nOne tenant of ${count(incidents)} incidents: ours, a plain sequential reader, ours again with the cursor reset`,
  );
  const oneTenant = await measureOneTenant(options, (round) => say(oneTenantLine(round)));

  say(
    `\n${count(tenants)} tenants of ${incidentsPerTenant} incidents: one by one, scaled from ${sample}; ours by schedule`,
  );
  const manyTenants = await measureManyTenants(options, (measured) => say(manyTenantsLine(measured)));

  const goals = [...oneTenantGoals(oneTenant, options), ...manyTenantsGoals(manyTenants, options)];
  const missed = goals.filter(({ met }) => met === false).length;
  say(`\n${goalTable(goals)}\n`);
  observations(manyTenants).forEach(say);
  say(
    `\n${missed === 0 ? 'All goals met' : `Goals missed: ${missed}`}, after ${seconds(performance.now() - startedMs)}`,
  );
  if (missed > 0) process.exitCode = 1;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    killAll();
    process.exit(130);
  });

const optionsOrFault = (): BenchOptions | string => {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const options = optionsOrFault();
if (typeof options === 'string') {
  process.stderr.write(`${options}\n`);
  process.exitCode = 2;
} else
  main(options).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    killAll();
    process.exitCode = 1;
  });
