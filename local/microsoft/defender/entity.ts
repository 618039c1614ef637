type Fields = Readonly<Record<string, unknown>>;

/** Every key of the flat entity: what does not apply is null. */
const empty = Object.fromEntries(
  [
    ...['entityType', 'sha1', 'sha256', 'fileName', 'filePath'],
    ...['processId', 'processCommandLine', 'processCreationTime', 'parentProcessId', 'parentProcessCreationTime'],
    ...['ipAddress', 'url', 'accountName', 'domainName', 'userSid', 'aadUserId', 'userPrincipalName'],
    ...['mailboxDisplayName', 'mailboxAddress', 'clusterBy', 'sender', 'recipient', 'subject', 'deliveryAction'],
    ...['securityGroupId', 'securityGroupName', 'registryHive', 'registryKey', 'registryValueType', 'registryValue'],
    'deviceId',
  ].map((key) => [key, null]),
);

/** An item of Graph's `evidence`, devices excepted, as the one flat object of the Defender API.
 *  @see https://learn.microsoft.com/defender-xdr/api-list-incidents */
export function toEntity(evidence: Fields): Fields {
  const type = evidence['@odata.type'];
  return { ...empty, ...detailsOf(typeof type === 'string' ? type.split('.').at(-1) : undefined, evidence) };
}

function detailsOf(type: string | undefined, evidence: Fields): Fields {
  const deviceId = evidence.mdeDeviceId ?? null;
  switch (type) {
    case 'userEvidence':
      return { entityType: 'User', ...userOf(evidence.userAccount) };
    case 'fileEvidence':
      return { entityType: 'File', ...fileOf(evidence.fileDetails), deviceId };
    case 'processEvidence':
      return {
        entityType: 'Process',
        ...fileOf(evidence.imageFile),
        processId: evidence.processId,
        processCommandLine: evidence.processCommandLine,
        processCreationTime: evidence.processCreationDateTime,
        parentProcessId: evidence.parentProcessId,
        parentProcessCreationTime: evidence.parentProcessCreationDateTime,
        ...userOf(evidence.userAccount),
        deviceId,
      };
    case 'urlEvidence':
      return { entityType: 'Url', url: evidence.url };
    case 'mailboxEvidence':
      return {
        entityType: 'MailBox',
        mailboxDisplayName: evidence.displayName,
        mailboxAddress: evidence.primaryAddress,
        userPrincipalName: evidence.upn,
      };
    case 'analyzedMessageEvidence':
      return {
        entityType: 'MailMessage',
        sender: asFields(evidence.p2Sender).emailAddress,
        recipient: evidence.recipientEmailAddress,
        subject: evidence.subject,
        deliveryAction: evidence.deliveryAction,
        userPrincipalName: evidence.recipientEmailAddress,
      };
    case 'mailClusterEvidence':
      return { entityType: 'MailCluster', clusterBy: evidence.clusterBy };
    case 'registryKeyEvidence':
    case 'registryValueEvidence':
      return {
        entityType: 'Registry',
        registryHive: evidence.registryHive,
        registryKey: evidence.registryKey,
        registryValueType: evidence.registryValueType ?? null,
        registryValue: evidence.registryValue ?? null,
        deviceId,
      };
    case 'securityGroupEvidence':
      return {
        entityType: 'SecurityGroup',
        securityGroupId: evidence.securityGroupId,
        securityGroupName: evidence.displayName,
      };
    case 'cloudApplicationEvidence':
      return { entityType: 'CloudApplication' };
    case 'oauthApplicationEvidence':
      return { entityType: 'OAuthApplication' };
    case 'aiAgentEvidence':
      return { entityType: 'AiAgent' };
    case undefined:
    default:
      return { entityType: 'Ip', ipAddress: evidence.ipAddress };
  }
}

function userOf(account: unknown): Fields {
  const { accountName, domainName, userSid, azureAdUserId, userPrincipalName } = asFields(account);
  return { accountName, domainName, userSid, aadUserId: azureAdUserId, userPrincipalName };
}

function fileOf(file: unknown): Fields {
  const { sha1, sha256, fileName, filePath } = asFields(file);
  return { sha1, sha256, fileName, filePath };
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
