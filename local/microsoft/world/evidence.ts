import type { Tenant } from './incident';
import type { Machine, Person } from './people';
import { machineOf, personOf } from './people';
import type { Random } from './random';
import type { Ticks } from './time7';
import { formatTimeTrimmed, TICKS_PER_MS, TICKS_PER_SECOND } from './time7';

export type EvidenceKind =
  | 'device'
  | 'user'
  | 'file'
  | 'process'
  | 'ip'
  | 'url'
  | 'mailbox'
  | 'message'
  | 'mailCluster'
  | 'registryKey'
  | 'registryValue'
  | 'securityGroup'
  | 'cloudApp'
  | 'oauthApp'
  | 'unlisted'
  | 'untyped';

export interface EvidenceSetting {
  tenant: Tenant;
  createdTicks: Ticks;
  person: Person;
  machine: Machine;
}

type Fields = Record<string, unknown>;

/** One item of an alert's `evidence`, in Graph's shape (nulls mostly dropped, key order as Graph writes it). */
export function buildEvidence(kind: EvidenceKind, setting: EvidenceSetting, random: Random): Fields {
  const created = formatTimeTrimmed(setting.createdTicks + BigInt(random.int(0, 900_000)) * TICKS_PER_MS);
  return {
    // A collector in between, or an older page, may lose the type: readers must not depend on it.
    ...(kind === 'untyped' ? {} : { '@odata.type': `#microsoft.graph.security.${types[kind]}` }),
    createdDateTime: created,
    verdict: random.weighted([
      ['suspicious', 5],
      ['malicious', 3],
      ['unknown', 3],
      ['noThreatsFound', 1],
    ]),
    remediationStatus: random.weighted([
      ['none', 6],
      ['remediated', 2],
      ['prevented', 2],
      ['blocked', 1],
      ['notFound', 1],
    ]),
    remediationStatusDetails: random.chance(0.1) ? 'Entity was already remediated by an earlier investigation' : null,
    roles: random.chance(0.2) ? [random.pick(['compromised', 'attacked', 'source', 'destination'])] : [],
    detailedRoles: random.chance(0.1) ? ['PrimaryDevice'] : [],
    tags: random.chance(0.05) ? ['High value asset'] : [],
    ...details[kind](setting, random),
  };
}

/** Machine and person an alert is about. */
export function settingFor(tenant: Tenant, createdTicks: Ticks, random: Random): EvidenceSetting {
  return {
    tenant,
    createdTicks,
    person: personOf(tenant, random.int(0, 39)),
    machine: machineOf(tenant, random.int(0, 39)),
  };
}

const types: Record<EvidenceKind, string> = {
  device: 'deviceEvidence',
  user: 'userEvidence',
  file: 'fileEvidence',
  process: 'processEvidence',
  ip: 'ipEvidence',
  url: 'urlEvidence',
  mailbox: 'mailboxEvidence',
  message: 'analyzedMessageEvidence',
  mailCluster: 'mailClusterEvidence',
  registryKey: 'registryKeyEvidence',
  registryValue: 'registryValueEvidence',
  securityGroup: 'securityGroupEvidence',
  cloudApp: 'cloudApplicationEvidence',
  oauthApp: 'oauthApplicationEvidence',
  unlisted: 'aiAgentEvidence',
  untyped: '',
};

const fileNames = [
  'invoice_8841.xlsm',
  'svchost32.exe',
  'rundll32.exe',
  'update.ps1',
  'Résumé (final).docx',
  'mimikatz.exe',
] as const;
const commands = [
  'powershell.exe -NoProfile -WindowStyle Hidden -EncodedCommand SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA',
  'cmd.exe /c whoami /all & net group "Domain Admins" /domain',
  'rundll32.exe C:\\ProgramData\\cache.dat,Start',
  'reg.exe save HKLM\\SAM C:\\Windows\\Temp\\s.hiv',
] as const;
const hosts = [
  'login-check.example',
  'cdn-files.example.net',
  'secure-docs.example.org',
  'xn--mnchen-3ya.example',
] as const;
const subjects = [
  'Invoice overdue',
  'Fwd: Q4 bonus',
  'Your mailbox is full 📬',
  '請求書のご確認',
  'Re: contrat signé',
] as const;

const details: Record<EvidenceKind, (setting: EvidenceSetting, random: Random) => Fields> = {
  device: ({ machine, createdTicks }, random) => ({
    firstSeenDateTime: formatTimeTrimmed(createdTicks - BigInt(random.int(1, 400 * 86_400)) * TICKS_PER_SECOND),
    mdeDeviceId: machine.mdeDeviceId,
    azureAdDeviceId: machine.azureAdDeviceId,
    deviceDnsName: machine.dnsName,
    hostName: machine.dnsName.split('.')[0],
    osPlatform: machine.osPlatform,
    osBuild: machine.osBuild,
    version: machine.version,
    healthStatus: random.pick(['active', 'inactive', 'unknown']),
    riskScore: random.pick(['none', 'informational', 'low', 'medium', 'high']),
    rbacGroupId: random.chance(0.7) ? random.int(10, 90) : null,
    rbacGroupName: random.chance(0.7) ? 'Workstations' : null,
    onboardingStatus: 'onboarded',
    defenderAvStatus: random.pick(['updated', 'notUpdated', 'unknown']),
    lastIpAddress: ip(random),
    ipInterfaces: [ip(random), '127.0.0.1', '::1'],
    vmMetadata: null,
    loggedOnUsers: [],
  }),
  user: ({ person, tenant }) => ({ stream: null, userAccount: account(person, tenant) }),
  file: ({ machine }, random) => ({
    detectionStatus: random.pick(['detected', 'blocked', 'prevented']),
    mdeDeviceId: machine.mdeDeviceId,
    fileDetails: file(random),
  }),
  process: ({ machine, person, tenant, createdTicks }, random) => ({
    processId: random.int(400, 32_000),
    parentProcessId: random.int(400, 32_000),
    processCommandLine: random.pick(commands),
    processCreationDateTime: formatTimeTrimmed(createdTicks - BigInt(random.int(1, 600_000_000))),
    parentProcessCreationDateTime: formatTimeTrimmed(createdTicks - BigInt(random.int(600_000_000, 6_000_000_000))),
    detectionStatus: 'detected',
    mdeDeviceId: machine.mdeDeviceId,
    imageFile: file(random),
    parentProcessImageFile: { fileName: 'explorer.exe', filePath: 'C:\\Windows' },
    userAccount: account(person, tenant),
  }),
  ip: (_setting, random) => ({
    ipAddress: ip(random),
    countryLetterCode: random.chance(0.6) ? random.pick(['NL', 'US', 'BR', 'VN', 'DE']) : null,
  }),
  url: (_setting, random) => ({
    url: `https://${random.pick(hosts)}/${random.hex(random.int(6, 40))}?id=${random.hex(8)}`,
  }),
  mailbox: ({ person, tenant }) => ({
    primaryAddress: person.userPrincipalName,
    displayName: person.displayName,
    upn: person.userPrincipalName,
    userAccount: account(person, tenant),
  }),
  message: ({ person, createdTicks }, random) => {
    const host = random.pick(hosts);
    return {
      networkMessageId: random.guid(),
      internetMessageId: `<${random.hex(24)}@${host}>`,
      subject: random.pick(subjects),
      language: random.pick(['en', 'de', 'ja', 'unknown']),
      senderIp: ip(random),
      recipientEmailAddress: person.userPrincipalName,
      antiSpamDirection: 'Inbound',
      deliveryAction: random.pick(['Delivered', 'DeliveredAsSpam', 'Blocked']),
      deliveryLocation: random.pick(['Inbox/folder', 'Junk folder', 'Quarantine']),
      urn: `urn:MailEntity:${random.hex(32)}`,
      threats: random.chance(0.8) ? ['ZapPhish', 'HighConfPhish'] : [],
      threatDetectionMethods: ['URL malicious reputation'],
      urls: [`https://${host}/${random.hex(10)}`],
      urlCount: random.int(0, 6),
      attachmentsCount: random.int(0, 3),
      receivedDateTime: formatTimeTrimmed(createdTicks - BigInt(random.int(1, 9_000_000_000))),
      p1Sender: { emailAddress: `bounce@${host}`, displayName: null, domainName: host },
      p2Sender: { emailAddress: `no-reply@${host}`, displayName: 'Help desk', domainName: host },
    };
  },
  mailCluster: (_setting, random) => ({
    clusterBy: 'Subject;P2SenderDomain;ContentType',
    clusterByValue: `\ufeff${random.pick(subjects)};${random.pick(hosts)};1`,
    emailCount: random.int(1, 4_000),
    query: '((Subject:"...") AND (ContentType: 1))',
    urn: `urn:MailClusterEntity:${random.hex(32)}`,
    networkMessageIds: Array.from({ length: random.int(1, 4) }, () => random.guid()),
  }),
  registryKey: (_setting, random) => ({
    registryHive: 'HKEY_LOCAL_MACHINE',
    registryKey: `SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\${random.hex(6)}`,
  }),
  registryValue: ({ machine }, random) => ({
    registryHive: 'HKEY_CURRENT_USER',
    registryKey: 'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\RunOnce',
    registryValueName: random.hex(5),
    registryValue: 'C:\\Users\\Public\\svc.exe -s',
    registryValueType: 'ExpandString',
    mdeDeviceId: machine.mdeDeviceId,
  }),
  securityGroup: (_setting, random) => ({
    securityGroupId: random.guid(),
    displayName: random.pick(['Domain Admins', 'Finance', 'VPN users']),
  }),
  cloudApp: (_setting, random) => ({
    appId: random.int(11_000, 29_000),
    displayName: random.pick(['Microsoft Exchange Online', 'Box', 'OneDrive']),
    instanceId: 0,
    instanceName: 'Microsoft 365',
    saasAppId: random.int(11_000, 29_000),
    stream: null,
  }),
  oauthApp: (_setting, random) => ({
    appId: random.guid(),
    displayName: 'Calendar Sync Pro',
    objectId: random.guid(),
    publisher: 'unverified',
  }),
  unlisted: (_setting, random) => ({
    agentId: random.guid(),
    agentName: 'helpdesk-agent',
    hostUrl: `https://${random.pick(hosts)}`,
  }),
  untyped: (_setting, random) => ({ ipAddress: ip(random) }),
};

function account(person: Person, tenant: Tenant): Fields {
  return {
    accountName: person.accountName,
    domainName: tenant.domain.split('.')[0],
    userSid: person.sid,
    azureAdUserId: person.oid,
    userPrincipalName: person.userPrincipalName,
    displayName: person.displayName,
    resourceAccessEvents: [],
  };
}

function file(random: Random): Fields {
  return {
    sha1: random.hex(40),
    sha256: random.hex(64),
    fileName: random.pick(fileNames),
    filePath: random.pick(['C:\\Users\\Public', 'C:\\Windows\\Temp', '/opt/app/bin', 'C:\\Windows\\System32']),
    fileSize: random.int(900, 9_000_000),
    filePublisher: random.chance(0.4) ? 'Microsoft Corporation' : null,
    signer: null,
    issuer: null,
  };
}

/** From the ranges kept for documentation, so that no real address is accused. */
function ip(random: Random): string {
  if (random.chance(0.1)) return `2001:db8::${random.hex(4)}`;
  return `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${random.int(1, 254)}`;
}
