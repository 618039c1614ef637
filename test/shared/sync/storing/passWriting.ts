import { createHash } from 'node:crypto';
import type { AppError } from '../../../../shared/errors';
import { ContractError } from '../../../../shared/errors';
import type { Cursor } from '../../../../shared/model/cursor';
import { emptyCursor } from '../../../../shared/model/cursor';
import type { ObservedIncident } from '../../../../shared/model/incident';
import type { OutboxEvent, Target } from '../../../../shared/model/outbox';
import type { Time7 } from '../../../../shared/model/time7';
import { incidentFeed } from '../../../../shared/store/feed';
import { incidentStore } from '../../../../shared/store/incidents';
import { readQuarantine } from '../../../../shared/store/quarantine';
import { noCalls } from '../../../../shared/model/tenantState';
import { readState } from '../../../../shared/store/tenantState';
import { judge } from '../../../../shared/sync/comparing/diff';
import type { PassWriter } from '../../../../shared/sync/storing/passWriter';
import { createPassWriter } from '../../../../shared/sync/storing/passWriter';
import { createQuarantine } from '../../../../shared/sync/position/quarantine';
import type { Faults } from '../../../support/faultyTable';
import { faultyTable } from '../../../support/faultyTable';
import { memoryBlobs, virtualClock } from '../../../support/inProcessRelay';
import { memoryTable } from '../../../support/memoryTable';
import { tenantIdOf } from '../../../support/plainTenant';

export const tenantId = tenantIdOf(1);
/** A run that ended well. */
export const done = { state: 'succeeded', code: null, reason: null } as const;
export const failed = { state: 'failed', code: 'ERR_UPSTREAM', reason: 'r' } as const;
/** Nothing that rides along with the last batch. */
export const nothing = () => ({ changes: {}, rows: [] });
export const at = (second: number): Time7 =>
  `2026-11-20T07:${Math.floor(second / 60)
    .toString()
    .padStart(2, '0')}:${(second % 60).toString().padStart(2, '0')}.0000000Z` as Time7;
export const cursorAt = (second: number): Cursor => ({ ...emptyCursor, head: at(second) });

export const incident = (
  id: number,
  second: number,
  body: Record<string, string> = {},
  status = 'active',
): ObservedIncident => ({
  backend: 'graph',
  header: {
    incidentId: `${id}`,
    displayName: `Incident ${id}`,
    status,
    severity: 'high',
    classification: null,
    determination: null,
    assignedTo: null,
    createdDateTime: null,
    lastUpdateDateTime: at(second),
    redirectIncidentId: null,
    incidentWebUrl: null,
    alertsCount: 0,
  },
  version: at(second),
  body: { id: `${id}`, status, lastUpdateDateTime: at(second), ...body },
  complete: true,
  asOf: at(3599),
});
/** Text that no compression makes much smaller. */
export const noise = (seed: number, characters: number): string => {
  let text = '';
  for (let part = 0; text.length < characters; part += 1)
    text += createHash('sha512').update(`${seed} ${part}`).digest('base64url');
  return text.slice(0, characters);
};

/** A writer's surroundings, and the order in which it touches them. `refuse`: storage takes no batch that names one of these rows. */
export const writing = ({
  targets = [],
  refuse = [],
}: { readonly targets?: readonly Target[]; readonly refuse?: readonly string[] } = {}) => {
  const faults: Faults = { count: 0, at: 0, when: 'before' };
  const table = memoryTable(() => Date.parse('2026-11-20T08:00:00Z'));
  const index = memoryTable();
  const bodies = memoryBlobs();
  const order: string[] = [];
  const faulty = faultyTable(table, faults);
  const watched = {
    ...faulty,
    writeBatch: (operations: Parameters<typeof faulty.writeBatch>[0]) => {
      order.push('batch');
      const rowKeys = operations.map((operation) => (operation.kind === 'delete' ? operation : operation.row).rowKey);
      if (rowKeys.some((rowKey) => refuse.includes(rowKey)))
        return Promise.reject(new ContractError('400 of the table'));
      return faulty.writeBatch(operations);
    },
  };
  const feed = incidentFeed(index);
  const rows = incidentStore(tenantId, table, bodies);
  const lookups: { failNext?: AppError; failAhead?: AppError } = {};
  const deps = {
    table: watched,
    bodies: {
      ...bodies,
      put: (name: string, content: Uint8Array) => {
        order.push('blob');
        return bodies.put(name, content);
      },
    },
    feed: {
      ...feed,
      add: (...args: Parameters<typeof feed.add>) => {
        order.push('feed');
        return feed.add(...args);
      },
    },
    incidents: {
      ...rows,
      known: (ids: readonly string[]) => {
        const { failNext } = lookups;
        delete lookups.failNext;
        return failNext === undefined ? rows.known(ids) : Promise.reject(failNext);
      },
    },
    clock: virtualClock('2026-11-20T08:00:00.000Z'),
    targets,
    calls: () => noCalls,
    announcing: {
      ahead: (_: string, events: readonly OutboxEvent[]) => {
        if (events.length > 0) order.push('ahead');
        return lookups.failAhead === undefined ? Promise.resolve() : Promise.reject(lookups.failAhead);
      },
      after: (_: string, events: readonly OutboxEvent[]) => {
        if (events.length > 0) order.push(`after ${events.length}`);
        return Promise.resolve();
      },
    },
  };
  return {
    faults,
    lookups,
    clock: deps.clock,
    order,
    table,
    index,
    bodies,
    state: async () => (await readState(tenantId, table)).state,
    quarantined: () => readQuarantine(tenantId, table),
    begin: async (runId: string, requested = false) => {
      const quarantine = createQuarantine(await readQuarantine(tenantId, table));
      return createPassWriter(
        { ...deps, quarantine },
        { tenantId, runId, requested },
        await readState(tenantId, table),
      );
    },
  };
};
/** Judges incidents against what is known and queues them, each with the cursor of its own second. */
export const take = async (writer: PassWriter, incidents: readonly ObservedIncident[]): Promise<void> => {
  const known = await writer.known(incidents.map(({ header }) => header.incidentId));
  for (const each of incidents) {
    const second = Number(each.version.slice(14, 16)) * 60 + Number(each.version.slice(17, 19));
    writer.add(judge(each, known.get(each.header.incidentId)));
    writer.mark(() => cursorAt(second));
  }
};
export const some = (count: number, from = 0): ObservedIncident[] =>
  Array.from({ length: count }, (_, id) => incident(from + id, from + id));
export const rowKeyOf = (id: number): string => `i_${(10n ** 20n - 1n - BigInt(id)).toString()}`;
export const runId = (at_: number): string => `1795161600000-run${at_.toString().padStart(9, '0')}`;
