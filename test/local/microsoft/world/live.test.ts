import { createWorld } from '../../../../local/microsoft/world/createWorld';
import type { LiveEvent } from '../../../../local/microsoft/world/live';
import { live } from '../../../../local/microsoft/world/live';
import { createTestClock, now } from '../testCloud';

describe('live', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const run = (seed: number): LiveEvent[] => {
    const world = createWorld({ seed, tenants: 3, incidentsPerTenant: 30, now, clock: createTestClock() });
    const events: LiveEvent[] = [];
    const running = live(world, { changesPerMinute: 30, onEvent: (event) => void events.push(event) });
    jest.advanceTimersByTime(60_000);
    running.stop();
    jest.advanceTimersByTime(60_000);
    return events;
  };

  test('makes as many changes a minute as asked, tells each, and none after stop', () => {
    const events = run(1);
    expect(events).toHaveLength(30);
    for (const event of events) {
      expect(event.tenantName).not.toBe('');
      expect(event.title).not.toBe('');
      expect(event.what).not.toBe('');
    }
  });

  test('the same seed tells the same story, another seed another one', () => {
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
  });
});
