import { randomBytes } from 'node:crypto';
import type { FakeTool } from '../../tools/fakeTool';
import { jiraPerson, jiraProject, jiraUser, startJira } from '../../tools/jira';
import { servicenowAccount, startServicenow } from '../../tools/servicenow';

/** What the demo has to know of one tool's ways. */
export interface ToolKind {
  /** As the relay calls it; the connection is called the same. */
  readonly tool: 'servicenow' | 'jira';
  readonly name: string;
  /** Its account for the relay. */
  readonly user: string;
  readonly start: (options: { secret: string; now: () => number }) => Promise<FakeTool>;
  readonly newHookSecret: () => string;
  readonly mapping: object;
  /** Its words for a ticket that is done; the first is what a person chooses. */
  readonly closed: readonly [string, ...string[]];
  /** The person who works there. */
  readonly person: string;
  readonly resolution: string;
  /** Where a browser finds a ticket, as the relay's links say. */
  readonly pageOf: (ticket: { readonly ticketId: string; readonly number: string }) => string;
  /** Fields people see, by the tool's names, in words. */
  readonly words: Readonly<Record<string, string>>;
}

/** In the order of the customers who have them. */
export const toolKinds: readonly ToolKind[] = [
  {
    tool: 'servicenow',
    name: 'ServiceNow',
    user: servicenowAccount,
    start: startServicenow,
    newHookSecret: () => `whsec_${randomBytes(32).toString('base64')}`,
    mapping: {
      settings: { table: 'incident' },
      resolutions: { 'Solution provided': { classification: 'truePositive', determination: 'malware' } },
    },
    closed: ['6', '7', '8'],
    person: 'beth.anglin',
    resolution: 'Solution provided',
    pageOf: ({ ticketId }) => `/incident.do?sys_id=${ticketId}`,
    words: {
      short_description: 'title',
      description: 'description',
      impact: 'impact',
      urgency: 'urgency',
      state: 'state',
      assigned_to: 'assignee',
      close_code: 'close code',
    },
  },
  {
    tool: 'jira',
    name: 'Jira',
    user: jiraUser,
    start: startJira,
    newHookSecret: () => randomBytes(24).toString('base64url'),
    mapping: {
      settings: { project: jiraProject },
      resolutions: { Done: { classification: 'truePositive', determination: 'malware' } },
    },
    closed: ['Done'],
    person: jiraPerson,
    resolution: 'Done',
    pageOf: ({ number }) => `/browse/${number}`,
    words: {
      summary: 'title',
      description: 'description',
      priority: 'priority',
      status: 'status',
      assignee: 'assignee',
      labels: 'labels',
      resolution: 'resolution',
    },
  },
];

export const nameOfTool = (tool: string): string => toolKinds.find((kind) => kind.tool === tool)?.name ?? tool;
