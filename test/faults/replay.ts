import { defects } from './defects';
import type { Options } from './options';
import type { Pool } from './pool';
import { faultsOf } from './total';

/** Runs one day again and tells its story; true where it is clean. */
export const replay = async (pool: Pool, { seed = 1, onlyDefect }: Options): Promise<boolean> => {
  const defect = defects.find(({ name }) => name === onlyDefect);
  const jobs = [
    {
      seed,
      profile: defect?.aim ?? 'mix',
      withStory: true,
      ...(defect === undefined ? {} : { defect: defect.name }),
    } as const,
  ];
  let isClean = true;
  await pool.run(
    () => jobs.shift(),
    (outcome) => {
      if (outcome.result === undefined) {
        process.stdout.write(`${outcome.error}\n`);
        isClean = false;
        return;
      }
      const { story, ...result } = outcome.result;
      const what = faultsOf(outcome.result);
      isClean = what.length === 0;
      process.stdout.write(`${story.join('\n')}\n${JSON.stringify(result, null, 2)}\n`);
      process.stdout.write(
        isClean ? `seed ${seed}: clean\n` : `seed ${seed}:\n${what.map((each) => `  ${each}`).join('\n')}\n`,
      );
    },
  );
  return isClean;
};
