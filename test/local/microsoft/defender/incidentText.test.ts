import type { CloudState } from '../../../../local/microsoft/state';
import type { DefenderIncident, ListBody } from '../testCloud';
import { createTestCloud, defenderPage, firstTenant, listPage } from '../testCloud';

type GraphIncident = ListBody['value'][number];

const prefer = { prefer: 'include-unknown-enum-members' };
/** Written out here, so that the cloud's own table is not what it is checked with. */
const graphDetermination: Record<string, string> = {
  notavailable: 'unknown',
  compromiseduser: 'compromisedaccount',
  clean: 'notmalicious',
  noenoughdatatovalidate: 'notenoughdatatovalidate',
  insufficientdata: 'notenoughdatatovalidate',
  confirmeduseractivity: 'confirmedactivity',
};
const lower = (value: unknown): string => (value as string).toLowerCase();
const orUnset = (value: unknown): unknown => (value === undefined || value === '' ? null : value);

const plainOfGraph = (incident: GraphIncident) => ({
  id: incident.id,
  redirect: incident.redirectIncidentId,
  title: incident.displayName,
  created: incident.createdDateTime,
  updated: incident.lastUpdateDateTime,
  owner: orUnset(incident.assignedTo),
  status: lower(incident.status),
  severity: lower(incident.severity),
  classification: lower(incident.classification),
  determination: lower(incident.determination),
  tags: incident.customTags,
  comments: (incident.comments as Record<string, string>[]).map((each) => [
    each.comment,
    each.createdByDisplayName,
    each.createdDateTime,
  ]),
  alerts: incident.alerts!.map((alert) => [
    ...[alert.id, alert.incidentId, alert.title, alert.category, alert.createdDateTime, alert.lastUpdateDateTime],
    ...[alert.resolvedDateTime, alert.firstActivityDateTime, alert.lastActivityDateTime, alert.assignedTo],
    lower(alert.status),
  ]),
});

const plainOfDefender = (incident: DefenderIncident) => ({
  id: String(incident.incidentId),
  redirect: incident.redirectIncidentId === null ? null : String(incident.redirectIncidentId),
  title: incident.incidentName,
  created: incident.createdTime,
  updated: incident.lastUpdateTime,
  owner: orUnset(incident.assignedTo),
  status: lower(incident.status),
  severity: lower(incident.severity).replace('unspecified', 'unknown'),
  classification: lower(incident.classification),
  determination: graphDetermination[lower(incident.determination)] ?? lower(incident.determination),
  tags: incident.tags,
  comments: incident.comments.map(({ comment, createdBy, createdTime }) => [comment, createdBy, createdTime]),
  alerts: incident.alerts.map((alert) => [
    ...[alert.alertId, String(alert.incidentId), alert.title, alert.category, alert.creationTime],
    ...[alert.lastUpdatedTime, alert.resolvedTime, alert.firstActivity, alert.lastActivity, alert.assignedTo],
    lower(alert.status),
  ]),
});

const changeMuch = (state: CloudState): void => {
  const { tenantId } = firstTenant(state);
  const ids = Array.from({ length: 3 }, () => state.world.apply({ kind: 'create', tenantId }).incidentId);
  const [first = '', second = '', third = ''] = ids;
  state.world.apply({
    ...{ kind: 'update', tenantId, incidentId: first, status: 'inProgress', severity: 'critical' },
    ...{
      customTags: ['vip', 'nach Prüfung'],
      comment: 'seen',
      author: 'Kim',
      addAlerts: 2,
      assignedTo: 'kim@c.example',
    },
  });
  state.world.apply({ kind: 'redirect', tenantId, incidentId: second, into: third });
};

describe('the two APIs', () => {
  test('show every incident of a tenant as the same one', async () => {
    const state = await createTestCloud({ incidentsPerTenant: 400 });
    changeMuch(state);
    const graph = Array.from({ length: 9 }, (_, page) =>
      listPage(state, { $skip: String(page * 50), $expand: 'alerts' }, prefer),
    ).flatMap(({ value }) => value.map(plainOfGraph));
    const defender = Array.from({ length: 5 }, (_, page) => defenderPage(state, { $skip: String(page * 100) }))
      .flat()
      .map(plainOfDefender);
    expect(graph).toHaveLength(403);
    expect(defender).toEqual(graph);
    const statuses = new Set(defender.map(({ status }) => status));
    expect([...statuses].sort()).toEqual(['active', 'awaitingaction', 'inprogress', 'redirected', 'resolved']);
    expect(defender.some(({ redirect }) => redirect !== null)).toBe(true);
    expect(defender.some(({ comments }) => comments.length > 0)).toBe(true);
  });
});

describe('the Defender API', () => {
  test('has the fields its documentation lists, in its casing', async () => {
    const state = await createTestCloud({ incidentsPerTenant: 400 });
    const rows = Array.from({ length: 4 }, (_, page) => defenderPage(state, { $skip: String(page * 100) })).flat();
    const alerts = rows.flatMap((row) => row.alerts);
    const keysOf = (items: object[]): string[] => [...new Set(items.flatMap((item) => Object.keys(item)))].sort();
    expect(keysOf(rows)).toEqual(
      [
        ...['alerts', 'assignedTo', 'classification', 'comments', 'createdTime', 'determination', 'incidentId'],
        ...['incidentName', 'lastUpdateTime', 'redirectIncidentId', 'severity', 'status', 'tags'],
      ].sort(),
    );
    expect(keysOf(alerts)).toEqual(
      [
        ...['actorName', 'alertId', 'assignedTo', 'category', 'classification', 'creationTime', 'description'],
        ...['detectionSource', 'detectorId', 'determination', 'devices', 'entities', 'firstActivity', 'incidentId'],
        ...['investigationId', 'investigationState', 'lastActivity', 'lastUpdatedTime', 'mitreTechniques'],
        ...['resolvedTime', 'serviceSource', 'severity', 'status', 'threatFamilyName', 'title'],
      ].sort(),
    );
    for (const { status, severity, classification, determination } of rows)
      for (const member of [status, severity, classification, determination]) expect(member).toMatch(/^[A-Z]/);
    expect(new Set(rows.map(({ determination }) => determination))).toContain('NotAvailable');
    expect(new Set(alerts.map(({ classification }) => classification))).toContain(null);
    expect(new Set(alerts.map(({ serviceSource }) => serviceSource))).toContain('MicrosoftDefenderATP');
  });

  test('entities are flat, all with the same keys, most of them null; a device is named once an alert', async () => {
    const state = await createTestCloud({ incidentsPerTenant: 400 });
    const rows = Array.from({ length: 4 }, (_, page) => defenderPage(state, { $skip: String(page * 100) })).flat();
    const alerts = rows.flatMap((row) => row.alerts);
    const entities = alerts.flatMap((alert) => alert.entities);
    const keys = new Set(entities.map((entity) => Object.keys(entity).join()));
    expect(keys.size).toBe(1);
    expect(Object.keys(entities[0]!)).toHaveLength(31);
    for (const entity of entities) {
      const set = Object.values(entity).filter((value) => value !== null);
      expect(set.length).toBeLessThanOrEqual(16);
      expect(set.every((value) => typeof value !== 'object')).toBe(true);
    }
    const types = new Set(entities.map(({ entityType }) => entityType));
    for (const type of ['User', 'Ip', 'Url', 'File', 'Process', 'MailBox', 'MailMessage', 'MailCluster', 'Registry'])
      expect(types).toContain(type);
    const ids = alerts.map(({ devices }) => devices.map(({ mdatpDeviceId }) => mdatpDeviceId));
    expect(ids.flat().length).toBeGreaterThan(0);
    for (const each of ids) expect(new Set(each).size).toBe(each.length);
  });

  test('a cloud without evidence shows the same alerts without devices and entities', async () => {
    const brief = await createTestCloud({ withoutEvidence: true });
    const full = await createTestCloud();
    const [small, large] = [brief, full].map((each) => defenderPage(each, {}).flatMap((row) => row.alerts));
    expect(small!.map(({ alertId }) => alertId)).toEqual(large!.map(({ alertId }) => alertId));
    expect(small!.every(({ devices, entities }) => devices.length + entities.length === 0)).toBe(true);
  });
});
