import type { BackEnd } from '../../../../shared/model/tenant';
import { readState } from '../../../../shared/store/tenantState';
import type { InProcessOptions, InProcessRelay } from '../../../support/inProcessRelay';
import { inProcessRelay } from '../../../support/inProcessRelay';

const backends: readonly BackEnd[] = ['graph', 'defender'];
const minuteMs = 60_000;

const cursorOf = async ({ tenant, incidents }: InProcessRelay) =>
  (await readState(tenant.tenantId, incidents)).state.cursor;

/** Ticks of a minute until all is read: how many, and how many calls they took. */
const readOut = async (relay: InProcessRelay, most = 12) => {
  const before = relay.calls.length;
  for (let ticks = 1; ticks <= most; ticks += 1) {
    const { state } = await relay.sync();
    const { gaps } = await cursorOf(relay);
    if (state === 'complete' && gaps.length === 0) return { ticks, calls: relay.calls.length - before };
    expect(['complete', 'cut']).toContain(state);
    relay.clock.advance(minuteMs);
  }
  throw new Error('it is never read out');
};

const started = async (options: Omit<InProcessOptions, 'alerts' | 'seed'>): Promise<InProcessRelay> =>
  inProcessRelay({ seed: 5, alerts: false, ...options });

/** What a busy hour does: so many incidents are updated, one after the other. */
const update = (relay: InProcessRelay, count: number, overMs: number): void => {
  const rows = relay.cloud.world.truth().filter(({ status }) => status !== 'redirected');
  for (let change = 0; change < count; change += 1) {
    const { tenantId, incidentId } = rows[change % rows.length]!;
    relay.cloud.world.apply({ kind: 'update', tenantId, incidentId, customTags: [`change ${change}`] });
    relay.clock.advance(Math.floor(overMs / count));
  }
};

describe.each(backends)('through %s', (backend) => {
  it('2,600 incidents changed within one hour are read out in a few minutes', async () => {
    const relay = await started({ incidents: 2_700, backend });
    await readOut(relay);
    update(relay, 2_600, 60 * minuteMs);
    const { ticks, calls } = await readOut(relay);
    expect(relay.missing()).toEqual([]);
    expect(ticks).toBeLessThanOrEqual(4);
    expect(calls).toBeLessThanOrEqual(backend === 'graph' ? 100 : 60);
  });

  it('three quiet days after a busy hour cost one call a pass, and nothing is read again', async () => {
    const relay = await started({ incidents: 900, backend });
    await readOut(relay);
    update(relay, 800, 60 * minuteMs);
    await readOut(relay);
    relay.clock.advance(2 * 60 * minuteMs);
    await relay.sync();
    const before = relay.calls.length;
    const operations = relay.incidents.writes.batches.length;
    const passes = 3 * 24 * 12;
    for (let pass = 0; pass < passes; pass += 1) {
      relay.clock.advance(5 * minuteMs);
      expect(await relay.sync()).toMatchObject({ state: 'complete', counts: { listed: 0, incidentWrites: 0 } });
    }
    expect(relay.calls.length - before).toBe(passes);
    // Now and then a row of the ledger rides along.
    expect(relay.incidents.writes.batches.length - operations).toBeLessThanOrEqual(6);
    expect(relay.missing()).toEqual([]);
  });

  it('a week without us after a busy hour is read out, too', async () => {
    const relay = await started({ incidents: 900, backend });
    await readOut(relay);
    update(relay, 800, 60 * minuteMs);
    relay.clock.advance(7 * 24 * 60 * minuteMs);
    const { ticks, calls } = await readOut(relay);
    expect(relay.missing()).toEqual([]);
    expect(ticks).toBeLessThanOrEqual(2);
    expect(calls).toBeLessThanOrEqual(40);
  });

  it('a first sync of 5,000 takes several runs, and what is fresh is seen at the very next one', async () => {
    const relay = await started({ incidents: 5_000, backend });
    expect(await relay.sync()).toMatchObject({ state: 'cut', againAtMs: relay.clock.now() });
    for (let tick = 0; ; tick += 1) {
      relay.clock.advance(minuteMs);
      const { tenantId } = relay.tenant;
      const { incidentId } = relay.cloud.world.apply({ kind: 'create', tenantId, displayName: `fresh ${tick}` });
      relay.clock.advance(1_000);
      await relay.sync();
      expect(relay.missing()).not.toContain(incidentId);
      if ((await cursorOf(relay)).gaps.length === 0) break;
      expect(tick).toBeLessThan(5);
    }
    expect(relay.missing()).toEqual([]);
    expect((await readState(relay.tenant.tenantId, relay.incidents)).state).toMatchObject({
      leaseOwner: undefined,
      disagreement: undefined,
      quarantined: 0,
    });
    const { counts } = await relay.sync();
    expect(counts).toMatchObject({ calls: 1, incidentWrites: 0 });
  });

  it('more incidents of one instant than two pages hold are all stored', async () => {
    const relay = await started({ incidents: 600, tieGroup: 260, backend });
    const { calls } = await readOut(relay);
    expect(relay.missing()).toEqual([]);
    expect(calls).toBeLessThanOrEqual(40);
  });

  it('an allowance of three calls a run is enough to come to an end', async () => {
    const relay = await started({ incidents: 600, backend });
    for (let run = 0; run < 60; run += 1) {
      await relay.sync({ maxCalls: 3 });
      relay.clock.advance(minuteMs);
    }
    expect(relay.missing()).toEqual([]);
    expect((await cursorOf(relay)).gaps).toEqual([]);
  });

  it('no run calls more often than the limit allows in any minute', async () => {
    const relay = await started({ incidents: 5_000, backend });
    relay.cloud.behaviour.change({
      rates: { [backend]: backend === 'graph' ? { perMinute: 150 } : { perMinute: 50 } },
    });
    for (let tick = 0; tick < 6; tick += 1) {
      await relay.sync();
      relay.clock.advance(20_000);
    }
    const counts = relay.cloud.rates.counts()[backend][relay.tenant.tenantId]!;
    expect(counts).toMatchObject({ refused: 0, insideWait: 0 });
    expect(counts.mostInMinute).toBeLessThanOrEqual(backend === 'graph' ? 120 : 40);
  });
});

describe('an answer that lacks a part for three days', () => {
  it.each(backends)('through %s keeps what it shows, stays a gap and is read whole when it can be', async (backend) => {
    let partial = false;
    const relay = await started({
      incidents: 300,
      backend,
      intercept: (_, pass) => {
        const given = pass();
        if (!partial) return given;
        const { value } = JSON.parse(given.body) as { value: unknown[] };
        const headers = { ...given.headers, warning: '199 - "Microsoft/Provider/503/30000"' };
        return { status: 206, headers, body: JSON.stringify({ value: value.filter((__, at) => at % 2 === 0) }) };
      },
    });
    await readOut(relay);
    partial = true;
    const before = relay.calls.length;
    let passes = 0;
    for (let minutes = 0; minutes < 3 * 24 * 60; minutes += 15) {
      update(relay, 2, 1_000);
      relay.clock.advance(15 * minuteMs);
      expect(await relay.sync()).toMatchObject({ state: 'complete' });
      passes += 1;
      expect((await cursorOf(relay)).gaps.length).toBeLessThanOrEqual(50);
    }
    // Each pass asks once for what is new, and again for what was doubted, ever more rarely.
    expect(relay.calls.length - before).toBeLessThanOrEqual(passes * 15);
    partial = false;
    relay.clock.advance(6 * 60 * minuteMs);
    for (let pass = 0; pass < 3; pass += 1) {
      await relay.sync();
      relay.clock.advance(6 * 60 * minuteMs);
    }
    expect(relay.missing()).toEqual([]);
    expect((await cursorOf(relay)).gaps).toEqual([]);
  });
});
