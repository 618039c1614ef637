import { connectionOf, deliveryWorld } from './deliveryWorld';

const at = (minute: number): string => new Date(Date.parse('2026-11-20T07:00:00Z') + minute * 60_000).toISOString();

test('a ticket that becomes the survivor’s says what the survivor says, though nothing of that one is new', async () => {
  const world = deliveryWorld();
  await world.put(connectionOf({ filters: { severity: ['medium', 'high'] } }));
  await world.store({ id: '7', updated: at(0), title: 'Absorbed' });
  await world.store({ id: '8', updated: at(1), title: 'Survivor', severity: 'low' });
  await world.drain();
  expect([...world.tool.tickets.values()].map(({ titles }) => titles.at(-1))).toEqual([
    expect.stringContaining('Absorbed'),
  ]);

  await world.store({ id: '7', updated: at(2), status: 'redirected', redirect: '8', type: 'merged' });
  await world.live(10);
  expect([...world.tool.tickets.values()].map(({ titles }) => titles.at(-1))).toEqual([
    expect.stringContaining('Survivor'),
  ]);
  expect(world.states()).toEqual({ delivered: expect.any(Number) as number });
});
