import type { PollDeps } from '../../../shared/changes/pollTickets';
import { pollTickets } from '../../../shared/changes/pollTickets';
import { ThrottledError, UpstreamError } from '../../../shared/errors';
import type { Connection } from '../../../shared/model/connection';
import type { TicketSnapshot } from '../../../shared/model/ticket';
import { connectionStore } from '../../../shared/store/connections';
import { ticketPolls } from '../../../shared/store/ticketPolls';
import type { Connector } from '../../../shared/ticketing/connector';
import { memoryTable } from '../../support/memoryTable';
import { plainConnection } from '../../support/plainConnection';
import type { ApplyWorld } from './applyWorld';
import { applyWorld } from './applyWorld';

const snapshot = (ticketId: string, change: Partial<TicketSnapshot> = {}): TicketSnapshot => ({
  ...{ ticketId, number: ticketId, url: null, key: null, status: 'resolved', rawStatus: 'closed' },
  ...{
    resolution: 'False positive',
    assignee: null,
    updatedAt: '2026-11-20T11:58:00.000Z',
    version: '2',
    updatedBy: 'u-7',
  },
  ...change,
});

interface Polling {
  readonly world: ApplyWorld;
  readonly deps: PollDeps;
  /** What each connection's tool was asked from, in order. */
  readonly asked: string[];
  answer: (connection: Connection, since: string) => readonly TicketSnapshot[] | Error;
  put(change: Partial<Connection>): Promise<void>;
}

const polling = async (change: Partial<Connection> = {}): Promise<Polling> => {
  const world = await applyWorld({}, { tool: 'github', ...change });
  const table = memoryTable(() => world.clock.now());
  const connections = connectionStore(
    table,
    memoryTable(() => world.clock.now()),
  );
  const own: Polling = {
    world,
    asked: [],
    answer: () => [],
    put: async (given) => {
      await connections.put({ ...plainConnection, ...world.connection, ...given });
    },
    deps: {
      ...world.applying,
      connections,
      polls: ticketPolls(table),
      connectorOf: (connection) =>
        ({
          changedSince: (since) => {
            own.asked.push(`${connection.connectionId} ${since}`);
            const found = own.answer(connection, since);
            return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
          },
        }) satisfies Pick<Connector, 'changedSince'> as unknown as Connector,
    },
  };
  await own.put({});
  return own;
};

const poll = (own: Polling, answer: Polling['answer']): Promise<number> => {
  own.answer = answer;
  return pollTickets(own.deps);
};

const quarterMs = 15 * 60_000;

test('a webhook that was lost is made up for within a quarter of an hour, once', async () => {
  const own = await polling();
  const { world } = own;
  const incident = await world.linked('10');
  const seen = (): readonly TicketSnapshot[] => [snapshot('10')];
  expect(await poll(own, seen)).toBe(1);
  expect(incident).toMatchObject({ status: 'resolved', classification: 'falsePositive' });
  const { revision } = incident;
  expect(await poll(own, seen)).toBe(0);
  world.clock.advance(quarterMs);
  expect(await poll(own, seen)).toBe(1);
  expect(incident.revision).toBe(revision);
});

test('each look begins where the last one ended, by the tool’s own times and a little before', async () => {
  const own = await polling();
  await poll(own, () => [snapshot('98'), snapshot('99', { updatedAt: '2026-11-20T11:59:30.000Z' })]);
  own.world.clock.advance(quarterMs);
  await poll(own, () => []);
  own.world.clock.advance(quarterMs);
  await poll(own, () => []);
  expect(own.asked).toEqual([
    'tickets 2026-11-20T11:00:00.000Z',
    'tickets 2026-11-20T11:57:30.000Z',
    'tickets 2026-11-20T11:57:30.000Z',
  ]);
});

test('a full page is followed by the next at once, and one instant cannot hold it up', async () => {
  const own = await polling();
  const at = '2026-11-20T11:00:00.000Z';
  const page = Array.from({ length: 200 }, (_, n) => snapshot(`n${n}`, { updatedAt: at }));
  await poll(own, () => page);
  await poll(own, () => []);
  expect(own.asked).toEqual(['tickets 2026-11-20T11:00:00.000Z', 'tickets 2026-11-20T11:00:01.000Z']);
});

test('what has to wait is looked at again', async () => {
  const own = await polling();
  const { world } = own;
  const incident = await world.linked('10');
  const { tenantId } = world.tenant;
  world.state.behaviour.failNext({ service: 'graph', tenantId, status: 503, times: 1 });
  const later = snapshot('99', { updatedAt: '2026-11-20T11:59:30.000Z' });
  await poll(own, () => [snapshot('10'), later]);
  expect(incident.status).toBe('active');
  world.clock.advance(quarterMs);
  await poll(own, () => [snapshot('10'), later]);
  expect(own.asked[1]).toBe('tickets 2026-11-20T11:58:00.000Z');
  expect(incident.status).toBe('resolved');
});

test('only tools that forget are asked, or those that cannot sign, and only what is switched on', async () => {
  const own = await polling();
  await own.put({ connectionId: 'b-jira', tool: 'jira' });
  await own.put({ connectionId: 'c-weak', tool: 'jira', inbound: { ...plainConnection.inbound, scheme: 'header' } });
  await own.put({ connectionId: 'd-off', tool: 'github', enabled: false });
  await own.put({ connectionId: 'e-now', tool: 'servicenow' });
  await poll(own, () => []);
  expect(own.asked.map((each) => each.split(' ')[0]).sort()).toEqual(['c-weak', 'e-now', 'tickets']);
});

test('what cannot be proved by a signature stays a proposal though the tool itself tells it', async () => {
  const own = await polling({ tool: 'jira', inbound: { ...plainConnection.inbound, scheme: 'header' } });
  const incident = await own.world.linked('10');
  await poll(own, () => [snapshot('10')]);
  expect(incident.status).toBe('active');
  expect(own.world.rows('c_')).toMatchObject([{ kind: 'proposal', state: 'open' }]);
});

test('a tool that is away, or asks to wait, costs the others nothing and is asked again in time', async () => {
  const own = await polling();
  await own.put({ connectionId: 'b-away', tool: 'servicenow' });
  const incident = await own.world.linked('10');
  const answer: Polling['answer'] = ({ connectionId }) =>
    connectionId === 'b-away' ? new ThrottledError('wait', 60 * 60_000) : [snapshot('10')];
  await poll(own, answer);
  expect(incident.status).toBe('resolved');
  own.world.clock.advance(quarterMs);
  await poll(own, () => new UpstreamError('away'));
  own.world.clock.advance(quarterMs);
  await poll(own, () => []);
  expect(own.asked.map((each) => each.split(' ')[0]).sort()).toEqual(['b-away', 'tickets', 'tickets', 'tickets']);
});

test('one sweep asks forty at the most, those first that have waited longest', async () => {
  const own = await polling();
  for (let n = 10; n < 99; n += 1) await own.put({ connectionId: `n${n}`, tool: 'github' });
  const asked = new Set<string>();
  for (const expected of [40, 80, 90]) {
    own.asked.length = 0;
    await poll(own, () => []);
    for (const each of own.asked) asked.add(each.split(' ')[0]!);
    expect(asked.size).toBe(expected);
  }
});
