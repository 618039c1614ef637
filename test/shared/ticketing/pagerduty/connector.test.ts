import {
  pagerdutyAccount,
  pagerdutyPerson,
  pagerdutyRoutingKey,
  pagerdutyService,
  startPagerduty,
} from '../../../../local/tools/pagerduty';
import { pagerduty } from '../../../../shared/ticketing/pagerduty';
import { describeConnector } from '../connectorContract';

if (pagerduty.delivers !== 'state') throw new Error('PagerDuty keeps incidents');
const definition = pagerduty;

describe.each(['rest', 'events'] as const)('incidents made by %s', (via) => {
  describeConnector({
    definition,
    start: startPagerduty,
    connection: (url) => ({
      auth: { kind: 'bearer' },
      mapping: {
        settings: {
          from: pagerdutyAccount.email,
          via,
          ...(via === 'rest' ? { service: pagerdutyService } : { eventsUrl: url }),
        },
      },
    }),
    secret: 'u+pd-rest-key-0123456789',
    signingSecrets: [pagerdutyRoutingKey],
    hookSecret: 'pd-webhook-secret-0123456789abcdef',
    otherHookSecret: 'pd-webhook-secret-fedcba9876543210',
    account: pagerdutyAccount.id,
    person: pagerdutyPerson.id,
    words: { inProgress: 'acknowledged', resolved: 'resolved', reopened: 'triggered' },
    titleLimit: 1_024,
    // A note is a call of its own; all the rest is one.
    writesOf: ({ comments, title, severity, status, assignee }) =>
      comments.length + ([title, severity, status, assignee].some((each) => each !== undefined) ? 1 : 0),
    can: {
      // Notes are for the account's users alone.
      public: false,
      // Nobody can be taken off an incident without another.
      tellsAssignee: false,
      beNobodys: false,
      tellsDeleted: false,
      deletes: false,
    },
  });
});
