import {
  servicenowAccount,
  servicenowClient,
  servicenowPerson,
  startServicenow,
} from '../../../../local/tools/servicenow/index';
import type { ConnectionAuth } from '../../../../shared/model/connection';
import { servicenow } from '../../../../shared/ticketing/servicenow/index';
import type { ConnectorContract } from '../connectorContract';
import { describeConnector } from '../connectorContract';

/** As a journal shows it: what stands between code tags is HTML, and its tags are not seen. */
const shown = (kept: string): string =>
  kept.replace(/\[code\]([\s\S]*?)\[\/code\]/gi, (_, html: string) => html.replace(/<[^>]*>/g, ''));

const contract = (
  table: string,
  auth: ConnectionAuth,
  settings: Readonly<Record<string, string>> = {},
): Omit<ConnectorContract, 'words' | 'start'> => ({
  definition: servicenow,
  connection: (url) => ({ url, tool: 'servicenow', auth, mapping: { settings: { table, ...settings } } }),
  secret: 'correct-horse-battery-staple',
  hookSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  otherHookSecret: `whsec_${Buffer.alloc(32, 8).toString('base64')}`,
  account: servicenowAccount,
  person: servicenowPerson,
  titleLimit: 160,
  can: { listsComments: true },
  shown,
  isHarmless: ({ comments }) => {
    for (const { text } of comments) expect(text).not.toMatch(/\[\s*\/?\s*code/i);
  },
});

const basic: ConnectionAuth = { kind: 'basic', user: servicenowAccount };
const oauth: ConnectionAuth = { kind: 'oauth', user: servicenowClient };

describe('ServiceNow incidents', () => {
  describeConnector({
    ...contract('incident', basic),
    start: startServicenow,
    words: { inProgress: '2', resolved: '6', reopened: '2', resolution: 'Known error', final: '7' },
  });
});

describe('ServiceNow incidents through an OAuth client', () => {
  describeConnector({
    ...contract('incident', oauth, { account: servicenowAccount }),
    start: startServicenow,
    words: { inProgress: '2', resolved: '6', reopened: '2', resolution: 'Resolved by caller', final: '7' },
  });
});

describe('ServiceNow security incidents of the process NIST Stateful', () => {
  describeConnector({
    ...contract('sn_si_incident', basic),
    start: startServicenow,
    reopens: false,
    words: {
      inProgress: '16',
      between: ['18', '19', '20', '100'],
      resolved: '3',
      reopened: '16',
      resolution: 'False positive',
    },
    // Analysis to Closed: Contain, Eradicate, Recover, Review, Closed.
    writesOf: ({ status }) => (status === 'resolved' ? 5 : 1),
  });
});

describe('ServiceNow security incidents of the process NIST Open', () => {
  describeConnector({
    ...contract('sn_si_incident', basic, { process: 'NIST Open' }),
    start: (options) => startServicenow({ ...options, process: 'NIST Open' }),
    words: { inProgress: '16', resolved: '3', reopened: '16', resolution: 'False positive' },
  });
});
