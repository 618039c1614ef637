import type { Tool } from '../model/connection';
import type { ToolDefinition } from './connector';
import { github } from './github';
import { jira } from './jira';
import { pagerduty } from './pagerduty';
import { servicenow } from './servicenow';
import { webhook } from './webhook';
import { zendesk } from './zendesk';

/** Every tool there is: a new one is a folder and a line here. */
export const tools: Readonly<Partial<Record<Tool, ToolDefinition>>> = {
  github,
  jira,
  pagerduty,
  servicenow,
  webhook,
  zendesk,
};
