import type { ToolDefinition } from '../connector';
import { connectZendesk } from './client';
import { fromTicket } from './fromTicket';
import { zendeskSettings } from './settings';

export const zendesk: ToolDefinition = {
  tool: 'zendesk',
  title: 'Zendesk',
  schemes: ['zendesk', 'header'],
  auth: ['basic', 'bearer'],
  settings: zendeskSettings.schema,
  fromTicket,
  delivers: 'state',
  // A solved ticket is opened again; once Zendesk has closed it (28 days later at the latest) it is a TargetError `ticketClosed`.
  reopens: true,
  connect: connectZendesk,
};
