import type { ToolDefinition } from '../connector';
import { connectJira } from './client';
import { fromTicket } from './fromTicket';
import { jiraSettings } from './settings';

/** Jira Cloud; webhooks are those an administrator makes, with a secret. */
export const jira = {
  tool: 'jira',
  title: 'Jira',
  delivers: 'state',
  schemes: ['jira'],
  auth: ['basic', 'bearer'],
  settings: jiraSettings.schema,
  // As its workflow allows; where it does not, writing says so.
  reopens: true,
  fromTicket,
  connect: connectJira,
} as const satisfies ToolDefinition;
