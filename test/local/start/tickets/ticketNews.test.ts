import { toolKinds } from '../../../../local/start/tickets/kinds';
import type { IncidentSight, TicketSight } from '../../../../local/start/tickets/ticketNews';
import { sightOf, ticketNews } from '../../../../local/start/tickets/ticketNews';
import type { FakeTicket } from '../../../../local/tools/fakeTool';

const [servicenow, jira] = toolKinds as [(typeof toolKinds)[number], (typeof toolKinds)[number]];

const ticket: FakeTicket = {
  ticketId: '10001',
  number: 'SEC-1',
  key: 'eb90ea32-8bd7-4757-b470-c0101c474254:1042',
  title: 'Password spray',
  status: 'To Do',
  comments: [],
  fields: { summary: 'Password spray', priority: 'Medium', labels: [] },
  writes: 1,
  isDeleted: false,
};
const open: IncidentSight = { isResolved: false, mergedInto: null };

const sights = (...tickets: FakeTicket[]): ReadonlyMap<string, TicketSight> =>
  new Map(tickets.map((each) => [each.ticketId, sightOf(jira, each)]));

const newsOf = (
  before: readonly FakeTicket[],
  now: FakeTicket,
  incident: IncidentSight = open,
  closedByPerson = new Set<string>(),
): readonly string[] =>
  ticketNews({
    kind: jira,
    before: sights(...before),
    now: sights(now),
    incidentOf: () => incident,
    closedByPerson,
  }).map(({ what, title }) => (title === undefined ? what : `${what} · ${title}`));

test('a ticket that was not there is opened for its incident', () => {
  expect(newsOf([], ticket)).toEqual(['SEC-1 opened for 1042 · Password spray']);
});

test('nothing is told of a ticket that stayed as it was, nor of what a person wrote in it', () => {
  const comments = [{ text: 'Done?', visibility: 'public', author: 'mia' }] as const;
  expect(newsOf([ticket], ticket)).toEqual([]);
  expect(newsOf([ticket], { ...ticket, comments })).toEqual([]);
});

test('what the relay wrote is told in words, each once', () => {
  const comment = { text: 'User confirmed', visibility: 'internal', author: 'relay' } as const;
  const now = { ...ticket, writes: 3, comments: [comment], fields: { ...ticket.fields, priority: 'High' } };
  expect(newsOf([ticket], now)).toEqual(['SEC-1 updated for 1042: priority, comment']);
  expect(newsOf([ticket], { ...now, fields: ticket.fields, comments: [comment, comment] })).toEqual([
    'SEC-1 updated for 1042: 2 comments',
  ]);
});

test('a write that leaves a ticket as it was is not told', () => {
  expect(newsOf([ticket], { ...ticket, writes: 2 })).toEqual([]);
});

test('a ticket that a person closed is told once its incident is resolved, and once only', () => {
  const closed = { ...ticket, status: 'Done' };
  const waiting = new Set(['10001']);
  expect(newsOf([ticket], closed, open, waiting)).toEqual([]);
  const resolved = { isResolved: true, mergedInto: null };
  expect(newsOf([closed], closed, resolved, waiting)).toEqual([
    'SEC-1 closed in Jira → incident 1042 resolved in Defender',
  ]);
  expect(newsOf([closed], closed, resolved, waiting)).toEqual([]);
});

test('a ticket the relay closed says why: a merge, or an incident resolved in Defender', () => {
  const closed = { ...ticket, status: 'Done', writes: 2 };
  expect(newsOf([ticket], closed, { isResolved: false, mergedInto: '7' })).toEqual([
    'SEC-1 closed as a duplicate: incident 1042 was merged into 7',
  ]);
  expect(newsOf([ticket], closed, { isResolved: true, mergedInto: null })).toEqual([
    'SEC-1 closed: incident 1042 was resolved in Defender',
  ]);
  expect(newsOf([closed], { ...ticket, writes: 3 })).toEqual(['SEC-1 opened again with incident 1042']);
});

test('each tool has its own words for closed', () => {
  expect(sightOf(servicenow, { ...ticket, status: '6', fields: { state: '6', sys_mod_count: '4' } })).toMatchObject({
    isOpen: false,
    fields: { state: '"6"' },
  });
  expect(sightOf(servicenow, { ...ticket, status: '3' }).isOpen).toBe(true);
});
