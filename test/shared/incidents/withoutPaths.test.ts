import { withoutPaths } from '../../../shared/incidents/withoutPaths';
import type { JsonObject } from '../../../shared/model/incident';

const body = {
  id: '1',
  assignedTo: 'adele@contoso.example',
  owner: { name: 'Adele', phone: '1' },
  alerts: [
    { id: 'a', evidence: [{ userAccount: 'x', device: 'd' }, { device: 'e' }, null, 'text'] },
    { id: 'b', evidence: { userAccount: 'y', ip: '10.0.0.1' } },
    { id: 'c', evidence: null },
  ],
} satisfies JsonObject;

test('a field is taken away at the top', () => {
  expect(withoutPaths(body, ['assignedTo'])).toEqual({ id: '1', owner: body.owner, alerts: body.alerts });
});

test('a path goes through objects and lists', () => {
  expect(withoutPaths(body, ['alerts.evidence.userAccount', 'owner.phone'])).toEqual({
    id: '1',
    assignedTo: 'adele@contoso.example',
    owner: { name: 'Adele' },
    alerts: [
      { id: 'a', evidence: [{ device: 'd' }, { device: 'e' }, null, 'text'] },
      { id: 'b', evidence: { ip: '10.0.0.1' } },
      { id: 'c', evidence: null },
    ],
  });
});

test('a whole branch may be withheld', () => {
  expect(withoutPaths(body, ['alerts.evidence'])).toMatchObject({ alerts: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] });
  expect(JSON.stringify(withoutPaths(body, ['alerts.evidence']))).not.toContain('userAccount');
});

test('a path that leads nowhere changes nothing', () => {
  for (const path of ['nothing', 'owner.nothing', 'assignedTo.deeper', 'alerts.evidence.userAccount.deeper', ''])
    expect(withoutPaths(body, [path])).toEqual(body);
});

test('names of Object’s own are fields like others', () => {
  const odd = JSON.parse('{"constructor": 1, "toString": {"a": 1}, "id": "1"}') as JsonObject;
  expect(withoutPaths(odd, ['constructor', 'toString.a', 'hasOwnProperty'])).toEqual({ id: '1', toString: {} });
});

test('the body given stays as it was', () => {
  const before = structuredClone(body);
  withoutPaths(body, ['alerts.evidence', 'assignedTo']);
  expect(body).toEqual(before);
});
