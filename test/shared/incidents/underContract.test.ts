import type { IncidentHeader } from '../../../shared/model/incident';
import { underContract } from '../../../shared/incidents/underContract';

const header: IncidentHeader = {
  incidentId: '1',
  displayName: 'A title',
  status: 'active',
  severity: 'high',
  classification: 'unknown',
  determination: 'unknown',
  assignedTo: 'someone@contoso.example',
  createdDateTime: '2026-11-20T08:00:00Z',
  lastUpdateDateTime: '2026-11-20T09:00:00Z',
  redirectIncidentId: '2',
  incidentWebUrl: 'https://security.microsoft.com/incident2/1',
  alertsCount: 3,
};
const body = { id: '1', displayName: 'A title', alerts: [{ title: 'x' }] };

test('a field withheld today is in neither columns nor body of what was stored before', () => {
  const shown = underContract({ header, body }, ['displayName', 'assignedTo', 'alerts']);
  expect(shown).toEqual({
    header: { ...header, displayName: null, assignedTo: null, alertsCount: 0 },
    body: { id: '1' },
  });
});

test('each column can be withheld but what an incident is known by', () => {
  const { header: left } = underContract({ header, body }, [...Object.keys(header), 'alerts']);
  const known = Object.entries(left).filter(([, value]) => value !== null && value !== 0);
  expect(Object.fromEntries(known)).toEqual({ incidentId: '1', lastUpdateDateTime: '2026-11-20T09:00:00Z' });
});
