import { acceptProposal, dismissProposal, reverseConflict } from '../../../shared/changes/decideEntry';
import type { Person } from '../../../shared/changes/inPersonsName';
import type { JournalEntry } from '../../../shared/model/conflict';
import { newLink } from '../../../shared/model/link';
import { linkStore, toLinkRow } from '../../../shared/store/links';
import { readJournal, toJournalRow } from '../../../shared/store/journal';
import type { ApplyWorld } from './applyWorld';
import { applyWorld, closed, ticketOf } from './applyWorld';

const person: Person = {
  ...{ kind: 'user', objectId: '99999999-0000-4000-8000-00000000000a', name: 'ana@msp.example' },
  ...{ tenantId: '77777777-7777-4777-8777-777777777777', assertion: () => 'token' },
};

/** An incident above what the connection may close, with the proposal that its closed ticket made. */
const proposed = async () => {
  const world = await applyWorld(
    {},
    { inbound: { scheme: 'standard', closes: { upTo: 'none', else: 'propose' }, reopens: true, comments: 'public' } },
  );
  const incident = await world.linked('10');
  await world.apply(closed('10'));
  const [entry] = await readJournal(world.tenant.tenantId, incident.id, world.incidents);
  const decision = { tenant: world.tenant, incidentId: incident.id, entryId: entry!.entryId, person };
  return { world, incident, decision };
};

test('an accepted proposal does all that it proposes, once, and says who decided', async () => {
  const { world, incident, decision } = await proposed();
  expect(incident.status).toBe('active');
  expect(await acceptProposal(world.deps, decision)).toMatchObject({
    ...{ state: 'accepted', decidedBy: 'ana@msp.example', decidedAt: '2026-11-20T12:00:00.000Z' },
  });
  expect(incident).toMatchObject({
    status: 'resolved',
    classification: 'falsePositive',
    determination: 'notMalicious',
  });
  expect(world.rows('a_').map(({ action }) => action)).toContain('proposal.accept');
  await expect(acceptProposal(world.deps, decision)).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
  await expect(dismissProposal(world.deps, decision)).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
});

test('a dismissed proposal changes nothing', async () => {
  const { world, incident, decision } = await proposed();
  expect(await dismissProposal(world.deps, decision)).toMatchObject({ state: 'dismissed' });
  expect(incident.status).toBe('active');
  expect(world.calls('PATCH')).toBe(0);
});

test('a proposal about an incident that was merged is done to its survivor', async () => {
  const { world, incident, decision } = await proposed();
  const survivor = world.fresh();
  world.state.world.apply({
    ...{ kind: 'redirect', tenantId: world.tenant.tenantId, incidentId: incident.id, into: survivor.id },
  });
  await acceptProposal(world.deps, decision);
  expect(survivor.status).toBe('resolved');
});

const entryOf = (world: ApplyWorld, incidentId: string, change: Partial<JournalEntry>): JournalEntry => ({
  ...{ entryId: 'e1', tenantId: world.tenant.tenantId, incidentId, targetId: 'tickets', kind: 'overruled' },
  ...{ at: '2026-11-20T11:00:00.000Z', field: 'status', value: 'active', holds: 'resolved', side: 'ticket' },
  ...{ actor: 'Bo Berg', because: 'It was overruled.', state: 'noted', decidedBy: null, decidedAt: null },
  ...change,
});

const journaled = async (change: Partial<JournalEntry>) => {
  const world = await applyWorld();
  const incident = world.fresh();
  const { tenantId } = world.tenant;
  world.incidents.fill([toJournalRow(entryOf(world, incident.id, change))]);
  return {
    world,
    incident,
    decision: { tenant: world.tenant, incidentId: incident.id, entryId: 'e1', person },
    tenantId,
  };
};

test('an overruled value is written into Defender, and the entry says who reversed it', async () => {
  const { world, incident, decision } = await journaled({ field: 'assignedTo', value: 'bo@example.com', holds: null });
  expect(await reverseConflict(world.deps, decision)).toMatchObject({ state: 'reversed', decidedBy: person.name });
  expect(incident.assignedTo).toBe('bo@example.com');
  await expect(reverseConflict(world.deps, decision)).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
});

test('nobody’s verdict, overruled, is written as unknown', async () => {
  const { world, incident, decision, tenantId } = await journaled({ field: 'classification', value: null });
  const verdict = { classification: 'truePositive', determination: 'malware' } as const;
  world.state.world.apply({ kind: 'write', tenantId, incidentId: incident.id, by: 'x', ...verdict });
  await reverseConflict(world.deps, decision);
  expect(incident).toMatchObject({ classification: 'unknown', determination: 'unknown' });
});

test('a stopped link goes on, with an empty breaker, and is brought into step', async () => {
  const { world, incident, decision, tenantId } = await journaled({ kind: 'suspended', field: null, value: null });
  const applied = Array.from(
    { length: 12 },
    () => ({ atMs: 1, field: 'status', value: 'active', from: 'ticket' }) as const,
  );
  const stopped = {
    ...newLink(tenantId, 'tickets', incident.id),
    ...{ tickets: [ticketOf('10')], applied, suspended: { since: '2026-11-20T11:00:00.000Z', because: 'flip-flop' } },
  };
  world.incidents.fill([toLinkRow(stopped, null)]);
  await reverseConflict(world.deps, decision);
  const found = await linkStore(tenantId, world.incidents).get('tickets', incident.id);
  expect(found?.link).toMatchObject({ suspended: null, applied: [], tickets: [ticketOf('10')] });
  expect(world.resent).toEqual([{ tenantId, targetId: 'tickets', incidentId: incident.id }]);
  expect(world.sent).toEqual([]);
});

test('what is no such entry is not found: another incident’s, a proposal where a conflict is asked for', async () => {
  const { world, decision } = await journaled({});
  await expect(reverseConflict(world.deps, { ...decision, incidentId: '1' })).rejects.toMatchObject({
    code: 'ERR_NOT_FOUND',
  });
  await expect(acceptProposal(world.deps, decision)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  await expect(reverseConflict(world.deps, { ...decision, entryId: 'e2' })).rejects.toMatchObject({
    code: 'ERR_NOT_FOUND',
  });
});

test('a comment in the journal cannot be reversed', async () => {
  const { world, decision } = await journaled({ kind: 'comment', field: null });
  await expect(reverseConflict(world.deps, decision)).rejects.toMatchObject({ code: 'ERR_REQUEST' });
});
