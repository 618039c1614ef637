import type { TicketCounts } from '../../../../local/start/tickets/ticketSummary';
import { isWhole, ticketsInWords } from '../../../../local/start/tickets/ticketSummary';

const counts: TicketCounts = {
  created: 6,
  updated: 1,
  closedInTool: 1,
  incidentsResolved: 1,
  merged: 1,
  double: 0,
  pending: 0,
  missing: null,
};

test('a walk is whole where all happened, nothing twice, and nothing waits in any tool', () => {
  expect(isWhole({ servicenow: counts, jira: counts })).toBe(true);
  for (const fault of [{ double: 1 }, { pending: 2 }, { missing: 'a merge' }])
    expect(isWhole({ servicenow: counts, jira: { ...counts, ...fault } })).toBe(false);
});

test('a line a tool, with what did not happen', () => {
  const missing = { ...counts, created: 1, merged: 0, missing: 'a merged incident’s ticket closes' };
  expect(ticketsInWords({ servicenow: counts, jira: missing }, (tool) => tool.toUpperCase())).toEqual([
    'SERVICENOW: 6 tickets created, 1 updated, 1 merged, 1 closed there, 1 incident resolved by it, 0 double, 0 pending',
    'JIRA: 1 ticket created, 1 updated, 0 merged, 1 closed there, 1 incident resolved by it, 0 double, 0 pending; ' +
      'did not happen in time: a merged incident’s ticket closes',
  ]);
});
