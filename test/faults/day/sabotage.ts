import type { Row, RowOperation } from '../../../shared/ports';
import type { RandomSource } from '../../support/randomSource';
import type { Tally } from './faultKinds';
import type { Rates } from './plan';
import { idOfRowKey } from './shownId';
import { keyOf, refusedByService } from './steps';
import type { Storage } from './storage';
import type { Timeline } from './timeline';

const nonsense = '2031-01-01T00:00:00.0000000Z';

/** What others do to the relay's rows: writers in between, a service that refuses one of them, a cursor that is not what it was. */
export interface Sabotage {
  spoil(operations: readonly RowOperation[]): Promise<void>;
  /** A state row as it was committed: a backup can hold no other. */
  committed(state: Row): void;
  cursor(tenantId: string): Promise<void>;
  /** Takes the state and every incident row of the tenant away. */
  loseRows(tenantId: string): Promise<void>;
  isRefused(tenantId: string, incidentId: string): boolean;
  readonly refused: number;
  heal(): void;
}

export interface SabotageOptions {
  readonly storage: Storage;
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: Tally;
  readonly rates: Rates;
  readonly faultsOn: () => boolean;
  readonly tell: (what: string) => void;
  readonly onRowsLost: (tenantId: string) => void;
}

export const createSabotage = (options: SabotageOptions): Sabotage => {
  const { storage, random, tally, rates, faultsOn, tell } = options;
  const { incidents } = storage.tables;
  const judged = new Map<string, boolean>();
  const older = new Map<string, Row>();
  let refusing = true;

  /** Each incident is liked or refused from its first write on. */
  const isRefused = (key: string): boolean => {
    if (!refusing) return false;
    const known = judged.get(key);
    if (known !== undefined) return known;
    const refused = faultsOn() && random.next() < rates.refusedRowShare;
    judged.set(key, refused);
    return refused;
  };
  const keyOfIncident = (tenantId: string, rowKey: string): string => `${tenantId} ${idOfRowKey(rowKey)}`;

  return {
    get refused() {
      return refusing ? [...judged.values()].filter(Boolean).length : 0;
    },
    isRefused: (tenantId, incidentId) => refusing && judged.get(`${tenantId} ${incidentId}`) === true,
    heal: () => {
      refusing = false;
    },
    spoil: async (operations) => {
      for (const operation of operations) {
        if (operation.kind === 'delete') continue;
        const { row } = operation;
        if (!row.rowKey.startsWith('i_') || !isRefused(keyOfIncident(row.partitionKey, row.rowKey))) continue;
        tally.hit(23);
        tell(`storage refuses ${idOfRowKey(row.rowKey)} in a batch of ${operations.length}`);
        throw refusedByService();
      }
      if (!faultsOn() || random.next() >= rates.conflictPerBatch) return;
      const replaced = operations.filter(({ kind }) => kind === 'replace');
      const victim = replaced[random.below(Math.max(1, replaced.length))];
      if (victim?.kind !== 'replace') return;
      const found = await incidents.get(victim.row.partitionKey, victim.row.rowKey);
      if (found === undefined) return;
      tally.hit(24);
      tell(`another writer touches ${keyOf(victim)}`);
      // The same content under a new etag.
      await incidents.write({ kind: 'upsert', row: found.row });
    },
    committed: (state) => {
      if (random.next() < 0.2) older.set(state.partitionKey, state);
    },
    loseRows: async (tenantId) => {
      tally.hit(26);
      tell(`rows of ${tenantId.slice(0, 4)} gone`);
      const own = incidents.rows().filter(({ partitionKey }) => partitionKey === tenantId);
      for (const { rowKey } of own)
        if (rowKey === 'state' || rowKey.startsWith('i_'))
          await incidents.write({ kind: 'delete', partitionKey: tenantId, rowKey });
      // A state from before would claim rows that are gone: no reader could know.
      older.delete(tenantId);
      options.onRowsLost(tenantId);
    },
    cursor: async (tenantId) => {
      const found = await incidents.get(tenantId, 'state');
      if (found === undefined) return;
      tally.hit(26);
      const kind = random.below(4);
      tell(`cursor of ${tenantId.slice(0, 4)}: ${['missing', 'garbled', 'in the future', 'rolled back'][kind] ?? ''}`);
      const before = older.get(tenantId);
      const write = (row: object): Promise<string> =>
        incidents.write({ kind: 'upsert', row: { ...found.row, ...row } });
      if (kind === 0) await incidents.write({ kind: 'delete', partitionKey: tenantId, rowKey: 'state' });
      else if (kind === 1) await write({ head: 'rubbish', readThrough: '17', gaps: '{"no"' });
      else if (kind === 2) await write({ head: nonsense, readThrough: nonsense });
      // Whole: a column that the later row has and it had not would be of neither.
      else if (before !== undefined) await incidents.write({ kind: 'upsert', row: before });
    },
  };
};
