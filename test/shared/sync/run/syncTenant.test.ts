import { beginning } from '../../../../shared/model/time7';
import { readAccess } from '../../../../shared/store/access';
import { readTenantRun } from '../../../../shared/store/tenantRuns';
import { readState, toStateRow } from '../../../../shared/store/tenantState';
import { faultyTable } from '../../../support/faultyTable';
import { inProcessRelay } from '../../../support/inProcessRelay';
import type { MemoryTable } from '../../../support/memoryTable';
import { memoryTable } from '../../../support/memoryTable';

const incidentRows = (relay: Awaited<ReturnType<typeof inProcessRelay>>) =>
  relay.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('i_'));

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers: { date: 'Fri, 20 Nov 2026 08:00:00 GMT', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe('a first pass', () => {
  it('stores every incident as shown, in batches gathered across its pages', async () => {
    const relay = await inProcessRelay({ seed: 3, incidents: 230 });
    const outcome = await relay.sync();
    expect(outcome).toMatchObject({ state: 'complete', counts: { listed: 230, new: 230, calls: relay.calls.length } });
    expect(relay.calls.length).toBeLessThanOrEqual(Math.ceil(230 / 50) + 3);
    expect(relay.missing()).toEqual([]);
    expect(relay.incidents.writes.batches).toHaveLength(Math.ceil(230 / 86));
  });

  it('writes a feed row before each incident and none beside', async () => {
    const relay = await inProcessRelay({ seed: 3, incidents: 60 });
    await relay.sync();
    const feed = relay.index.rows().map((row) => `${String(row.incidentId)} ${String(row.version)}`);
    const rows = relay.cloud.world
      .truth()
      .map(({ incidentId, lastUpdateDateTime }) => [incidentId, lastUpdateDateTime]);
    expect(feed).toHaveLength(rows.length);
    expect(new Set(feed.map((entry) => entry.split(' ')[0]))).toEqual(new Set(rows.map(([id]) => id)));
  });

  it('counts an incident that changes between two pages once as new (5 seeds)', async () => {
    let changed = 0;
    for (let seed = 12; seed < 17; seed += 1) {
      const relay = await inProcessRelay({ seed, incidents: 180, updatesPerPage: 4, alerts: false });
      const { counts } = await relay.sync();
      changed += counts.changed;
      // One that changes before its slice is read is shown by the next pass, at its newer time.
      relay.cloud.behaviour.change({ updatesPerPage: 0 });
      relay.clock.advance(60_000);
      const { counts: later } = await relay.sync();
      expect(counts.new + later.new).toBe(180);
      expect(relay.missing()).toEqual([]);
      expect((await readState(relay.tenant.tenantId, relay.incidents)).state.stored).toBe(180);
    }
    expect(changed).toBeGreaterThan(0);
  });
});

describe('a later pass', () => {
  it('writes no incident and the state row once where nothing changed', async () => {
    const relay = await inProcessRelay({ seed: 4, incidents: 120 });
    await relay.sync();
    const before = { singles: relay.incidents.writes.singles, batches: relay.incidents.writes.batches.length };
    relay.clock.advance(5 * 60_000);
    expect(await relay.sync()).toMatchObject({
      state: 'complete',
      counts: { new: 0, changed: 0, incidentWrites: 0, calls: 1 },
    });
    expect(relay.incidents.writes).toMatchObject({ singles: before.singles + 1 });
    expect(relay.incidents.writes.batches).toHaveLength(before.batches);
  });

  it('looks at no incident row where the overlap shows again what it showed before', async () => {
    const looked: string[] = [];
    const watched = (table: MemoryTable): MemoryTable => ({
      ...table,
      get: (partitionKey, rowKey, select) => {
        looked.push(rowKey);
        return table.get(partitionKey, rowKey, select);
      },
      pages: (query) => {
        looked.push(`${String(query.rowFrom)}…`);
        return table.pages(query);
      },
    });
    const relay = await inProcessRelay({
      seed: 4,
      incidents: 20,
      incidentsTable: (clock) => watched(memoryTable(() => clock.now())),
    });
    await relay.sync();
    relay.clock.advance(5 * 60_000);
    const rows = relay.cloud.world.truth().filter(({ status }) => status !== 'redirected');
    for (const { tenantId, incidentId } of rows.slice(0, 9))
      relay.cloud.world.apply({ kind: 'update', tenantId, incidentId, customTags: ['seen'] });
    expect(await relay.sync()).toMatchObject({ counts: { changed: 9 } });
    looked.length = 0;
    relay.clock.advance(5 * 60_000);
    expect(await relay.sync()).toMatchObject({ counts: { listed: 9, unchanged: 9, incidentWrites: 0 } });
    expect(looked.sort()).toEqual(['access', 'state']);

    const { tenantId, incidentId } = rows[0]!;
    relay.cloud.world.apply({ kind: 'update', tenantId, incidentId, customTags: ['seen', 'again'] });
    expect(await relay.sync()).toMatchObject({ counts: { changed: 1, unchanged: 8 } });
    expect(relay.missing()).toEqual([]);
  });

  it('begins an hour before the last complete pass by the server’s clock', async () => {
    const relay = await inProcessRelay({ seed: 4, incidents: 10 });
    await relay.sync();
    relay.clock.advance(5 * 60_000);
    await relay.sync();
    expect(decodeURIComponent(relay.calls.at(-1)!.url)).toContain('lastUpdateDateTime ge 2026-11-20T07:00:00.0000000Z');
  });

  it('stores a change, counts it and takes the old feed row away', async () => {
    const relay = await inProcessRelay({ seed: 4, incidents: 20 });
    await relay.sync();
    relay.clock.advance(5 * 60_000);
    const row = relay.cloud.world.truth().find(({ status }) => status === 'active')!;
    relay.cloud.world.apply({ kind: 'resolve', ...row, classification: 'truePositive', determination: 'malware' });
    const { state: before } = await readState(relay.tenant.tenantId, relay.incidents);
    expect(await relay.sync()).toMatchObject({ counts: { changed: 1, new: 0 } });
    expect(relay.missing()).toEqual([]);
    expect((await readState(relay.tenant.tenantId, relay.incidents)).state.open).toBe(before.open - 1);
    expect(relay.index.rows().filter(({ incidentId }) => incidentId === row.incidentId)).toHaveLength(1);
  });

  it('keeps the newer version where an older one is shown again', async () => {
    let stale = '';
    const relay = await inProcessRelay({
      seed: 6,
      incidents: 5,
      intercept: (_, pass) => {
        const given = pass();
        return stale === '' ? given : { ...given, body: stale };
      },
    });
    await relay.sync();
    const row = relay.cloud.world.truth().find(({ status }) => status !== 'redirected')!;
    const shown = await relay.source.listChanged({ from: beginning });
    relay.clock.advance(1000);
    relay.cloud.world.apply({
      kind: 'update',
      tenantId: row.tenantId,
      incidentId: row.incidentId,
      customTags: ['newer'],
    });
    await relay.sync();
    stale = JSON.stringify({ value: shown.incidents.map(({ body }) => body) });
    const { state, etag } = await readState(relay.tenant.tenantId, relay.incidents);
    const reset = toStateRow(relay.tenant.tenantId, {
      ...state,
      cursor: { head: undefined, readThrough: undefined, resume: undefined, gaps: [] },
    });
    await relay.incidents.write({ kind: 'replace', row: reset, etag: etag! });
    expect(await relay.sync()).toMatchObject({ state: 'complete', counts: { incidentWrites: 0 } });
    expect(relay.missing()).toEqual([]);
  });
});

describe('access', () => {
  it('a refused tenant is blocked with its cure, left alone for 15 minutes and heals by itself', async () => {
    let refused = true;
    const forbidden = answer(403, { error: { code: 'Forbidden', message: 'Missing application roles.' } });
    const relay = await inProcessRelay({
      seed: 2,
      incidents: 5,
      intercept: (_, pass) => (refused ? forbidden : pass()),
    });
    await relay.sync();
    expect(await readAccess(relay.tenant.tenantId, relay.incidents)).toMatchObject({
      state: 'blocked',
      reason: 'roleMissing',
      code: 'ERR_CONSENT',
      raw: '403 Forbidden',
      blockedUntil: '2026-11-20T08:15:00.000Z',
    });
    refused = false;
    const calls = relay.calls.length;
    relay.clock.advance(13 * 60_000);
    expect(await relay.sync()).toMatchObject({ state: 'waiting' });
    expect(relay.calls).toHaveLength(calls);
    relay.clock.advance(2 * 60_000);
    expect(await relay.sync()).toMatchObject({ state: 'complete' });
    expect(await readAccess(relay.tenant.tenantId, relay.incidents)).toMatchObject({
      state: 'granted',
      reason: null,
      cure: null,
    });
  });

  it('someone who asks has a blocked tenant probed at once', async () => {
    let refused = true;
    const relay = await inProcessRelay({
      seed: 2,
      incidents: 5,
      intercept: (_, pass) => (refused ? answer(403, {}) : pass()),
    });
    await relay.sync();
    refused = false;
    expect(await relay.sync({ requested: true })).toMatchObject({ state: 'complete' });
  });

  it.each([
    ['seconds', { 'retry-after': '120' }, 120],
    ['a date', { 'retry-after': 'Fri, 20 Nov 2026 08:03:00 GMT' }, 180],
    ['nothing', {}, 60],
    ['nonsense', { 'retry-after': '-5' }, 60],
    ['a year', { 'retry-after': '31536000' }, 3600],
  ])('a throttle with %s is waited out, even by those who ask', async (_, headers, seconds) => {
    let throttled = true;
    const relay = await inProcessRelay({
      seed: 2,
      incidents: 5,
      intercept: (__, pass) => (throttled ? answer(429, {}, headers) : pass()),
    });
    expect(await relay.sync()).toMatchObject({
      state: 'failed',
      code: 'ERR_THROTTLED',
      againAtMs: relay.clock.now() + seconds * 1000,
    });
    throttled = false;
    relay.clock.advance(seconds * 1000 - 1);
    expect(await relay.sync({ requested: true })).toMatchObject({ state: 'waiting' });
    relay.clock.advance(1);
    expect(await relay.sync()).toMatchObject({ state: 'complete' });
  });
});

describe('two runs of one tenant', () => {
  it('the slower one loses the fence and writes nothing', async () => {
    const relay = await inProcessRelay({ seed: 2, incidents: 60 });
    const outcomes = await Promise.all([relay.sync(), relay.sync()]);
    expect(outcomes.map(({ state }) => state).sort()).toEqual(['busy', 'complete']);
    expect((await readState(relay.tenant.tenantId, relay.incidents)).state.stored).toBe(incidentRows(relay).length);
    expect(relay.missing()).toEqual([]);
  });

  it('a lease keeps others away for 120 seconds; then its run is closed as failed and the next goes on', async () => {
    const relay = await inProcessRelay({ seed: 2, incidents: 10 });
    const dead = `${relay.clock.now()}-deadbeef0000`;
    const { state } = await readState(relay.tenant.tenantId, relay.incidents);
    await relay.incidents.write({
      kind: 'insert',
      row: toStateRow(relay.tenant.tenantId, { ...state, leaseOwner: dead }),
    });
    relay.clock.advance(119_000);
    expect(await relay.sync()).toMatchObject({ state: 'busy' });
    relay.clock.advance(1000);
    expect(await relay.sync()).toMatchObject({ state: 'complete' });
    expect(await readTenantRun(relay.tenant.tenantId, relay.incidents, dead)).toMatchObject({ state: 'failed' });
  });
});

it.each(['before', 'after'] as const)(
  'any one storage operation may fail %s it is done: the next runs hold everything, once',
  async (when) => {
    for (let at = 1; ; at += 1) {
      const faults = { count: 0, at: 0, when };
      const relay = await inProcessRelay({
        seed: 11,
        incidents: 210,
        alerts: false,
        incidentsTable: (clock) =>
          faultyTable(
            memoryTable(() => clock.now()),
            faults,
          ),
      });
      faults.at = at;
      await relay.sync().catch(() => undefined);
      const reached = faults.count >= at;
      faults.at = 0;
      for (let run = 0; run < 2; run += 1) {
        relay.clock.advance(130_000);
        await relay.sync();
      }
      expect({ at, missing: relay.missing() }).toEqual({ at, missing: [] });
      const { state } = await readState(relay.tenant.tenantId, relay.incidents);
      expect({ at, stored: state.stored, lease: state.leaseOwner }).toEqual({ at, stored: 210, lease: undefined });
      if (!reached) return;
    }
  },
  60_000,
);
