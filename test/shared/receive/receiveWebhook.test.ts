import { UpstreamError } from '../../../shared/errors';
import type { InboundScheme } from '../../../shared/model/connection';
import { allTenants } from '../../../shared/model/connection';
import type { Faults } from '../../support/faultyTable';
import { faultyTable } from '../../support/faultyTable';
import type { MemoryTable } from '../../support/memoryTable';
import type { Signed } from '../ticketing/signatures/signed';
import { senders, timeHeader } from '../ticketing/signatures/signed';
import { connectionOf, hookWorld, tenantId } from './hookWorld';

const schemes = Object.keys(senders) as InboundScheme[];
const minute = 60_000;
const news = { type: 'ticket.closed', ticketId: '17', author: 'anna', occurredAt: '2026-11-20T08:00:00Z', version: 3 };

describe.each(schemes)('%s', (scheme) => {
  test('what is genuine is written down, hinted at, and can be taken in whole', async () => {
    const world = hookWorld(scheme);
    expect(await world.post(world.signed(news))).toEqual({ kind: 'accepted' });
    expect(world.queued).toEqual([
      { scope: world.connection?.scope, connectionId: 'desk', inboxKey: expect.any(String) as string },
    ]);
    const taken = await world.take(world.queued[0]!.inboxKey);
    expect(taken).toMatchObject({
      body: news,
      isWeak: scheme === 'header',
      connectionId: 'desk',
      receivedAt: '2026-11-20T08:00:00.000Z',
    });
    await taken?.done();
    await taken?.done();
    expect(await world.take(world.queued[0]!.inboxKey)).toBeUndefined();
  });

  test('a replay has no second effect: at 1 s, 4:59, 5:01, a day, after a restart, under another id', async () => {
    const world = hookWorld(scheme);
    const sent = world.signed(news);
    expect(await world.post(sent)).toEqual({ kind: 'accepted' });
    const ids = [
      'x-atlassian-webhook-identifier',
      'x-github-delivery',
      'x-webhook-id',
      'x-zendesk-webhook-invocation-id',
    ];
    const renamed = {
      ...sent,
      headers: Object.fromEntries(
        Object.entries(sent.headers).map(([name, value]) => [name, ids.includes(name) ? 'another' : value]),
      ),
    };
    const expected = (ms: number) => (timeHeader[scheme] !== undefined && ms > 5 * minute ? 'refused' : 'duplicate');
    let at = 0;
    for (const ms of [1_000, 4 * minute + 59_000, 5 * minute + 1_000, 24 * 60 * minute, 6 * 24 * 60 * minute]) {
      world.pass(ms - at);
      at = ms;
      expect([ms, await world.post(sent)]).toEqual([ms, { kind: expected(ms) }]);
      expect([ms, await world.post(renamed)]).toEqual([ms, { kind: expected(ms) }]);
      world.restart();
      expect([ms, await world.post(sent)]).toEqual([ms, { kind: expected(ms) }]);
    }
    expect([world.queued.length, world.blobs.size]).toEqual([1, 1]);
  });

  test('fifty at once are one', async () => {
    const world = hookWorld(scheme);
    const sent = world.signed(news);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => world.post(sent)));
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'duplicate')).toHaveLength(49);
    expect([world.queued.length, world.blobs.size]).toEqual([1, 1]);
  });

  test('nothing of what is not proven is kept, and it is refused as an unknown hook is', async () => {
    const world = hookWorld(scheme);
    const sent = world.signed(news);
    const forged = {
      ...sent,
      headers: Object.fromEntries(Object.entries(sent.headers).map(([name, value]) => [name, `${value}x`])),
    };
    const outcomes = [
      await world.post({ ...sent, headers: {} }),
      await world.post(forged),
      await world.post(sent, 'ffffffffffffffffffffffffffffffff'),
      await world.post(sent, ''),
      await world.post(sent, '../../etc'),
    ];
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome)))).toEqual(new Set(['{"kind":"refused"}']));
    expect([world.table.rows().length, world.blobs.size, world.queued.length]).toEqual([0, 0, 0]);
  });
});

test.each(['standard', 'zendesk', 'slack'] as const)('%s: the same words at another time are news', async (scheme) => {
  const world = hookWorld(scheme);
  expect(await world.post(world.signed({ ticketId: '1', status: 'open' }, 'one'))).toEqual({ kind: 'accepted' });
  world.pass(60 * minute);
  expect(await world.post(world.signed({ ticketId: '1', status: 'open' }, 'two'))).toEqual({ kind: 'accepted' });
  expect(world.queued).toHaveLength(2);
});

test('a sender that signs anew with each try is known by its delivery, or by the event inside', async () => {
  const standard = hookWorld('standard');
  await standard.post(standard.signed(news, 'event-1'));
  standard.pass(minute);
  expect(await standard.post(standard.signed(news, 'event-1'))).toEqual({ kind: 'duplicate' });

  const slack = hookWorld('slack');
  await slack.post(slack.signed({ event_id: 'Ev1', event: {} }));
  slack.pass(minute);
  expect(await slack.post(slack.signed({ event_id: 'Ev1', event: {}, retry: 1 }))).toEqual({ kind: 'duplicate' });

  const zendesk = hookWorld('zendesk');
  const event = { type: 'zen:event-type:ticket.status_changed', id: 'e1', subject: 'zen:ticket:1' };
  await zendesk.post(zendesk.signed(event, 'invocation-1'));
  zendesk.pass(minute);
  expect(await zendesk.post(zendesk.signed(event, 'invocation-2'))).toEqual({ kind: 'duplicate' });
  // What an administrator calls `id` is the ticket's.
  await zendesk.post(zendesk.signed({ id: '123', status: 'open' }, 'invocation-3'));
  expect(await zendesk.post(zendesk.signed({ id: '123', status: 'solved' }, 'invocation-4'))).toEqual({
    kind: 'accepted',
  });

  const pagerduty = hookWorld('pagerduty');
  await pagerduty.post(pagerduty.signed({ event: { id: '01', data: 1 } }, 'a'));
  expect(await pagerduty.post(pagerduty.signed({ event: { id: '01', data: 2 } }, 'b'))).toEqual({ kind: 'duplicate' });
});

test.each(['one after the other', 'at once'])(
  'each try that was answered is known by what is signed of it, whatever is called its delivery afterwards: %s',
  async (how) => {
    const world = hookWorld('zendesk');
    const renamed = (sent: Signed, id: string): Signed => ({
      ...sent,
      headers: { ...sent.headers, 'x-zendesk-webhook-invocation-id': id },
    });
    const first = world.signed(news, 'invocation-1');
    world.pass(30_000);
    const retry = world.signed(news, 'invocation-1');
    const outcomes =
      how === 'at once'
        ? await Promise.all([world.post(first), world.post(retry)])
        : [await world.post(first), await world.post(retry)];
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['accepted', 'duplicate']);
    for (const sent of [first, retry]) {
      expect(await world.post(renamed(sent, 'another'))).toEqual({ kind: 'duplicate' });
      world.restart();
      expect(await world.post(renamed(sent, 'a third'))).toEqual({ kind: 'duplicate' });
    }
    expect([world.queued.length, world.blobs.size]).toEqual([1, 1]);
    // What is known of the retry waits for nobody.
    world.pass(6 * 60 * minute);
    await (await world.take(world.queued[0]!.inboxKey))?.done();
    world.pass(24 * 60 * minute);
    expect(await world.sweep()).toBe(0);
    expect(world.table.rows().filter(({ partitionKey }) => partitionKey.startsWith('open_'))).toEqual([]);
  },
);

test('a try that could not be remembered is asked for again', async () => {
  let fails = false;
  const world = hookWorld('zendesk', {
    table: (table) => ({
      ...table,
      write: (operation) => (fails ? Promise.reject(new UpstreamError('away')) : table.write(operation)),
    }),
  });
  await world.post(world.signed(news));
  world.pass(30_000);
  fails = true;
  await expect(world.post(world.signed(news))).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
});

test('a connection whose tenant is gone takes nothing, and says so only to whoever proves who they are', async () => {
  const world = hookWorld();
  world.isTenantEnabled = null;
  expect(await world.post(world.signed(news))).toEqual({ kind: 'ignored' });
  expect(await world.post({ ...world.signed(news), headers: {} })).toEqual({ kind: 'refused' });
  world.connection = connectionOf('standard', { scope: allTenants });
  expect(await world.post(world.signed(news))).toEqual({ kind: 'accepted' });
  expect(world.queued).toHaveLength(1);
});

test.each([tenantId, allTenants])(
  'what comes by a connection of %s is kept while it or the tenant is off',
  async (scope) => {
    for (const [isTenantEnabled, enabled] of [
      [false, true],
      [true, false],
    ] as const) {
      const world = hookWorld();
      world.connection = connectionOf('standard', { scope, enabled });
      world.isTenantEnabled = isTenantEnabled;
      expect(await world.post(world.signed(news))).toEqual({ kind: 'accepted' });
    }
  },
);

test('greetings are answered and are no news', async () => {
  const slack = hookWorld('slack');
  expect(await slack.post(slack.signed({ type: 'url_verification', challenge: 'abc', token: 'x' }))).toEqual({
    kind: 'challenge',
    challenge: 'abc',
  });
  expect(await slack.post({ ...slack.signed({ type: 'url_verification', challenge: 'abc' }), headers: {} })).toEqual({
    kind: 'refused',
  });
  const github = hookWorld('github');
  expect(await github.post(github.signed({ zen: 'Keep it logically awesome.', hook_id: 30, hook: {} }))).toEqual({
    kind: 'ignored',
  });
  expect(await github.post(github.signed({ zen: 'x', hook_id: 30, action: 'closed' }))).toEqual({ kind: 'accepted' });
  const pagerduty = hookWorld('pagerduty');
  expect(await pagerduty.post(pagerduty.signed({ event: { event_type: 'pagey.ping' } }))).toEqual({ kind: 'ignored' });
  const zendesk = hookWorld('zendesk');
  expect(await zendesk.post(zendesk.signed(''))).toEqual({ kind: 'ignored' });
  expect([slack, pagerduty, zendesk].map(({ queued }) => queued.length)).toEqual([0, 0, 0]);
});

test('a proven body that is no JSON is named as such', async () => {
  const world = hookWorld('github');
  for (const body of ['payload=%7B%7D', '{', '{"__proto__":{}}', `${'['.repeat(65)}${']'.repeat(65)}`])
    await expect(world.post(world.signed(body))).rejects.toMatchObject({ code: 'ERR_REQUEST' });
  expect(world.table.rows()).toEqual([]);
});

test('one address may cost only so much, known or not', async () => {
  const world = hookWorld();
  const outcomes = await Promise.all(
    Array.from({ length: 600 }, () => world.post({ headers: {}, body: Buffer.from('{}') })),
  );
  expect(outcomes.filter(({ kind }) => kind === 'tooMany')).toHaveLength(100);
  const strangers = await Promise.all(
    Array.from({ length: 600 }, () => world.post({ headers: {}, body: Buffer.from('{}') }, 'nobody')),
  );
  expect(strangers.filter(({ kind }) => kind === 'tooMany')).toHaveLength(100);
  world.pass(10_000);
  expect(await world.post(world.signed(news))).toEqual({ kind: 'accepted' });
});

test('the log tells who and why, and nothing of what came', async () => {
  const world = hookWorld('github');
  const sent = world.signed({ ...news, comment: 'canary-of-the-body' });
  await world.post(sent);
  await world.post({ ...sent, headers: { ...sent.headers, 'x-hub-signature-256': 'canary-of-a-header' } });
  const told = world.logged.join('\n');
  expect(told).toContain('webhook refused {"scope"');
  for (const secret of ['canary', world.key, sent.headers['x-hub-signature-256'] ?? '?', 'ff00112233'])
    expect(told).not.toContain(secret);
});

describe('storage that fails', () => {
  const faulty = (at: number, when: Faults['when']) => {
    const faults: Faults = { count: 0, at, when };
    return { faults, table: (table: unknown) => faultyTable(table as MemoryTable, faults) };
  };

  test('at any operation: accepted means written, and whoever tries again is served', async () => {
    for (const when of ['before', 'after'] as const)
      for (let at = 1; at <= 5; at += 1) {
        const { faults, table } = faulty(at, when);
        const world = hookWorld('standard', { table });
        const sent = world.signed(news);
        const first = await world.post(sent).catch((error: unknown) => error);
        const isIn = () => world.table.rows().some(({ rowKey }) => rowKey.startsWith('b_'));
        if (first instanceof Error) expect([at, when, first]).toMatchObject([at, when, { code: 'ERR_UPSTREAM' }]);
        else expect([at, when, first, isIn()]).toEqual([at, when, { kind: 'accepted' }, true]);
        faults.at = 0;
        world.pass(1_000);
        const again = await world.post(sent);
        expect([at, when, ['accepted', 'duplicate'].includes(again.kind), isIn()]).toEqual([at, when, true, true]);
        // Sooner or later exactly one is in the queue that is not done.
        world.pass(6 * minute);
        await world.sweep();
        const keys = new Set(world.queued.map(({ inboxKey }) => inboxKey));
        expect([at, when, keys.size]).toEqual([at, when, 1]);
        expect(await world.take([...keys][0]!)).toMatchObject({ body: news });
      }
  });

  test('no blob, no row: the sender is asked to come again', async () => {
    let fails = true;
    const world = hookWorld('standard', {
      blobs: (blobs) => ({
        ...blobs,
        put: (name, content) => (fails ? Promise.reject(new UpstreamError('away')) : blobs.put(name, content)),
      }),
    });
    const sent = world.signed(news);
    await expect(world.post(sent)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    expect([world.table.rows(), world.queued]).toEqual([[], []]);
    fails = false;
    expect(await world.post(sent)).toEqual({ kind: 'accepted' });
  });

  test('a queue that is away costs minutes, and what is done is never asked for again', async () => {
    let fails = true;
    const world = hookWorld('standard', {
      queue: (queue) => ({
        send: (message) => (fails ? Promise.reject(new UpstreamError('away')) : queue.send(message)),
      }),
    });
    expect(await world.post(world.signed(news))).toEqual({ kind: 'accepted' });
    expect(world.queued).toEqual([]);
    fails = false;
    expect(await world.sweep()).toBe(0);
    world.pass(5 * minute);
    expect(await world.sweep()).toBe(1);
    expect(await world.sweep()).toBe(0);
    world.pass(5 * minute);
    // Ever more seldom.
    expect(await world.sweep()).toBe(0);
    world.pass(5 * minute);
    expect(await world.sweep()).toBe(1);
    await (await world.take(world.queued[0]!.inboxKey))?.done();
    world.pass(24 * 60 * minute);
    expect(await world.sweep()).toBe(0);
    expect(world.table.rows().filter(({ partitionKey }) => partitionKey.startsWith('open_'))).toEqual([]);
  });

  test('what has a hint that comes later is not asked for, but once that is lost; then no older one has a next', async () => {
    const world = hookWorld();
    await world.post(world.signed(news));
    const [first] = world.queued.splice(0);
    const second = await world.wait(first!, 60 * minute);
    expect(second).toEqual({ ...first, turn: 1 });
    for (let waited = 0; waited < 60; waited += 5) {
      world.pass(5 * minute);
      expect([waited, await world.sweep()]).toEqual([waited, 0]);
    }
    world.pass(5 * minute);
    expect(await world.sweep()).toBe(1);
    expect(world.queued).toEqual([{ ...first, turn: 2 }]);
    for (const old of [first!, second!]) expect(await world.wait(old, minute)).toBeUndefined();
    expect(await world.wait(world.queued[0]!, minute)).toEqual({ ...first, turn: 3 });
    // One that came through is missed as soon as the first, however often it was asked for before.
    world.pass(6 * minute);
    expect(await world.sweep()).toBe(1);
  });

  test.each<[string, string | null]>([
    ['tenant', tenantId],
    ['connection', null],
  ])('what waits for its %s is asked for as soon as that is switched on again', async (what, off) => {
    const world = hookWorld();
    const turn = (isOn: boolean): void => {
      if (what === 'tenant') world.isTenantEnabled = isOn;
      else world.connection = connectionOf('standard', { enabled: isOn });
    };
    await world.post(world.signed(news));
    const { inboxKey } = world.queued[0]!;
    turn(false);
    for (let waited = 0; waited < 24 * 60; waited += 5) {
      world.pass(5 * minute);
      if ((await world.sweep()) === 1) await (await world.take(inboxKey))?.leave({ tenantId: off });
    }
    // Ever more seldom, up to every six hours.
    expect(world.queued.length).toBeLessThan(12);
    world.pass(minute);
    expect(await world.sweep()).toBe(0);
    turn(true);
    expect([await world.sweep(), await world.sweep()]).toEqual([1, 0]);
    // As young as if it had come just now, should this hint get lost.
    world.pass(10 * minute);
    expect(await world.sweep()).toBe(1);
    await (await world.take(inboxKey))?.done();
    world.pass(24 * 60 * minute);
    expect(await world.sweep()).toBe(0);
  });

  test('a batch of our own that the SDK tried twice is not taken for another’s', async () => {
    const world = hookWorld('standard', {
      table: (table) => ({
        ...table,
        writeBatch: async (operations) => {
          await table.writeBatch(operations);
          return table.writeBatch(operations);
        },
      }),
    });
    expect(await world.post(world.signed(news))).toEqual({ kind: 'accepted' });
    expect(await world.take(world.queued[0]!.inboxKey)).toMatchObject({ body: news });
  });

  test('hints of what was never written are taken away after an hour', async () => {
    const world = hookWorld('standard', {
      table: (table) => ({ ...table, writeBatch: () => Promise.reject(new UpstreamError('away')) }),
    });
    await expect(world.post(world.signed(news))).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    world.pass(30 * minute);
    expect([await world.sweep(), world.table.rows().length]).toEqual([0, 1]);
    world.pass(31 * minute);
    expect([await world.sweep(), world.table.rows().length]).toEqual([0, 0]);
  });
});
