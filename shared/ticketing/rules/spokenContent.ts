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

/** A connection's templates filled in with what may leave; without templates a plain title and a description that say what people ask first. */
export const spokenContent = (input: Pick<DeliveryInput, 'connection' | 'tenant' | 'incident'>): SpokenContent => {
  const { mapping } = input.connection;
  const scope = templateScope(input);
  const severity = typeof scope.severity === 'string' ? oneLine(scope.severity.toLowerCase(), 40) : 'unknown';
  const toolSeverity = wordFor(severity, mapping.severity ?? {});
  const title = oneLine(renderTemplate(mapping.title ?? defaultTitle(scope), scope, maxTitle), maxTitle);
  return {
    title: title === '' ? oneLine(`Microsoft Defender incident ${input.incident.header.incidentId}`, maxTitle) : title,
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

const defaultTitle = (scope: TemplateScope): string =>
  isGiven(scope.displayName)
    ? '{{displayName}} ({{tenant.name}}, incident {{incidentId}})'
    : 'Microsoft Defender incident {{incidentId}} ({{tenant.name}})';

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
