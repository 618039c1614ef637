import { startZendesk, zendeskAccount, zendeskPerson } from '../../../../local/tools/zendesk';
import { zendesk } from '../../../../shared/ticketing/zendesk';
import { describeConnector } from '../connectorContract';

if (zendesk.delivers !== 'state') throw new Error('Zendesk keeps tickets');

describeConnector({
  definition: zendesk,
  start: startZendesk,
  connection: () => ({ auth: { kind: 'basic', user: zendeskAccount.email }, mapping: { settings: {} } }),
  secret: 'zd-token-9f8e7d6c5b4a39281706',
  hookSecret: 'zd-webhook-secret-0123456789abcdef==',
  otherHookSecret: 'zd-webhook-secret-fedcba9876543210==',
  account: String(zendeskAccount.id),
  person: String(zendeskPerson.id),
  words: { inProgress: 'open', resolved: 'solved', reopened: 'open', final: 'closed' },
  titleLimit: 150,
  // Comments for the staff and for all are two comments, and Zendesk takes one a call.
  writesOf: ({ comments }) => Math.max(1, new Set(comments.map(({ visibility }) => visibility)).size),
  isHarmless: ({ comments, fields, title }) => {
    for (const text of [title, ...comments.map((comment) => comment.text), JSON.stringify(fields)]) {
      expect(text).not.toMatch(/(?:FILLED IN|RUN) BY ZENDESK/);
    }
  },
});
