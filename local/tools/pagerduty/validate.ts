import { isObject } from '../body';

type Check = (value: unknown) => boolean;

const isText =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= most;
const isOneOf =
  (...words: string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const isReference =
  (type: string): Check =>
  (value) =>
    isObject(value) &&
    Object.keys(value).every((key) => ['id', 'type'].includes(key)) &&
    value.type === `${type}_reference` &&
    typeof value.id === 'string' &&
    /^[A-Z0-9]{5,30}$/.test(value.id);
const isAssignments: Check = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((each) => isObject(each) && isReference('user')(each.assignee));
const isBody: Check = (value) =>
  isObject(value) && value.type === 'incident_body' && isText(65_535)(value.details) && Object.keys(value).length === 2;

const creation: Readonly<Record<string, Check>> = {
  type: isOneOf('incident'),
  title: isText(1_024),
  service: isReference('service'),
  priority: isReference('priority'),
  urgency: isOneOf('high', 'low'),
  body: isBody,
  incident_key: isText(255),
  assignments: isAssignments,
  escalation_policy: isReference('escalation_policy'),
};
const change: Readonly<Record<string, Check>> = {
  type: isOneOf('incident', 'incident_reference'),
  status: isOneOf('triggered', 'acknowledged', 'resolved'),
  priority: isReference('priority'),
  resolution: isText(25_000),
  title: isText(1_024),
  assignments: isAssignments,
  escalation_policy: isReference('escalation_policy'),
  urgency: isOneOf('high', 'low'),
};

const wrong = (
  given: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, Check>>,
  musts: readonly string[],
): string[] => [
  ...musts.filter((name) => !(name in given)).map((name) => `${name} cannot be blank`),
  ...Object.entries(given).flatMap(([name, value]) => {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) return [`${name} is not a known property`];
    return check(value) ? [] : [`${name} is invalid`];
  }),
];

export const wrongInCreation = (given: Readonly<Record<string, unknown>>): string[] => {
  const found = wrong(given, creation, ['type', 'title', 'service']);
  if ('assignments' in given && 'escalation_policy' in given)
    found.push('assignments and escalation_policy exclude each other');
  return found;
};

export const wrongInChange = (given: Readonly<Record<string, unknown>>): string[] => {
  const found = wrong(given, change, ['type']);
  if ('resolution' in given && given.status !== 'resolved') found.push('resolution needs the status resolved');
  return found;
};

const payload: Readonly<Record<string, Check>> = {
  summary: isText(1_024),
  source: isText(1_024),
  severity: isOneOf('critical', 'error', 'warning', 'info'),
  timestamp: isText(60),
  component: isText(1_024),
  group: isText(1_024),
  class: isText(1_024),
  custom_details: (value) => typeof value === 'object',
};
const event: Readonly<Record<string, Check>> = {
  routing_key: isText(32),
  event_action: isOneOf('trigger', 'acknowledge', 'resolve'),
  dedup_key: isText(255),
  client: isText(1_024),
  client_url: (value) => typeof value === 'string' && URL.canParse(value),
  payload: isObject,
  links: (value) =>
    Array.isArray(value) &&
    value.every((link) => isObject(link) && typeof link.href === 'string' && URL.canParse(link.href)),
  images: Array.isArray,
};

export const wrongInEvent = (given: Readonly<Record<string, unknown>>): string[] => [
  ...wrong(given, event, ['routing_key', 'event_action']),
  ...(given.event_action === 'trigger'
    ? isObject(given.payload)
      ? wrong(given.payload, payload, ['summary', 'source', 'severity'])
      : ['payload cannot be blank']
    : 'dedup_key' in given
      ? []
      : ['dedup_key cannot be blank']),
];
