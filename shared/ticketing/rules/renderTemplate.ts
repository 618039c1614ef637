import type { Json } from '../../model/incident';
import type { IncidentHeader } from '../../model/incident';
import type { DeliveryInput } from './deliveryPlan';
import { alertsSummary } from './alertsSummary';
import { entitiesOf } from './entities';
import { valuesAt } from './paths';
import { plainText } from '../../model/plainText';
import { sendable, sendableHeader } from './sendable';

/** What a template may name: header fields by name, `incident.<path>`, `tenant.name`, `tenant.tenantId`, `attributes.<name>`, `alerts`, `entities`. */
export type TemplateScope = Readonly<Record<string, Json>>;

const headerNames: readonly (keyof IncidentHeader)[] = [
  'incidentId',
  'displayName',
  'status',
  'severity',
  'classification',
  'determination',
  'assignedTo',
  'createdDateTime',
  'lastUpdateDateTime',
  'redirectIncidentId',
  'incidentWebUrl',
  'alertsCount',
];

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;
const maxValue = 4_000;

/** Everything a template may say of an incident, with the connection's contract already applied. */
export const templateScope = ({
  connection,
  tenant,
  incident,
}: Pick<DeliveryInput, 'connection' | 'tenant' | 'incident'>): TemplateScope => {
  const { send } = connection.contract;
  const body = sendable(incident.body, send);
  return {
    ...(sendableHeader(incident.header, send) as unknown as Readonly<Record<string, Json>>),
    incident: body,
    tenant: { name: tenant.name, tenantId: tenant.tenantId },
    attributes: tenant.attributes,
    alerts: alertsSummary(body),
    entities: entitiesOf(body),
  };
};

/**
 * A text with its placeholders filled in: plain text of at most `most` UTF-16 units. A value is only ever text: what looks like a
 * placeholder in it stays as it is, lists are joined by commas, objects and what is not there leave nothing.
 */
export const renderTemplate = (template: string, scope: TemplateScope, most: number): string =>
  plainText(
    template.replace(placeholder, (_, path: string) => valueAt(scope, path)),
    most,
  );

/** Placeholders that no incident could ever fill, as written; for checking a mapping before it is saved. */
export const unknownPlaceholders = (template: string): readonly string[] =>
  [...template.matchAll(placeholder)].map(([, path = '']) => path).filter((path) => !isKnown(path));

const isKnown = (path: string): boolean => {
  const names = path.split('.');
  if (names.some((name) => name === '')) return false;
  const [first = '', second = ''] = names;
  if (first === 'incident') return names.length > 1;
  if (first === 'attributes') return names.length === 2;
  if (first === 'tenant') return names.length === 2 && (second === 'name' || second === 'tenantId');
  return (
    names.length === 1 && (first === 'alerts' || first === 'entities' || headerNames.some((name) => name === first))
  );
};

const valueAt = (scope: TemplateScope, path: string): string => {
  if (!isKnown(path)) return '';
  const values = valuesAt(scope, path.split('.'));
  const texts = values.filter((value) => value !== null && typeof value !== 'object').map(String);
  return plainText(texts.join(', '), maxValue);
};
