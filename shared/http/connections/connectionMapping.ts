import type { Config } from '../../config';
import { checkTargetUrl } from '../../delivery/checkTargetUrl';
import type { Connection } from '../../model/connection';
import type { ToolDefinition } from '../../ticketing/connector';
import { verdicts } from '../../ticketing/rules/verdict';
import { fieldFaults } from '../input/fieldFaults';
import type { FieldFault } from '../problem';
import { templateFault } from './templateFault';

type Mapped = Pick<Connection, 'mapping'>;

/** What is wrong with how an incident is to become a ticket, each with its field. */
export const mappingFaults = (
  connection: Mapped,
  definition: ToolDefinition | undefined,
  config: Pick<Config, 'allowPrivateTargets'>,
): readonly FieldFault[] => [
  ...templatesOf(connection).flatMap(([field, template]) => {
    const message = templateFault(template);
    return message === undefined ? [] : [{ field, message }];
  }),
  ...resolutionFaults(connection),
  ...settingFaults(connection, definition),
  ...addressFaults(connection, config),
];

/** Every template, by its field. */
export const templatesOf = ({
  mapping: { title, description, fields = {} },
}: Mapped): readonly (readonly [string, string])[] => [
  ...(title === undefined ? [] : [['mapping.title', title] as const]),
  ...(description === undefined ? [] : [['mapping.description', description] as const]),
  ...Object.entries(fields).map(([name, template]) => [`mapping.fields.${name}`, template] as const),
];

/** As Defender pairs them: another one would be refused there, or bent to `other`. */
const resolutionFaults = ({ mapping: { resolutions = {} } }: Mapped): readonly FieldFault[] =>
  Object.entries(resolutions).flatMap(([word, { classification, determination }]) => {
    const fitting = verdicts[classification] ?? ['unknown'];
    if (fitting.includes(determination)) return [];
    const field = `mapping.resolutions.${word}.determination`;
    return [{ field, message: `must be one that goes with ${classification}: ${fitting.join(', ')}` }];
  });

const settingFaults = (
  { mapping: { settings = {} } }: Mapped,
  definition: ToolDefinition | undefined,
): readonly FieldFault[] => {
  const parsed = definition?.settings.safeParse(settings);
  if (parsed === undefined || parsed.success) return [];
  return fieldFaults(parsed.error, '').map(({ field, message }) => ({
    field: field === '' ? 'mapping.settings' : `mapping.settings.${field}`,
    message,
  }));
};

/** Addresses among the settings are called like the connection's own. */
const addressFaults = (
  { mapping: { settings = {} } }: Mapped,
  config: Pick<Config, 'allowPrivateTargets'>,
): readonly FieldFault[] =>
  Object.entries(settings).flatMap(([name, value]) => {
    const message = /^https?:/i.test(value) ? checkTargetUrl(value, config) : undefined;
    return message === undefined ? [] : [{ field: `mapping.settings.${name}`, message }];
  });
