import type { ObservedIncident } from '../../../../shared/model/incident';
import type { EventType, Target } from '../../../../shared/model/outbox';
import { beginning } from '../../../../shared/model/time7';
import type { KnownIncident } from '../../../../shared/store/incidents';
import { judge } from '../../../../shared/sync/comparing/diff';
import type { Announcement } from '../../../../shared/sync/comparing/events';
import { announce } from '../../../../shared/sync/comparing/events';
import { second, shown } from '../reading/shownList';

const tenantId = '11111111-1111-4111-8111-111111111111';
const target = (connectionId: string, since = beginning): Target => ({ connectionId, since });
const jira = target('jira');

const incident = (seconds: number, status = 'active', displayName = 'Phishing'): ObservedIncident => {
  const bare = shown(7, second(seconds));
  return {
    ...bare,
    header: { ...bare.header, status, displayName, redirectIncidentId: status === 'redirected' ? '9' : null },
    body: { id: '7', status, displayName, lastUpdateDateTime: bare.version },
  };
};

/** The row as it stands once `told` was announced. */
const stored = (before: ObservedIncident, { announced }: Pick<Announcement, 'announced'>): KnownIncident => ({
  ...judge(before, undefined).digests,
  etag: 'e',
  version: before.version,
  status: before.header.status,
  bodyBlob: null,
  complete: true,
  misses: 0,
  announced,
});

/** What each of these, shown one after the other, is announced as. */
const story = (incidents: readonly ObservedIncident[], targets: readonly Target[] = [jira]): Announcement[] => {
  let known: KnownIncident | undefined;
  return incidents.map((each) => {
    const said = announce(tenantId, judge(each, known), targets);
    known = stored(each, said);
    return said;
  });
};
const typesOf = (said: readonly Announcement[]): (EventType | undefined)[] => said.map(({ events }) => events[0]?.type);

test.each<[string, string | undefined, string, EventType]>([
  ['one seen for the first time', undefined, 'active', 'created'],
  ['one seen for the first time when it was resolved already', undefined, 'resolved', 'created'],
  ['one seen for the first time when it was merged already', undefined, 'redirected', 'merged'],
  ['one that is resolved', 'active', 'resolved', 'resolved'],
  ['one that is open again', 'resolved', 'active', 'reopened'],
  ['one that is open again, in progress', 'resolved', 'inProgress', 'reopened'],
  ['one that is open again in a state nobody knows', 'resolved', 'somethingNew', 'reopened'],
  ['one that is taken up', 'active', 'inProgress', 'updated'],
  ['one that is merged', 'active', 'redirected', 'merged'],
  ['one that is merged after it was resolved', 'resolved', 'redirected', 'merged'],
  ['one whose merge was undone', 'redirected', 'active', 'updated'],
])('%s', (_, before, after, type) => {
  const incidents = [...(before === undefined ? [] : [incident(1, before)]), incident(2, after)];
  expect(typesOf(story(incidents)).at(-1)).toBe(type);
});

test('a change of what nobody watches is no event, nor is the same shown again', () => {
  const first = incident(1);
  const unwatched = { ...incident(2), body: { ...first.body, lastUpdateDateTime: second(2), summary: 'longer' } };
  expect(typesOf(story([first, unwatched, unwatched, incident(3, 'resolved')]))).toEqual([
    'created',
    undefined,
    undefined,
    'resolved',
  ]);
});

test('a change back and forth is told both times', () => {
  const said = story([incident(1), incident(2, 'active', 'Malware'), incident(3)]);
  expect(typesOf(said)).toEqual(['created', 'updated', 'updated']);
  expect(new Set(said.map(({ events }) => events[0]?.eventId)).size).toBe(3);
});

test('what a target that was off may have been told from the store meanwhile silences nothing that follows', () => {
  const [first, missed, back] = [incident(1), incident(2, 'resolved'), incident(3)];
  const [said] = story([first]);
  const unheard = announce(tenantId, judge(missed, stored(first, said!)), []);
  expect(unheard).toEqual({ events: [], announced: {} });
  const again = judge(back, stored(missed, unheard));
  expect(announce(tenantId, again, [jira]).events.map(({ type }) => type)).toEqual(['reopened']);
  // Off once more: to be told from the store, though it had once been told the same.
  expect(announce(tenantId, again, []).announced).toEqual({});
});

test('each target is told under an id of its own, the same whenever it is made', () => {
  const targets = [jira, target('pager'), target('_all.hook')];
  const [said] = story([incident(1)], targets);
  expect(said!.events.map(({ connectionId }) => connectionId)).toEqual(['jira', 'pager', '_all.hook']);
  expect(new Set(said!.events.map(({ eventId }) => eventId)).size).toBe(3);
  expect(story([incident(1)], targets)).toEqual([said]);
  expect(said!.events[0]).toMatchObject({
    tenantId,
    incidentId: '7',
    version: second(1),
    watchedDigest: said!.announced.jira,
    eventId: expect.stringMatching(/^evt_[\w-]{43}$/) as string,
  });
});

test('parts of an id do not run into each other', () => {
  const judged = (incidentId: string) => {
    const bare = incident(1);
    return judge({ ...bare, header: { ...bare.header, incidentId } }, undefined);
  };
  const idOf = (tenant: string, incidentId: string): string =>
    announce(tenant, judged(incidentId), [jira]).events[0]!.eventId;
  expect(idOf('t1', '23')).not.toBe(idOf('t12', '3'));
});

test('nothing last updated before a target’s beginning is told to it, what is updated at it is', () => {
  const targets = [target('late', second(5)), jira];
  const said = story([incident(1), incident(4, 'inProgress'), incident(5, 'resolved')], targets);
  expect(said.map(({ events }) => events.map(({ connectionId, type }) => `${connectionId} ${type}`))).toEqual([
    ['jira created'],
    ['jira updated'],
    ['late resolved', 'jira resolved'],
  ]);
});

test('a backlog that is wanted is announced as it is first read: what is open, however old, and no more', () => {
  const late = { ...target('late', second(100)), backlog: 'open' as const };
  const told = (status: string): number =>
    announce(tenantId, judge(incident(1, status), undefined), [late]).events.length;
  expect([told('active'), told('inProgress'), told('resolved'), told('redirected')]).toEqual([1, 1, 0, 0]);
  const without = announce(tenantId, judge(incident(1), undefined), [target('late', second(100))]);
  expect(without.events).toEqual([]);
});

test('a target that comes later is not told of what has not changed since', () => {
  const [said] = story([incident(1)]);
  const unchanged = { ...incident(6), body: { ...incident(1).body, lastUpdateDateTime: second(6) } };
  const judged = judge(unchanged, stored(incident(1), said!));
  expect(announce(tenantId, judged, [jira, target('new')]).events).toEqual([]);
});

test('without targets nothing is told, and nobody counts as told', () => {
  expect(story([incident(1)], [])).toEqual([{ events: [], announced: {} }]);
});

test('another recipe of digests is taken over in silence, and what follows is judged by it', () => {
  const [said] = story([incident(1)]);
  const old: KnownIncident = { ...stored(incident(1), said!), bodyDigest: 'b0.x', watchedDigest: 'w0.x' };
  const judged = judge(incident(1), { ...old, announced: { jira: 'w0.x', pager: 'w0.other' } });
  expect(judged.difference).toBe('redigested');
  const silent = announce(tenantId, judged, [jira]);
  expect(silent).toEqual({
    events: [],
    announced: { jira: judged.digests.watchedDigest, pager: 'w0.other' },
  });
  const next = judge(incident(2, 'resolved'), stored(incident(1), silent));
  expect(announce(tenantId, next, [jira]).events.map(({ type }) => type)).toEqual(['resolved']);
});
