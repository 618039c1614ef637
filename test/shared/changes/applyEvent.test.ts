import type { Applied } from '../../../shared/changes/applied';
import { createOwnAccounts } from '../../../shared/changes/ownAccounts';
import { UpstreamError } from '../../../shared/errors';
import type { Link } from '../../../shared/model/link';
import type { TicketEvent } from '../../../shared/model/ticket';
import type { BackEnd } from '../../../shared/model/tenant';
import { mustBeTime7 } from '../../../shared/model/time7';
import type { Send } from '../../../shared/ports';
import { incidentRowKey } from '../../../shared/store/keys';
import { toLinkRow } from '../../../shared/store/links';
import { givenTool } from '../../support/givenTool';
import type { MemoryTable } from '../../support/memoryTable';
import type { ApplyWorld } from './applyWorld';
import { applyWorld, closed, ticketOf } from './applyWorld';

const writes = (world: ApplyWorld): string[] =>
  world.sent.filter(({ method }) => method !== 'GET').map(({ method }) => method);
const nobody = (): Promise<never> => Promise.reject(new UpstreamError('away'));
const column = (rows: readonly Readonly<Record<string, unknown>>[], name: string): unknown[] =>
  rows.map((row) => row[name]);
const commentsOf = ({ comments }: { comments: readonly { comment: string }[] }): string[] =>
  comments.map(({ comment }) => comment);

describe.each<BackEnd>(['graph', 'defender'])('a ticket that is closed resolves its incident through %s', (backend) => {
  test('in one PATCH with its verdict, and a comment that names who closed it', async () => {
    const world = await applyWorld({ backend });
    const incident = await world.linked('10');
    expect(await world.apply(closed('10'))).toEqual({ is: 'settled', as: 'applied' });
    expect(incident).toMatchObject({
      status: 'resolved',
      classification: 'falsePositive',
      determination: 'notMalicious',
      lastWriter: 'XDR relay writer',
    });
    expect(writes(world)).toEqual(['PATCH', backend === 'graph' ? 'POST' : 'PATCH']);
    expect(commentsOf(incident)).toEqual([
      expect.stringMatching(/Bo Berg.*INC10[^]*\n\[xdr-relay:[pi][0-9a-f]{16}\]$/),
    ]);
    const link = await world.linkOf(incident);
    expect(link.base).toMatchObject({ status: 'resolved', classification: 'falsePositive' });
    expect(link.tickets).toMatchObject([{ state: 'closed', version: '2' }]);
    // The tenant is read soon, so that other connections hear of it.
    expect(world.index.rows().filter(({ partitionKey }) => partitionKey.startsWith('due_'))).toHaveLength(1);
  });
});

test('each effect has one audit row, which tells who and what and quotes no text', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  await world.apply(closed('10', { comment: { id: 'c1', text: 'geheim-wort', visibility: 'public' } }));
  const audit = world.rows('a_');
  expect(column(audit, 'action').sort()).toEqual(['incident.comment', 'incident.comment', 'incident.update']);
  expect(new Set(column(audit, 'state'))).toEqual(new Set(['done']));
  const [update] = audit.filter(({ action }) => action === 'incident.update');
  expect(update).toMatchObject({
    ...{ actorKind: 'ticket', actorId: 'u-7', actorName: 'Bo Berg', ticketId: '10', incidentId: incident.id },
    as: 'app',
  });
  expect(JSON.parse(String(update!.change))).toMatchObject({ status: { from: 'active', to: 'resolved' } });
  expect(JSON.stringify(audit)).not.toContain('geheim-wort');
  expect(commentsOf(incident).join()).toContain('geheim-wort');
});

test('its own echo, a second delivery and an older version write nothing', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  await world.apply(closed('10'));
  const { revision } = incident;
  expect(await world.apply(closed('10'))).toMatchObject({ is: 'settled' });
  expect(await world.apply(closed('10', { actor: { id: 'relay-account', name: null }, version: '3' }))).toEqual({
    is: 'settled',
    as: 'echo',
  });
  expect(await world.apply(closed('10', { status: 'inProgress', kind: 'updated', version: '1' }))).toMatchObject({
    is: 'settled',
  });
  expect(incident.revision).toBe(revision);
});

test('while nobody can tell whether it was we who wrote, it waits: the ledger may not have it', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  const { revision } = incident;
  let isAway = true;
  Object.assign(world.applying, {
    ownAccountOf: createOwnAccounts({
      tools: {
        servicenow: givenTool({
          ...{ find: nobody, create: nobody, update: nobody, read: nobody, changedSince: nobody },
          whoAmI: () => (isAway ? nobody() : Promise.resolve({ id: 'relay-account', name: null })),
        }),
      },
      secrets: { auth: nobody, outbound: nobody },
      ...{ send: nobody, clock: world.clock, log: world.applying.log },
    }),
  });
  // Of an attempt that ended before it could store what it had written.
  const ours = closed('10', { actor: { id: 'relay-account', name: null } });
  expect(await world.apply(ours, { seed: 'ours' })).toMatchObject({ is: 'again', inMs: 300_000 });
  // Defender is not asked each time, and what names nobody does not wait.
  expect(world.sent).toEqual([]);
  expect(await world.apply(closed('10', { actor: null, status: 'new', kind: 'updated' }))).toMatchObject({
    is: 'settled',
  });
  isAway = false;
  world.clock.advance(300_000);
  expect(await world.apply(ours, { seed: 'ours' })).toEqual({ is: 'settled', as: 'echo' });
  expect(incident.revision).toBe(revision);
});

test('a person’s verdict is never made less specific by a ticket', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  const { tenantId } = world.tenant;
  const verdict = { classification: 'truePositive', determination: 'phishing' } as const;
  world.state.world.apply({ kind: 'write', tenantId, incidentId: incident.id, by: 'ana@example.com', ...verdict });
  await world.apply(closed('10', { resolution: 'Threat mitigated' }));
  expect(incident).toMatchObject({ status: 'resolved', ...verdict });
  const other = await world.linked('11');
  world.state.world.apply({ kind: 'write', tenantId, incidentId: other.id, by: 'ana@example.com', ...verdict });
  await world.apply(closed('11', { resolution: 'Solved (Permanently)' }));
  expect(other).toMatchObject({ status: 'resolved', ...verdict });
});

test('what a sender without a signature says is proposed, and never done', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  expect(await world.apply(closed('10'), { isWeak: true })).toMatchObject({ is: 'settled' });
  expect(incident.status).toBe('active');
  const [proposal] = world.rows('c_');
  expect(proposal).toMatchObject({ kind: 'proposal', state: 'open', field: 'status', side: 'ticket' });
  expect(JSON.parse(String(proposal!.change))).toMatchObject({ status: 'resolved', classification: 'falsePositive' });
});

test('with writing back off nothing is written, and the journal tells what was not', async () => {
  const world = await applyWorld({ change: { writeBack: false } });
  const incident = await world.linked('10');
  await world.apply(closed('10'));
  expect(incident.status).toBe('active');
  expect(writes(world)).toEqual([]);
  expect(world.rows('c_').length).toBeGreaterThan(0);
});

test.each<[string, (world: ApplyWorld) => Promise<Applied>, string]>([
  ['a ticket nobody made', (world) => world.apply(closed('99')), 'noTicket'],
  [
    'a ticket whose index points at no link',
    async (world) => {
      await world.linked('10');
      const { tenantId } = world.tenant;
      await world.applying.tickets.find(world.connection, '10');
      await world.incidents.write({
        kind: 'delete',
        partitionKey: tenantId,
        rowKey: String(world.rows('l_')[0]!.rowKey),
      });
      return world.apply(closed('10'));
    },
    'noLink',
  ],
  [
    'an incident that is gone',
    async (world) => {
      const { id } = await world.linked('10');
      world.state.world.apply({ kind: 'remove', tenantId: world.tenant.tenantId, incidentId: id });
      return world.apply(closed('10'));
    },
    'incidentGone',
  ],
])('%s comes to nothing for good', async (_, attempt, as) => {
  const world = await applyWorld();
  expect(await attempt(world)).toEqual({ is: 'settled', as });
  expect(writes(world)).toEqual([]);
});

test('a connection speaks of its own tenants alone', async () => {
  const world = await applyWorld({}, { scope: '_all' });
  await world.linked('10');
  const served = { ...world.connection, excludeTenants: [world.tenant.tenantId] };
  Object.assign(world.connection, served);
  expect(await world.apply(closed('10'))).toEqual({ is: 'settled', as: 'notServed' });
});

test('a merged incident gives the change to its survivor', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  const survivor = world.fresh();
  world.state.world.apply({
    ...{ kind: 'redirect', tenantId: world.tenant.tenantId, incidentId: incident.id, into: survivor.id },
  });
  expect(await world.apply(closed('10'))).toEqual({ is: 'settled', as: 'applied' });
  expect(survivor).toMatchObject({ status: 'resolved', classification: 'falsePositive' });
});

test('where the survivor has a ticket of its own, the absorbed one brings comments and no more', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  const survivor = await world.linked('20');
  world.state.world.apply({
    ...{ kind: 'redirect', tenantId: world.tenant.tenantId, incidentId: incident.id, into: survivor.id },
  });
  await world.apply(closed('10', { comment: { id: 'c1', text: 'one more thing', visibility: 'public' } }));
  expect(survivor.status).toBe('active');
  expect(commentsOf(survivor)).toEqual([expect.stringContaining('one more thing')]);
  expect((await world.linkOf(incident)).tickets).toEqual([ticketOf('10')]);
});

test.each(['absorbed', 'closed'] as const)(
  'where it was taken for closed (%s) and is opened again, its lane is delivered once more',
  async (state) => {
    const world = await applyWorld();
    const tickets = [{ ...ticketOf('10'), state }];
    const [incident, survivor] = [await world.linked('10', { tickets }), await world.linked('20')];
    const { tenantId } = world.tenant;
    world.state.world.apply({ kind: 'redirect', tenantId, incidentId: incident.id, into: survivor.id });
    const reopened = closed('10', { kind: 'reopened', status: 'inProgress' });
    expect(await world.apply(reopened, { seed: 'once' })).toEqual({ is: 'settled', as: 'noted' });
    expect(survivor.status).toBe('active');
    expect((await world.linkOf(incident)).tickets).toEqual([{ ...ticketOf('10'), state: 'open' }]);
    expect(world.resent).toEqual([expect.objectContaining({ incidentId: incident.id })]);
    await world.apply(reopened, { seed: 'twice' });
    expect(world.resent).toHaveLength(1);
  },
);

test('a circle of merges ends', async () => {
  const world = await applyWorld();
  const [one, other] = [await world.linked('10'), world.fresh()];
  const { tenantId } = world.tenant;
  world.state.world.apply({ kind: 'redirect', tenantId, incidentId: one.id, into: other.id });
  world.state.world.apply({ kind: 'redirect', tenantId, incidentId: other.id, into: one.id, force: true });
  expect(await world.apply(closed('10'))).toEqual({ is: 'settled', as: 'incidentGone' });
});

test('while another delivers the link it waits, and goes on when that claim is void', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  const link = await world.linkOf(incident);
  world.incidents.fill([toLinkRow(link, 'somebody')]);
  const waits: number[] = [];
  let applied = await world.apply(closed('10'));
  for (; applied.is === 'again'; applied = await world.apply(closed('10'))) {
    waits.push(applied.inMs);
    world.clock.advance(applied.inMs);
  }
  expect(applied).toEqual({ is: 'settled', as: 'applied' });
  expect(incident.status).toBe('resolved');
  // What is held for a moment costs a moment; what is held for long is not asked about all the time.
  expect(waits.slice(0, 7)).toEqual([1_000, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  const total = waits.reduce((sum, ms) => sum + ms, 0);
  expect(total).toBeGreaterThanOrEqual(120_000);
  expect(total).toBeLessThan(131_000);
});

test('a wait of Defender’s is kept to by all, and the change is made after it', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  const { tenantId } = world.tenant;
  world.state.behaviour.failNext({ service: 'graph', tenantId, status: 429, headers: { 'retry-after': '90' } });
  const seed = 'message';
  expect(await world.apply(closed('10'), { seed })).toMatchObject({ is: 'again', inMs: 90_000 });
  const asked = world.sent.length;
  world.clock.advance(60_000);
  expect(await world.apply(closed('10'), { seed })).toMatchObject({ is: 'again', inMs: 30_000 });
  expect(world.sent).toHaveLength(asked);
  // Those who read hear of it, too.
  expect(world.rows('access')).toMatchObject([{ rowKey: 'access', blockedUntil: '2026-11-20T12:01:30.000Z' }]);
  world.clock.advance(30_001);
  expect(await world.apply(closed('10'), { seed })).toEqual({ is: 'settled', as: 'applied' });
  expect(incident.status).toBe('resolved');
});

test('a right that is missing is told with its cure for the registration that writes, and tried every 15 minutes', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  const [right] = world.roles;
  world.roles = ['SecurityIncident.Read.All'];
  expect(await world.apply(closed('10'), { seed: 's' })).toMatchObject({ is: 'again', inMs: 15 * 60_000 });
  expect(world.rows('access_writer')).toMatchObject([{ state: 'blocked', reason: 'roleMissing' }]);
  const [access] = world.rows('access_writer');
  expect(access!.cure).toContain('SecurityIncident.ReadWrite.All');
  expect(access!.link).toContain(world.state.registrations.writer.clientId);
  const asked = world.sent.length;
  world.clock.advance(5 * 60_000);
  expect(await world.apply(closed('10'), { seed: 's' })).toMatchObject({ is: 'again', inMs: 10 * 60_000 });
  expect(world.sent).toHaveLength(asked);
  world.roles = [right!];
  world.clock.advance(10 * 60_000);
  expect(await world.apply(closed('10'), { seed: 's' })).toEqual({ is: 'settled', as: 'applied' });
  expect(world.rows('access_writer')).toMatchObject([{ state: 'granted' }]);
  expect(incident.status).toBe('resolved');
});

test('what Defender refuses stands in the journal, and the link is as if it had not been said', async () => {
  const world = await applyWorld();
  const incident = await world.linked('10');
  const { tenantId } = world.tenant;
  const before = await world.linkOf(incident);
  let patches = 0;
  const refusing = world.deps.writerFor;
  Object.assign(world.applying, {
    writerFor: (...given: Parameters<typeof refusing>) => {
      const writer = refusing(...given);
      return {
        ...writer,
        update: (...asked: Parameters<typeof writer.update>) => {
          patches += 1;
          const fault = { service: 'graph', tenantId, status: 400, body: { error: { code: 'BadRequest' } } } as const;
          world.state.behaviour.failNext({ ...fault, times: 3 });
          return writer.update(...asked);
        },
      };
    },
  });
  expect(await world.apply(closed('10'))).toEqual({ is: 'settled', as: 'refused' });
  expect(patches).toBe(1);
  expect(incident.status).toBe('active');
  expect(world.rows('c_')).toMatchObject([
    { kind: 'overruled', state: 'noted', value: 'resolved', holds: 'active', because: 'Defender refused this change.' },
  ]);
  expect((await world.linkOf(incident)).base).toEqual(before.base);
  expect(column(world.rows('a_'), 'state').sort()).toEqual(['done', 'failed']);
});

/** The nth thing that touches the world breaks off: before it is done, or after it with its answer lost; `dies`: and nothing works after it. */
interface Break {
  at: number;
  readonly when: 'before' | 'after';
  readonly dies: boolean;
  count: number;
  isDead: boolean;
}

const breaking = (broken: Break): { table: (table: MemoryTable) => MemoryTable; send: (send: Send) => Send } => {
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (broken.isDead) throw new UpstreamError('the process is gone');
    broken.count += 1;
    const isIt = broken.count === broken.at;
    if (isIt && broken.dies) broken.isDead = true;
    if (isIt && broken.when === 'before') throw new UpstreamError('it broke off before');
    const result = await work();
    if (isIt) throw new UpstreamError('its answer was lost');
    return result;
  };
  return {
    table: (table) => ({
      ...table,
      get: (...given) => guard(() => table.get(...given)),
      write: (operation) => guard(() => table.write(operation)),
      writeBatch: (operations) => guard(() => table.writeBatch(operations)),
    }),
    send: (send) => (request) => guard(() => send(request)),
  };
};

describe.each<BackEnd>(['graph', 'defender'])('whatever breaks off, through %s', (backend) => {
  test.each([
    { when: 'before', dies: false },
    { when: 'after', dies: false },
    { when: 'before', dies: true },
    { when: 'after', dies: true },
  ] as const)('each step $when, dying $dies: one effect, one comment each, whole audit', async ({ when, dies }) => {
    let steps = 0;
    for (let at = 1; ; at += 1) {
      const broken: Break = { at: 0, when, dies, count: 0, isDead: false };
      const { table, send } = breaking(broken);
      const world = await applyWorld({ backend, table, send });
      const incident = await world.linked('10');
      const { revision } = incident;
      const event = closed('10', { comment: { id: 'c1', text: 'all quiet', visibility: 'public' } });
      Object.assign(broken, { at, count: 0 });
      let outcome = await world.apply(event, { seed: 'message' });
      const happened = broken.count >= at;
      // It breaks once more while it is tried again, each time elsewhere.
      for (let tries = 0; outcome.is === 'again' && tries < 10; tries += 1) {
        Object.assign(broken, { isDead: false, at: tries === 0 ? broken.count + 1 + ((at * 7) % 19) : 0 });
        world.clock.advance(Math.max(outcome.inMs, 130_000));
        outcome = await world.apply(event, { seed: 'message' });
      }
      Object.assign(broken, { isDead: false, at: 0 });
      expect(outcome.is).toBe('settled');
      expect(incident).toMatchObject({ status: 'resolved', classification: 'falsePositive' });
      // One PATCH of its state and two comments.
      expect(incident.revision).toBe(revision + 3);
      expect(commentsOf(incident)).toHaveLength(2);
      const link = await world.linkOf(incident);
      expect(link.base.status).toBe('resolved');
      expect(world.rows('l_')[0]!.claimedBy).toBeUndefined();
      expect(world.rows('p_')).toEqual([]);
      expect(world.index.rows().filter(({ partitionKey }) => partitionKey.startsWith('due_')).length).toBeGreaterThan(
        0,
      );
      const done = world.rows('a_').filter(({ state }) => state === 'done');
      expect(column(done, 'action').sort()).toEqual(['incident.comment', 'incident.comment', 'incident.update']);
      expect(world.rows('a_')).toHaveLength(3);
      if (!happened) break;
      steps += 1;
    }
    expect(steps).toBeGreaterThan(10);
  });
});

test('what somebody else changes between two tries is not overwritten by what was decided before', async () => {
  const broken: Break = { at: 0, when: 'before', dies: true, count: 0, isDead: false };
  const { table, send } = breaking(broken);
  const world = await applyWorld({ table, send }, { ownership: { ...ownership, status: 'defender' } });
  const incident = await world.linked('10');
  const patchAt = await placeOfPatch();
  Object.assign(broken, { at: patchAt, count: 0 });
  expect(await world.apply(closed('10'), { seed: 'message' })).toMatchObject({ is: 'again' });
  expect(incident.status).toBe('active');
  expect(world.rows('p_')).toHaveLength(1);
  broken.isDead = false;
  const { tenantId } = world.tenant;
  world.state.world.apply({ kind: 'write', tenantId, incidentId: incident.id, by: 'ana', status: 'inProgress' });
  world.clock.advance(130_000);
  expect(await world.apply(closed('10'), { seed: 'message' })).toMatchObject({ is: 'settled' });
  // Both sides moved, and Defender owns the field here.
  expect(incident.status).toBe('inProgress');
  expect(world.rows('p_')).toEqual([]);
});

test('what a delivery did to the link while the answer to a change was lost stays', async () => {
  let isAway = false;
  const world = await applyWorld({
    send: (send) => async (request) => {
      if (isAway) throw new UpstreamError('away');
      const answer = await send(request);
      isAway = request.method === 'PATCH';
      if (isAway) throw new UpstreamError('its answer was lost');
      return answer;
    },
  });
  const incident = await world.linked('10');
  const seed = 'message';
  expect(await world.apply(closed('10'), { seed })).toMatchObject({ is: 'again' });
  expect(incident.status).toBe('resolved');
  const before = await world.linkOf(incident);
  const delivered: Link = {
    ...before,
    tickets: [...before.tickets, { ...ticketOf('11'), generation: 2 }],
    base: { ...before.base, status: 'resolved', assignedTo: 'ana@contoso.example' },
    version: mustBeTime7('2026-11-20T12:00:30Z', 'version'),
    told: 'a.b.c.d.e',
    comments: ['p0123456789abcdef'],
    unsure: { assignedTo: '2026-11-20T12:00:30.000Z' },
  };
  world.incidents.fill([toLinkRow(delivered, null)]);
  isAway = false;
  world.clock.advance(60_000);
  expect(await world.apply(closed('10'), { seed })).toEqual({ is: 'settled', as: 'applied' });
  const after = await world.linkOf(incident);
  expect(after).toMatchObject({
    version: delivered.version,
    told: delivered.told,
    unsure: delivered.unsure,
    tickets: [
      { ticketId: '10', state: 'closed', version: '2' },
      { ticketId: '11', state: 'open' },
    ],
    base: { status: 'resolved', assignedTo: 'ana@contoso.example', classification: 'falsePositive' },
    said: { status: { value: 'resolved' } },
  });
  expect(after.comments).toHaveLength(2);
  expect(after.comments[0]).toBe('p0123456789abcdef');
  expect(world.calls('PATCH')).toBe(1);
});

test('a change whose answer is lost is looked at, and not made twice', async () => {
  const broken: Break = { at: 0, when: 'after', dies: false, count: 0, isDead: false };
  const world = await applyWorld(breaking(broken));
  const incident = await world.linked('10');
  Object.assign(broken, { at: await placeOfPatch(), count: 0 });
  expect(await world.apply(closed('10'))).toEqual({ is: 'settled', as: 'applied' });
  expect(incident.status).toBe('resolved');
  expect(writes(world)).toEqual(['PATCH', 'POST']);
});

test('what somebody set back after a try that nobody heard of is weighed, and not written over', async () => {
  const broken: Break = { at: 0, when: 'after', dies: true, count: 0, isDead: false };
  const world = await applyWorld(breaking(broken));
  const incident = await world.linked('10');
  Object.assign(broken, { at: await placeOfPatch(), count: 0 });
  expect(await world.apply(closed('10'), { seed: 'message' })).toMatchObject({ is: 'again' });
  expect(incident.status).toBe('resolved');
  broken.isDead = false;
  world.clock.advance(130_000);
  const { tenantId } = world.tenant;
  world.state.world.apply({ kind: 'write', tenantId, incidentId: incident.id, by: 'ana', status: 'active' });
  expect(await world.apply(closed('10'), { seed: 'message' })).toMatchObject({ is: 'settled' });
  // The later one holds here, and that is Defender's.
  expect(incident.status).toBe('active');
  expect(world.rows('c_')).toContainEqual(
    expect.objectContaining({ kind: 'overruled', field: 'status', side: 'ticket', value: 'resolved', holds: 'active' }),
  );
  expect(world.resent).toHaveLength(1);
  expect(world.rows('p_')).toEqual([]);
});

describe('a comment whose answer was lost before its incident was merged', () => {
  const from = { ticketId: '10', actor: { id: 'u-7', name: 'Bo Berg' }, occurredAt: '2026-11-20T11:59:00.000Z' };
  const comment = { id: 'c1', text: 'all quiet', visibility: 'public' } as const;
  const said: TicketEvent = { ...from, kind: 'commented', version: '2', comment };

  const lostThenMerged = async (event = said) => {
    let isLost = true;
    const world = await applyWorld({
      send: (send) => async (request) => {
        const answer = await send(request);
        if (isLost && request.method === 'POST') throw new UpstreamError('its answer was lost');
        return answer;
      },
    });
    const incident = await world.linked('10');
    expect(await world.apply(event, { seed: 'message' })).toMatchObject({ is: 'again' });
    isLost = false;
    const survivor = world.fresh();
    const { tenantId } = world.tenant;
    world.state.world.apply({ kind: 'redirect', tenantId, incidentId: incident.id, into: survivor.id });
    world.clock.advance(130_000);
    return { world, incident, survivor };
  };

  test('stands in the incident it was written to, and in no other', async () => {
    const { world, incident, survivor } = await lostThenMerged();
    expect(await world.apply(said, { seed: 'message' })).toEqual({ is: 'settled', as: 'old' });
    // The tool's list of comments tells of it under a name of its own.
    expect(await world.apply(said, { seed: 'poll' })).toEqual({ is: 'settled', as: 'old' });
    expect([incident, survivor].map((each) => commentsOf(each).length)).toEqual([1, 0]);
    expect(world.rows('p_')).toEqual([]);
  });

  test('also where its ticket is the survivor’s by then', async () => {
    const { world, incident, survivor } = await lostThenMerged();
    const own = await world.linkOf(incident);
    const { tenantId } = world.tenant;
    world.incidents.fill([
      { partitionKey: tenantId, rowKey: incidentRowKey(incident.id), redirectIncidentId: survivor.id },
      toLinkRow({ ...own, tickets: [] }, null),
      toLinkRow({ ...own, incidentId: survivor.id }, null),
    ]);
    expect(await world.apply(said, { seed: 'message' })).toEqual({ is: 'settled', as: 'old' });
    expect(await world.apply(said, { seed: 'poll' })).toEqual({ is: 'settled', as: 'old' });
    expect([incident, survivor].map((each) => commentsOf(each).length)).toEqual([1, 0]);
    expect(await world.apply({ ...said, comment: { ...comment, id: 'c2' } })).toMatchObject({ as: 'applied' });
    expect(commentsOf(survivor)).toHaveLength(1);
  });

  test('be it a note of our own', async () => {
    const deleted: TicketEvent = { ...from, kind: 'deleted', version: null };
    const { world, incident, survivor } = await lostThenMerged(deleted);
    expect(await world.apply(deleted, { seed: 'message' })).toEqual({ is: 'settled', as: 'noted' });
    expect([incident, survivor].map((each) => commentsOf(each).length)).toEqual([1, 0]);
  });
});

test('what somebody set back after a try that broke off later is not made once more, and the ticket is told', async () => {
  const broken: Break = { at: 0, when: 'before', dies: false, count: 0, isDead: false };
  const guarded = breaking(broken);
  const patchAt = await placeOfPatch();
  let steps = 0;
  for (let after = 1; ; after += 1) {
    const world = await applyWorld(guarded, { ownership: { ...ownership, status: 'ticket' } });
    const incident = await world.linked('10');
    Object.assign(broken, { at: patchAt + after, count: 0 });
    const first = await world.apply(closed('10'), { seed: 'message' });
    if (broken.count < broken.at) break;
    if (first.is === 'settled') continue;
    steps += 1;
    expect(incident.status).toBe('resolved');
    const { tenantId } = world.tenant;
    world.state.world.apply({ kind: 'write', tenantId, incidentId: incident.id, by: 'ana', status: 'active' });
    world.clock.advance(130_000);
    expect(await world.apply(closed('10'), { seed: 'message' })).toEqual({ is: 'settled', as: 'applied' });
    expect(incident.status).toBe('active');
    expect(world.calls('PATCH')).toBe(1);
    expect(world.rows('c_')).toEqual([]);
    expect(world.rows('p_')).toEqual([]);
    expect(world.rows('a_').map(({ state }) => state)).toEqual(world.rows('a_').map(() => 'done'));
    // It has to be told, and not of what is stored from before.
    expect(world.resent).toHaveLength(1);
    const { base, seen } = await world.linkOf(incident);
    expect(base.status).toBe('resolved');
    expect(Date.parse(seen ?? '')).toBeGreaterThanOrEqual(world.clock.now() - 130_000);
  }
  // A comment, and the batch that says it is done.
  expect(steps).toBeGreaterThanOrEqual(2);
});

test('what was written into a ticket while its change waited stands over what it had said', async () => {
  let takesComments = false;
  const world = await applyWorld(
    {
      send: (send) => async (request) => {
        if (request.method === 'POST' && !takesComments) throw new UpstreamError('away');
        return send(request);
      },
    },
    { ownership: { ...ownership, status: 'ticket' } },
  );
  const incident = await world.linked('10');
  const begun = closed('10', { kind: 'updated', status: 'inProgress', resolution: 'Started' });
  expect(await world.apply(begun, { seed: 'message' })).toMatchObject({ is: 'again' });
  expect(incident.status).toBe('inProgress');
  const { tenantId } = world.tenant;
  world.state.world.apply({ kind: 'write', tenantId, incidentId: incident.id, by: 'ana', status: 'resolved' });
  const before = await world.linkOf(incident);
  const written = { field: 'status', value: 'resolved', from: 'defender', over: 'active' } as const;
  const applied = [...before.applied, { ...written, atMs: world.clock.now() }];
  takesComments = true;
  world.incidents.fill([toLinkRow({ ...before, base: { ...before.base, status: 'resolved' }, applied }, null)]);
  world.clock.advance(130_000);
  expect(await world.apply(begun, { seed: 'message' })).toEqual({ is: 'settled', as: 'applied' });
  expect(incident.status).toBe('resolved');
  expect(await world.linkOf(incident)).toMatchObject({
    base: { status: 'resolved' },
    said: { status: { value: 'inProgress', isOverwritten: true } },
  });
  // Said once more it is news.
  const occurredAt = new Date(world.clock.now()).toISOString();
  await world.apply({ ...begun, kind: 'reopened', version: '3', occurredAt });
  expect(incident.status).toBe('inProgress');
});

test('a change that is known not to be in is made, whatever else was changed since', async () => {
  const broken: Break = { at: 0, when: 'before', dies: false, count: 0, isDead: false };
  const world = await applyWorld(breaking(broken), { ownership: { ...ownership, status: 'defender' } });
  const incident = await world.linked('10');
  Object.assign(broken, { at: await placeOfPatch(), count: 0 });
  expect(await world.apply(closed('10'), { seed: 'message' })).toMatchObject({ is: 'again' });
  world.clock.advance(130_000);
  const { tenantId } = world.tenant;
  world.state.world.apply({ kind: 'write', tenantId, incidentId: incident.id, by: 'ana', assignedTo: 'ana' });
  expect(await world.apply(closed('10'), { seed: 'message' })).toEqual({ is: 'settled', as: 'applied' });
  expect(incident.status).toBe('resolved');
  expect(world.rows('c_')).toEqual([]);
});

const ownership = {
  status: 'latest',
  classification: 'latest',
  determination: 'latest',
  assignedTo: 'defender',
} as const;

/** Which thing that touches the world the PATCH is, in a run where nothing breaks. */
const placeOfPatch = async (): Promise<number> => {
  const broken: Break = { at: 0, when: 'before', dies: false, count: 0, isDead: false };
  const { table, send } = breaking(broken);
  let place = 0;
  const world = await applyWorld({
    table,
    send: (inner) => {
      const guarded = send(inner);
      return (request) => {
        if (request.method === 'PATCH') place = broken.count + 1;
        return guarded(request);
      };
    },
  });
  await world.linked('10');
  Object.assign(broken, { count: 0 });
  await world.apply(closed('10'));
  return place;
};
