import type { ToolDefinition } from '../connector';
import { connectServicenow } from './client';
import { fromTicket } from './fromTicket';
import { servicenowSettings } from './settings';

/** Incidents and security incidents; webhooks by the Business Rule in docs/connectors/servicenow. */
export const servicenow = {
  tool: 'servicenow',
  title: 'ServiceNow',
  delivers: 'state',
  schemes: ['standard', 'header'],
  auth: ['basic', 'oauth', 'bearer'],
  settings: servicenowSettings.schema,
  // Of incidents; a security incident that is closed says so when it is written.
  reopens: true,
  fromTicket,
  connect: connectServicenow,
} as const satisfies ToolDefinition;
