import { UpstreamError, ContractError } from '../../../shared/errors';
import type { Blobs, RowOperation, Table } from '../../../shared/ports';
import type { RandomSource } from '../../support/randomSource';
import type { Tally } from './faultKinds';
import type { Rates } from './plan';
import type { Timeline } from './timeline';

export type StepKind = 'read' | 'write' | 'http' | 'token' | 'pause';

/** One call of a port, from the moment it is made; `at` counts from 1 within the instance. */
export interface Step {
  readonly kind: StepKind;
  readonly at: number;
  readonly what: string;
}

/** When the process ends at a step: before anything was done, with the request on its way, or after the effect. */
export type Death = 'before' | 'underway' | 'after';

/** Calls of the world by one instance: they take time, may fail, and stop for ever when the instance dies. */
export interface Steps {
  readonly dead: boolean;
  readonly made: number;
  die(): void;
  /** Resolves when it dies. */
  readonly died: Promise<void>;
  take<T>(kind: StepKind, what: string, effect: () => T | Promise<T>): Promise<T>;
}

export interface StepsOptions {
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: Tally;
  readonly rates: Rates;
  readonly faultsOn: () => boolean;
  /** Storage does not answer before this moment. */
  readonly frozenUntilMs: () => number;
  /** Decides whether the process ends here. */
  readonly deathAt: (step: Step) => Death | undefined;
  /** Storage fails this instance, or lets it wait until then. */
  readonly onTrouble: (untilMs: number) => void;
  readonly tell: (what: string) => void;
}

const never = new Promise<never>(() => undefined);

/** Milliseconds a call takes, at least and at most. */
const durations: Readonly<Record<StepKind, readonly [number, number]>> = {
  read: [1, 6],
  write: [3, 15],
  http: [60, 500],
  token: [40, 200],
  pause: [0, 0],
};

export const createSteps = (options: StepsOptions): Steps => {
  const { timeline, random, tally, rates, faultsOn, frozenUntilMs, deathAt, onTrouble, tell } = options;
  let dead = false;
  const isDead = (): boolean => dead;
  let made = 0;
  let tellDeath: () => void = () => undefined;
  const died = new Promise<void>((go) => {
    tellDeath = go;
  });
  const die = (): void => {
    dead = true;
    tellDeath();
  };
  const happens = (rate: number): boolean => faultsOn() && random.next() < rate;

  const take = async <T>(kind: StepKind, what: string, effect: () => T | Promise<T>): Promise<T> => {
    if (isDead()) return never;
    made += 1;
    const death = deathAt({ kind, at: made, what });
    const isStorage = kind === 'read' || kind === 'write';
    if (death === 'before') {
      die();
      return never;
    }
    const [least, most] = durations[kind];
    const thaw = isStorage ? Math.max(0, frozenUntilMs() - timeline.now()) : 0;
    if (thaw > 0) {
      tally.hit(25);
      onTrouble(timeline.now() + thaw);
      if (thaw > 30_000 && random.next() < 0.5) {
        await timeline.wait(30_000);
        if (isDead()) return never;
        throw new UpstreamError('storage did not answer in time');
      }
    }
    await timeline.wait(thaw + least + random.below(most - least + 1));
    // What is on its way arrives, though nobody waits for it any more.
    if (death === 'underway') die();
    const failsBefore = isStorage && happens(rates.storageBeforePerStep / (what === 'index.page' ? 20 : 1));
    const failsAfter = kind === 'write' && !failsBefore && happens(rates.storageAfterPerWrite);
    if (failsBefore || failsAfter) {
      tally.hit(22);
      onTrouble(timeline.now());
      tell(`503 ${failsBefore ? 'before' : 'after'} ${what}`);
    }
    if (isDead() && (kind !== 'write' || random.next() < 0.5)) return never;
    if (failsBefore) throw new UpstreamError('503 before');
    const result = await effect();
    if (death === 'after') die();
    if (isDead()) return never;
    if (failsAfter) throw new UpstreamError('503 after');
    return result;
  };

  return {
    get dead() {
      return dead;
    },
    get made() {
      return made;
    },
    die,
    died,
    take,
  };
};

/** A table reached over these steps. `spoil` comes between the call and the service: it may refuse, or change what is there. */
export const steppedTable = (
  name: string,
  table: Table,
  steps: Steps,
  spoil: (operations: readonly RowOperation[]) => Promise<void>,
): Table => ({
  get: (partitionKey, rowKey, select) =>
    steps.take('read', `${name}.get ${rowKey}`, () => table.get(partitionKey, rowKey, select)),
  pages: (query) => steppedPages(name, table, steps, query),
  write: (operation) =>
    steps.take('write', `${name}.write ${keyOf(operation)}`, async () => {
      await spoil([operation]);
      return table.write(operation);
    }),
  writeBatch: (operations) =>
    steps.take('write', `${name}.batch of ${operations.length}`, async () => {
      await spoil(operations);
      return table.writeBatch(operations);
    }),
});

async function* steppedPages(
  name: string,
  table: Table,
  steps: Steps,
  query: Parameters<Table['pages']>[0],
): ReturnType<Table['pages']> {
  const pages = table.pages(query)[Symbol.asyncIterator]();
  for (;;) {
    const next = await steps.take('read', `${name}.page`, () => pages.next());
    if (next.done === true) return;
    yield next.value;
  }
}

export const steppedBlobs = (blobs: Blobs, steps: Steps): Blobs => ({
  put: (name, content) => steps.take('write', 'blob.put', () => blobs.put(name, content)),
  get: (name) => steps.take('read', 'blob.get', () => blobs.get(name)),
  delete: (name) => steps.take('write', 'blob.delete', () => blobs.delete(name)),
});

export const keyOf = (operation: RowOperation): string =>
  operation.kind === 'delete' ? operation.rowKey : operation.row.rowKey;

export const refusedByService = (): ContractError => new ContractError('Table batch: the service refused it');
