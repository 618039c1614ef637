import { readQuarantine } from '../../../../shared/store/quarantine';
import { readState } from '../../../../shared/store/tenantState';
import { beginning } from '../../../../shared/model/time7';
import type { InProcessRelay } from '../../../support/inProcessRelay';
import { inProcessRelay } from '../../../support/inProcessRelay';

const minuteMs = 60_000;
const stateOf = async ({ tenant, incidents }: InProcessRelay) => (await readState(tenant.tenantId, incidents)).state;
const quarantined = ({ tenant, incidents }: InProcessRelay) => readQuarantine(tenant.tenantId, incidents);
const rowOf = ({ incidents }: InProcessRelay, incidentId: string) =>
  incidents
    .rows()
    .find(({ rowKey }) => rowKey === `i_${(10n ** 20n - 1n - BigInt(incidentId)).toString().padStart(20, '0')}`);
/** An open incident with alerts. */
const victimIn = ({ cloud, tenant }: InProcessRelay): string =>
  cloud.world.truth(tenant.tenantId).find(({ status, alertsCount }) => status === 'active' && alertsCount > 0)!
    .incidentId;
const poison = (relay: InProcessRelay, incidentId: string, how: Parameters<typeof relay.cloud.behaviour.poison>[2]) =>
  relay.cloud.behaviour.poison(relay.tenant.tenantId, incidentId, how);
const heal = (relay: InProcessRelay) => relay.cloud.behaviour.heal(relay.tenant.tenantId);

test('one whose alerts can never be had is stored with its header at once, the others of its page whole; it heals by itself', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 45 });
  const incidentId = victimIn(relay);
  poison(relay, incidentId, { expandFails: true, alertsFail: true });
  expect(await relay.sync()).toMatchObject({ state: 'complete', counts: { new: 45, quarantined: 0 } });
  expect(relay.missing()).toEqual([incidentId]);
  expect(rowOf(relay, incidentId)).toMatchObject({ complete: false, status: 'active', alertsCount: 0 });
  expect(await quarantined(relay)).toMatchObject([{ incidentId, stage: 'alerts', attempts: 0 }]);
  expect(await stateOf(relay)).toMatchObject({ quarantined: 1, disagreement: undefined, cursor: { gaps: [] } });

  relay.clock.advance(15 * minuteMs);
  await relay.sync();
  expect(await quarantined(relay)).toMatchObject([{ incidentId, attempts: 1 }]);

  heal(relay);
  relay.clock.advance(30 * minuteMs - 1);
  await relay.sync();
  expect(relay.missing()).toEqual([incidentId]);
  relay.clock.advance(1);
  await relay.sync();
  expect(relay.missing()).toEqual([]);
  expect(await quarantined(relay)).toEqual([]);
  expect(await stateOf(relay)).toMatchObject({ quarantined: 0, disagreement: undefined });
});

test('its tries are ever rarer, a day apart at last, and its row is written only by them', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 45 });
  const incidentId = victimIn(relay);
  poison(relay, incidentId, { expandFails: true, alertsFail: true, itemFails: true });
  await relay.sync();
  for (let minutes = 0; minutes < 3 * 24 * 60; minutes += 5) {
    relay.clock.advance(5 * minuteMs);
    expect(await relay.sync()).toMatchObject({ state: 'complete' });
  }
  // 15 min, 30, 1 h, 2, 4, 8, 16, 24: over three days.
  const [entry] = await quarantined(relay);
  expect(entry).toMatchObject({ incidentId, since: '2026-11-20T08:00:00.000Z' });
  expect(entry!.attempts).toBeGreaterThanOrEqual(8);
  expect(entry!.attempts).toBeLessThanOrEqual(9);
});

test('one that is poisoned within the overlap costs few calls a pass while nothing of it changes', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 45 });
  await relay.sync();
  const { tenantId } = relay.tenant;
  const incidentId = victimIn(relay);
  for (const row of relay.cloud.world.truth(tenantId).filter(({ status }) => status === 'active'))
    relay.cloud.world.apply({ kind: 'update', tenantId, incidentId: row.incidentId, customTags: ['now'] });
  poison(relay, incidentId, { expandFails: true, alertsFail: true });
  await relay.sync();
  expect(relay.missing()).toEqual([incidentId]);
  relay.clock.advance(5 * minuteMs);
  const before = relay.calls.length;
  await relay.sync();
  // With alerts, without: all that is shown is held.
  expect(relay.calls.length - before).toBeLessThanOrEqual(2);
});

test('one that changes while it waits is stored at its newer version, and waits on for its alerts', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 45, targets: [{ connectionId: 'jira', since: beginning }] });
  const incidentId = victimIn(relay);
  poison(relay, incidentId, { expandFails: true, alertsFail: true });
  await relay.sync();
  relay.clock.advance(5 * minuteMs);
  const { tenantId } = relay.tenant;
  relay.cloud.world.apply({
    kind: 'resolve',
    tenantId,
    incidentId,
    classification: 'truePositive',
    determination: 'malware',
  });
  await relay.sync();
  expect(rowOf(relay, incidentId)).toMatchObject({ status: 'resolved', complete: false });
  const version = rowOf(relay, incidentId)!.version;
  expect(await quarantined(relay)).toMatchObject([{ incidentId, version, attempts: 0 }]);
});

test('an incident of 20,000 nested lists goes to quarantine whole, and nothing else is touched', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 45 });
  const incidentId = victimIn(relay);
  poison(relay, incidentId, { deep: 20_000 });
  expect(await relay.sync()).toMatchObject({ state: 'complete', counts: { new: 44, quarantined: 1 } });
  expect(relay.missing()).toEqual([incidentId]);
  expect(await quarantined(relay)).toMatchObject([{ incidentId, stage: 'whole' }]);
  expect(await stateOf(relay)).toMatchObject({ disagreement: undefined });
  heal(relay);
  relay.clock.advance(15 * minuteMs);
  await relay.sync();
  expect(relay.missing()).toEqual([]);
  expect(await quarantined(relay)).toEqual([]);
});

test('a header that storage cannot hold goes to quarantine, and nothing else is touched', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 45 });
  const incidentId = victimIn(relay);
  poison(relay, incidentId, { raw: { id: `${'9'.repeat(300)}/` } });
  expect(await relay.sync()).toMatchObject({ state: 'complete' });
  expect(relay.missing()).toEqual([incidentId]);
  expect(relay.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('i_')).length).toBeGreaterThanOrEqual(44);
  expect(await stateOf(relay)).toMatchObject({ disagreement: undefined, cursor: { gaps: [] } });
});

test('one that is deleted while it waits leaves quarantine', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 45 });
  const incidentId = victimIn(relay);
  poison(relay, incidentId, { expandFails: true, alertsFail: true });
  await relay.sync();
  relay.cloud.world.apply({ kind: 'remove', tenantId: relay.tenant.tenantId, incidentId });
  relay.clock.advance(15 * minuteMs);
  await relay.sync();
  expect(await quarantined(relay)).toEqual([]);
  expect(await stateOf(relay)).toMatchObject({ quarantined: 0 });
});

test('more than five that are due take their turns, five a run', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 45 });
  const { tenantId } = relay.tenant;
  const ids = relay.cloud.world
    .truth(tenantId)
    .filter(({ status }) => status !== 'redirected')
    .slice(0, 12)
    .map(({ incidentId }) => incidentId);
  for (const incidentId of ids) poison(relay, incidentId, { deep: 20_000 });
  await relay.sync();
  expect(await quarantined(relay)).toHaveLength(12);
  heal(relay);
  relay.clock.advance(15 * minuteMs);
  for (const left of [7, 2, 0]) {
    await relay.sync();
    expect(await quarantined(relay)).toHaveLength(left);
    relay.clock.advance(1_000);
  }
  expect(relay.missing()).toEqual([]);
});

test('through defender one that no page can show is cut around, and its range stays a gap until it can be read', async () => {
  const relay = await inProcessRelay({ seed: 5, incidents: 300, backend: 'defender' });
  const incidentId = victimIn(relay);
  poison(relay, incidentId, { expandFails: true });
  for (let run = 0; run < 5; run += 1) {
    await relay.sync();
    relay.clock.advance(minuteMs);
  }
  expect(relay.missing()).toEqual([incidentId]);
  const { cursor } = await stateOf(relay);
  expect(cursor.gaps).toHaveLength(1);
  const { lastUpdateDateTime } = relay.cloud.world
    .truth(relay.tenant.tenantId)
    .find((row) => row.incidentId === incidentId)!;
  expect(Date.parse(cursor.gaps[0]!.from)).toBeLessThanOrEqual(Date.parse(lastUpdateDateTime));
  expect(Date.parse(cursor.gaps[0]!.to)).toBeGreaterThanOrEqual(Date.parse(lastUpdateDateTime) - 1);
  heal(relay);
  relay.clock.advance(6 * 60 * minuteMs);
  await relay.sync();
  expect(relay.missing()).toEqual([]);
  expect((await stateOf(relay)).cursor.gaps).toEqual([]);
});
