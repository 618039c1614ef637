import { availableParallelism } from 'node:os';
import { killAll } from '../../local/childProcess';
import { measureAllowance } from './allowance';
import type { CallCount } from './callCounts';
import { countCalls, countedReadings } from './callCounts';
import { deliveryGoals, measureDeliveries, targetDelayMs } from './deliver';
import { goalTable, seconds } from './goals';
import { listedIncidents, listedTenants, measureIncidentLists } from './incidentList';
import { incidentsPerTenant, measureManyTenants } from './manyTenants';
import { measureMemory } from './memory';
import { measureOneProcess } from './oneProcess';
import { measureOneTenant } from './oneTenant';
import type { BenchOptions } from './options';
import { parseOptions } from './options';
import {
  allowanceGoals,
  allowanceLine,
  callCountGoals,
  count,
  firstPagesGoals,
  firstPagesLine,
  manyTenantsGoals,
  manyTenantsLine,
  memoryGoals,
  memoryLine,
  observations,
  oneProcessGoals,
  oneProcessLines,
  oneTenantGoals,
  oneTenantLines,
} from './report';
import { apiDelayMs, storageDelayMs } from './stage';

/** Measures, prints a line a goal, and exits 0 only where all are met; `--quick` judges what is counted and no ratio. */
const main = async (options: BenchOptions): Promise<void> => {
  const { rounds, incidents, manyIncidents, backlogPages, processTenants, tenants, sample } = options;
  const startedMs = performance.now();
  say(`xdr-relay bench, interleaved rounds: ${rounds}`);
  say(`The API answers after ${apiDelayMs} ms, storage after ${storageDelayMs} ms a call.`);
  say(`Node ${process.versions.node}; ${availableParallelism()} cores, shared with the simulated cloud and Azurite.`);

  say(
    `\nOne tenant of ${count(incidents)} incidents on each back end: ours, ours again with the cursor reset, peers and baselines`,
  );
  const oneTenant = await measureOneTenant(options, (round) => oneTenantLines(round).forEach(say));

  say(`\nPeak memory of a process that reads ${count(incidents)} and ${count(manyIncidents)} incidents of one tenant`);
  const memory = await measureMemory(options, (round) => say(memoryLine(round)));

  say(`\nCalls of first readings, and a backlog of ${backlogPages} pages against a cloud that counts every call`);
  const counted: CallCount[] = [];
  for (const each of countedReadings) counted.push(await countCalls(each.backend, each.incidents));
  const allowance = await measureAllowance(backlogPages);
  say(allowanceLine(allowance));

  say(`\n${count(processTenants)} tenants in one process: nothing new, then one new incident each`);
  const oneProcess = await measureOneProcess(options, (round) => oneProcessLines(round).forEach(say));

  say(
    `\n${count(tenants)} tenants of ${incidentsPerTenant} incidents: one by one, scaled from ${sample}; ours by schedule`,
  );
  const manyTenants = await measureManyTenants(options, (measured) => say(manyTenantsLine(measured)));

  say(`\nFirst page of the incidents of ${listedTenants} and of ${count(tenants)} tenants, ${listedIncidents} each`);
  const firstPages = await measureIncidentLists(options, (round) => say(firstPagesLine(round)));

  say(`\nEvents to a target that answers after ${targetDelayMs} ms, and to nine beside a dead one`);
  const deliveries = await measureDeliveries(options.quick, rounds);

  const goals = [
    ...oneTenantGoals(oneTenant, options),
    ...memoryGoals(memory, options),
    ...callCountGoals(counted),
    ...allowanceGoals(allowance),
    ...oneProcessGoals(oneProcess, options),
    ...manyTenantsGoals(manyTenants, options),
    ...firstPagesGoals(firstPages, options),
    ...deliveryGoals(deliveries, options.quick),
  ];
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
