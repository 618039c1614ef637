import type { Relay } from '../support/relay';
import { inOrder, startRelay } from '../support/relay';
import { setTimeout as pause } from 'node:timers/promises';

let relay: Relay;

afterEach(async () => {
  await relay.stop();
});

it('two hosts on one storage, reading the same tenants at once, store everything once', async () => {
  relay = await startRelay({ seed: 21, tenants: 8, incidentsPerTenant: 250 });
  relay.cloud.change({ graphDelayMs: 30 });
  const [one, other] = await Promise.all([relay.startHost(), relay.startHost()]);
  await relay.register(one);
  const since = new Date();
  await Promise.all([relay.syncAll(one, since, 100_000), relay.syncAll(other, since, 100_000)]);
  expect(inOrder(await relay.storedIncidents())).toEqual(inOrder(relay.cloud.world.truth()));
  const { body } = await one.call('GET', 'tenants?limit=200');
  const { items } = body as { items: { sync: { counts: { stored: number; new: number } } }[] };
  expect(items.map(({ sync }) => sync.counts.stored)).toEqual(Array(8).fill(250));
  expect(items.map(({ sync }) => sync.counts.new)).toEqual(Array(8).fill(250));
}, 150_000);

it('a host killed in the middle of the first sync of 20 tenants loses and doubles nothing', async () => {
  relay = await startRelay({ seed: 22, tenants: 20, incidentsPerTenant: 250 });
  relay.cloud.change({ graphDelayMs: 40 });
  const first = await relay.startHost();
  await relay.register(first);
  await first.call('POST', '/admin/functions/scheduledSync', {});
  while ((await relay.storedIncidents()).length < 1000) await pause(50);
  await first.kill('SIGKILL');
  const held = (await relay.storedIncidents()).length;
  expect(held).toBeGreaterThan(0);
  expect(held).toBeLessThan(20 * 250);

  const second = await relay.startHost();
  // What the killed host held under lease is free again after two minutes of the storage's clock.
  await relay.syncAll(second, new Date(), 200_000);
  expect(inOrder(await relay.storedIncidents())).toEqual(inOrder(relay.cloud.world.truth()));
  const { body } = await second.call('GET', 'tenants?limit=200');
  const { items } = body as { items: { sync: { counts: { stored: number; new: number } } }[] };
  expect(items.map(({ sync }) => sync.counts.stored)).toEqual(Array(20).fill(250));
}, 260_000);

it('10,000 incidents of one tenant are read by a host that has 96 MB of old space', async () => {
  relay = await startRelay({ seed: 23, tenants: 1, incidentsPerTenant: 10_000 });
  const host = await relay.startHost({ execArgv: ['--max-old-space-size=96'] });
  await relay.register(host);
  await relay.syncAll(host, new Date(), 200_000);
  expect(await relay.storedIncidents()).toHaveLength(10_000);
}, 260_000);
