import { z } from 'zod';
import { UpstreamError } from '../../shared/errors';
import type { Connector, ToolDefinition } from '../../shared/ticketing/connector';
import { toolSettings } from '../../shared/ticketing/toolSettings';

const nobody = (): Promise<never> => Promise.reject(new UpstreamError('this tool is not spoken to'));
const silent: Connector = {
  whoAmI: nobody,
  find: nobody,
  create: nobody,
  update: nobody,
  read: nobody,
  changedSince: nobody,
};

/** What a ticket tool offers, for what is decided before one is spoken to. */
export const givenTool = (connector: Connector = silent): ToolDefinition => ({
  tool: 'servicenow',
  title: 'ServiceNow',
  schemes: ['standard', 'header'],
  auth: ['basic', 'oauth'],
  settings: toolSettings({
    table: z.enum(['incident', 'sn_si_incident']).optional(),
    tokenUrl: z.string().optional(),
  }).schema,
  fromTicket: () => [],
  delivers: 'state',
  reopens: true,
  connect: () => connector,
});
