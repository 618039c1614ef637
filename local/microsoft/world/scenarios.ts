import type { EvidenceKind } from './evidence';

/** What kind of trouble an incident is: its titles, where it was seen and what its alerts are made of. */
export interface Scenario {
  titles: readonly [string, ...string[]];
  alertTitles: readonly [string, ...string[]];
  category: string;
  serviceSource: string;
  detectionSource: string;
  productName: string;
  techniques: readonly string[];
  evidence: readonly [EvidenceKind, ...EvidenceKind[]];
  weight: number;
}

const endpoint = {
  serviceSource: 'microsoftDefenderForEndpoint',
  productName: 'Microsoft Defender for Endpoint',
} as const;
const office = {
  serviceSource: 'microsoftDefenderForOffice365',
  detectionSource: 'microsoftDefenderForOffice365',
  productName: 'Microsoft Defender for Office 365',
} as const;
const apps = {
  serviceSource: 'microsoftDefenderForCloudApps',
  detectionSource: 'microsoftDefenderForCloudApps',
  productName: 'Microsoft Defender for Cloud Apps',
} as const;

/** `{where}` becomes how far it spread. Titles follow those seen in Defender, the zero-width space at the end of one included. */
export const scenarios: readonly [Scenario, ...Scenario[]] = [
  {
    ...endpoint,
    titles: [
      'Multi-stage incident involving Initial access & Lateral movement {where}',
      'Multi-stage incident involving Execution & Discovery {where} reported by multiple sources',
      'Multi-stage incident involving Persistence & Credential access {where}',
    ],
    alertTitles: [
      'Suspicious remote activity',
      'Suspicious process injection observed',
      'Possible lateral movement by abusing remote services',
      'Suspicious service registration',
      'Account compromise following brute force',
    ],
    category: 'LateralMovement',
    detectionSource: 'microsoftDefenderForEndpoint',
    techniques: ['T1021.002', 'T1059.001', 'T1570'],
    evidence: ['device', 'process', 'process', 'file', 'user', 'ip', 'registryValue'],
    weight: 14,
  },
  {
    ...office,
    titles: [
      'Email messages containing malicious URL removed after delivery\u200b',
      'Email messages containing malicious file removed after delivery\u200b',
      'Email messages removed after delivery\u200b',
      'Email reported by user as malware or phish involving one user',
    ],
    alertTitles: [
      'Email messages containing malicious URL removed after delivery\u200b',
      'Email reported by user as malware or phish',
      'A potentially malicious URL click was detected',
    ],
    category: 'InitialAccess',
    techniques: ['T1566.002'],
    evidence: ['message', 'message', 'mailbox', 'url', 'mailCluster', 'user'],
    weight: 20,
  },
  {
    ...endpoint,
    titles: [
      "'Mimikatz' credential theft malware was prevented {where}",
      'Suspicious credential dump from NTDS.dit {where}',
      'Credential access incident {where}',
    ],
    alertTitles: [
      "'Mimikatz' hacktool was prevented",
      'Suspicious access to LSASS service',
      'Sensitive credential memory read',
    ],
    category: 'CredentialAccess',
    detectionSource: 'antivirus',
    techniques: ['T1003.001', 'T1003.003'],
    evidence: ['device', 'file', 'process', 'user'],
    weight: 11,
  },
  {
    ...endpoint,
    titles: [
      'Execution incident {where}',
      'Suspicious PowerShell command line {where}',
      "'Emotet' malware was detected {where}",
    ],
    alertTitles: ['Suspicious PowerShell command line', "'Emotet' malware was detected", 'Suspicious scheduled task'],
    category: 'Execution',
    detectionSource: 'antivirus',
    techniques: ['T1059.001', 'T1053.005'],
    evidence: ['device', 'process', 'file', 'url', 'registryKey'],
    weight: 13,
  },
  {
    serviceSource: 'azureAdIdentityProtection',
    detectionSource: 'azureAdIdentityProtection',
    productName: 'Microsoft Entra ID Protection',
    titles: [
      'Unfamiliar sign-in properties involving one user',
      'Anonymous IP address involving one user',
      'Initial access incident involving multiple users',
      'Password spray involving multiple users',
    ],
    alertTitles: ['Unfamiliar sign-in properties', 'Anonymous IP address', 'Password Spray', 'Atypical travel'],
    category: 'InitialAccess',
    techniques: ['T1078.004', 'T1110.003'],
    evidence: ['user', 'ip'],
    weight: 14,
  },
  {
    ...apps,
    titles: [
      'Impossible travel activity involving one user',
      'Mass download by a single user',
      'Suspicious inbox manipulation rule involving one user',
      'Exfiltration incident involving one user',
    ],
    alertTitles: [
      'Impossible travel',
      'Mass download',
      'Suspicious inbox manipulation rules',
      'Activity from infrequent country',
    ],
    category: 'Exfiltration',
    techniques: ['T1114.003', 'T1530'],
    evidence: ['user', 'ip', 'cloudApp', 'mailbox'],
    weight: 10,
  },
  {
    serviceSource: 'microsoftDefenderForIdentity',
    detectionSource: 'microsoftDefenderForIdentity',
    productName: 'Microsoft Defender for Identity',
    titles: [
      'Suspected DCSync attack (replication of directory services) {where}',
      'Reconnaissance incident involving one user',
      'Suspected Kerberos SPN exposure {where}',
    ],
    alertTitles: ['Suspected DCSync attack (replication of directory services)', 'Account enumeration reconnaissance'],
    category: 'Discovery',
    techniques: ['T1003.006', 'T1087.002'],
    evidence: ['user', 'device', 'securityGroup', 'ip'],
    weight: 6,
  },
  {
    serviceSource: 'microsoft365Defender',
    detectionSource: 'microsoft365Defender',
    productName: 'Microsoft Defender XDR',
    titles: [
      'Hands-on keyboard attack was launched from a compromised account (attack disruption)',
      'Human-operated ransomware attack was launched from a compromised asset (attack disruption)',
      'BEC financial fraud attack launched following AiTM phishing (attack disruption)',
    ],
    alertTitles: ['Potential human-operated malicious activity', 'Ransomware behavior detected in the file system'],
    category: 'Impact',
    techniques: ['T1486', 'T1490'],
    evidence: ['device', 'user', 'process', 'file', 'ip', 'registryKey'],
    weight: 4,
  },
  {
    serviceSource: 'dataLossPrevention',
    detectionSource: 'microsoftDataLossPrevention',
    productName: 'Microsoft Data Loss Prevention',
    titles: [
      'DLP policy (Payment card data) matched for document (Q4 forecast.xlsx) in OneDrive',
      'DLP policy (Health records) matched for email with subject (Fwd: patient list)',
    ],
    alertTitles: [
      'DLP policy (Payment card data) matched for document',
      'DLP policy (Health records) matched for email',
    ],
    category: 'Exfiltration',
    techniques: [],
    evidence: ['user', 'file', 'cloudApp'],
    weight: 6,
  },
  {
    serviceSource: 'microsoftAppGovernance',
    detectionSource: 'appGovernanceDetection',
    productName: 'Microsoft App Governance',
    titles: [
      'Unusual activity by an OAuth app with high privileges',
      'App with suspicious OAuth scope was granted consent',
    ],
    alertTitles: ['Unusual increase in data usage by an app', 'App with suspicious OAuth scope'],
    category: 'Persistence',
    techniques: ['T1550.001'],
    evidence: ['oauthApp', 'user'],
    weight: 3,
  },
  {
    // Members newer than unknownFutureValue: a reader must not take the list of sources for closed.
    serviceSource: 'microsoftDefenderForCloud',
    detectionSource: 'microsoftDefenderForAIServices',
    productName: 'Microsoft Defender for Cloud',
    titles: [
      'Jailbreak attempt on a model deployment was blocked by Prompt Shields',
      'Suspicious access to a key vault',
    ],
    alertTitles: ['A Jailbreak attempt was blocked by Prompt Shields', 'Unusual operation pattern in a key vault'],
    category: 'SuspiciousActivity',
    techniques: ['T1552'],
    evidence: ['ip', 'user', 'unlisted'],
    weight: 2,
  },
  {
    serviceSource: 'microsoftSentinel',
    detectionSource: 'scheduledAlerts',
    productName: 'Microsoft Sentinel',
    titles: [
      'Подозрительный вход администратора из новой страны',
      '不審なサインインの検出(東京オフィス)🗼',
      'نشاط مشبوه على خادم الملفات',
      'כניסה חשודה לחשבון מנהל',
      '🔥 Bénéficiaire modifié – règle de boîte aux lettres créée à l’étranger',
      '可疑的登录活动:财务部门',
    ],
    alertTitles: [
      'Anmeldung außerhalb der Geschäftszeiten (Überwachung)',
      'カスタム検出ルール: 特権ロールの割り当て',
      'Rare sign-in 👤 by <admin> & "service"',
    ],
    category: 'DefenseEvasion',
    techniques: ['T1078'],
    evidence: ['user', 'ip', 'untyped'],
    weight: 5,
  },
];

export const spreads = [
  'on one endpoint',
  'on multiple endpoints',
  'involving one user',
  'involving multiple users',
] as const;
