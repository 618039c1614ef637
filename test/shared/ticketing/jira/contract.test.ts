import { jiraAccount, jiraPerson, jiraProject, jiraUser, startJira } from '../../../../local/tools/jira/index';
import { jira } from '../../../../shared/ticketing/jira/index';
import type { ConnectorContract } from '../connectorContract';
import { describeConnector } from '../connectorContract';

const contract: ConnectorContract = {
  definition: jira,
  start: startJira,
  connection: (url) => ({
    url,
    tool: 'jira',
    auth: { kind: 'basic', user: jiraUser },
    mapping: { settings: { project: jiraProject } },
  }),
  secret: 'ATATT3xFfGF0T2-correct-horse',
  hookSecret: 'a-secret-of-thirty-two-characters',
  otherHookSecret: 'another-of-thirty-two-characters',
  account: jiraAccount,
  person: jiraPerson,
  words: { inProgress: 'In Progress', resolved: 'Done', reopened: 'In Progress', resolution: 'Duplicate' },
  titleLimit: 255,
  // One edit, one call a comment, one transition.
  writesOf: ({ comments, status, title, severity, tags }) =>
    ((title ?? severity ?? tags) ? 1 : 0) + comments.length + (status === undefined ? 0 : 1),
};

describe('Jira', () => {
  describeConnector(contract);
});

describe('Jira with a workflow of steps, whose webhooks of comments name no issue', () => {
  describeConnector({
    ...contract,
    start: (options) => startJira({ ...options, workflow: 'steps', commentsWithoutIssue: true }),
    words: { ...contract.words, reopened: 'To Do' },
  });
});

describe('Jira with a workflow that leads out of no end', () => {
  describeConnector({ ...contract, reopens: false, start: (options) => startJira({ ...options, workflow: 'oneWay' }) });
});
