import { ContractError } from '../../../../shared/errors';
import { fromDefenderIncident } from '../../../../shared/incidents/defender/fromDefenderIncident';
import type { Json, JsonObject } from '../../../../shared/model/incident';
import type { Time7 } from '../../../../shared/model/time7';
import { tenantId } from '../givenAnswers';

const asOf = '2026-11-20T08:00:00.0000000Z' as Time7;
const convert = (raw: Json, never: readonly string[] = [], complete = true) =>
  fromDefenderIncident(raw, { tenantId, portal: 'https://security.microsoft.com', never, complete, asOf });

const device: JsonObject = {
  mdatpDeviceId: '24c222b0b60fe148eeece49ac83910cc6a7ef491',
  aadDeviceId: null,
  deviceDnsName: 'pc1.fabrikam.example',
  osPlatform: 'Windows11',
  version: '23H2',
  osProcessor: 'x64',
  osBuild: 22631,
  healthStatus: 'Active',
  riskScore: 'High',
  rbacGroupName: 'Ring0',
  rbacGroupId: 9,
  firstSeen: '2025-02-06T14:16:01.9330135Z',
  tags: [],
  defenderAvStatus: 'Updated',
  onboardingStatus: 'Onboarded',
  vmMetadata: null,
};
const alert: JsonObject = {
  alertId: 'da638675000000000000_-1122334455',
  incidentId: 4711,
  serviceSource: 'MicrosoftDefenderForEndpoint',
  creationTime: '2026-11-19T08:12:03.3285366Z',
  lastUpdatedTime: '2026-11-19T08:12:04.2566667Z',
  resolvedTime: null,
  firstActivity: '2026-11-19T08:10:07.7272048Z',
  lastActivity: '2026-11-19T08:10:08.7272048Z',
  title: 'Credential theft tool',
  description: 'x',
  category: 'CredentialAccess',
  status: 'New',
  severity: 'High',
  investigationId: 17,
  investigationState: 'PendingApproval',
  classification: null,
  determination: null,
  detectionSource: 'WindowsDefenderAv',
  detectorId: '0f0e0d0c-0000-0000-0000-000000000001',
  assignedTo: null,
  actorName: 'Storm-0539',
  threatFamilyName: 'Mimikatz',
  mitreTechniques: ['T1003'],
  devices: [device],
  entities: [],
};
const raw: JsonObject = {
  incidentId: 4711,
  redirectIncidentId: null,
  incidentName: 'Credential theft tool on one endpoint',
  createdTime: '2026-11-19T08:12:03.6266667Z',
  lastUpdateTime: '2026-11-19T08:14:10.81Z',
  assignedTo: null,
  classification: 'Unknown',
  determination: 'NotAvailable',
  status: 'Active',
  severity: 'High',
  tags: ['vip'],
  comments: [{ comment: 'looking', createdBy: 'ana@fabrikam.example', createdTime: '2026-11-19T08:13:00.8404534Z' }],
  alerts: [alert],
};
const webUrl = `https://security.microsoft.com/incident2/4711/overview?tid=${tenantId}`;

test('an incident of the Defender API becomes what Graph would show', () => {
  expect(convert(raw)).toEqual({
    backend: 'defender',
    header: {
      incidentId: '4711',
      displayName: 'Credential theft tool on one endpoint',
      status: 'active',
      severity: 'high',
      classification: 'unknown',
      determination: 'unknown',
      assignedTo: null,
      createdDateTime: '2026-11-19T08:12:03.6266667Z',
      lastUpdateDateTime: '2026-11-19T08:14:10.81Z',
      redirectIncidentId: null,
      incidentWebUrl: webUrl,
      alertsCount: 1,
    },
    version: '2026-11-19T08:14:10.8100000Z',
    body: {
      id: '4711',
      tenantId,
      incidentWebUrl: webUrl,
      redirectIncidentId: null,
      displayName: 'Credential theft tool on one endpoint',
      createdDateTime: '2026-11-19T08:12:03.6266667Z',
      lastUpdateDateTime: '2026-11-19T08:14:10.81Z',
      assignedTo: null,
      classification: 'unknown',
      determination: 'unknown',
      status: 'active',
      severity: 'high',
      customTags: ['vip'],
      comments: [
        {
          comment: 'looking',
          createdByDisplayName: 'ana@fabrikam.example',
          createdDateTime: '2026-11-19T08:13:00.8404534Z',
        },
      ],
      alerts: [
        {
          id: 'da638675000000000000_-1122334455',
          providerAlertId: 'da638675000000000000_-1122334455',
          incidentId: '4711',
          serviceSource: 'microsoftDefenderForEndpoint',
          createdDateTime: '2026-11-19T08:12:03.3285366Z',
          lastUpdateDateTime: '2026-11-19T08:12:04.2566667Z',
          resolvedDateTime: null,
          firstActivityDateTime: '2026-11-19T08:10:07.7272048Z',
          lastActivityDateTime: '2026-11-19T08:10:08.7272048Z',
          title: 'Credential theft tool',
          description: 'x',
          category: 'CredentialAccess',
          status: 'new',
          severity: 'high',
          investigationId: 17,
          investigationState: 'pendingApproval',
          classification: null,
          determination: null,
          detectionSource: 'antivirus',
          detectorId: '0f0e0d0c-0000-0000-0000-000000000001',
          assignedTo: null,
          actorDisplayName: 'Storm-0539',
          threatFamilyName: 'Mimikatz',
          mitreTechniques: ['T1003'],
          evidence: [
            {
              '@odata.type': '#microsoft.graph.security.deviceEvidence',
              mdeDeviceId: '24c222b0b60fe148eeece49ac83910cc6a7ef491',
              deviceDnsName: 'pc1.fabrikam.example',
              osPlatform: 'Windows11',
              version: '23H2',
              osProcessor: 'x64',
              osBuild: 22631,
              healthStatus: 'active',
              riskScore: 'high',
              rbacGroupName: 'Ring0',
              rbacGroupId: 9,
              firstSeenDateTime: '2025-02-06T14:16:01.9330135Z',
              tags: [],
              defenderAvStatus: 'updated',
              onboardingStatus: 'onboarded',
            },
          ],
        },
      ],
    },
    complete: true,
    asOf,
  });
});

describe('enum members', () => {
  test.each([
    ['NotAvailable', 'unknown'],
    ['CompromisedAccount', 'compromisedAccount'],
    ['CompromisedUser', 'compromisedAccount'],
    ['Clean', 'notMalicious'],
    ['NotMalicious', 'notMalicious'],
    ['NoEnoughDataToValidate', 'notEnoughDataToValidate'],
    ['InsufficientData', 'notEnoughDataToValidate'],
    ['ConfirmedActivity', 'confirmedActivity'],
    ['ConfirmedUserActivity', 'confirmedActivity'],
    ['LineOfBusinessApplication', 'lineOfBusinessApplication'],
    ['Apt', 'apt'],
    ['SomethingNew', 'somethingNew'],
  ])('the determination %s is %s', (sent, determination) => {
    expect(convert({ ...raw, determination: sent }).header.determination).toBe(determination);
  });

  test.each([
    ['status', 'Redirected', 'redirected'],
    ['status', 'AwaitingAction', 'awaitingAction'],
    ['severity', 'UnSpecified', 'unknown'],
    ['severity', 'Informational', 'informational'],
    ['classification', 'InformationalExpectedActivity', 'informationalExpectedActivity'],
    ['classification', 'Informational, expected activity', 'informationalExpectedActivity'],
    ['classification', 'FalsePositive', 'falsePositive'],
  ])('the %s %s is %s', (field, sent, member) => {
    const { header, body } = convert({ ...raw, [field]: sent });
    expect(header).toMatchObject({ [field]: member });
    expect(body[field]).toBe(member);
  });

  test.each([
    ['status', 'Active', 'inProgress'],
    ['status', 'InProgress', 'inProgress'],
    ['status', 'Resolved', 'resolved'],
    ['detectionSource', 'WindowsDefenderAtp', 'microsoftDefenderForEndpoint'],
    ['detectionSource', 'AutomatedInvestigation', 'automatedInvestigation'],
    ['detectionSource', 'DefenderForDatabases', 'defenderForDatabases'],
    ['serviceSource', 'MicrosoftDefenderForCloud', 'microsoftDefenderForCloud'],
    ['investigationState', 'UnsupportedAlertType', 'unsupportedAlertType'],
  ])('an alert’s %s %s is %s', (field, sent, member) => {
    expect(convert({ ...raw, alerts: [{ ...alert, [field]: sent }] }).body.alerts).toMatchObject([{ [field]: member }]);
  });
});

describe('entities', () => {
  const evidenceOf = (entity: Json, never: readonly string[] = []): JsonObject => {
    const { body } = convert({ ...raw, alerts: [{ alertId: 'a', entities: [entity] }] }, never);
    return ((body.alerts as readonly JsonObject[])[0]!.evidence as readonly JsonObject[])[0]!;
  };
  const type = (name: string) => ({ '@odata.type': `#microsoft.graph.security.${name}` });
  const account = {
    accountName: 'ana',
    domainName: 'FABRIKAM',
    userSid: 'S-1-5-21-1',
    aadUserId: 'oid',
    userPrincipalName: 'ana@fabrikam.example',
  };
  const userAccount = {
    accountName: 'ana',
    domainName: 'FABRIKAM',
    userSid: 'S-1-5-21-1',
    azureAdUserId: 'oid',
    userPrincipalName: 'ana@fabrikam.example',
  };

  test.each<[string, JsonObject, JsonObject]>([
    ['User', account, { ...type('userEvidence'), userAccount }],
    ['Ip', { ipAddress: '192.0.2.1' }, { ...type('ipEvidence'), ipAddress: '192.0.2.1' }],
    ['Url', { url: 'https://x.example' }, { ...type('urlEvidence'), url: 'https://x.example' }],
    [
      'File',
      { sha1: 'a', sha256: 'b', fileName: 'x.exe', filePath: 'C:\\', deviceId: 'd', detectionStatus: 'Detected' },
      {
        ...type('fileEvidence'),
        fileDetails: { sha1: 'a', sha256: 'b', fileName: 'x.exe', filePath: 'C:\\' },
        mdeDeviceId: 'd',
        detectionStatus: 'detected',
      },
    ],
    [
      'Process',
      {
        sha1: 'a',
        fileName: 'x.exe',
        processId: 4,
        processCommandLine: 'x',
        processCreationTime: '2026-11-19T08:00:00Z',
        parentProcessId: 1,
        parentProcessCreationTime: '2026-11-19T07:00:00Z',
        parentProcessFileName: 'explorer.exe',
        accountName: 'ana',
      },
      {
        ...type('processEvidence'),
        processId: 4,
        processCommandLine: 'x',
        processCreationDateTime: '2026-11-19T08:00:00Z',
        parentProcessId: 1,
        parentProcessCreationDateTime: '2026-11-19T07:00:00Z',
        imageFile: { sha1: 'a', fileName: 'x.exe' },
        parentProcessImageFile: { fileName: 'explorer.exe' },
        userAccount: { accountName: 'ana' },
      },
    ],
    [
      'MailBox',
      { mailboxDisplayName: 'Ana', mailboxAddress: 'ana@fabrikam.example', userPrincipalName: 'ana@fabrikam.example' },
      {
        ...type('mailboxEvidence'),
        displayName: 'Ana',
        primaryAddress: 'ana@fabrikam.example',
        upn: 'ana@fabrikam.example',
      },
    ],
    [
      'MailMessage',
      { sender: 's@x.example', recipient: 'ana@fabrikam.example', subject: 'Hi', deliveryAction: 'Delivered' },
      {
        ...type('analyzedMessageEvidence'),
        p2Sender: { emailAddress: 's@x.example' },
        recipientEmailAddress: 'ana@fabrikam.example',
        subject: 'Hi',
        deliveryAction: 'Delivered',
      },
    ],
    ['MailCluster', { clusterBy: 'Subject' }, { ...type('mailClusterEvidence'), clusterBy: 'Subject' }],
    [
      'Registry',
      { registryHive: 'HKLM', registryKey: 'SOFTWARE' },
      { ...type('registryKeyEvidence'), registryHive: 'HKLM', registryKey: 'SOFTWARE' },
    ],
    [
      'Registry',
      { registryHive: 'HKLM', registryKey: 'SOFTWARE', registryValue: 'x', registryValueType: 'String' },
      {
        ...type('registryValueEvidence'),
        registryHive: 'HKLM',
        registryKey: 'SOFTWARE',
        registryValue: 'x',
        registryValueType: 'String',
      },
    ],
    [
      'SecurityGroup',
      { securityGroupId: 'g', securityGroupName: 'Finance' },
      { ...type('securityGroupEvidence'), securityGroupId: 'g', displayName: 'Finance' },
    ],
  ])('%s becomes evidence of its type', (entityType, fields, evidence) => {
    const nulls = { sha256: null, ipAddress: null, url: null, subject: null, registryValue: null, aadUserId: null };
    expect(evidenceOf({ entityType, ...nulls, ...fields })).toEqual(evidence);
  });

  test('of an unknown type keep their type and all that is not null', () => {
    expect(evidenceOf({ entityType: 'AiAgent', agentId: 'x', score: 0, seen: false, url: null, tags: [] })).toEqual({
      ...type('alertEvidence'),
      entityType: 'AiAgent',
      agentId: 'x',
      score: 0,
      seen: false,
      tags: [],
    });
    expect(evidenceOf({ fileName: 'x', constructor: 1 })).toEqual({
      ...type('alertEvidence'),
      fileDetails: { fileName: 'x' },
      constructor: 1,
    });
    expect(evidenceOf({ entityType: 'toString', a: 1 })).toEqual({
      ...type('alertEvidence'),
      entityType: 'toString',
      a: 1,
    });
  });

  test('keep what newer payloads add, in Graph’s spelling', () => {
    const evidence = evidenceOf({
      entityType: 'Ip',
      ipAddress: '192.0.2.1',
      verdict: 'Suspicious',
      remediationStatus: 'NotFound',
      evidenceCreationTime: '2026-11-19T08:00:00Z',
      country: 'NL',
    });
    expect(evidence).toMatchObject({
      verdict: 'suspicious',
      remediationStatus: 'notFound',
      createdDateTime: '2026-11-19T08:00:00Z',
      country: 'NL',
    });
  });

  test('that are no objects stay, and nulls go', () => {
    const { body } = convert({
      ...raw,
      alerts: [{ alertId: 'a', entities: ['text', null, 7], devices: [null] }, 'x', null],
    });
    expect(body.alerts).toMatchObject([{ evidence: ['text', 7] }, 'x', null]);
  });

  test.each(['User', 'Process', 'AiAgent', 'MailMessage'])(
    'of the type %s have their account withheld by Graph’s path for it',
    (entityType) => {
      const kept = evidenceOf({ entityType, ...account, ipAddress: '192.0.2.1' }, ['alerts.evidence.userAccount']);
      expect(JSON.stringify(kept)).not.toMatch(/"ana"|ana@|S-1-5|oid|FABRIKAM/);
      expect(kept.ipAddress).toBe('192.0.2.1');
    },
  );
});

test('a contract is written in Graph’s names and holds for what stood under others', () => {
  const never = ['displayName', 'comments.createdByDisplayName', 'customTags', 'alerts.evidence', 'incidentWebUrl'];
  const { header, body } = convert(raw, never);
  expect(header).toMatchObject({ displayName: null, incidentWebUrl: null, alertsCount: 1 });
  const said = JSON.stringify(body);
  for (const withheld of [
    'Credential theft tool on one endpoint',
    'ana@fabrikam.example',
    'vip',
    'pc1.fabrikam.example',
  ])
    expect(said).not.toContain(withheld);
});

test('fields nobody knows keep their own names, in incident and alert', () => {
  const odd = convert({
    ...raw,
    incidentUri: 'https://x',
    detectionSource: 'MCAS',
    alerts: [{ ...alert, newField: [1] }],
  });
  expect(odd.body).toMatchObject({ incidentUri: 'https://x', detectionSource: 'MCAS', alerts: [{ newField: [1] }] });
});

test('a field that is there under Graph’s name too counts only where Defender’s is null', () => {
  expect(convert({ ...raw, displayName: 'other' }).header.displayName).toBe('Credential theft tool on one endpoint');
  expect(convert({ ...raw, incidentName: null, displayName: 'other' }).header.displayName).toBe('other');
});

test('a field named after an object’s prototype is a field like others', () => {
  const odd = convert(JSON.parse(JSON.stringify(raw).replace('{', '{"__proto__":{"status":"x"},')) as Json);
  expect(JSON.stringify(odd.body)).toContain('"__proto__":{"status":"x"}');
  expect(odd.header.status).toBe('active');
});

test('one served in part is not complete', () => {
  expect(convert(raw, [], false).complete).toBe(false);
});

test.each<[string, Json]>([
  ['no object', null],
  ['a list', [raw]],
  ['without id', { ...raw, incidentId: null }],
  ['with a negative id', { ...raw, incidentId: -1 }],
  ['with an id that lost digits', { ...raw, incidentId: 2 ** 60 }],
  ['without last update', { ...raw, lastUpdateTime: null }],
  ['with a last update that is no instant', { ...raw, lastUpdateTime: '2025-07-03T12:16:01+053088Z' }],
])('an incident that is %s is a ContractError', (_, broken) => {
  expect(() => convert(broken)).toThrow(ContractError);
});
