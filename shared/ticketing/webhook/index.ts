import { z } from 'zod';
import type { ToolDefinition } from '../connector';
import { fromGenericBody } from '../genericBody';
import { webhookSender } from './client';

/** Any receiver that takes signed events, and any sender that can write the generic body. */
export const webhook: ToolDefinition = {
  tool: 'webhook',
  title: 'Webhook',
  delivers: 'events',
  schemes: ['standard', 'header', 'github', 'jira', 'pagerduty', 'slack', 'zendesk'],
  auth: ['none', 'bearer', 'basic'],
  settings: z.strictObject({}, 'a webhook has no settings'),
  fromTicket: (body) => fromGenericBody(body),
  sender: webhookSender,
};
