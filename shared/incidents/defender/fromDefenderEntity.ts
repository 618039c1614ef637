import type { Json, JsonObject } from '../../model/incident';
import { graphMember } from './graphMember';
import type { Place, Places } from './renamed';
import { isObject, renamedWithoutNulls } from './renamed';

type Table = Readonly<Record<string, Place>>;

const into = (inside: string, ...names: readonly string[]): Table =>
  Object.fromEntries(names.map((name): [string, Place] => [name, { name, inside }]));

/** Of every type: the account stands apart as in Graph, so that a contract withholds it by one path on both back ends. */
const common: Table = {
  ...into('userAccount', 'accountName', 'domainName', 'userSid', 'userPrincipalName'),
  aadUserId: { name: 'azureAdUserId', inside: 'userAccount' },
  deviceId: { name: 'mdeDeviceId' },
  evidenceCreationTime: { name: 'createdDateTime' },
  processCreationTime: { name: 'processCreationDateTime' },
  parentProcessCreationTime: { name: 'parentProcessCreationDateTime' },
  verdict: { name: 'verdict', value: graphMember },
  remediationStatus: { name: 'remediationStatus', value: graphMember },
  detectionStatus: { name: 'detectionStatus', value: graphMember },
};

const fileFields = ['sha1', 'sha256', 'fileName', 'filePath', 'fileSize', 'filePublisher', 'signer', 'issuer'] as const;
const file: Table = into('fileDetails', ...fileFields);

interface Kind {
  readonly type: string;
  readonly places: Places;
}

const kind = (type: string, places: Table = {}): Kind => ({
  type: `#microsoft.graph.security.${type}`,
  places: new Map(Object.entries({ ...common, ...places, entityType: undefined })),
});

/** By entity type in lower case: `MailBox` and `Mailbox` both occur. */
const kinds: ReadonlyMap<string, Kind> = new Map(
  Object.entries({
    user: kind('userEvidence'),
    ip: kind('ipEvidence'),
    url: kind('urlEvidence'),
    file: kind('fileEvidence', file),
    process: kind('processEvidence', {
      ...into('imageFile', ...fileFields),
      parentProcessFileName: { name: 'fileName', inside: 'parentProcessImageFile' },
      parentProcessFilePath: { name: 'filePath', inside: 'parentProcessImageFile' },
    }),
    mailbox: kind('mailboxEvidence', {
      mailboxAddress: { name: 'primaryAddress' },
      mailboxDisplayName: { name: 'displayName' },
      userPrincipalName: { name: 'upn' },
    }),
    mailmessage: kind('analyzedMessageEvidence', {
      sender: { name: 'emailAddress', inside: 'p2Sender' },
      recipient: { name: 'recipientEmailAddress' },
    }),
    mailcluster: kind('mailClusterEvidence'),
    registrykey: kind('registryKeyEvidence'),
    registryvalue: kind('registryValueEvidence'),
    securitygroup: kind('securityGroupEvidence', { securityGroupName: { name: 'displayName' } }),
  }),
);

/** A type we do not know: Graph's own base, under which any reader of evidence expects anything. */
const other = kind('alertEvidence', file);

/**
 * A flat entity of an alert (older ones carry all 31 keys, mostly null) as Graph's evidence of its type, without the nulls. An unknown type
 * keeps its name and all it says.
 * @see https://learn.microsoft.com/graph/api/resources/security-alertevidence
 */
export const fromDefenderEntity = (raw: Json): Json => {
  if (!isObject(raw)) return raw;
  const { entityType = null } = raw;
  const { type, places } = kindOf(entityType, raw);
  const named = type === other.type && entityType !== null ? { entityType } : {};
  return { '@odata.type': type, ...named, ...renamedWithoutNulls(raw, places) };
};

const kindOf = (entityType: Json, fields: JsonObject): Kind => {
  const name = typeof entityType === 'string' ? entityType.toLowerCase() : '';
  return kinds.get(name === 'registry' ? registryKind(fields) : name) ?? other;
};

const registryKind = (fields: JsonObject): string => {
  const ofValue = [fields.registryValue, fields.registryValueName, fields.registryValueType];
  return ofValue.some((field) => field !== undefined && field !== null) ? 'registryvalue' : 'registrykey';
};
