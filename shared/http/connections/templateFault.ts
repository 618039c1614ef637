import { unknownPlaceholders } from '../../ticketing/rules/renderTemplate';

const known =
  'displayName, status, severity and the other fields of a list, alerts, entities, incident.<path>, tenant.name, tenant.tenantId, attributes.<name>';

/** What is wrong with a template, in words for whoever wrote it; undefined: nothing. */
export const templateFault = (template: string): string | undefined => {
  const [unknown] = unknownPlaceholders(template);
  if (unknown !== undefined) return `has the unknown placeholder {{${unknown.slice(0, 60)}}}: there are ${known}`;
  const rest = template.replace(placeholder, '');
  return /\{\{|\}\}/.test(rest) ? 'has a {{ or }} without its other half' : undefined;
};

const placeholder = /\{\{([^{}]*)\}\}/g;

const placeholdersIn = (template: string): readonly string[] =>
  [...template.matchAll(placeholder)].map(([, name = '']) => name.trim());

/** Fields of the incident that a template shows, as data contracts name them. */
export const pathsIn = (template: string): readonly string[] =>
  placeholdersIn(template).flatMap((name) => {
    const [first = '', ...path] = name.split('.');
    if (first === 'incident') return [path.join('.')];
    // Both are made of the alerts.
    if (first === 'entities' || first === 'alertsCount') return ['alerts'];
    return path.length > 0 || first === 'incidentId' ? [] : [first];
  });

/** Attributes of the tenant that a template shows. */
export const attributesIn = (template: string): readonly string[] =>
  placeholdersIn(template).flatMap((name) =>
    name.startsWith('attributes.') ? [name.slice('attributes.'.length)] : [],
  );
