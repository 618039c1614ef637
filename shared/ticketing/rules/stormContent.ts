import type { OutgoingComment, TicketContent } from '../../model/ticket';
import type { DeliveryInput, StormTicket } from './deliveryPlan';
import { keyOf } from './keyOf';
import { ownNote } from './outgoingComments';
import { oneLine } from '../../model/plainText';
import { incidentName, spokenContent } from './spokenContent';

/**
 * How a storm's ticket lists an incident: name, severity, id and where it is opened, as far as they may leave.
 * @param name by which it is known as said, whatever the incident is called by then
 */
export const stormLine = (input: DeliveryInput, what = 'New incident', name = ''): OutgoingComment => {
  const { connection, incident, tenant } = input;
  const { severity } = spokenContent(input);
  const url = incidentUrlOf(input);
  const about = oneLine(
    `${what} ${incident.header.incidentId} of ${tenant.name}: ${incidentName(input)} (${severity})`,
    600,
  );
  const said = `storm ${keyOf(tenant.tenantId, incident.header.incidentId)} ${what} ${name}`;
  return ownNote(connection, url === null ? about : `${about}\n${url}`, said);
};

export const incidentUrlOf = ({
  connection,
  incident,
}: Pick<DeliveryInput, 'connection' | 'incident'>): string | null => {
  const { send } = connection.contract;
  return send.length === 0 || send.includes('incidentWebUrl') ? incident.header.incidentWebUrl : null;
};

/** The one ticket of a storm, with its first incident. */
export const stormContent = (input: DeliveryInput, { key }: StormTicket): TicketContent => {
  const { severity, toolSeverity, fields } = spokenContent(input);
  const { count, minutes } = input.connection.storm ?? { count: 0, minutes: 0 };
  return {
    key,
    title: oneLine(`Many new Microsoft Defender incidents (${input.tenant.name})`, 250),
    description: [
      `More than ${count} new incidents came within ${minutes} minutes. Each is listed in a comment; those of high severity have tickets of their own.`,
      'Closing this ticket resolves no incident: it is proposed to an Analyst.',
    ].join('\n'),
    severity,
    ...(toolSeverity === undefined ? {} : { toolSeverity }),
    status: 'new',
    tags: [],
    incidentUrl: null,
    fields,
    comments: [stormLine(input)],
  };
};
