import { CallsSpent } from '../../../../shared/errors';
import { readQuarantine } from '../../../../shared/store/quarantine';
import { readState } from '../../../../shared/store/tenantState';
import type { IncidentSource } from '../../../../shared/ports';
import type { InProcessRelay } from '../../../support/inProcessRelay';
import { inProcessRelay } from '../../../support/inProcessRelay';

const minuteMs = 60_000;
const storedIds = ({ incidents }: InProcessRelay): string[] =>
  incidents
    .rows()
    .filter(({ rowKey }) => rowKey.startsWith('i_'))
    .map(({ rowKey }) => (10n ** 20n - 1n - BigInt(rowKey.slice(2))).toString());
const quarantined = ({ tenant, incidents }: InProcessRelay) => readQuarantine(tenant.tenantId, incidents);
/** Neither merged nor merged into. */
const openIds = ({ cloud, tenant }: InProcessRelay): string[] => {
  const all = [...cloud.world.incidentsOf(cloud.world.findTenant(tenant.tenantId)!).byId.values()];
  const survivors = new Set(all.map(({ redirectIncidentId }) => redirectIncidentId));
  return all.filter(({ id, status }) => status !== 'redirected' && !survivors.has(id)).map(({ id }) => id);
};

/** Lists do not show these, as if they had not reached the list yet; asked for by id they are there. */
const hiding = ({ source }: InProcessRelay, hidden: ReadonlySet<string>, asked: string[] = []): IncidentSource => ({
  ...source,
  listChanged: async (query) => {
    const page = await source.listChanged(query);
    return { ...page, incidents: page.incidents.filter(({ header }) => !hidden.has(header.incidentId)) };
  },
  get: (incidentId, options) => {
    asked.push(incidentId);
    return source.get(incidentId, options);
  },
});

const redirect = (relay: InProcessRelay, incidentId: string, into: string, force = false): void =>
  void relay.cloud.world.apply({ kind: 'redirect', tenantId: relay.tenant.tenantId, incidentId, into, force });

test('a survivor that the list shows costs no call of its own', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 30 });
  const [first, second] = openIds(relay);
  redirect(relay, first!, second!);
  relay.clock.advance(minuteMs);
  await relay.sync();
  expect(relay.missing()).toEqual([]);
  expect(relay.calls).toHaveLength(1);
  expect(await quarantined(relay)).toEqual([]);
});

test('a survivor that the list does not show is asked for and stored in the same run', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 30 });
  const [first, second] = openIds(relay);
  redirect(relay, first!, second!);
  relay.clock.advance(minuteMs);
  const asked: string[] = [];
  await relay.sync({ source: hiding(relay, new Set([second!]), asked) });
  expect(asked).toEqual([second]);
  expect(relay.missing()).toEqual([]);
});

test('a chain is followed to its end, also where its middle is missing', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 30 });
  const [a, b, c, d] = openIds(relay);
  redirect(relay, a!, b!);
  redirect(relay, b!, c!);
  redirect(relay, c!, d!);
  relay.clock.advance(minuteMs);
  const asked: string[] = [];
  await relay.sync({ source: hiding(relay, new Set([b!, c!, d!]), asked) });
  expect(asked).toEqual([b, c, d]);
  expect(relay.missing()).toEqual([]);
});

test('a circle ends where it began', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 30 });
  const [a, b, c] = openIds(relay);
  redirect(relay, a!, b!, true);
  redirect(relay, b!, c!, true);
  redirect(relay, c!, a!, true);
  redirect(relay, a!, b!, true);
  relay.clock.advance(minuteMs);
  const asked: string[] = [];
  const outcome = await relay.sync({ source: hiding(relay, new Set([b!, c!]), asked) });
  expect(outcome).toMatchObject({ state: 'complete' });
  expect(asked).toEqual([b, c]);
  expect(relay.missing()).toEqual([]);
});

test('one merged into itself asks for nothing', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 30 });
  const [a] = openIds(relay);
  redirect(relay, a!, a!, true);
  relay.clock.advance(minuteMs);
  const asked: string[] = [];
  await relay.sync({ source: hiding(relay, new Set(), asked) });
  expect(asked).toEqual([]);
  expect(relay.missing()).toEqual([]);
});

test('a chain of more than ten is followed ten hops a run', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 40 });
  const ids = openIds(relay).slice(0, 15);
  for (const [at, id] of ids.slice(0, -1).entries()) redirect(relay, id, ids[at + 1]!, true);
  relay.clock.advance(minuteMs);
  const asked: string[] = [];
  await relay.sync({ source: hiding(relay, new Set(ids.slice(1)), asked) });
  expect(asked).toEqual(ids.slice(1, 11));
});

test('a survivor that is gone waits in quarantine, and is given up after six tries', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 30 });
  const [first, second] = openIds(relay);
  const { tenantId } = relay.tenant;
  redirect(relay, first!, second!);
  relay.cloud.world.apply({ kind: 'remove', tenantId, incidentId: second! });
  relay.clock.advance(minuteMs);
  expect(await relay.sync()).toMatchObject({ state: 'complete' });
  expect(storedIds(relay)).toContain(first);
  expect(await quarantined(relay)).toMatchObject([{ incidentId: second, stage: 'survivor', attempts: 0 }]);
  let tries = 0;
  for (let hours = 0; hours < 4 * 24; hours += 1) {
    relay.clock.advance(60 * minuteMs);
    const before = relay.calls.length;
    await relay.sync();
    tries += relay.calls.slice(before).filter(({ url }) => url.includes(`/incidents/${second!}`)).length;
  }
  expect(await quarantined(relay)).toEqual([]);
  expect(tries).toBeLessThanOrEqual(8);
});

test('a survivor that comes later heals by itself', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 30 });
  const [first, second] = openIds(relay);
  redirect(relay, first!, second!);
  relay.clock.advance(minuteMs);
  const late = hiding(relay, new Set([second!]));
  await relay.sync({ source: { ...late, get: () => Promise.resolve(undefined) } });
  expect(await quarantined(relay)).toHaveLength(1);
  relay.clock.advance(5 * minuteMs);
  await relay.sync();
  expect(relay.missing()).toEqual([]);
  expect(await quarantined(relay)).toEqual([]);
  expect((await readState(relay.tenant.tenantId, relay.incidents)).state).toMatchObject({
    quarantined: 0,
    disagreement: undefined,
  });
});

test('while a backlog is being read no survivor is asked for', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 900, alerts: false });
  const asked: string[] = [];
  let left = 3;
  const source = hiding(relay, new Set(), asked);
  const { state } = await relay.sync({
    source: {
      ...source,
      listChanged: (query) => {
        left -= 1;
        return left < 0 ? Promise.reject(new CallsSpent()) : source.listChanged(query);
      },
    },
  });
  expect(state).toBe('cut');
  expect(asked).toEqual([]);
});

test('of more than five survivors that are missing all come in their turn', async () => {
  const relay = await inProcessRelay({ seed: 4, incidents: 60 });
  const ids = openIds(relay).slice(0, 16);
  const survivors = ids.slice(8);
  for (const [at, survivor] of survivors.entries()) redirect(relay, ids[at]!, survivor);
  relay.clock.advance(minuteMs);
  const hidden = new Set(survivors);
  for (let run = 0; run < 4; run += 1) {
    await relay.sync({ source: hiding(relay, hidden) });
    relay.clock.advance(20 * minuteMs);
  }
  expect(relay.missing()).toEqual([]);
  expect(await quarantined(relay)).toEqual([]);
});
