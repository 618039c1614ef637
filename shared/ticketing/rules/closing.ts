import type { Connection } from '../../model/connection';
import type { IncidentHeader } from '../../model/incident';
import { incidentValues } from './incidentValues';
import { oneLine } from '../../model/plainText';
import { sendableHeader } from './sendable';
import { isResolved } from './status';
import { wordFor } from './spokenContent';

export interface Closing {
  readonly closeCode?: string;
  readonly closeNote?: string;
}

/** What a ticket says of why it is closed, in its tool's words; nothing where the incident is not resolved. */
export const closingOf = ({ mapping, contract }: Connection, header: IncidentHeader): Closing => {
  if (!isResolved(header.status)) return {};
  const { classification, determination } = incidentValues(sendableHeader(header, contract.send));
  const closeCode = wordFor(classification ?? 'unknown', mapping.closeCodes ?? {});
  const verdict = [classification, determination].filter((part) => part !== null).join(', ');
  const closeNote = oneLine(`Resolved in Microsoft Defender${verdict === '' ? '' : `: ${verdict}`}`, 400);
  return { ...(closeCode === undefined ? {} : { closeCode }), closeNote };
};
