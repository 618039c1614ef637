import type { ToolDefinition } from '../connector';
import { connectGithub } from './client';
import { fromTicket } from './fromTicket';
import { githubSettings } from './settings';

export const github: ToolDefinition = {
  tool: 'github',
  title: 'GitHub Issues',
  schemes: ['github'],
  auth: ['bearer'],
  settings: githubSettings.schema,
  fromTicket,
  delivers: 'state',
  reopens: true,
  connect: connectGithub,
};
