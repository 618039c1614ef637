import type { Connection } from '../../../shared/model/connection';
import type { Table } from '../../../shared/ports';
import { deliverLane } from '../../../shared/delivery/deliverLane';
import type { MemoryTable } from '../../support/memoryTable';
import type { DeliveryWorld } from './deliveryWorld';
import { connectionOf, deliveryWorld } from './deliveryWorld';

/** The process ends there: whatever it was about to do is never done. */
class Killed extends Error {}

interface Kill {
  /** Awaits so far. */
  count: number;
  /** The one (from 1) at which the process ends; 0: none. */
  at: number;
  when: 'before' | 'after';
}

const killable = (kill: Kill) => {
  let isDead = false;
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDead) throw new Killed();
    kill.count += 1;
    const ends = kill.count === kill.at;
    if (ends) isDead = true;
    if (ends && kill.when === 'before') throw new Killed();
    const result = await work();
    if (ends) throw new Killed();
    return result;
  };
  return {
    revive: () => (isDead = false),
    step,
    table: (table: MemoryTable): Table => ({
      ...table,
      get: (...args) => step(() => table.get(...args)),
      write: (operation) => step(() => table.write(operation)),
      writeBatch: (operations) => step(() => table.writeBatch(operations)),
      pages: async function* (query) {
        await step(() => Promise.resolve());
        yield* table.pages(query);
      },
    }),
  };
};

const at = (minute: number): string => new Date(Date.parse('2026-11-20T07:00:00Z') + minute * 60_000).toISOString();

interface Scenario {
  readonly name: string;
  readonly prepare: (world: DeliveryWorld) => Promise<void>;
  readonly deliver: readonly string[];
  /** They are delivered once more after so long. */
  readonly thenAfterMs?: number;
  /** Default: the ticket tool. */
  readonly connection?: Connection;
  readonly expect: (world: DeliveryWorld) => void;
}

const oneTicketEach = (world: DeliveryWorld): void => {
  const keys = [...world.tool.tickets.values()].map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
};

const scenarios: readonly Scenario[] = [
  {
    name: 'a first ticket',
    prepare: (world) =>
      world.store({ id: '7', updated: at(0), status: 'inProgress', comments: ['First'] }, { hint: false }),
    deliver: ['7'],
    expect: (world) => {
      oneTicketEach(world);
      expect([...world.tool.tickets.values()]).toMatchObject([{ status: 'inProgress', comments: { length: 1 } }]);
    },
  },
  {
    name: 'a change of a ticket',
    prepare: async (world) => {
      await world.store({ id: '7', updated: at(0) });
      await world.drain();
      await world.store({ id: '7', updated: at(1), title: 'Newer', type: 'updated' }, { hint: false });
    },
    deliver: ['7'],
    expect: (world) => {
      expect(world.tool.tickets.size).toBe(1);
      expect(world.tool.tickets.get('T1')?.titles.at(-1)).toContain('Newer');
    },
  },
  {
    name: 'a merge of two that have tickets',
    prepare: async (world) => {
      await world.store({ id: '7', updated: at(0) });
      await world.store({ id: '8', updated: at(0) });
      await world.drain();
      await world.store(
        { id: '7', updated: at(1), status: 'redirected', redirect: '8', type: 'merged' },
        { hint: false },
      );
    },
    deliver: ['7'],
    expect: (world) => {
      oneTicketEach(world);
      expect(world.tool.tickets.size).toBe(2);
    },
  },
  {
    name: 'a merge of one with a ticket into one without',
    prepare: async (world) => {
      await world.store({ id: '7', updated: at(0) });
      await world.drain();
      await world.store({ id: '8', updated: at(1), targets: [] });
      await world.store(
        { id: '7', updated: at(1), status: 'redirected', redirect: '8', type: 'merged' },
        { hint: false },
      );
    },
    deliver: ['7'],
    expect: (world) => expect(world.tool.tickets.size).toBe(1),
  },
  {
    name: 'tickets of a storm',
    prepare: async (world) => {
      await world.put(connectionOf({ storm: { count: 1, minutes: 60 } }));
      for (const id of ['7', '8', '9']) await world.store({ id, updated: at(0) }, { hint: false });
    },
    deliver: ['7', '8', '9'],
    thenAfterMs: 61_000,
    expect: (world) => {
      oneTicketEach(world);
      const storms = [...world.tool.tickets.values()].filter(({ key }) => key.includes(':storm:'));
      expect(storms.length).toBeLessThanOrEqual(1);
      expect(world.tool.tickets.size).toBeLessThanOrEqual(3);
      for (const id of ['7', '8', '9']) {
        const own = [...world.tool.tickets.values()].filter(({ key }) => key.endsWith(`:${id}`)).length;
        const listed = storms.some(({ comments }) => comments.some((text) => text.includes(`incident ${id} `)));
        expect(own + Number(listed)).toBeGreaterThanOrEqual(1);
        expect(own).toBeLessThanOrEqual(1);
      }
    },
  },
];

const hook = connectionOf({ connectionId: 'hook', tool: 'webhook' });

const scenariosOfAll: readonly Scenario[] = [
  ...scenarios,
  {
    name: 'a webhook that is told of three versions',
    connection: hook,
    prepare: async (world) => {
      await world.put(hook);
      for (const minute of [0, 1, 2])
        await world.store({ id: '7', updated: at(minute), targets: [hook], keepsVersions: true }, { hint: false });
    },
    deliver: ['7'],
    expect: (world) => {
      const ids = [...new Set(world.receiver.taken.map(({ id }) => id))];
      expect(ids).toEqual([0, 1, 2].map((minute) => `evt_7_${at(minute)}_hook`));
    },
  },
];

const attempt = async (scenario: Scenario, kill: Kill): Promise<number> => {
  const power = killable(kill);
  const aim = kill.at;
  kill.at = 0;
  const world = deliveryWorld((table) => power.table(table));
  await world.put(connectionOf());
  await scenario.prepare(world);
  world.restart();
  world.tool.fault = undefined;
  kill.count = 0;
  kill.at = aim;
  const { connect } = world.tool.definition as Extract<typeof world.tool.definition, { delivers: 'state' }>;
  const mortal = {
    ...world.tool.definition,
    connect: (deps: Parameters<typeof connect>[0]) => {
      const connector = connect(deps);
      return {
        ...connector,
        find: (key: string) => power.step(() => connector.find(key)),
        create: (content: Parameters<typeof connector.create>[0]) => power.step(() => connector.create(content)),
        update: (...args: Parameters<typeof connector.update>) => power.step(() => connector.update(...args)),
      };
    },
  };
  const { sender } = world.receiver.definition as Extract<typeof world.tool.definition, { delivers: 'events' }>;
  const mortalHook = {
    ...world.receiver.definition,
    sender: (given: Parameters<typeof sender>[0]) => {
      const own = sender(given);
      return { send: (event: Parameters<typeof own.send>[0]) => power.step(() => own.send(event)) };
    },
  };
  const tools = {
    servicenow: mortal as typeof world.tool.definition,
    webhook: mortalHook as typeof world.receiver.definition,
  };
  const deps = { ...world.delivery.lane, tools };
  const deliverAll = async (): Promise<void> => {
    for (const id of scenario.deliver)
      try {
        await deliverLane(deps, world.lane(id, scenario.connection));
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
  };
  await deliverAll();
  if (scenario.thenAfterMs !== undefined) {
    world.clock.advance(scenario.thenAfterMs);
    await deliverAll();
  }
  const awaits = kill.count;
  kill.at = 0;
  power.revive();
  world.restart();
  // Nobody remembers anything but the storage; the sweep finds the lanes.
  world.queued.splice(0);
  await world.live(30);
  expect(world.states().pending ?? 0).toBe(0);
  expect(world.states().dead ?? 0).toBe(0);
  scenario.expect(world);
  const held = world.incidents.rows().filter(({ claimedBy }) => claimedBy !== undefined);
  expect(held).toEqual([]);
  return awaits;
};

let ends = 0;
test.each(scenariosOfAll)(
  'whenever the process ends, $name comes out once and whole',
  async (scenario) => {
    const awaits = await attempt(scenario, { count: 0, at: 0, when: 'before' });
    expect(awaits).toBeGreaterThan(5);
    for (let at = 1; at <= awaits; at += 1)
      for (const when of ['before', 'after'] as const) {
        await attempt(scenario, { count: 0, at, when });
        ends += 1;
      }
  },
  60_000,
);

afterAll(() => console.log(`${ends} ends of the process, 0 double tickets, 0 lost`));
