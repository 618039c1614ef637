import type { Caller } from '../../shared/http/callers/caller';
import { pageAcrossTenants } from '../../shared/http/incidents/incidentPage';
import { incidentsQuery } from '../../shared/http/incidents/incidentQuery';
import type { FilledStorage } from '../support/filledStorage';
import { filledStorage } from '../support/filledStorage';
import { expectEqual } from './expectEqual';
import type { BenchOptions } from './options';
import { storageDelayMs } from './stage';

export const listedTenants = 10;
export const listedIncidents = 500;

export interface FirstPage {
  readonly ms: number;
  /** Storage operations and the rows in their answers. */
  readonly operations: number;
  readonly rows: number;
}

export interface FirstPages {
  /** Over ten tenants. */
  readonly few: FirstPage;
  /** Over as many as the bench has. */
  readonly many: FirstPage;
}

/**
 * Rounds of the first page of `GET /incidents` over few and over many tenants, as its handler asks for it. The tables are in memory
 * and answer as late as elsewhere in the bench: Azurite looks through a whole partition for a row, which says nothing of the service.
 */
export const measureIncidentLists = async (
  { rounds, tenants }: BenchOptions,
  onRound: (round: FirstPages) => void,
): Promise<readonly FirstPages[]> => {
  const filled = { incidentsOf: () => listedIncidents, delayMs: storageDelayMs };
  const few = await filledStorage({ tenants: listedTenants, ...filled });
  const many = await filledStorage({ tenants, ...filled });
  // The key of continue tokens is read once a process, and code is compiled as it runs.
  for (const storage of [few, many, few, many]) await firstPage(storage);
  const measured: FirstPages[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const pages = { few: await firstPage(few), many: await firstPage(many) };
    measured.push(pages);
    onRound(pages);
  }
  return measured;
};

const everyone: Caller = {
  objectId: '22222222-2222-4222-8222-222222222222',
  name: 'bench',
  kind: 'user',
  roles: new Set(['Admin']),
  groups: [],
  tenantId: '11111111-1111-4111-8111-111111111111',
};

const firstPage = async ({ services, counts }: FilledStorage): Promise<FirstPage> => {
  const { tenantId, group, limit, ...conditions } = incidentsQuery.parse({});
  const before = { ...counts };
  const startedMs = performance.now();
  const { items } = await pageAcrossTenants(services, everyone, { ...conditions, limit, tenantId, group });
  const ms = performance.now() - startedMs;
  expectEqual('incidents on a page', items.length, limit);
  return { ms, operations: counts.operations - before.operations, rows: counts.rows - before.rows };
};
