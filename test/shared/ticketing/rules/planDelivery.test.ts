import type { Connection } from '../../../../shared/model/connection';
import type { Link } from '../../../../shared/model/link';
import { newLink } from '../../../../shared/model/link';
import { mustBeTime7 } from '../../../../shared/model/time7';
import type { DeliveryInput, DeliveryPlan } from '../../../../shared/ticketing/rules/deliveryPlan';
import { planDelivery } from '../../../../shared/ticketing/rules/planDelivery';
import { at, deliveryOf, incidentOf, linkedTo, plainConnection, tenantId } from './plain';

const planned = (given: Partial<DeliveryInput>): DeliveryPlan => planDelivery(deliveryOf(given));
const withConnection = (given: Partial<Connection>): Connection => ({ ...plainConnection, ...given });
const updateOf = (plan: DeliveryPlan) => {
  if (plan.do !== 'update') throw new Error(`${plan.do}: ${'because' in plan ? plan.because : ''}`);
  return plan;
};
const mergeOf = (plan: DeliveryPlan) => {
  if (plan.do !== 'merge') throw new Error(plan.do);
  return plan;
};
const time7 = (minutes: number) => mustBeTime7(at(minutes), 'x');

describe('which event makes a ticket', () => {
  test.each(['created', 'updated', 'resolved', 'reopened'] as const)('the first that passes, be it %s', (type) => {
    expect(planned({ events: [{ type, version: time7(0) }] }).do).toBe('create');
  });

  test.each<[string, Partial<DeliveryInput>]>([
    [
      'a kind nobody asked for',
      { connection: withConnection({ outbound: { ...plainConnection.outbound, events: ['resolved'] } }) },
    ],
    ['before since', { connection: withConnection({ since: time7(5) }) }],
    ['another severity', { connection: withConnection({ filters: { severity: ['high'] } }) }],
    ['another group', { connection: withConnection({ filters: { group: ['g'] } }) }],
    ['another source', { connection: withConnection({ filters: { source: ['microsoftSentinel'] } }) }],
    ['merged away', { incident: incidentOf({ status: 'redirected', redirectIncidentId: '43' }) }],
    ['a backlog of what is closed', { isBacklog: true, incident: incidentOf({ status: 'resolved' }) }],
    ['no event at all', { events: [] }],
  ])('none: %s', (_, given) => {
    expect(planned(given)).toMatchObject({ do: 'nothing' });
  });

  test('what is open and older than since is announced where the backlog is', () => {
    expect(planned({ isBacklog: true, connection: withConnection({ since: time7(5), settleSeconds: 900 }) }).do).toBe(
      'create',
    );
  });

  test('a new incident settles first', () => {
    const connection = withConnection({ settleSeconds: 120 });
    expect(planned({ connection, now: at(1) })).toMatchObject({ do: 'nothing', retryAt: at(2) });
    expect(planned({ connection, now: at(2) }).do).toBe('create');
  });

  test('a linked one is followed out of the filter', () => {
    const connection = withConnection({ filters: { severity: ['high'] } });
    const plan = planned({
      connection,
      link: linkedTo(incidentOf()),
      incident: incidentOf({ status: 'inProgress' }, 5),
    });
    expect(updateOf(plan).change.status).toBe('inProgress');
  });
});

describe('a ticket', () => {
  test('is made once, and the same incident tells it nothing more', () => {
    const plan = planned({});
    if (plan.do !== 'create') throw new Error(plan.do);
    expect(plan.content.key).toBe(`${tenantId}:42`);
    const link = plan.after({ ticketId: 't1', number: 'INC1', url: null });
    expect(planned({ link })).toMatchObject({ do: 'nothing', because: 'the ticket says all of it' });
  });

  test('is told only what differs', () => {
    const plan = planned({});
    if (plan.do !== 'create') throw new Error(plan.do);
    const link = plan.after({ ticketId: 't1', number: 'INC1', url: null });
    const { change } = updateOf(
      planned({ link, incident: incidentOf({ displayName: 'Other', assignedTo: 'Ana@contoso.example' }, 5) }),
    );
    expect(Object.keys(change).sort()).toEqual(['assignee', 'comments', 'key', 'title']);
    expect(change.assignee).toBe('u-ana');
  });

  test('never gets an owner nobody mapped, and none that the contract keeps back', () => {
    const link = linkedTo(incidentOf(), { told: null });
    const incident = incidentOf({ assignedTo: 'zoe@contoso.example' }, 5);
    expect(updateOf(planned({ link, incident })).change.assignee).toBeUndefined();
    const connection = withConnection({ contract: { send: ['displayName'] } });
    const mapped = incidentOf({ assignedTo: 'ana@contoso.example' }, 5);
    expect(updateOf(planned({ connection, link, incident: mapped })).change.assignee).toBeUndefined();
  });

  describe('whose owner is taken out of the incident', () => {
    const ana = linkedTo(incidentOf(), { base: { status: 'active', assignedTo: 'ana@contoso.example' } });
    const nobodys = incidentOf({ assignedTo: null }, 5);
    const said = (value: string | null, isOverwritten: boolean): Partial<Link> => ({
      said: { assignedTo: { value, version: null, at: at(2), isOverwritten } },
    });

    test.each<[string, Partial<Link>]>([
      ['we put in', {}],
      ['its people put in', said('u-ana', false)],
      ['came after somebody else, whom we overruled', said('u-bo', true)],
    ])('loses the one that %s', (_, given) => {
      const plan = updateOf(planned({ link: { ...ana, ...given }, incident: nobodys }));
      expect(plan.change.assignee).toBeNull();
      const after = plan.after();
      expect(after).toMatchObject({ base: { assignedTo: null }, ledger: [{ field: 'assignedTo', value: null }] });
      expect(planned({ link: after, incident: nobodys }).do).toBe('nothing');
    });

    test.each<[string, Partial<DeliveryInput>]>([
      ['somebody its people put in since', { link: { ...ana, ...said('u-unmapped', false) } }],
      ['whom the contract does not let us speak of', { connection: withConnection({ contract: { send: ['title'] } }) }],
      ['whom its tool cannot be without', { connection: withConnection({ tool: 'pagerduty' }) }],
      ['whom we know nothing of', { link: linkedTo(incidentOf()) }],
    ])('keeps %s', (_, given) => {
      const plan = planned({ link: ana, incident: nobodys, ...given });
      expect(plan.do === 'update' && 'assignee' in plan.change).toBe(false);
    });
  });

  test('is closed with the word for its verdict', () => {
    const connection = withConnection({ mapping: { closeCodes: { truePositive: 'Confirmed', default: 'Done' } } });
    const resolved = (classification: string) =>
      incidentOf({ status: 'resolved', classification, determination: 'malware' }, 5);
    const close = (classification: string) =>
      updateOf(planned({ connection, link: linkedTo(incidentOf()), incident: resolved(classification) })).change;
    expect(close('TruePositive')).toMatchObject({
      status: 'resolved',
      closeCode: 'Confirmed',
      closeNote: 'Resolved in Microsoft Defender: truePositive, malware',
    });
    expect(close('unknown').closeCode).toBe('Done');
  });
});

describe('a closed ticket', () => {
  const link = linkedTo(incidentOf({ status: 'resolved' }));
  test('is opened again, or followed by one that names it', () => {
    const plan = updateOf(planned({ link, incident: incidentOf({}, 5) }));
    expect(plan.change.status).toBe('new');
    const next = plan.otherwise('ticketClosed');
    if (next.do !== 'create') throw new Error(next.do);
    expect(next.content.key).toBe(`${tenantId}:42:2`);
    expect(next.content.comments[0]?.text).toContain('Follow-up of INC1');
    expect(
      next
        .after({ ticketId: 't2', number: 'INC2', url: null })
        .tickets.map(({ generation, state }) => [generation, state]),
    ).toEqual([
      [1, 'closed'],
      [2, 'open'],
    ]);
  });

  test('by a write of ours whose answer was lost is followed by another, should its incident be open again; by its people it is not', () => {
    const tried = { writeId: 'w', side: 'ticket', field: 'status', untilMs: Date.parse(at(9)) } as const;
    const unsure = { status: at(4) };
    const refusedFor = (value: string) =>
      updateOf(
        planned({
          link: linkedTo(incidentOf(), { unsure, ledger: [{ ...tried, value }] }),
          incident: incidentOf({}, 5),
        }),
      ).otherwise('ticketClosed');
    expect(refusedFor('resolved')).toMatchObject({ do: 'create', content: { key: `${tenantId}:42:2` } });
    expect(refusedFor('inProgress').do).not.toBe('create');
  });

  test('that takes no title stays closed without another', () => {
    const plan = updateOf(planned({ link, incident: incidentOf({ status: 'resolved', displayName: 'Other' }, 5) }));
    expect(plan.otherwise('ticketClosed')).toMatchObject({ do: 'nothing' });
  });
});

describe('a deleted ticket', () => {
  const gone = (severity: string) =>
    updateOf(
      planned({ link: linkedTo(incidentOf()), incident: incidentOf({ severity, status: 'inProgress' }, 5) }),
    ).otherwise('ticketGone');
  test('is not made again', () => {
    expect(gone('medium')).toMatchObject({
      do: 'nothing',
      journal: [{ state: 'noted' }],
      link: { tickets: [{ state: 'deleted' }] },
    });
  });

  test('is made once more where its incident is grave and open, and never a third time', () => {
    const plan = gone('high');
    if (plan.do !== 'create') throw new Error(plan.do);
    const link = plan.after({ ticketId: 't2', number: 'INC2', url: null });
    const again = updateOf(planned({ link, incident: incidentOf({ severity: 'high', status: 'active' }, 6) }));
    expect(again.otherwise('ticketGone').do).toBe('nothing');
  });
});

describe('a write whose answer was lost', () => {
  const incident = incidentOf({ status: 'inProgress' });
  const unsure = { status: at(5) };
  const saidAt = (minutes: number) => ({
    said: { status: { value: 'waiting', version: null, at: at(minutes), isOverwritten: false } },
  });
  const plan = (minutes: number) =>
    planned({ incident, link: linkedTo(incident, { told: null, unsure, ...saidAt(minutes) }), now: at(10) });

  test('is made good by telling what holds, though both sides agreed on it before', () => {
    const { change, after } = updateOf(plan(4));
    expect(change.status).toBe('inProgress');
    expect(after().unsure).toEqual({});
  });

  test('does not speak over what the ticket said since', () => {
    const { change, after } = updateOf(plan(6));
    expect(change.status).toBeUndefined();
    expect(after().unsure).toEqual({});
  });
});

describe('a merge', () => {
  const incident = incidentOf({ status: 'redirected', redirectIncidentId: '43' }, 5);
  const link = linkedTo(incidentOf());
  const other = { ...link.tickets[0]!, ticketId: 't9', number: 'INC9', url: 'https://desk.example/9' };
  const survivorLink = { ...linkedTo(incidentOf({ incidentId: '43' })), incidentId: '43', tickets: [other] };

  test('of two tickets carries a note over, then closes the absorbed one with a pointer', () => {
    const carry = mergeOf(planned({ incident, link, survivor: { incidentId: '43', link: survivorLink } }));
    expect(carry).toMatchObject({ step: 'carry', ticketId: 't9', again: true });
    const { survivorLink: told } = carry.after();
    const absorb = mergeOf(planned({ incident, link, survivor: { incidentId: '43', link: told } }));
    expect(absorb).toMatchObject({ step: 'absorb', ticketId: 't1', again: false });
    expect(absorb.change).toMatchObject({ status: 'resolved', duplicateOf: { ticketId: 't9', number: 'INC9' } });
    const after = absorb.after();
    expect(after.link.tickets[0]?.state).toBe('absorbed');
    expect(after.survivorLink).toBe(told);
    expect(planned({ incident, link: after.link, survivor: { incidentId: '43', link: told } }).do).toBe('nothing');
  });

  test('where only the absorbed one has a ticket gives it to the survivor, open', () => {
    const plan = mergeOf(
      planned({ incident, link, survivor: { incidentId: '43', link: newLink(tenantId, 'desk', '43') } }),
    );
    expect(plan.step).toBe('relink');
    const after = plan.after();
    expect(after.survivorLink).toMatchObject({ incidentId: '43', tickets: [{ ticketId: 't1', state: 'open' }] });
    const next = updateOf(
      planned({ incident: incidentOf({ incidentId: '43', status: 'inProgress' }, 6), link: after.survivorLink }),
    );
    expect(next).toMatchObject({ ticketId: 't1', change: { status: 'inProgress' } });
  });

  test('takes a ticket for closed only where no write of its state is in doubt', () => {
    const carried = mergeOf(planned({ incident, link, survivor: { incidentId: '43', link: survivorLink } })).after();
    const tickets = link.tickets.map((ticket) => ({ ...ticket, state: 'closed' as const }));
    const whereClosed = (unsure: Link['unsure'], other: Link) =>
      planned({
        incident,
        link: { ...link, tickets, unsure: unsure ?? {} },
        survivor: { incidentId: '43', link: other },
      });
    expect(whereClosed({}, carried.survivorLink).do).toBe('nothing');
    expect(whereClosed({}, newLink(tenantId, 'desk', '43')).do).toBe('nothing');
    const unsure = { status: at(4) };
    expect(mergeOf(whereClosed(unsure, carried.survivorLink))).toMatchObject({
      ...{ step: 'absorb', ticketId: 't1' },
      change: { status: 'resolved' },
    });
    expect(mergeOf(whereClosed(unsure, newLink(tenantId, 'desk', '43'))).step).toBe('relink');
  });

  test('closes with a pointer what it took for closed, once it is found open', () => {
    const carried = mergeOf(planned({ incident, link, survivor: { incidentId: '43', link: survivorLink } })).after();
    const where = (state: 'absorbed' | 'open', given: Link) =>
      planned({
        incident,
        link: { ...given, tickets: given.tickets.map((ticket) => ({ ...ticket, state })) },
        survivor: { incidentId: '43', link: carried.survivorLink },
      });
    expect(where('absorbed', link).do).toBe('nothing');
    const absorb = mergeOf(where('open', link));
    expect(absorb).toMatchObject({ step: 'absorb', change: { status: 'resolved', duplicateOf: { number: 'INC9' } } });
    // So that what was opened before is known as such, and an endless to and fro as one.
    const after = absorb.after().link;
    expect(after.applied).toMatchObject([{ field: 'status', value: 'resolved', from: 'defender' }]);
    expect(after.tickets[0]?.state).toBe('absorbed');
  });

  test('waits a day for a survivor that is not known, then says so', () => {
    expect(planned({ incident, link, now: at(10) })).toMatchObject({ do: 'nothing', retryAt: at(15) });
    const plan = updateOf(planned({ incident, link, now: at(24 * 60 + 6) }));
    expect(plan.change.status).toBeUndefined();
    expect(plan.change.comments[0]?.text).toContain('43');
    expect(planned({ incident, link: plan.after(), now: at(24 * 60 + 7) })).toMatchObject({ do: 'nothing' });
  });

  test('where the survivor is getting its ticket just now waits', () => {
    const survivor = {
      incidentId: '43',
      link: { ...newLink(tenantId, 'desk', '43'), intent: { key: 'k', at: at(0) } },
    };
    expect(planned({ incident, link, survivor, now: at(6) })).toMatchObject({ do: 'nothing', retryAt: at(11) });
  });

  test('where the survivor lost its ticket gives it this one', () => {
    const plan = mergeOf(planned({ incident, link, survivor: { incidentId: '43', link: survivorLink } }));
    expect(mergeOf(plan.otherwise('ticketGone')).step).toBe('relink');
  });
});

describe('a storm', () => {
  const storm = { key: `${tenantId}:storm:desk:1` };
  const ticket = { ticketId: 's1', number: 'INC5', url: null };
  test('has one ticket that lists its incidents', () => {
    const first = planned({ storm });
    if (first.do !== 'create') throw new Error(first.do);
    expect(first.content.key).toBe(storm.key);
    expect(first.content.comments[0]?.text).toContain('New incident 42');
    const next = updateOf(planned({ storm: { ...storm, ticket } }));
    expect(next).toMatchObject({ ticketId: 's1' });
    expect(next.after()).toMatchObject({ storm: storm.key, tickets: [{ ticketId: 's1', generation: 0 }] });
    expect(next.otherwise('ticketClosed')).toMatchObject({ do: 'create', content: { key: `${tenantId}:42` } });
  });

  test.each(['high', 'unSpecified'])('leaves severity %s its own', (severity) => {
    expect(planned({ storm, incident: incidentOf({ severity }) })).toMatchObject({
      do: 'create',
      content: { key: `${tenantId}:42` },
    });
  });

  test('hears when one of its incidents is over; one that becomes grave gets its own', () => {
    const link = updateOf(planned({ storm: { ...storm, ticket } })).after();
    expect(planned({ link, incident: incidentOf({ displayName: 'x' }, 5) }).do).toBe('nothing');
    const over = updateOf(planned({ link, incident: incidentOf({ status: 'resolved' }, 5) }));
    expect(over.change.comments[0]?.text).toContain('Resolved: incident 42');
    expect(planned({ link, incident: incidentOf({ severity: 'high' }, 5) })).toMatchObject({
      do: 'create',
      content: { key: `${tenantId}:42` },
    });
  });
});

describe('comments on their way out', () => {
  const marker = (id: string) => `\n[xdr-relay:${id}]`;
  const said = (comment: string, minutes = 1) => ({
    comment,
    createdByDisplayName: 'Ana',
    createdDateTime: at(minutes),
  });
  const textsOf = (comments: Connection['outbound']['comments'], ...given: readonly string[]): readonly string[] => {
    const connection = withConnection({ outbound: { ...plainConnection.outbound, comments } });
    const plan = planned({
      connection,
      link: linkedTo(incidentOf(), { told: null }),
      incident: incidentOf({}, 5, { comments: given.map((text) => said(text)) }),
    });
    return updateOf(plan).change.comments.map(({ text }) => text);
  };
  const publicOne = `from another tool${marker('p0123456789abcdef')}`;
  const internalOne = `for its staff${marker('i0123456789abcdef')}`;
  test.each([
    ['none', 0],
    ['own', 1],
    ['all', 2],
  ] as const)('%s', (which, count) => {
    const texts = textsOf(which, 'own words', publicOne, internalOne);
    expect(texts).toHaveLength(count);
    expect(texts.join()).not.toContain('for its staff');
    for (const text of texts) expect(text.match(/\[xdr-relay:p[0-9a-f]{16}\]$/g)).toHaveLength(1);
  });

  test('equal ones are sent once', () => {
    expect(textsOf('own', 'twice', 'twice')).toHaveLength(1);
  });
});
