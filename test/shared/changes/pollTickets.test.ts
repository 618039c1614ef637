import type { PollDeps } from '../../../shared/changes/pollTickets';
import { pollTickets } from '../../../shared/changes/pollTickets';
import { TargetError, ThrottledError, UpstreamError } from '../../../shared/errors';
import type { Connection } from '../../../shared/model/connection';
import { newLink } from '../../../shared/model/link';
import type { TicketComment, TicketSnapshot } from '../../../shared/model/ticket';
import { connectionStore } from '../../../shared/store/connections';
import { toLinkRow } from '../../../shared/store/links';
import { ticketIndex } from '../../../shared/store/ticketIndex';
import { ticketPolls } from '../../../shared/store/ticketPolls';
import type { Connector } from '../../../shared/ticketing/connector';
import { inDoubt } from '../../../shared/ticketing/rules/inDoubt';
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
  /** Of which tickets the comments were asked for, and since when. */
  readonly commentsAsked: string[];
  comments: (ticketId: string) => readonly TicketComment[] | Error;
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
    commentsAsked: [],
    comments: () => [],
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
          commentsSince: (ticketId, since) => {
            own.commentsAsked.push(`${ticketId} ${since}`);
            const found = own.comments(ticketId);
            return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
          },
        }) satisfies Pick<Connector, 'changedSince' | 'commentsSince'> as unknown as Connector,
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

test('a ticket that shows nobody because it is closed takes nobody out of its incident', async () => {
  const own = await polling({ mapping: { assignees: { 'ana@contoso.example': 'u-ana' } } });
  const { world } = own;
  const incident = await world.linked('10', { base: { status: 'active', assignedTo: 'ana@contoso.example' } });
  incident.assignedTo = 'ana@contoso.example';
  await poll(own, () => [snapshot('10', { assignee: null })]);
  expect(incident).toMatchObject({ status: 'resolved', assignedTo: 'ana@contoso.example' });
  world.clock.advance(quarterMs);
  const opened = { status: 'inProgress', updatedAt: '2026-11-20T12:10:00.000Z', version: '3', assignee: null } as const;
  await poll(own, () => [snapshot('10', opened)]);
  expect(incident.assignedTo).toBeNull();
});

test('what people did before our own last write is found', async () => {
  const own = await polling();
  const incident = await own.world.linked('10');
  await poll(own, () => [snapshot('10', { updatedBy: 'relay-account' })]);
  expect(incident.status).toBe('resolved');
});

test('what we wrote ourselves is known by our ledger', async () => {
  const own = await polling();
  const at = '2026-11-20T11:58:00.000Z';
  const link = { ...newLink(own.world.tenant.tenantId, 'tickets', '0'), base: { status: 'active' } };
  const { ledger } = inDoubt(link, { key: 'k', status: 'resolved', comments: [] }, at);
  const incident = await own.world.linked('10', { base: { status: 'active' }, ledger });
  await poll(own, () => [snapshot('10', { updatedBy: 'relay-account', updatedAt: at })]);
  expect(incident.status).toBe('active');
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

test.each([
  [15, 'resolved'],
  [75, 'active'],
])('a ticket whose making had no answer, found %d minutes later: its incident is %s', async (minutes, status) => {
  const own = await polling();
  const { world } = own;
  const { tenantId } = world.tenant;
  const incident = await world.linked('9');
  const key = `${tenantId}:${incident.id}`;
  const made = await world.linkOf(incident);
  const intent = { key, at: new Date(world.clock.now()).toISOString() };
  world.incidents.fill([toLinkRow({ ...made, tickets: [], intent }, null)]);
  const seen = (): readonly TicketSnapshot[] => [snapshot('10', { key }), snapshot('11', { key: `${key}:7` })];
  for (let passed = 0; passed < minutes; passed += 15) {
    await poll(own, seen);
    expect(incident.status).toBe('active');
    world.clock.advance(quarterMs);
  }
  await ticketIndex(world.index).put(world.connection, '10', { tenantId, incidentId: incident.id });
  world.incidents.fill([toLinkRow({ ...made, tickets: [{ ...made.tickets[0]!, ticketId: '10' }] }, null)]);
  await poll(own, seen);
  expect(incident.status).toBe(status);
});

describe('comments whose webhooks were lost', () => {
  const working = { status: 'inProgress', rawStatus: 'open', resolution: null } as const;
  const comment = (id: string, change: Partial<TicketComment> = {}): TicketComment => ({
    ...{ id, text: `Words ${id}.`, visibility: 'public', at: '2026-11-20T11:57:00.000Z' },
    author: { id: 'u-7', name: 'bo' },
    ...change,
  });
  const wordsIn = ({ comments }: { readonly comments: readonly { readonly comment: string }[] }): readonly string[] =>
    comments.flatMap(({ comment: text }) => /Words \w+/.exec(text) ?? []);

  test('come into the incident, once each, whether a webhook told of them or not', async () => {
    const own = await polling();
    const { world } = own;
    const incident = await world.linked('10');
    const { id, text, visibility, author, at } = comment('1');
    await world.apply({
      ...{ ticketId: '10', kind: 'commented', actor: author, occurredAt: at, version: '2' },
      comment: { id, text, visibility },
    });
    own.comments = () => [comment('1'), comment('2')];
    await poll(own, () => [snapshot('10', working)]);
    expect(wordsIn(incident)).toEqual(['Words 1', 'Words 2']);
    world.clock.advance(quarterMs);
    own.comments = () => [comment('1'), comment('2'), comment('3')];
    await poll(own, () => [snapshot('10', { ...working, version: '3', updatedAt: '2026-11-20T12:10:00.000Z' })]);
    expect(wordsIn(incident)).toEqual(['Words 1', 'Words 2', 'Words 3']);
  });

  test('are asked for only where a ticket of ours has moved, from where the last look ended', async () => {
    const own = await polling();
    await own.world.linked('10');
    const found = [snapshot('10', working), snapshot('99', { updatedAt: '2026-11-20T11:58:30.000Z' })];
    await poll(own, () => found);
    own.world.clock.advance(quarterMs);
    const calls = own.world.sent.length;
    expect(await poll(own, () => found)).toBe(2);
    expect(own.commentsAsked).toEqual(['10 2026-11-20T11:00:00.000Z']);
    // Nor is Defender asked again.
    expect(own.world.sent).toHaveLength(calls);
    own.world.clock.advance(quarterMs);
    await poll(own, () => [snapshot('10', { ...working, version: '3' })]);
    expect(own.commentsAsked[1]).toBe('10 2026-11-20T11:56:30.000Z');
  });

  test.each<[string, Partial<Connection>, string | null]>([
    ['nobody wants them', { inbound: { ...plainConnection.inbound, comments: 'none' } }, 'relay-account'],
    ['nobody can tell which are ours', {}, null],
  ])('are not asked for where %s', async (_, change, account) => {
    const own = await polling(change);
    await own.world.linked('10');
    own.answer = () => [snapshot('10', working)];
    await pollTickets({ ...own.deps, ownAccountOf: () => Promise.resolve(account) });
    expect(own.commentsAsked).toEqual([]);
  });

  test('leave out our own', async () => {
    const own = await polling();
    const incident = await own.world.linked('10');
    own.comments = () => [comment('1', { author: { id: 'relay-account', name: null } }), comment('2')];
    await poll(own, () => [snapshot('10', working)]);
    expect(wordsIn(incident)).toEqual(['Words 2']);
  });

  test('that cannot be had hold up nothing; those that cannot be had now come with the next look', async () => {
    const own = await polling();
    const { world } = own;
    const [one, other] = [await world.linked('10'), await world.linked('11')];
    own.comments = (ticketId) => (ticketId === '10' ? new TargetError('no right', 'refused', 403) : [comment('2')]);
    const found = [snapshot('10', working), snapshot('11', working)];
    await poll(own, () => found);
    expect([wordsIn(one), wordsIn(other)]).toEqual([[], ['Words 2']]);
    world.clock.advance(quarterMs);
    own.comments = () => new UpstreamError('away');
    const later = { ...working, version: '3', updatedAt: '2026-11-20T12:10:00.000Z' };
    await poll(own, () => [snapshot('11', later)]);
    world.clock.advance(quarterMs);
    own.comments = () => [comment('2'), comment('3')];
    await poll(own, () => [snapshot('11', later)]);
    expect(wordsIn(other)).toEqual(['Words 2', 'Words 3']);
  });

  test('are written later where Defender does not answer now', async () => {
    const own = await polling();
    const { world } = own;
    const incident = await world.linked('10', { base: { status: 'inProgress' } });
    incident.status = 'inProgress';
    own.comments = () => [comment('1')];
    const { tenantId } = world.tenant;
    await poll(own, () => []);
    world.clock.advance(quarterMs);
    own.answer = () => [snapshot('10', working)];
    const failing = (): readonly TicketComment[] => {
      world.state.behaviour.failNext({ service: 'graph', tenantId, status: 503, times: 1 });
      return [comment('1')];
    };
    own.comments = failing;
    await pollTickets(own.deps);
    expect(wordsIn(incident)).toEqual([]);
    world.clock.advance(quarterMs);
    own.comments = () => [comment('1')];
    await pollTickets(own.deps);
    expect(wordsIn(incident)).toEqual(['Words 1']);
  });
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

test('a tenant that is switched off is not looked through, and nothing of that time is missed when it is on again', async () => {
  const own = await polling();
  const { tenant, clock } = own.world;
  const incident = await own.world.linked('10');
  const off = { ...own.deps, registry: { get: () => Promise.resolve({ ...tenant, enabled: false }) } };
  for (let hours = 0; hours < 4; hours += 1) {
    expect(await pollTickets(off)).toBe(0);
    clock.advance(60 * 60_000);
  }
  expect(own.asked).toEqual([]);
  await poll(own, () => [snapshot('10')]);
  expect(own.asked).toEqual(['tickets 2026-11-20T11:00:00.000Z']);
  expect(incident.status).toBe('resolved');
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
