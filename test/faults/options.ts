export interface Options {
  readonly seeds: number;
  /** The one to replay, or the first of several. */
  readonly seed: number | undefined;
  readonly defects: boolean;
  readonly onlyDefect: string | undefined;
  /** Short: the mix and the seeds known to catch the defects, for `npm test`. */
  readonly short: boolean;
  readonly json: boolean;
  readonly kills: number | undefined;
  /** Sending and receiving instead of reading. */
  readonly tickets: boolean;
}

export const usage = `npm run faults -- --seeds N [--defects] [--json]   N days of faults, then every planted defect
npm run faults -- --seed S [--defect NAME]         replays one day and tells its story
npm run faults -- --short                          what npm test runs
npm run faults -- --tickets --seeds N                      worlds of tickets, tools and webhooks; --seed, --defect, --short as above
npm run faults -- --kill N                         real processes, N of them killed`;

/** @throws Error naming what is not understood */
export const parseOptions = (words: readonly string[]): Options => {
  const left = [...words];
  let options: Options = {
    seeds: 200,
    seed: undefined,
    defects: true,
    onlyDefect: undefined,
    short: false,
    json: false,
    kills: undefined,
    tickets: false,
  };
  const number = (name: string): number => {
    const value = Number(left.shift());
    if (!Number.isInteger(value) || value < 0) throw new Error(`${name} needs a whole number\n\n${usage}`);
    return value;
  };
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--seeds') options = { ...options, seeds: number(word) };
    else if (word === '--seed') options = { ...options, seed: number(word) };
    else if (word === '--kill') options = { ...options, kills: number(word) };
    else if (word === '--defects') options = { ...options, defects: true };
    else if (word === '--no-defects') options = { ...options, defects: false };
    else if (word === '--defect') options = { ...options, onlyDefect: left.shift() };
    else if (word === '--tickets') options = { ...options, tickets: true };
    else if (word === '--short') options = { ...options, short: true };
    else if (word === '--json') options = { ...options, json: true };
    else throw new Error(`${word} is not understood\n\n${usage}`);
  }
  return options;
};
