import type { DeliveryInput } from './deliveryPlan';
import { listOf } from './paths';
import { oneLine, plainText } from '../../model/plainText';
import type { TemplateScope } from './renderTemplate';
import { renderTemplate, templateScope } from './renderTemplate';

/** What a ticket says of an incident besides the fields both sides keep. */
export interface SpokenContent {
  readonly title: string;
  readonly description: string;
  readonly severity: string;
  readonly toolSeverity?: string;
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}

const maxTitle = 250;
const maxDescription = 20_000;
const maxField = 4_000;
const maxTags = 50;

/**
 * A connection's templates filled in with what may leave; without templates a title that says what
 * it is called and whose it is, and a description with what people ask first.
 */
export const spokenContent = (input: Pick<DeliveryInput, 'connection' | 'tenant' | 'incident'>): SpokenContent => {
  const { mapping } = input.connection;
  const scope = templateScope(input);
  const severity = typeof scope.severity === 'string' ? oneLine(scope.severity.toLowerCase(), 40) : 'unknown';
  const toolSeverity = wordFor(severity, mapping.severity ?? {});
  const name = nameIn(input, scope);
  const title = oneLine(
    mapping.title === undefined
      ? defaultTitle(name, input.tenant.name)
      : renderTemplate(mapping.title, scope, maxTitle),
    maxTitle,
  );
  return {
    title: title === '' ? name : title,
    description: renderTemplate(mapping.description ?? defaultDescription(scope), scope, maxDescription).trim(),
    severity,
    ...(toolSeverity === undefined ? {} : { toolSeverity }),
    tags: tagsOf(scope),
    fields: Object.fromEntries(
      Object.entries(mapping.fields ?? {}).map(([name, template]) => [name, renderTemplate(template, scope, maxField)]),
    ),
  };
};

/** The entry of a word in a map whatever its casing; `default` where it has none of its own. */
export const wordFor = (word: string, map: Readonly<Record<string, string>>): string | undefined => {
  const find = (name: string) => Object.keys(map).find((key) => key.toLowerCase() === name.toLowerCase());
  const key = find(word) ?? find('default');
  return key === undefined ? undefined : map[key];
};

/** Every tool shows so much of a title whole. */
const shownWhole = 140;

/** Whose it is, is not cut off behind a long name. */
const defaultTitle = (name: string, tenantName: string): string =>
  `${oneLine(name, Math.max(shownWhole / 2, shownWhole - tenantName.length - 3))} (${tenantName})`;

/** An incident's name in one line, or its number where it has none, or none that may leave. */
export const incidentName = (input: Pick<DeliveryInput, 'connection' | 'tenant' | 'incident'>): string =>
  nameIn(input, templateScope(input));

const nameIn = ({ incident }: Pick<DeliveryInput, 'incident'>, { displayName }: TemplateScope): string => {
  const name = typeof displayName === 'string' ? oneLine(displayName, maxTitle) : '';
  return name === '' ? oneLine(`Microsoft Defender incident ${incident.header.incidentId}`, maxTitle) : name;
};

/** Nothing in it that changes with every look: else each sync would write to the ticket. */
const defaultDescription = (scope: TemplateScope): string =>
  [
    'Microsoft Defender incident {{incidentId}} of {{tenant.name}}',
    ...(isGiven(scope.severity) ? ['Severity: {{severity}}'] : []),
    ...(isGiven(scope.createdDateTime) ? ['Created: {{createdDateTime}}'] : []),
    ...(isGiven(scope.incidentWebUrl) ? ['Open in Microsoft Defender: {{incidentWebUrl}}'] : []),
    ...(isGiven(scope.alerts) ? ['', 'Alerts:', '{{alerts}}'] : []),
    ...(isGiven(scope.entities) ? ['', '{{entities}}'] : []),
  ].join('\n');

const isGiven = (value: unknown): boolean => typeof value === 'string' && value !== '';

const tagsOf = ({ incident }: TemplateScope): readonly string[] => {
  const given =
    typeof incident === 'object' && incident !== null && 'customTags' in incident ? incident.customTags : [];
  const texts = listOf(given).filter((tag) => typeof tag === 'string');
  return [...new Set(texts.map((tag) => plainText(tag, 100).trim()))]
    .filter((tag) => tag !== '')
    .slice(0, maxTags)
    .sort();
};
