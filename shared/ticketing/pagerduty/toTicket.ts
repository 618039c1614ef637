import { TargetError } from '../../errors';
import type { TicketChange, TicketContent } from '../../model/ticket';
import { oneLine, plainComment, plainText } from '../../model/plainText';
import { toPagerdutyStatus } from './status';

type Json = Readonly<Record<string, unknown>>;

/** @see https://developer.pagerduty.com/docs/events-api-v2-overview (summary); longer titles of incidents are refused, too */
const maxTitle = 1_024;
/** Far below the 512 KB of an event, and what people read. */
const maxDetails = 60_000;
const maxNote = 20_000;
const maxValue = 1_000;

/** An event takes these; an incident has only the urgency they come to. */
const eventSeverities: Readonly<Record<string, string>> = {
  high: 'critical',
  medium: 'error',
  low: 'warning',
  informational: 'info',
};
const lowOnes = new Set(['low', 'warning', 'info']);

/** A new incident by the incidents API. It has no state of its own yet: PagerDuty makes it `triggered`. */
export const toNewIncident = (content: TicketContent, service: string): Json => {
  const { escalation_policy: policy, ...fields } = content.fields;
  return {
    type: 'incident',
    title: toTitle(content.title),
    service: { id: service, type: 'service_reference' },
    incident_key: content.key,
    body: { type: 'incident_body', details: toDetails(content, fields) },
    ...toRank(content.severity, content.toolSeverity, fields),
    // PagerDuty takes one of the two.
    ...(content.assignee !== undefined
      ? toAssignments(content.assignee)
      : policy !== undefined && { escalation_policy: reference(policy, 'escalation_policy') }),
  };
};

/** A new alert by the Events API, which makes the incident. @see https://developer.pagerduty.com/docs/send-alert-event */
export const toTrigger = (content: TicketContent, routingKey: string): Json => {
  const { component, group, class: kind, ...fields } = content.fields;
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: content.key,
    client: 'xdr-relay',
    payload: {
      summary: toTitle(content.title),
      source: 'Microsoft Defender XDR',
      severity: toEventSeverity(content),
      ...withoutEmpty({ component, group, class: kind }),
      custom_details: {
        description: toDetails(content, {}),
        ...Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [oneLine(name, 100, 'field'), plainText(value, maxValue)]),
        ),
      },
    },
    ...linksOf(content.incidentUrl),
  };
};

/** All that changes but notes; undefined where that is nothing. What an incident was made with besides cannot be changed in PagerDuty. */
export const toIncidentUpdate = (change: TicketChange): Json | undefined => {
  const fields = change.fields ?? {};
  const update = {
    ...(change.title !== undefined && { title: toTitle(change.title) }),
    ...(change.severity !== undefined
      ? toRank(change.severity, change.toolSeverity, fields)
      : fields.priority !== undefined && { priority: reference(fields.priority, 'priority') }),
    // An incident of PagerDuty's is always somebody's.
    ...(typeof change.assignee === 'string' && toAssignments(change.assignee)),
    ...(change.status !== undefined && toState(change)),
  };
  return Object.keys(update).length === 0 ? undefined : { type: 'incident_reference', ...update };
};

export const toNote = (text: string): Json => ({ content: plainComment(text, maxNote) });

const toState = ({ status = 'new', closeNote, duplicateOf }: TicketChange): Json => {
  const word = toPagerdutyStatus(status);
  const duplicate = duplicateOf === undefined ? undefined : `Duplicate of ${duplicateOf.number}`;
  const resolution = plainText([duplicate, closeNote].filter((each) => each !== undefined).join('\n'), maxValue);
  return { status: word, ...(word === 'resolved' && resolution !== '' && { resolution }) };
};

const toTitle = (title: string): string => oneLine(title, maxTitle, 'Incident');

const toDetails = (
  { description, tags, incidentUrl }: TicketContent,
  fields: Readonly<Record<string, string>>,
): string => {
  const lines = [
    ...Object.entries(fields).flatMap(([name, value]) =>
      ['priority', 'urgency'].includes(name) ? [] : [`${oneLine(name, 100, 'field')}: ${plainText(value, maxValue)}`],
    ),
    ...(tags.length === 0 ? [] : [`Tags: ${oneLine(tags.join(', '), maxValue, '')}`]),
    ...(incidentUrl === null ? [] : [oneLine(incidentUrl, maxValue, '')]),
  ];
  return [plainText(description, maxDetails), ...lines].join('\n').trim() || 'No description.';
};

const toRank = (severity: string, toolSeverity: string | undefined, fields: Readonly<Record<string, string>>): Json => {
  const { priority, urgency } = fields;
  const ranked = toolSeverity !== undefined && isId(toolSeverity) ? toolSeverity : priority;
  const word = urgency ?? (toolSeverity === undefined || isId(toolSeverity) ? severity : toolSeverity);
  return {
    // What is unknown ranks as high.
    urgency: lowOnes.has(word.toLowerCase()) || word.toLowerCase() === 'informational' ? 'low' : 'high',
    ...(ranked !== undefined && { priority: reference(ranked, 'priority') }),
  };
};

const toEventSeverity = ({ severity, toolSeverity }: TicketContent): string => {
  if (toolSeverity !== undefined && Object.values(eventSeverities).includes(toolSeverity)) return toolSeverity;
  const key = severity.toLowerCase();
  return (Object.hasOwn(eventSeverities, key) ? eventSeverities[key] : undefined) ?? 'critical';
};

const toAssignments = (assignee: string): Json => ({
  assignments: [{ assignee: reference(assignee, 'user') }],
});

const isId = (text: string): boolean => /^[A-Z0-9]{5,30}$/.test(text);

/** @throws TargetError where it is no id of PagerDuty's */
const reference = (text: string, kind: 'user' | 'priority' | 'escalation_policy'): Json => {
  const id = text.trim();
  if (isId(id)) return { id, type: `${kind}_reference` };
  throw new TargetError(
    `The mapping has to give an id of PagerDuty for ${kind}: as in the address of its page`,
    'refused',
    null,
  );
};

const withoutEmpty = (values: Readonly<Record<string, string | undefined>>): Json =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined || value.trim() === '' ? [] : [[name, oneLine(value, maxValue, '')]],
    ),
  );

const linksOf = (incidentUrl: string | null): Json => {
  if (incidentUrl === null || !URL.canParse(incidentUrl) || new URL(incidentUrl).protocol !== 'https:') return {};
  const { href } = new URL(incidentUrl);
  return { client_url: href, links: [{ href, text: 'Open in Microsoft Defender' }] };
};
