import { readQuarantine } from '../../../../shared/store/quarantine';
import { readState } from '../../../../shared/store/tenantState';
import { cutConnection, inProcessRelay } from '../../../support/inProcessRelay';

const incidentRows = (relay: Awaited<ReturnType<typeof inProcessRelay>>) =>
  relay.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('i_'));

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers: { date: 'Fri, 20 Nov 2026 08:00:00 GMT', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe('what Graph may serve', () => {
  it('more incidents of one instant than two pages hold are all stored', async () => {
    const relay = await inProcessRelay({ seed: 8, incidents: 300, tieGroup: 130, alerts: false });
    expect((await relay.sync()).state).toBe('complete');
    expect(relay.missing()).toEqual([]);
  });

  it('an instant too full to be walked becomes a gap, and what follows it is read', async () => {
    const relay = await inProcessRelay({ seed: 8, incidents: 700, tieGroup: 620, alerts: false });
    expect((await relay.sync()).state).toBe('complete');
    const { state } = await readState(relay.tenant.tenantId, relay.incidents);
    expect(state.cursor.gaps).toHaveLength(1);
    expect(state.cursor.gaps[0]!.from).toBe(state.cursor.gaps[0]!.to);
    expect(relay.missing().length).toBeLessThan(120);
  });

  it('an incomplete answer is kept, its range written down as a gap and read again later', async () => {
    let partial = true;
    const relay = await inProcessRelay({
      seed: 9,
      incidents: 40,
      intercept: (_, pass) => {
        const given = pass();
        if (!partial) return given;
        const { value } = JSON.parse(given.body) as { value: unknown[] };
        const headers = { ...given.headers, warning: '199 - "Microsoft/Provider/503/30000"' };
        return { status: 206, headers, body: JSON.stringify({ value: value.filter((__, at) => at % 3 !== 0) }) };
      },
    });
    await relay.sync();
    expect(relay.missing().length).toBe(14);
    const { state } = await readState(relay.tenant.tenantId, relay.incidents);
    expect(state.cursor).toMatchObject({
      readThrough: '2026-11-20T08:00:00.0000000Z',
      gaps: [{ to: '2026-11-20T08:00:00.0000000Z', attempts: 0 }],
    });
    relay.clock.advance(5 * 60_000);
    await relay.sync();
    expect((await readState(relay.tenant.tenantId, relay.incidents)).state.cursor.gaps[0]).toMatchObject({
      attempts: 1,
    });
    partial = false;
    relay.clock.advance(11 * 60_000);
    await relay.sync();
    expect(relay.missing()).toEqual([]);
    expect((await readState(relay.tenant.tenantId, relay.incidents)).state.cursor.gaps).toEqual([]);
  });

  it.each([
    ['HTML with status 200', () => answer(200, '<html>sign in</html>'), 'ERR_UPSTREAM'],
    ['a body cut off', () => answer(200, '{"value":[{"id":"1","lastUp'), 'ERR_UPSTREAM'],
    ['an object that is no list', () => answer(200, { items: [] }), 'ERR_CONTRACT'],
    [
      'an empty page that says more follows',
      () => answer(200, { value: [], '@odata.nextLink': 'https://evil.invalid/' }),
      'ERR_CONTRACT',
    ],
    ['no Date header', () => ({ ...answer(200, { value: [] }), headers: {} }), 'ERR_CONTRACT'],
    ['500', () => answer(500, ''), 'ERR_UPSTREAM'],
    ['a cut connection', cutConnection, 'ERR_UPSTREAM'],
  ])('%s stores nothing and leaves the cursor where it was', async (_, broken, code) => {
    const relay = await inProcessRelay({ seed: 2, incidents: 5, intercept: broken });
    expect(await relay.sync()).toMatchObject({ state: 'failed', code, counts: { new: 0 } });
    expect(incidentRows(relay)).toEqual([]);
    expect((await readState(relay.tenant.tenantId, relay.incidents)).state.cursor).toEqual({
      head: undefined,
      readThrough: undefined,
      resume: undefined,
      gaps: [],
    });
  });

  it('a list that ignores the order asked for is refused whole', async () => {
    const relay = await inProcessRelay({
      seed: 2,
      incidents: 60,
      intercept: (_, pass) => {
        const given = pass();
        const { value } = JSON.parse(given.body) as { value: unknown[] };
        return {
          ...given,
          body: JSON.stringify({ value: value.reverse(), '@odata.nextLink': 'https://graph.invalid/x' }),
        };
      },
    });
    expect(await relay.sync()).toMatchObject({ state: 'failed', code: 'ERR_CONTRACT' });
    expect(incidentRows(relay)).toEqual([]);
  });

  it('a row without a readable id costs the others nothing, and where it stood is written down as a gap', async () => {
    let garbled = true;
    const relay = await inProcessRelay({
      seed: 2,
      incidents: 20,
      intercept: (_, pass) => {
        const given = pass();
        const { value } = JSON.parse(given.body) as { value: { id: string | null }[] };
        if (garbled && value[4] !== undefined) value[4].id = null;
        return { ...given, body: JSON.stringify({ value }) };
      },
    });
    expect(await relay.sync()).toMatchObject({ state: 'complete', counts: { new: 19 } });
    expect(relay.missing()).toHaveLength(1);
    expect((await readState(relay.tenant.tenantId, relay.incidents)).state.cursor.gaps).toMatchObject([
      { reason: 'an incident without a readable id' },
    ]);
    garbled = false;
    relay.clock.advance(5 * 60_000);
    await relay.sync();
    expect(relay.missing()).toEqual([]);
    expect((await readState(relay.tenant.tenantId, relay.incidents)).state.cursor.gaps).toEqual([]);
  });

  it('a row without a readable last update goes to quarantine, the others are stored', async () => {
    const relay = await inProcessRelay({ seed: 2, incidents: 20 });
    const { tenantId, incidentId } = relay.cloud.world.truth()[7]!;
    relay.cloud.behaviour.poison(tenantId, incidentId, { raw: { lastUpdateDateTime: 'now' } });
    expect(await relay.sync()).toMatchObject({ state: 'complete', counts: { new: 19, quarantined: 1 } });
    expect(relay.missing()).toEqual([incidentId]);
    expect(await readQuarantine(tenantId, relay.incidents)).toMatchObject([
      { incidentId, stage: 'whole', attempts: 0 },
    ]);
    expect((await readState(tenantId, relay.incidents)).state.cursor.gaps).toEqual([]);
  });

  it('a failure on a later page puts its range off and keeps the rest; the next try reads it', async () => {
    let isBroken = true;
    let failing: string | undefined;
    const relay = await inProcessRelay({
      seed: 2,
      incidents: 240,
      alerts: false,
      intercept: ({ url }, pass) => {
        const end = / le (\S+)/.exec(decodeURIComponent(url))?.[1];
        failing ??= end;
        return isBroken && end !== undefined && end === failing ? answer(503, '') : pass();
      },
    });
    await relay.sync();
    const { state } = await readState(relay.tenant.tenantId, relay.incidents);
    expect(state.cursor.gaps.length).toBeGreaterThanOrEqual(1);
    expect(incidentRows(relay).length).toBeGreaterThan(90);
    expect(relay.missing().length).toBeGreaterThan(0);
    isBroken = false;
    relay.clock.advance(6 * 60_000);
    expect(await relay.sync()).toMatchObject({ state: 'complete' });
    expect(relay.missing()).toEqual([]);
    expect((await readState(relay.tenant.tenantId, relay.incidents)).state.cursor.gaps).toEqual([]);
  });
});
