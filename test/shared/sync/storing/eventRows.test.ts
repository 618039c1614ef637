import { UpstreamError } from '../../../../shared/errors';
import type { Row } from '../../../../shared/ports';
import { beginning } from '../../../../shared/model/time7';
import { faultyTable } from '../../../support/faultyTable';
import type { InProcessRelay } from '../../../support/inProcessRelay';
import { inProcessRelay } from '../../../support/inProcessRelay';
import { memoryTable } from '../../../support/memoryTable';
import { at, done, incident, nothing, runId, some, take, writing } from './passWriting';

const targets = [
  { connectionId: 'jira', since: beginning },
  { connectionId: 'hook', since: beginning },
];
const eventRows = (rows: readonly Row[]) => rows.filter(({ rowKey }) => rowKey.startsWith('o_'));
/** Two that are not merged, the first of them open. */
const twoOf = ({ cloud, tenant }: InProcessRelay) => {
  const rows = cloud.world.truth(tenant.tenantId).filter(({ status }) => status !== 'redirected');
  const first = rows.find(({ status }) => status === 'active')!;
  return { first, second: rows.find((row) => row !== first)! };
};

test('events are written in the batch of their incident, and a batch with them stays within a hundred operations', async () => {
  const { begin, table, state } = writing({ targets });
  const writer = await begin(runId(1));
  await take(writer, some(60));
  await writer.flushFull();
  await writer.finish(done, nothing);
  expect(Math.max(...table.writes.batches)).toBeLessThanOrEqual(100);
  expect(eventRows(table.rows())).toHaveLength(120);
  expect((await state()).totals).toMatchObject({ incidentWrites: 60, queued: 120 });
});

test('a batch that is not written leaves neither incident nor event', async () => {
  const { begin, table, faults } = writing({ targets });
  const writer = await begin(runId(1));
  await take(writer, some(3));
  Object.assign(faults, { at: faults.count + 1, when: 'before' });
  await expect(writer.finish(done, nothing)).rejects.toBeInstanceOf(UpstreamError);
  expect(table.rows()).toEqual([]);
});

test('what leads to events is there before their batch, and a hint follows it', async () => {
  const { begin, order, lookups, table } = writing({ targets });
  const writer = await begin(runId(1));
  await take(writer, some(3));
  await writer.finish(done, nothing);
  expect(order.filter((step) => step !== 'feed')).toEqual(['ahead', 'batch', 'after 6']);
  lookups.failAhead = new UpstreamError('the index is away');
  const second = await begin(runId(2));
  await take(second, [incident(9, 9)]);
  await expect(second.finish(done, nothing)).rejects.toBeInstanceOf(UpstreamError);
  expect(eventRows(table.rows())).toHaveLength(6);
});

test('who is sent every version finds its body with the event, others do not', async () => {
  const [jira, hook] = targets;
  const { begin, table } = writing({ targets: [jira!, { ...hook!, keepsVersions: true }] });
  const writer = await begin(runId(1));
  await take(writer, [incident(1, 1)]);
  await writer.finish(done, nothing);
  const bodies = eventRows(table.rows()).map(({ connectionId, body0 }) => [connectionId, body0 instanceof Uint8Array]);
  expect(Object.fromEntries(bodies)).toEqual({ jira: false, hook: true });
});

test('two versions of one run are one row and one event for each target, of the newest', async () => {
  const { begin, table } = writing({ targets });
  const writer = await begin(runId(1));
  await take(writer, [incident(1, 1)]);
  await take(writer, [incident(1, 3, {}, 'resolved')]);
  await writer.finish(done, nothing);
  expect(eventRows(table.rows())).toMatchObject([
    { type: 'created', version: at(3), state: 'pending', attempts: 0 },
    { type: 'created', version: at(3) },
  ]);
});

test('each change of an incident’s life is told once', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 12, targets });
  await relay.sync();
  const { first, second } = twoOf(relay);
  const told: unknown[] = [];
  const { world } = relay.cloud;
  const seen = new Set(eventRows(relay.incidents.rows()).map(({ eventId }) => eventId));
  const next = async (change: Parameters<typeof world.apply>[0]) => {
    relay.clock.advance(60_000);
    world.apply(change);
    for (let pass = 0; pass < 2; pass += 1) {
      relay.clock.advance(60_000);
      await relay.sync();
    }
    const fresh = eventRows(relay.incidents.rows()).filter(({ eventId }) => !seen.has(eventId));
    fresh.forEach(({ eventId }) => seen.add(eventId));
    told.push(
      fresh
        .map(({ connectionId, incidentId, type }) => `${String(connectionId)} ${String(incidentId)} ${String(type)}`)
        .sort(),
    );
  };
  const { tenantId, incidentId } = first;
  await next({ kind: 'update', tenantId, incidentId, customTags: ['seen'] });
  await next({ kind: 'resolve', tenantId, incidentId, classification: 'truePositive', determination: 'malware' });
  await next({ kind: 'reopen', tenantId, incidentId });
  await next({ kind: 'redirect', tenantId, incidentId, into: second.incidentId });
  const both = (id: string, type: string) => [`hook ${id} ${type}`, `jira ${id} ${type}`];
  expect(told).toEqual([
    both(incidentId, 'updated'),
    both(incidentId, 'resolved'),
    both(incidentId, 'reopened'),
    [...both(incidentId, 'merged'), ...both(second.incidentId, 'updated')].sort(),
  ]);
});

test.each(['before', 'after'] as const)(
  'a write that fails %s it is done ends in the same events under the same ids',
  async (when) => {
    const idsAfter = async (failAt: number): Promise<unknown[]> => {
      const faults = { count: 0, at: 0, when };
      const relay = await inProcessRelay({
        seed: 11,
        incidents: 130,
        alerts: false,
        targets,
        incidentsTable: (clock) =>
          faultyTable(
            memoryTable(() => clock.now()),
            faults,
          ),
      });
      faults.at = failAt;
      await relay.sync().catch(() => undefined);
      faults.at = 0;
      for (let run = 0; run < 2; run += 1) {
        relay.clock.advance(130_000);
        await relay.sync();
      }
      return eventRows(relay.incidents.rows())
        .map(({ eventId }) => eventId)
        .sort();
    };
    const ids = await idsAfter(0);
    expect(ids).toHaveLength(260);
    for (let failAt = 1; failAt <= 10; failAt += 1) expect(await idsAfter(failAt)).toEqual(ids);
  },
);
