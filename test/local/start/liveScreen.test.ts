import { createAnnouncements } from '../../../local/start/announcements';
import { widthOf } from '../../../shared/terminal/cells';
import { changeLine, ticketLines } from '../../../local/start/liveScreen';
import { plain } from '../../../shared/terminal/terminal';

const row = {
  tenantId: 't',
  tenantName: 'Northwind Traders',
  incidentId: '1104',
  displayName: 'Email messages removed after delivery',
  status: 'active',
  severity: 'low',
  createdDateTime: '2026-11-01T08:00:00Z',
  lastUpdateDateTime: '2026-11-21T08:00:00.5000000Z',
};
const look = { width: 80, palette: plain, nowMs: Date.parse('2026-11-21T08:00:07Z') };

test('a change tells when, how much later, whose, what and which, within the width', () => {
  const line = changeLine(row, ['comment added', 'tagged vip'], look);
  expect(line).toBe('  08:00:07    7 s  Northwind Traders     comment added, tagged vip: 1104 Email…');
  expect(widthOf(line)).toBeLessThanOrEqual(80);
});

test('a change nobody announced is told from the row alone', () => {
  expect(changeLine(row, [], look)).toContain('updated: 1104');
  expect(changeLine({ ...row, status: 'resolved' }, [], look)).toContain('resolved: 1104');
  expect(changeLine({ ...row, createdDateTime: row.lastUpdateDateTime }, [], look)).toContain('new incident: 1104');
});

test('what a ticket did stands where changes stand, without seconds; what is too long for the screen goes on below', () => {
  const customer = 'Northwind Traders';
  const what = 'INC0010007 closed in ServiceNow → incident 1042 resolved in Defender';
  expect(ticketLines({ customer, what }, { ...look, width: 120 })).toEqual([
    `  08:00:07         Northwind Traders     ${what}`,
  ]);
  expect(ticketLines({ customer, what }, look)).toEqual([
    '  08:00:07         Northwind Traders     INC0010007 closed in ServiceNow →',
    '                                         incident 1042 resolved in Defender',
  ]);
});

test('a ticket’s title is cut, and stays on its line', () => {
  const news = { customer: 'Fabrikam', what: 'SEC-1 opened for 780', title: 'Multi-stage incident\n involving email' };
  expect(ticketLines(news, look)).toEqual([
    '  08:00:07         Fabrikam              SEC-1 opened for 780 Multi-stage incid…',
  ]);
});

test('announcements up to the version shown belong to it, later ones wait for theirs', () => {
  const announcements = createAnnouncements();
  const add = (version: string, what: string) => announcements.add({ tenantId: 't', incidentId: '1', version, what });
  add('2026-11-21T08:00:01.0000000Z', 'first');
  add('2026-11-21T08:00:02.0000000Z', 'second');
  add('2026-11-21T08:00:03.0000000Z', 'third');
  expect(announcements.take('t', '1', '2026-11-21T08:00:02.0000000Z')).toEqual(['first', 'second']);
  expect(announcements.take('t', '1', '2026-11-21T08:00:03.0000000Z')).toEqual(['third']);
  expect(announcements.take('t', '1', '2026-11-21T08:00:03.0000000Z')).toEqual([]);
});
