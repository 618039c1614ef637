import { UpstreamError } from '../../../shared/errors';
import type { ReadCounts } from '../../support/countedTable';
import { countedTable } from '../../support/countedTable';
import type { DeliveryWorld } from './deliveryWorld';
import { connectionOf, deliveryWorld, tenantId } from './deliveryWorld';

const minuteMs = 60_000;
const iso = (world: DeliveryWorld): string => new Date(world.clock.now()).toISOString();

const begin = async (change: Parameters<typeof connectionOf>[0] = {}): Promise<DeliveryWorld> => {
  const world = deliveryWorld();
  await world.put(connectionOf(change));
  return world;
};

const down = (): void => {
  throw new UpstreamError('no answer');
};

test('a tool that was down for 62 hours has every ticket 15 minutes after its return, one write an incident', async () => {
  const world = await begin();
  world.tool.fault = down;
  const incidents = 200;
  for (let at = 0; at < incidents; at += 1) {
    // Some change while nobody listens.
    await world.store({ id: `${1000 + at}`, updated: iso(world) });
    if (at % 4 === 0)
      await world.store({
        id: `${1000 + at}`,
        updated: new Date(world.clock.now() + 1).toISOString(),
        type: 'updated',
        title: 'Later',
      });
    await world.drain();
    await world.live(Math.floor((62 * 60) / incidents));
  }
  expect(world.tool.tickets.size).toBe(0);
  const callsWhileDown = world.tool.calls.length;
  // A probe every five minutes, and the few tries before it was known.
  expect(callsWhileDown).toBeLessThan((62 * 60) / 5 + 20);
  world.tool.fault = undefined;
  const backMs = world.clock.now();
  await world.live(30);
  expect(world.tool.tickets.size).toBe(incidents);
  expect([...world.tool.tickets.values()].every(({ writes }) => writes === 1)).toBe(true);
  const lastMs = Math.max(...world.tool.calls.filter(({ what }) => what === 'create').map(({ at }) => at));
  expect(lastMs - backMs).toBeLessThanOrEqual(15 * minuteMs);
  expect(world.states().pending ?? 0).toBe(0);
  expect(world.states().dead ?? 0).toBe(0);
  console.log(
    `62 hours down: ${callsWhileDown} calls meanwhile, last ticket ${(lastMs - backMs) / minuteMs} min after`,
  );
}, 120_000);

test('what waited for a tool that is away for good is given up after all tries would have been made', async () => {
  const world = await begin();
  world.tool.fault = down;
  await world.store({ id: '7', updated: iso(world) });
  await world.store({ id: '8', updated: iso(world) });
  await world.drain();
  await world.live(89 * 60);
  expect(world.states()).toEqual({ pending: 2 });
  await world.live(4 * 60);
  expect(world.states()).toEqual({ dead: 2 });
  expect(world.index.rows().filter(({ partitionKey }) => partitionKey.startsWith('dead_'))).toHaveLength(2);
}, 120_000);

test('one incident that the tool fails on does not keep it down for the others', async () => {
  const world = await begin();
  world.tool.fault = (_, when) => {
    if (when === 'before' && world.tool.calls.at(-1)?.key === `${tenantId}:7`) down();
  };
  await world.store({ id: '7', updated: iso(world) });
  await world.drain();
  await world.live(10);
  expect(world.logged).toContain('connection down');
  for (const id of ['8', '9', '10']) await world.store({ id, updated: iso(world) });
  await world.drain();
  await world.live(20);
  expect(world.tool.tickets.size).toBe(3);
}, 60_000);

test('hints that were lost are made up for by the sweep', async () => {
  const world = await begin();
  for (const id of ['7', '8', '9']) await world.store({ id, updated: iso(world) }, { hint: false });
  await world.live(5);
  expect(world.tool.tickets.size).toBe(3);
});

test('a lane leaves the index once nothing waits in it, and never while something does', async () => {
  const world = await begin();
  const open = (): number => world.index.rows().filter(({ partitionKey }) => partitionKey.startsWith('send_')).length;
  await world.store({ id: '7', updated: iso(world) });
  await world.drain();
  expect(open()).toBe(1);
  await world.live(4);
  expect(open()).toBe(1);
  await world.live(11);
  expect(open()).toBe(0);
  world.tool.fault = down;
  await world.store({ id: '8', updated: iso(world) });
  await world.live(60);
  expect(open()).toBe(1);
});

test('a sweep costs the same beside a thousand delivered events and beside none', async () => {
  const cost = async (delivered: number): Promise<ReadCounts> => {
    const counts: ReadCounts = { operations: 0, rows: 0 };
    const world = deliveryWorld((table) => countedTable(table, counts));
    await world.put(connectionOf());
    for (let at = 0; at < delivered; at += 1) await world.store({ id: `${1000 + at}`, updated: iso(world) });
    await world.drain();
    await world.live(20);
    world.tool.fault = down;
    for (const id of ['7', '8', '9']) await world.store({ id, updated: iso(world) });
    await world.drain();
    world.clock.advance(120_000);
    Object.assign(counts, { operations: 0, rows: 0 });
    await world.delivery.sweep();
    return { ...counts };
  };
  expect(await cost(1_000)).toEqual(await cost(0));
}, 60_000);

const storm = { count: 20, minutes: 10 };

/** 500 incidents in 5 minutes, one in fifty of high severity. */
const isHighOne = (at: number): boolean => at % 50 === 7;
const bring500 = async (world: DeliveryWorld): Promise<void> => {
  for (let at = 0; at < 500; at += 1) {
    await world.store({ id: `${1000 + at}`, updated: iso(world), severity: isHighOne(at) ? 'high' : 'medium' });
    await world.drain();
    world.clock.advance(600);
  }
};

const ticketsIn = (world: DeliveryWorld) => {
  const tickets = [...world.tool.tickets.values()];
  const storms = tickets.filter(({ key }) => key.includes(':storm:'));
  const own = tickets.filter(({ key }) => !key.includes(':storm:')).map(({ key }) => Number(key.split(':')[1]));
  return { storms, own };
};

const highOnes = Array.from({ length: 500 }, (_, at) => at)
  .filter(isHighOne)
  .map((at) => 1000 + at);

test.each([
  ['with a window of ten minutes', { count: 20, minutes: 10 }],
  ['with a window of a minute', { count: 30, minutes: 1 }],
])(
  '500 incidents in 5 minutes: one storm ticket and one for each of high severity, the first of those within a minute, %s',
  async (_, limit) => {
    const world = await begin({ storm: limit });
    const startMs = world.clock.now();
    await bring500(world);
    await world.live(15);
    const { storms, own } = ticketsIn(world);
    expect(storms).toHaveLength(1);
    expect(own.sort()).toEqual(highOnes);
    const firstHigh = world.tool.calls.find(({ key, what }) => what === 'create' && key.endsWith(':1007'));
    expect((firstHigh?.at ?? Infinity) - startMs).toBeLessThanOrEqual(60_000);
    expect(world.states()).toEqual({ delivered: 500 });
    expect(storms[0]?.comments).toHaveLength(490);
  },
  60_000,
);

test('a storm while the tool is down is one ticket when it is back', async () => {
  const world = await begin({ storm });
  world.tool.fault = down;
  await bring500(world);
  await world.live(120);
  expect(world.tool.tickets.size).toBe(0);
  world.tool.fault = undefined;
  const backMs = world.clock.now();
  await world.live(30);
  const { storms, own } = ticketsIn(world);
  expect([storms.length, own.sort()]).toEqual([1, highOnes]);
  expect(storms[0]?.comments).toHaveLength(490);
  expect(world.states()).toEqual({ delivered: 500 });
  const lastMs = Math.max(...world.tool.calls.map(({ at }) => at));
  expect(lastMs - backMs).toBeLessThanOrEqual(15 * minuteMs);
}, 60_000);

test('no more than a storm is made of get tickets of their own, each a minute after it came', async () => {
  const world = await begin({ storm });
  for (let at = 0; at < 20; at += 1) await world.store({ id: `${1000 + at}`, updated: iso(world) });
  await world.drain();
  world.clock.advance(30_000);
  // News of one meanwhile neither counts nor makes it wait longer.
  await world.store({ id: '1000', updated: iso(world), type: 'updated', title: 'Grown' });
  await world.drain();
  world.clock.advance(29_999);
  await world.drain();
  expect(world.tool.tickets.size).toBe(0);
  world.clock.advance(1);
  await world.drain();
  expect(ticketsIn(world)).toMatchObject({ storms: [], own: { length: 20 } });
  expect(world.tool.tickets.get('T1')?.titles).toEqual([expect.stringContaining('Grown')]);
  expect(world.states()).toEqual({ delivered: 20, superseded: 1 });
});

test('one that becomes grave while it waits gets its ticket at once, and one that has to settle waits for both', async () => {
  const world = await begin({ storm, settleSeconds: 300 });
  const startMs = world.clock.now();
  await world.store({ id: '7', updated: iso(world) });
  await world.drain();
  await world.live(2);
  expect(world.tool.tickets.size).toBe(0);
  await world.live(4);
  expect((world.tool.calls[0]?.at ?? 0) - startMs).toBe(5 * minuteMs);
  const plain = await begin({ storm });
  await plain.store({ id: '8', updated: iso(plain) });
  await plain.drain();
  await plain.store({ id: '8', updated: new Date(plain.clock.now() + 1).toISOString(), severity: 'high' });
  await plain.drain();
  expect(plain.tool.tickets.size).toBe(1);
});
