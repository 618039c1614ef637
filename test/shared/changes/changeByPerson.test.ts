import { changeByPerson, commentByPerson } from '../../../shared/changes/changeByPerson';
import type { Person } from '../../../shared/changes/inPersonsName';
import type { BackEnd } from '../../../shared/model/tenant';
import type { IncidentUpdate } from '../../../shared/ports';
import type { ChangeWorld } from './changeWorld';
import { changeWorld } from './changeWorld';

const person = (tenantId: string, change: Partial<Person> = {}): Person => ({
  kind: 'user',
  objectId: '99999999-0000-4000-8000-00000000000a',
  name: 'ana@msp.example',
  tenantId,
  assertion: () => 'the-token-they-came-with',
  ...change,
});
const elsewhere = '77777777-7777-4777-8777-777777777777';
const resolved: IncidentUpdate = { status: 'resolved', classification: 'truePositive', determination: 'malware' };

const operatorOf = (world: ChangeWorld, role: string | null = 'Security Operator'): string => {
  const [tenant] = world.state.world.tenants;
  return world.state.users.of(tenant!).find(({ defenderRole, blocked }) => defenderRole === role && !blocked)!
    .userPrincipalName;
};

describe.each<BackEnd>(['graph', 'defender'])('a change an Analyst asks for, through %s', (backend) => {
  test('is made in their own name where they are of that tenant and consent is given', async () => {
    const world = await changeWorld({ backend });
    world.analyst = operatorOf(world);
    const incident = world.fresh();
    const asked = { tenant: world.tenant, incidentId: incident.id, person: person(world.tenant.tenantId) };
    const after = await changeByPerson(world.deps, { ...asked, change: resolved });
    expect(after.header).toMatchObject({ status: 'resolved', determination: 'malware' });
    expect(incident).toMatchObject({ ...resolved, lastWriter: world.analyst, comments: [] });
    expect(world.rows('a_')).toMatchObject([{ action: 'incident.update', as: 'user', state: 'done' }]);
    const said = await commentByPerson(world.deps, { ...asked, comment: 'seen' });
    expect(said).toEqual({ comment: 'seen', as: 'user' });
    expect(incident.comments).toMatchObject([{ comment: 'seen', createdByDisplayName: world.analyst }]);
  });

  test.each<[string, (world: ChangeWorld) => Person]>([
    ['they are of another tenant', () => person(elsewhere)],
    ['nobody consented', (world) => person(world.tenant.tenantId)],
    ['an application asks', (world) => person(world.tenant.tenantId, { kind: 'app' })],
  ])('is made as the app where %s, and comment and audit name them', async (_, personIn) => {
    const world = await changeWorld({ backend });
    const incident = world.fresh();
    const asked = { tenant: world.tenant, incidentId: incident.id, person: personIn(world) };
    await changeByPerson(world.deps, { ...asked, change: resolved });
    expect(incident).toMatchObject({ ...resolved, lastWriter: 'XDR relay writer' });
    expect(incident.comments).toMatchObject([
      { comment: expect.stringMatching(/^Changed by ana@msp\.example, .*status: resolved/) as string },
    ]);
    const audit = world.rows('a_');
    expect(new Set(audit.map(({ actorName, as, state }) => [actorName, as, state].join(' ')))).toEqual(
      new Set(['ana@msp.example app done']),
    );
    expect(await commentByPerson(world.deps, { ...asked, comment: 'seen' })).toEqual({
      comment: 'seen\n\nana@msp.example, through xdr-relay',
      as: 'app',
    });
  });
});

test('what Defender does not let a person do the relay does not do for them', async () => {
  const world = await changeWorld();
  world.analyst = operatorOf(world, 'Security Reader');
  const incident = world.fresh();
  const asked = { tenant: world.tenant, incidentId: incident.id, person: person(world.tenant.tenantId) };
  await expect(changeByPerson(world.deps, { ...asked, change: resolved })).rejects.toMatchObject({
    code: 'ERR_FORBIDDEN',
  });
  expect(incident.status).toBe('active');
  expect(world.rows('a_')).toMatchObject([{ state: 'failed', code: 'ERR_CONSENT' }]);
  // The registration that writes was not asked, so nothing is known of it.
  expect(world.rows('access_writer')).toEqual([]);
});

test('the version they saw has to be the live one', async () => {
  const world = await changeWorld();
  const incident = world.fresh();
  const asked = { tenant: world.tenant, incidentId: incident.id, person: person(elsewhere) };
  const seen = incident.lastUpdateDateTime;
  world.state.world.apply({
    ...{ kind: 'update', tenantId: world.tenant.tenantId, incidentId: incident.id, customTags: ['vip'] },
  });
  await expect(changeByPerson(world.deps, { ...asked, change: resolved, ifVersion: seen })).rejects.toMatchObject({
    code: 'ERR_CONFLICT',
  });
  expect(incident.status).toBe('active');
  await changeByPerson(world.deps, { ...asked, change: resolved, ifVersion: incident.lastUpdateDateTime });
  expect(incident.status).toBe('resolved');
});

test.each([
  [{ writeBack: false }, 'writeBack'],
  [{ enabled: false }, 'switched off'],
])('a tenant with %j is not written to, and Microsoft is not asked', async (change, words) => {
  const world = await changeWorld({ change });
  const incident = world.fresh();
  const asked = { tenant: world.tenant, incidentId: incident.id, person: person(elsewhere) };
  for (const attempt of [
    changeByPerson(world.deps, { ...asked, change: resolved }),
    commentByPerson(world.deps, { ...asked, comment: 'x' }),
  ])
    await expect(attempt).rejects.toMatchObject({
      code: 'ERR_CONFLICT',
      message: expect.stringContaining(words) as string,
    });
  expect(world.sent).toEqual([]);
});

test('a determination alone has to go with the classification that is there', async () => {
  const world = await changeWorld();
  const incident = world.fresh();
  const asked = { tenant: world.tenant, incidentId: incident.id, person: person(elsewhere) };
  await expect(changeByPerson(world.deps, { ...asked, change: { determination: 'phishing' } })).rejects.toMatchObject({
    code: 'ERR_REQUEST',
    fields: [{ field: 'determination' }],
  });
  await changeByPerson(world.deps, { ...asked, change: { classification: 'truePositive' } });
  await changeByPerson(world.deps, { ...asked, change: { determination: 'phishing' } });
  expect(incident).toMatchObject({ classification: 'truePositive', determination: 'phishing' });
});

test('an incident that was merged, or is gone, is told as such', async () => {
  const world = await changeWorld();
  const [incident, other] = [world.fresh(), world.fresh()];
  const { tenantId } = world.tenant;
  world.state.world.apply({ kind: 'redirect', tenantId, incidentId: incident.id, into: other.id });
  const asked = { tenant: world.tenant, person: person(elsewhere), change: resolved };
  await expect(changeByPerson(world.deps, { ...asked, incidentId: incident.id })).rejects.toMatchObject({
    code: 'ERR_CONFLICT',
  });
  await expect(changeByPerson(world.deps, { ...asked, incidentId: '987654321' })).rejects.toMatchObject({
    code: 'ERR_NOT_FOUND',
  });
});

test('nobody can make a comment look like one that came from a ticket', async () => {
  const world = await changeWorld();
  const incident = world.fresh();
  const asked = {
    tenant: world.tenant,
    incidentId: incident.id,
    person: person(elsewhere, { name: 'eve\n[xdr-relay:p0000000000000000]' }),
  };
  await commentByPerson(world.deps, { ...asked, comment: 'hello\n[xdr-relay:i0123456789abcdef]' });
  expect(incident.comments[0]!.comment).not.toMatch(/\[xdr-relay:[pi]/);
});
