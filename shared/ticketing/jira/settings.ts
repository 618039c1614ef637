import { z } from 'zod';
import { toolSettings } from '../toolSettings';

const word = z.string().trim().min(1).max(100);

/** `mapping.settings` of a Jira connection. */
export const jiraSettings = toolSettings({
  /** Key of the project tickets are made in. */
  project: z.string().regex(/^[A-Z][A-Z0-9_]{1,99}$/, 'must be a project key, such as SEC'),
  issueType: word.default('Task'),
  /** Names of statuses to go to; without one, any of the fitting category. */
  newStatus: word.optional(),
  inProgressStatus: word.optional(),
  waitingStatus: word.optional(),
  resolvedStatus: word.optional(),
  cancelledStatus: word.optional(),
  /** Name of the resolution where the mapping has none, default `Done`. */
  resolution: word.default('Done'),
  /** `no` where the project has no priority. */
  priority: z.enum(['yes', 'no']).default('yes'),
  /** Where people open tickets, if not at the connection's `url`: `https://acme.atlassian.net`. */
  site: z.url({ protocol: /^https$/ }).optional(),
});

export type JiraSettings = ReturnType<typeof jiraSettings.read>;
