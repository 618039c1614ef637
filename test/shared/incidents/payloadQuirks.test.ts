import { fromDefenderIncident } from '../../../shared/incidents/defender/fromDefenderIncident';
import { fromGraphIncident } from '../../../shared/incidents/graph/fromGraphIncident';
import type { Json, JsonObject } from '../../../shared/model/incident';
import type { Time7 } from '../../../shared/model/time7';
import { tenantId } from './givenAnswers';

const asOf = '2026-11-20T08:00:00.0000000Z' as Time7;
const times = { createdDateTime: '2026-11-20T06:00:00Z', lastUpdateDateTime: '2026-11-20T07:00:00Z' };
const graph = (more: JsonObject) =>
  fromGraphIncident({ id: '1', ...times, ...more }, { never: [], expanded: true, asOf });
const defender = (more: JsonObject) =>
  fromDefenderIncident(
    { incidentId: 1, createdTime: times.createdDateTime, lastUpdateTime: times.lastUpdateDateTime, ...more },
    { tenantId, portal: 'https://portal.example', never: [], complete: true, asOf },
  );
const alertsOf = ({ body }: { readonly body: JsonObject }) => body.alerts as readonly JsonObject[];
const evidenceOf = (incident: { readonly body: JsonObject }) =>
  alertsOf(incident)[0]!.evidence as readonly JsonObject[];
const both = [
  ['graph', graph],
  ['defender', defender],
] as const;

test('1: ids are numbers in one API and text in the other, titles have two names; both become Graph’s', () => {
  const shown = { id: '2972395', displayName: 'Ransomware' };
  const legacy = { incidentId: 2972395, incidentName: 'Ransomware', alerts: [{ alertId: 'a', incidentId: 2972395 }] };
  for (const { header, body } of [graph(shown), defender(legacy)]) {
    expect(header).toMatchObject({ incidentId: '2972395', displayName: 'Ransomware' });
    expect(body).toMatchObject(shown);
  }
  expect(alertsOf(defender(legacy))[0]!.incidentId).toBe('2972395');
  expect(defender({ incidentId: '17' }).header.incidentId).toBe('17');
});

test.each([408, '408'])('2: a merged incident without alerts may point at a higher number (%j)', (target) => {
  const dead = { alerts: [], redirectIncidentId: target };
  expect(graph({ ...dead, status: 'redirected' }).header).toMatchObject({ redirectIncidentId: '408', alertsCount: 0 });
  expect(defender({ ...dead, status: 'Redirected' })).toMatchObject({
    header: { status: 'redirected', redirectIncidentId: '408', alertsCount: 0 },
    body: { redirectIncidentId: '408' },
  });
});

test('3: 150 alerts, and 47 entities in one, are all there', () => {
  const entities = Array.from({ length: 47 }, (_, at) => ({ entityType: 'Ip', ipAddress: `192.0.2.${at}` }));
  const alerts = Array.from({ length: 150 }, (_, at) => ({ alertId: `a${at}`, entities }));
  const incident = defender({ alerts });
  expect(incident.header.alertsCount).toBe(150);
  expect(alertsOf(incident).map(({ id }) => id)).toEqual(alerts.map(({ alertId }) => alertId));
  expect(evidenceOf(incident)).toHaveLength(47);
});

test.each(both)(
  '4: times of none to seven fraction digits, and with offsets, are one form and kept as sent (%s)',
  (_, of) => {
    const name = of === graph ? 'lastUpdateDateTime' : 'lastUpdateTime';
    for (const [sent, version] of [
      ['2026-11-20T07:00:00Z', '2026-11-20T07:00:00.0000000Z'],
      ['2026-11-20T07:00:00.5Z', '2026-11-20T07:00:00.5000000Z'],
      ['2026-11-20T07:00:00.123Z', '2026-11-20T07:00:00.1230000Z'],
      ['2026-11-20T07:00:00.1234567Z', '2026-11-20T07:00:00.1234567Z'],
      ['2026-11-20T07:00:00.123456789Z', '2026-11-20T07:00:00.1234567Z'],
      ['2026-11-20T08:30:00.5+01:30', '2026-11-20T07:00:00.5000000Z'],
    ] as const)
      expect(of({ [name]: sent })).toMatchObject({ version, header: { lastUpdateDateTime: sent } });
  },
);

test('5: a malformed time is dropped and the incident kept; in an alert it stays as sent', () => {
  const malformed = '2025-07-03T12:16:01+053088Z';
  expect(graph({ createdDateTime: malformed })).toMatchObject({
    header: { incidentId: '1', createdDateTime: null },
    body: { createdDateTime: malformed },
  });
  const incident = defender({ createdTime: malformed, alerts: [{ alertId: 'a', firstActivity: malformed }] });
  expect(incident.header.createdDateTime).toBeNull();
  expect(alertsOf(incident)[0]!.firstActivityDateTime).toBe(malformed);
});

test('6: the casing of enums differs by API and page; Defender’s become Graph’s, and no member is refused', () => {
  const spellings = [
    { status: 'InProgress', severity: 'High', classification: 'TruePositive', determination: 'MultiStagedAttack' },
    { status: 'inProgress', severity: 'high', classification: 'truePositive', determination: 'multiStagedAttack' },
    { status: 'Inprogress', severity: 'HIGH', classification: 'Truepositive', determination: 'MultiStagedAttack' },
  ];
  for (const spelling of spellings)
    expect(defender(spelling).header).toMatchObject({
      status: 'inProgress',
      severity: 'high',
      classification: 'truePositive',
      determination: 'multiStagedAttack',
    });
  const entities = [{ entityType: 'MailBox' }, { entityType: 'Mailbox' }];
  for (const evidence of evidenceOf(defender({ alerts: [{ entities }] })))
    expect(evidence['@odata.type']).toBe('#microsoft.graph.security.mailboxEvidence');
  expect(graph({ status: 'Active', severity: 'Catastrophic' }).header).toMatchObject({
    status: 'Active',
    severity: 'Catastrophic',
  });
  expect(defender({ status: 'AwaitingSomething' }).header.status).toBe('awaitingSomething');
});

test.each([
  ['MicrosoftDefenderATP', 'microsoftDefenderForEndpoint'],
  ['MicrosoftDefenderForEndpoint', 'microsoftDefenderForEndpoint'],
  ['OfficeATP', 'microsoftDefenderForOffice365'],
  ['MicrosoftDefenderForOffice365', 'microsoftDefenderForOffice365'],
  ['MicrosoftCloudAppSecurity', 'microsoftDefenderForCloudApps'],
  ['MicrosoftApplicationProtection', 'microsoftApplicationProtection'],
  ['AppGPolicy', 'appGPolicy'],
])('7: the source %s is %s, listed or not', (sent, serviceSource) => {
  expect(alertsOf(defender({ alerts: [{ serviceSource: sent, severity: 'UnSpecified' }] }))[0]).toMatchObject({
    serviceSource,
    severity: 'unknown',
  });
});

test('8: "none" in any spelling costs nothing, and the verdicts of incident and alert need not agree', () => {
  const named = ['redirectIncidentId', 'assignedTo', 'classification', 'comments', 'alerts'];
  for (const none of [null, undefined, '', 'None', 'null'])
    for (const [, of] of both) {
      const given = none === undefined ? [] : named.slice(0, none === null ? 5 : 3).map((name) => [name, none]);
      const { header } = of(Object.fromEntries(given) as JsonObject);
      expect(header).toMatchObject({ incidentId: '1', redirectIncidentId: null, alertsCount: 0 });
    }
  const incident = defender({
    classification: 'Unknown',
    alerts: [{ classification: null }, { classification: 'TruePositive' }],
  });
  expect(incident.header.classification).toBe('unknown');
  expect(alertsOf(incident).map(({ classification }) => classification)).toEqual([null, 'truePositive']);
});

test('9: an entity with all its keys, mostly null, and one with what applies are the same evidence', () => {
  const file = { entityType: 'File', sha1: 'abc', fileName: 'x.exe', deviceId: 'd' };
  const keys = ['sha256', 'filePath', 'processId', 'ipAddress', 'url', 'accountName', 'mailboxAddress', 'registryKey'];
  const full = { ...Object.fromEntries(keys.map((key) => [key, null])), ...file };
  const evidence = {
    '@odata.type': '#microsoft.graph.security.fileEvidence',
    mdeDeviceId: 'd',
    fileDetails: { sha1: 'abc', fileName: 'x.exe' },
  };
  expect(evidenceOf(defender({ alerts: [{ entities: [full, file] }] }))).toEqual([evidence, evidence]);
});

test.each<[string, Json | undefined, number]>([
  ['missing', undefined, 0],
  ['null', null, 0],
  ['empty', [], 0],
  ['a single object', { alertId: 'a', id: 'a' }, 1],
])('10: alerts, evidence, entities, comments and tags that are %s become lists', (_, value, count) => {
  const given = (names: readonly string[]): JsonObject =>
    Object.fromEntries(names.flatMap((name) => (value === undefined ? [] : [[name, value]])));
  for (const [, of] of both) {
    expect(of(given(['alerts'])).body.alerts).toHaveLength(count);
    expect(of({ ...given(['comments', 'customTags', 'tags']), alerts: [given(['evidence'])] }).body).toMatchObject(
      count === 0 ? {} : { comments: [{}], customTags: [{}], alerts: [{ evidence: [{}] }] },
    );
  }
  expect(evidenceOf(defender({ alerts: [given(['entities', 'devices'])] }))).toHaveLength(2 * count);
});

test('11: types unknown, missing or misspelt pass through', () => {
  const evidence = [
    { '@odata.type': '#microsoft.graph.security.somethingNew', x: 1 },
    { ipAddress: '192.0.2.1' },
    { at_sign_odata_type: '#microsoft.graph.security.ipEvidence' },
  ];
  const incident = { '@odata.type': '#microsoft.graph.incident', alerts: [{ evidence }] };
  for (const [, of] of both) {
    expect(of(incident).body['@odata.type']).toBe('#microsoft.graph.incident');
    expect(evidenceOf(of(incident))).toEqual(evidence);
  }
});

test.each<[Json, Json, Json]>([
  [22631, 9, 11161],
  [null, null, null],
  [6, '9', '11161'],
  ['10.0.22631', 9, 'a-guid'],
])('12: builds, groups and applications come as numbers, text or null (%j, %j, %j)', (osBuild, rbacGroupId, appId) => {
  const devices = [{ mdatpDeviceId: 'd', osBuild, rbacGroupId }];
  const shown = evidenceOf(defender({ alerts: [{ devices, entities: [{ entityType: 'CloudApplication', appId }] }] }));
  expect(shown[0]!.osBuild ?? null).toBe(osBuild);
  expect(shown[0]!.rbacGroupId ?? null).toBe(rbacGroupId);
  expect(shown[1]!.appId ?? null).toBe(appId);
  expect(evidenceOf(graph({ alerts: [{ evidence: [{ osBuild, appId }] }] }))).toEqual([{ osBuild, appId }]);
});

test.each([
  'removed after delivery\u200b',
  '\ufeffSubject;1',
  'Caf\ufffd',
  ' leading',
  'a\n\tb',
  '📬 請求書',
  '\u202eabc',
])('13: %j arrives as it is', (text) => {
  const alert = { title: text, description: text };
  expect(graph({ displayName: text, alerts: [alert] })).toMatchObject({
    header: { displayName: text },
    body: { displayName: text, alerts: [alert] },
  });
  expect(defender({ incidentName: text, tags: [text], alerts: [alert] })).toMatchObject({
    header: { displayName: text },
    body: { displayName: text, customTags: [text], alerts: [alert] },
  });
});

test('14: negative numbers and words nobody listed pass through', () => {
  const odd = { errorHResult: -2147024891, status: 'TimeOut' };
  expect(graph({ lastAction: odd }).body.lastAction).toEqual(odd);
  expect(defender({ lastAction: odd }).body.lastAction).toEqual(odd);
});

test('15: tags, customTags and systemTags occur alone or together; comments have two spellings of who and when', () => {
  expect(defender({ tags: ['a'] }).body.customTags).toEqual(['a']);
  expect(defender({ customTags: ['b'], systemTags: ['s'] }).body).toMatchObject({
    customTags: ['b'],
    systemTags: ['s'],
  });
  expect(defender({ tags: ['a', 'b'], customTags: ['b', 'c'] }).body.customTags).toEqual(['a', 'b', 'c']);
  expect(defender({}).body.customTags).toEqual([]);
  const graphs = { comment: 'c', createdByDisplayName: 'Ana', createdDateTime: '2026-11-20T06:30:00Z' };
  for (const comment of [
    { comment: 'c', createdBy: 'Ana', createdTime: '2026-11-20T06:30:00Z' },
    { comment: 'c', createdBy: 'Ana', createTime: '2026-11-20T06:30:00Z' },
    graphs,
  ])
    expect(defender({ comments: [comment], alerts: [{ comments: [comment] }] }).body).toMatchObject({
      comments: [graphs],
      alerts: [{ comments: [graphs] }],
    });
});
