import '../../shared/http/quietTestMode';
import {
  conflictReverse,
  incidentComments,
  proposalAccept,
  proposalDismiss,
} from '../../../functions/api/incidentChanges';
import { incidents, tenantIncident } from '../../../functions/api/incidents';
import type { Incident } from '../../../local/microsoft/world/incident';
import type { WritingDeps } from '../../../shared/changes/openWriter';
import type { JournalEntry } from '../../../shared/model/conflict';
import { newLink } from '../../../shared/model/link';
import { connectionStore } from '../../../shared/store/connections';
import { toJournalRow } from '../../../shared/store/journal';
import { toLinkRow } from '../../../shared/store/links';
import { ticketOf } from '../../shared/changes/applyWorld';
import type { ChangeWorld } from '../../shared/changes/changeWorld';
import { changeWorld } from '../../shared/changes/changeWorld';
import type { HttpWorld, Reply } from '../../shared/http/httpWorld';
import { startHttpWorld } from '../../shared/http/httpWorld';
import { plainConnection } from '../../support/plainConnection';

const analyst = { roles: ['Relay.Analyst'], preferred_username: 'ana@msp.example' };
const reader = { roles: ['Relay.Reader'] };

let cloud: ChangeWorld;
let world: HttpWorld;
let tenantId: string;
beforeAll(async () => {
  cloud = await changeWorld();
  ({ tenantId } = cloud.tenant);
  // Storage is there only when the world has begun.
  const writing: WritingDeps = {
    ...cloud.deps,
    get incidents() {
      return world.services.storage.incidents;
    },
  };
  world = await startHttpWorld({ writing });
  await world.putTenant(cloud.tenant);
});
afterAll(() => world.stop());

/** An incident of the cloud that is stored, too. */
const stored = async (): Promise<Incident> => {
  const incident = cloud.fresh();
  await world.store({ tenantId, id: incident.id, updated: incident.lastUpdateDateTime });
  return incident;
};
const at = ({ id }: Pick<Incident, 'id'>): Record<string, string> => ({ tenantId, incidentId: id });
const patch = (
  incident: Incident,
  body: unknown,
  headers: Record<string, string> = {},
  as: object = analyst,
): Promise<Reply> => world.ask(tenantIncident, 'PATCH', { as: { ...as }, params: at(incident), body, headers });
const journal = async (incident: Incident, change: Partial<JournalEntry>): Promise<Record<string, string>> => {
  const entry: JournalEntry = {
    ...{ entryId: 'e1', tenantId, incidentId: incident.id, targetId: 'tickets', kind: 'proposal', state: 'open' },
    ...{ at: '2026-11-20T11:00:00.000Z', field: 'status', value: 'resolved', holds: 'active', side: 'ticket' },
    ...{ actor: 'Bo Berg', because: 'The connection may not.', decidedBy: null, decidedAt: null },
    ...change,
  };
  await world.services.storage.incidents.write({ kind: 'upsert', row: toJournalRow(entry) });
  return { ...at(incident), entryId: entry.entryId };
};

describe('PATCH of an incident', () => {
  test('changes it in Defender and answers it as it is then', async () => {
    const incident = await stored();
    const change = {
      status: 'resolved',
      classification: 'truePositive',
      determination: 'malware',
      customTags: ['vip'],
    };
    const reply = await patch(incident, change);
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      ...{ tenantId, incidentId: incident.id, status: 'resolved', determination: 'malware' },
      lastUpdateDateTime: expect.any(String) as string,
    });
    expect(reply.headers.get('etag')).toBe(`"${String(reply.json.lastUpdateDateTime)}"`);
    expect(incident).toMatchObject(change);
  });

  test('If-Match holds against the live state, whatever is stored', async () => {
    const incident = await stored();
    const seen = `"${incident.lastUpdateDateTime}"`;
    cloud.state.world.apply({ kind: 'update', tenantId, incidentId: incident.id, customTags: ['new'] });
    const reply = await patch(incident, { status: 'inProgress' }, { 'if-match': seen });
    expect(reply.status).toBe(409);
    expect(reply.json).toMatchObject({ code: 'ERR_CONFLICT' });
    expect(incident.status).toBe('active');
    for (const now of [`"${incident.lastUpdateDateTime}"`, '*'])
      expect((await patch(incident, { status: 'inProgress' }, { 'if-match': now })).status).toBe(200);
    expect((await patch(incident, { status: 'active' }, { 'if-match': 'yesterday' })).json.errors[0]!.field).toBe(
      'if-match',
    );
  });

  test.each<[unknown, string]>([
    [{ status: 'redirected' }, 'status'],
    [{ status: 'Resolved' }, 'status'],
    [{ severity: 'low' }, 'severity'],
    [{ owner: 'x' }, 'owner'],
    [{ classification: 'truePositive', determination: 'notMalicious' }, 'determination'],
    [{ assignedTo: '' }, 'assignedTo'],
    [{ customTags: ['x'.repeat(500)] }, 'customTags.0'],
    [{}, 'body'],
  ])('%j is refused with the field at fault, and Microsoft is not asked to change anything', async (body, field) => {
    const incident = await stored();
    const before = cloud.calls('PATCH');
    const reply = await patch(incident, body);
    expect(reply.status).toBe(400);
    expect(reply.json.errors[0]!.field).toBe(field);
    expect(cloud.calls('PATCH')).toBe(before);
  });

  test('needs an Analyst, an incident in sight, and writing back switched on', async () => {
    const incident = await stored();
    expect((await patch(incident, { status: 'resolved' }, {}, reader)).status).toBe(403);
    const nowhere = { ...at(incident), incidentId: '987654321' };
    expect(
      (await world.ask(tenantIncident, 'PATCH', { as: analyst, params: nowhere, body: { status: 'active' } })).status,
    ).toBe(404);
    await world.putTenant({ ...cloud.tenant, writeBack: false });
    const reply = await patch(incident, { status: 'resolved' });
    expect(reply.status).toBe(409);
    expect(reply.json).toMatchObject({ code: 'ERR_CONFLICT', detail: expect.stringContaining('writeBack') as string });
    await world.putTenant(cloud.tenant);
    expect(incident.status).toBe('active');
  });
});

test('a comment answers 201 with what was written', async () => {
  const incident = await stored();
  const asked = { as: analyst, params: at(incident), body: { comment: '  seen by me ' } };
  const reply = await world.ask(incidentComments, 'POST', asked);
  expect(reply.status).toBe(201);
  const comment = 'seen by me\n\nana@msp.example, through xdr-relay';
  expect(reply.json).toEqual({ incidentId: incident.id, comment, as: 'app' });
  expect(incident.comments).toMatchObject([{ comment }]);
  for (const body of [{}, { comment: ' ' }, { comment: 'x'.repeat(4_001) }, { comment: 'x', as: 'user' }])
    expect((await world.ask(incidentComments, 'POST', { ...asked, body })).status).toBe(400);
});

test('a proposal is shown with its incident, and accepted once', async () => {
  const incident = await stored();
  const change = { status: 'resolved', classification: 'falsePositive', determination: 'other' };
  const params = await journal(incident, { change });
  const shown = await world.ask(tenantIncident, 'GET', { as: reader, params: at(incident) });
  expect(shown.json.conflicts).toEqual([
    expect.objectContaining({
      entryId: 'e1',
      kind: 'proposal',
      state: 'open',
      change,
      because: 'The connection may not.',
    }),
  ]);
  expect((await world.ask(proposalAccept, 'POST', { as: reader, params })).status).toBe(403);
  const reply = await world.ask(proposalAccept, 'POST', { as: analyst, params });
  expect(reply.json).toMatchObject({ entryId: 'e1', state: 'accepted', decidedBy: 'ana@msp.example' });
  expect(incident).toMatchObject(change);
  expect((await world.ask(proposalAccept, 'POST', { as: analyst, params })).status).toBe(409);
  expect((await world.ask(proposalDismiss, 'POST', { as: analyst, params: { ...params, entryId: 'e9' } })).status).toBe(
    404,
  );
});

test('a proposal is turned down, an overruled value brought back', async () => {
  const incident = await stored();
  const params = await journal(incident, {});
  expect((await world.ask(proposalDismiss, 'POST', { as: analyst, params })).json).toMatchObject({
    state: 'dismissed',
  });
  const overruled = { entryId: 'e2', kind: 'overruled', state: 'noted', value: 'inProgress' } as const;
  const other = await journal(incident, overruled);
  expect((await world.ask(conflictReverse, 'POST', { as: analyst, params: other })).json).toMatchObject({
    state: 'reversed',
  });
  expect(incident.status).toBe('inProgress');
});

test('an incident shows its tickets by itself and in lists', async () => {
  const incident = await stored();
  const { storage } = world.services;
  await connectionStore(storage.connections, storage.index).put({ ...plainConnection, scope: tenantId });
  const link = { ...newLink(tenantId, 'tickets', incident.id), tickets: [ticketOf('10')] };
  await storage.incidents.write({ kind: 'insert', row: toLinkRow(link, null) });
  const tickets = [
    { connection: 'tickets', ticketId: '10', number: 'INC10', url: 'https://tool.example/10', status: 'open' },
  ];
  expect((await world.ask(tenantIncident, 'GET', { as: reader, params: at(incident) })).json.tickets).toEqual(tickets);
  const { json } = await world.ask(incidents, 'GET', { as: reader, query: { tenantId } });
  const listed = json.items.map(({ incidentId, tickets: shown }) => [incidentId, shown]);
  expect(Object.fromEntries(listed)).toMatchObject({ [incident.id]: tickets });
  expect(listed.filter(([, shown]) => (shown as unknown[]).length > 0)).toHaveLength(1);
});
