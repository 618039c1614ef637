import { githubAccount, githubPerson, githubRepository, startGithub } from '../../../../local/tools/github';
import { outsideFences, shownText } from '../../../../local/tools/github/markdown';
import { github } from '../../../../shared/ticketing/github';
import { describeConnector } from '../connectorContract';

if (github.delivers !== 'state') throw new Error('GitHub keeps issues');

describeConnector({
  definition: github,
  start: startGithub,
  connection: () => ({
    auth: { kind: 'bearer' },
    mapping: { settings: { repository: githubRepository } },
  }),
  secret: 'github_pat_0123456789abcdefghij',
  hookSecret: 'gh-webhook-secret-0123456789abcdef',
  otherHookSecret: 'gh-webhook-secret-fedcba9876543210',
  account: String(githubAccount.id),
  person: githubPerson.login,
  words: { inProgress: 'xdr-status-in-progress', resolved: 'closed', reopened: 'open', resolution: 'completed' },
  titleLimit: 256,
  goneStatus: 410,
  listsBare: true,
  // A comment is a call of its own; all the rest is one.
  writesOf: ({ comments, title, description, severity, tags, status, assignee }) =>
    comments.length +
    ([title, description, severity, tags, status, assignee].some((each) => each !== undefined) ? 1 : 0),
  shown: shownText,
  isHarmless: ({ comments, fields }) => {
    for (const { text } of comments) expect(outsideFences(text)).toBe('');
    const rest = outsideFences(String(fields.body)).split('\n');
    expect(rest.filter((line) => line !== '' && !/^<!-- xdr-relay:(?:key \S+|end) -->$/.test(line))).toEqual([
      '[Open in Microsoft Defender](<https://security.microsoft.com/incidents/10233>)',
    ]);
  },
  // GitHub knows no notes for the staff alone.
  can: { internal: false, listsComments: true },
});
