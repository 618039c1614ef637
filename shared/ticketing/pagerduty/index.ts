import type { ToolDefinition } from '../connector';
import { connectPagerduty } from './client';
import { fromTicket } from './fromTicket';
import { pagerdutySettings } from './settings';

export const pagerduty: ToolDefinition = {
  tool: 'pagerduty',
  title: 'PagerDuty',
  schemes: ['pagerduty'],
  auth: ['bearer'],
  settings: pagerdutySettings.schema,
  fromTicket,
  delivers: 'state',
  // A resolved incident is opened again by its status; where an account does not let us, it is a TargetError `ticketClosed`.
  reopens: true,
  connect: connectPagerduty,
};
