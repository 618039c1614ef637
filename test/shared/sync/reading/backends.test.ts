import type { BackEnd } from '../../../../shared/model/tenant';
import { beginning } from '../../../../shared/model/time7';
import type { Row } from '../../../../shared/ports';
import { readState } from '../../../../shared/store/tenantState';
import type { InProcessRelay } from '../../../support/inProcessRelay';
import { inProcessRelay } from '../../../support/inProcessRelay';

const minuteMs = 60_000;
const targets = [{ connectionId: 'jira', since: beginning }];
const eventIds = ({ incidents }: InProcessRelay) =>
  new Set(incidents.rows().flatMap(({ rowKey, eventId }) => (rowKey.startsWith('o_') ? [eventId] : [])));
const headers = ({ incidents }: InProcessRelay) =>
  incidents
    .rows()
    .filter(({ rowKey }) => rowKey.startsWith('i_'))
    .map(({ rowKey, displayName, status, severity, alertsCount, watchedDigest, version }: Row) =>
      [rowKey, displayName, status, severity, alertsCount, watchedDigest, version].join(' '),
    )
    .sort();
const other = (backend: BackEnd): BackEnd => (backend === 'graph' ? 'defender' : 'graph');

/** Changes of an hour, on whichever back end. */
const live = async (relay: InProcessRelay, backend: BackEnd, polls: number): Promise<void> => {
  const { tenantId } = relay.tenant;
  for (let poll = 0; poll < polls; poll += 1) {
    relay.clock.advance(5 * minuteMs);
    const rows = relay.cloud.world.truth(tenantId).filter(({ status }) => status !== 'redirected');
    for (let step = 0; step < 5; step += 1) {
      const { incidentId } = rows[(poll * 31 + step * 17) % rows.length]!;
      relay.cloud.world.apply({ kind: 'update', tenantId, incidentId, customTags: [`poll ${poll}`], addAlerts: 1 });
    }
    relay.clock.advance(1_000);
    await relay.sync({ backend });
  }
};

test('both back ends store the same of every incident', async () => {
  const [graph, defender] = await Promise.all([
    inProcessRelay({ seed: 6, incidents: 240, backend: 'graph' }),
    inProcessRelay({ seed: 6, incidents: 240, backend: 'defender' }),
  ]);
  await Promise.all([graph.sync(), defender.sync()]);
  expect(graph.missing()).toEqual([]);
  expect(defender.missing()).toEqual([]);
  expect(headers(defender)).toEqual(headers(graph));
});

describe.each<BackEnd>(['graph', 'defender'])('a tenant that is moved away from %s', (backend) => {
  test('keeps its rows, and nothing is announced for it', async () => {
    const relay = await inProcessRelay({ seed: 6, incidents: 160, backend, targets });
    await relay.sync();
    await live(relay, backend, 3);
    const before = eventIds(relay);
    const rows = headers(relay);
    relay.clock.advance(5 * minuteMs);
    const { counts } = await relay.sync({ backend: other(backend) });
    expect(counts).toMatchObject({ new: 0, changed: 0 });
    expect(headers(relay)).toEqual(rows);
    expect(eventIds(relay)).toEqual(before);
    expect(relay.missing()).toEqual([]);
  });

  test('and read anew from its beginning is announced in silence, too', async () => {
    const relay = await inProcessRelay({ seed: 6, incidents: 160, backend, targets });
    await relay.sync();
    const before = eventIds(relay);
    expect(before.size).toBe(160);
    const { row, etag } = (await relay.incidents.get(relay.tenant.tenantId, 'state'))!;
    const reset: Row = { ...row, head: undefined, readThrough: undefined };
    await relay.incidents.write({ kind: 'replace', row: reset, etag });
    relay.clock.advance(minuteMs);
    expect(await relay.sync({ backend: other(backend) })).toMatchObject({ counts: { new: 0, changed: 0 } });
    expect(eventIds(relay)).toEqual(before);
    expect(relay.missing()).toEqual([]);
  });

  test('and back again and again loses nothing, and tells each change once', async () => {
    const relay = await inProcessRelay({ seed: 6, incidents: 160, backend, targets });
    await relay.sync();
    for (const now of [other(backend), backend, other(backend), backend]) {
      const before = eventIds(relay).size;
      await live(relay, now, 2);
      expect(relay.missing()).toEqual([]);
      expect(eventIds(relay).size - before).toBe(10);
    }
  });

  test('in the middle of its first sync is read out all the same', async () => {
    const relay = await inProcessRelay({ seed: 6, incidents: 1_200, backend });
    await relay.sync({ maxCalls: 6 });
    for (let run = 0; run < 6; run += 1) {
      relay.clock.advance(minuteMs);
      await relay.sync({ backend: other(backend) });
    }
    expect(relay.missing()).toEqual([]);
    expect((await readState(relay.tenant.tenantId, relay.incidents)).state.cursor.gaps).toEqual([]);
  });
});
