import { parseOptions } from '../options';
import { runKills } from './runKills';

const { kills = 0 } = parseOptions(process.argv.slice(2));

runKills(kills).then(
  (isClean) => {
    process.exitCode = isClean ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
