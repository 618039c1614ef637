import type { Connection } from '../../../../shared/model/connection';
import type { Link, LinkedTicket } from '../../../../shared/model/link';
import type { TicketChange, TicketEvent } from '../../../../shared/model/ticket';
import { beginning } from '../../../../shared/model/time7';
import type { IncidentState } from '../../../../shared/ticketing/rules/deliveryPlan';
import type { InboundInput } from '../../../../shared/ticketing/rules/inboundPlan';
import { inDoubt } from '../../../../shared/ticketing/rules/inDoubt';
import { atVersion, planInbound } from '../../../../shared/ticketing/rules/planInbound';
import { planDelivery } from '../../../../shared/ticketing/rules/planDelivery';
import { at, deliveryOf, eventOf, inboundOf, incidentOf, linkedTo, plainConnection } from './plain';

const inbound = (given: Partial<Connection['inbound']>): Connection => ({
  ...plainConnection,
  inbound: { ...plainConnection.inbound, ...given },
});
const closed = eventOf({ kind: 'closed', status: 'resolved' });

describe('closing', () => {
  test.each([
    ['low', 'low', true],
    ['medium', 'low', false],
    ['high', 'high', true],
    ['unSpecified', 'medium', false],
    [null, 'medium', false],
    ['Informational', 'low', true],
    ['low', 'none', false],
  ] as const)('of severity %s where it may up to %s: %s', (severity, upTo, may) => {
    const live = incidentOf({ severity });
    const plan = planInbound(
      inboundOf({ connection: inbound({ closes: { upTo, else: 'propose' } }), live, event: closed }),
    );
    expect(plan.update?.status).toBe(may ? 'resolved' : undefined);
    expect(plan.journal.map(({ kind }) => kind)).toEqual(may ? [] : ['proposal']);
    expect(plan.journal[0]?.change).toEqual(may ? undefined : { status: 'resolved' });
  });

  test('what it may not and need not propose changes nothing, but stands in the journal', () => {
    const connection = inbound({ closes: { upTo: 'none', else: 'ignore' } });
    const plan = planInbound(inboundOf({ connection, event: closed }));
    expect(plan).toMatchObject({
      ignored: 'notAllowed',
      comments: [],
      journal: [{ kind: 'overruled', value: 'resolved' }],
    });
  });

  test('is proposed once, however often the ticket repeats it', () => {
    const connection = inbound({ closes: { upTo: 'none', else: 'propose' } });
    const first = planInbound(inboundOf({ connection, event: closed }));
    const event = eventOf({ status: 'resolved', occurredAt: at(20) });
    expect(planInbound(inboundOf({ connection, event, link: first.link })).journal).toEqual([]);
  });

  test.each<[string, Partial<InboundInput>]>([
    ['a weak sender', { isWeak: true }],
    ['a tenant without write-back', { writeBack: false }],
  ])('through %s is proposed', (_, given) => {
    const plan = planInbound(inboundOf({ ...given, event: closed }));
    expect(plan.update).toBeUndefined();
    expect(plan.journal.map(({ kind }) => kind)).toEqual(['proposal']);
  });

  test("a storm's ticket proposes even where proposals are not wanted", () => {
    const live = incidentOf();
    const connection = inbound({ closes: { upTo: 'high', else: 'ignore' } });
    const plan = planInbound(
      inboundOf({ connection, live, event: closed, link: linkedTo(live, { storm: 'a:storm' }) }),
    );
    expect(plan).toMatchObject({ ignored: null, journal: [{ kind: 'proposal' }] });
  });

  test('names the ticket and its author in Defender', () => {
    const plan = planInbound(inboundOf({ event: { ...closed, resolution: 'Threat mitigated' } }));
    expect(plan.update).toEqual({ status: 'resolved', classification: 'truePositive', determination: 'other' });
    expect(plan.comments).toHaveLength(1);
    expect(plan.comments[0]).toMatch(
      /^Cy Young changed ticket INC1 \(Threat mitigated\).*\n\[xdr-relay:i[0-9a-f]{16}\]$/s,
    );
  });
});

describe('re-opening', () => {
  const live = incidentOf({ status: 'resolved' });
  test.each([
    [true, 'active', 0],
    [false, undefined, 1],
  ])('where it may: %s', (reopens, status, proposals) => {
    const event = eventOf({ kind: 'reopened', status: 'new' });
    const plan = planInbound(inboundOf({ connection: inbound({ reopens }), live, event }));
    expect(plan.update?.status).toBe(status);
    expect(plan.journal).toHaveLength(proposals);
  });
});

describe('a verdict', () => {
  const judged = { classification: 'TruePositive', determination: 'malware' };
  test.each([
    ['Done', judged, {}],
    ['Threat mitigated', judged, {}],
    ['False positive', judged, { classification: 'falsePositive', determination: 'notMalicious' }],
    ['Done', {}, {}],
    [
      'Known error',
      {},
      { classification: 'informationalExpectedActivity', determination: 'lineOfBusinessApplication' },
    ],
  ])('of resolution %s over %j', (resolution, header, wanted) => {
    const live = incidentOf(header);
    const values = { classification: 'truePositive', determination: 'malware' };
    const base = {
      status: 'active',
      assignedTo: null,
      ...('classification' in header ? values : { classification: null, determination: null }),
    };
    const plan = planInbound(inboundOf({ live, link: linkedTo(live, { base }), event: { ...closed, resolution } }));
    expect(plan.update).toEqual({ status: 'resolved', ...wanted });
  });

  test('called off is never false', () => {
    const event = eventOf({ status: 'cancelled', resolution: 'False positive' });
    expect(planInbound(inboundOf({ event })).update).toEqual({ status: 'resolved' });
  });

  test("the connection's own words come first, and a pair that does not fit is made to", () => {
    const resolutions = { done: { classification: 'falsePositive', determination: 'malware' } };
    const connection = { ...plainConnection, mapping: { resolutions } };
    const plan = planInbound(inboundOf({ connection, event: { ...closed, resolution: 'Done' } }));
    expect(plan.update).toMatchObject({ classification: 'falsePositive', determination: 'other' });
  });

  test('is not judged again each time the ticket repeats its resolution', () => {
    const live = incidentOf({ status: 'resolved', ...judged });
    const event = eventOf({ status: 'resolved', resolution: 'False positive' });
    expect(planInbound(inboundOf({ live, event })).update).toBeUndefined();
  });
});

describe('where both sides changed the status', () => {
  // Defender went from active to inProgress at minute 8, unseen by the ticket.
  const live = incidentOf({ status: 'inProgress' }, 8);
  const link = linkedTo(live, {
    base: { status: 'active', classification: null, determination: null, assignedTo: null },
  });
  test.each([
    ['defender', 'resolved', 12, undefined, 'ticket'],
    ['ticket', 'resolved', 1, 'resolved', 'defender'],
    ['latest', 'resolved', 20, 'resolved', 'defender'],
    ['latest', 'resolved', 1, undefined, 'ticket'],
    ['latest', 'resolved', 7, 'resolved', 'defender'],
  ] as const)('and it is %s: %s at minute %d', (owner, status, minute, update, side) => {
    const connection = { ...plainConnection, ownership: { ...plainConnection.ownership, status: owner } };
    const event = eventOf({ status, occurredAt: at(minute) });
    const plan = planInbound(inboundOf({ connection, live, link, event, now: at(21) }));
    expect(plan.update?.status).toBe(update);
    expect(plan.journal).toMatchObject([{ kind: 'overruled', side, field: 'status' }]);
    expect(plan.resend).toBe(update === undefined);
  });

  test('the end wins a tie from either side', () => {
    const resolved = incidentOf({ status: 'resolved' }, 8);
    const event = eventOf({ status: 'inProgress', occurredAt: at(9) });
    expect(planInbound(inboundOf({ live: resolved, link, event })).update).toBeUndefined();
  });

  test('what was overruled is written to the ticket again', () => {
    const connection = { ...plainConnection, ownership: { ...plainConnection.ownership, status: 'defender' as const } };
    const plan = planInbound(inboundOf({ connection, live, link, event: eventOf({ status: 'resolved' }) }));
    const next = planDelivery(deliveryOf({ connection, incident: live, link: plan.link, events: [], now: at(12) }));
    expect(next).toMatchObject({ do: 'update', change: { status: 'inProgress' } });
  });
});

describe('an echo', () => {
  test('is known by who did it', () => {
    const plan = planInbound(inboundOf({ event: { ...closed, actor: { id: 'u-relay', name: null } } }));
    expect(plan).toMatchObject({ ignored: 'echo', comments: [], journal: [] });
  });

  test('of a tool that does not say who is known by the ledger, and but once', () => {
    const before = incidentOf();
    const live = incidentOf({ status: 'resolved' }, 9);
    const told = planDelivery(deliveryOf({ incident: live, link: linkedTo(before), now: at(10) }));
    if (told.do !== 'update') throw new Error(told.do);
    const again = planDelivery(
      deliveryOf({ incident: incidentOf({ status: 'inProgress' }, 10), link: told.after(), now: at(10, 30) }),
    );
    if (again.do !== 'update') throw new Error(again.do);
    const event = eventOf({ actor: null, status: 'resolved', occurredAt: at(10, 1) });
    const now = incidentOf({ status: 'inProgress' }, 10);
    const echo = planInbound(inboundOf({ live: now, link: again.after(), event, ownAccount: null }));
    expect(echo.ignored).toBe('echo');
    // Taken in once more, because what came after it broke off.
    expect(planInbound(inboundOf({ live: now, link: echo.link, event, ownAccount: null })).ignored).toBe('echo');
    const person = eventOf({ actor: null, status: 'resolved', occurredAt: at(11, 30) });
    const plan = planInbound(inboundOf({ live: now, link: echo.link, event: person, ownAccount: null, now: at(12) }));
    expect(plan.update).toEqual({ status: 'resolved' });
  });

  test('of a write whose answer was lost is known by the ledger, too, and proves that the write came through', () => {
    const live = incidentOf({ status: 'inProgress' }, 10);
    const link = inDoubt(linkedTo(incidentOf()), { key: 'k', status: 'resolved', comments: [] }, at(10));
    const event = eventOf({ actor: null, status: 'resolved', occurredAt: at(10, 1) });
    const echo = planInbound(inboundOf({ live, link, event, ownAccount: null }));
    expect(echo).toMatchObject({ ignored: 'echo', resend: false, link: { unsure: {} } });
    expect(echo.update).toBeUndefined();
  });

  describe('that comes late, and nobody knows whose it is,', () => {
    const connection = {
      ...plainConnection,
      ownership: { ...plainConnection.ownership, status: 'ticket', assignedTo: 'ticket' },
    } as const;
    const told = (before: IncidentState, live: IncidentState, given: Partial<Link> = {}): Link => {
      const plan = planDelivery(deliveryOf({ connection, incident: live, link: linkedTo(before, given), now: at(10) }));
      if (plan.do !== 'update') throw new Error(plan.do);
      return plan.after();
    };
    const heard = (live: IncidentState, link: Link, event: Partial<TicketEvent>) =>
      planInbound(inboundOf({ connection, live, link, event: eventOf(event), ownAccount: null }));

    test.each([
      ['active', 'new'],
      ['inProgress', 'inProgress'],
      ['awaitingAction', 'waiting'],
    ] as const)('of a ticket told that its incident is %s, opens none that was resolved since', (status, word) => {
      const live = incidentOf({ status: 'resolved' }, 9);
      const link = told(incidentOf({ status }), live);
      const plan = heard(live, link, { status: word, occurredAt: at(5) });
      expect(plan).toMatchObject({ ignored: 'unchanged', journal: [], resend: false });
      expect(plan.update).toBeUndefined();
      // Taken in once more, and what the ticket said before it.
      expect(heard(live, plan.link, { status: word, occurredAt: at(5) }).update).toBeUndefined();
      expect(heard(live, plan.link, { status: 'cancelled', occurredAt: at(4) }).ignored).toBe('old');
    });

    test('takes nobody out of an incident that somebody took since', () => {
      const live = incidentOf({ assignedTo: 'ana@contoso.example' }, 9);
      const link = told(incidentOf(), live);
      expect(heard(live, link, { assignee: null, occurredAt: at(5) }).update).toBeUndefined();
      expect(heard(live, link, { assignee: 'u-bo', occurredAt: at(5) }).update).toEqual({
        assignedTo: 'bo@contoso.example',
      });
    });

    test.each([
      ['says something else', { status: 'inProgress', occurredAt: at(5) }, {}],
      ['may have come after our write', { status: 'new', occurredAt: at(9, 45) }, {}],
      ['may have come after a try of it without an answer', { status: 'new', occurredAt: at(5) }, { status: at(4) }],
    ] as const)('is weighed where it %s', (_, event, unsure) => {
      const live = incidentOf({ status: 'resolved' }, 9);
      const plan = heard(live, told(incidentOf(), live, { unsure }), event);
      expect(plan.update).toEqual({ status: event.status === 'new' ? 'active' : event.status });
      expect(plan.journal).toMatchObject([{ kind: 'overruled', side: 'defender', value: 'resolved' }]);
    });
  });

  test('is not seen in words alone: who quotes us is heard', () => {
    const live = incidentOf({}, 9, {
      comments: [{ comment: 'look', createdByDisplayName: 'Ana', createdDateTime: at(8) }],
    });
    const told = planDelivery(deliveryOf({ incident: live, link: linkedTo(live), now: at(10) }));
    if (told.do !== 'update') throw new Error(told.do);
    const text = `I looked.\n> ${told.change.comments[0]!.text}`;
    const event = eventOf({ kind: 'commented', comment: { id: null, text, visibility: 'public' } });
    const plan = planInbound(inboundOf({ live, link: told.after(), event }));
    expect(plan.comments).toHaveLength(1);
    expect(plan.comments[0]?.match(/\[xdr-relay:/g)).toHaveLength(1);
    const copy = { id: null, text: told.change.comments[0]!.text, visibility: 'public' as const };
    expect(planInbound(inboundOf({ live, link: told.after(), event: { ...event, comment: copy } })).ignored).toBe(
      'echo',
    );
  });
});

describe('while nobody knows whether the ticket got our last write', () => {
  /** Made new, and told this without an answer six minutes after eight; the base is what would hold after it. */
  const doubted = (live: IncidentState, change: Partial<TicketChange>): Link =>
    inDoubt(linkedTo(live), { key: 'k', comments: [], ...change }, at(6));
  const resolved = incidentOf({ status: 'resolved' }, 5);
  const link = doubted(resolved, { status: 'resolved' });
  const opened = eventOf({ status: 'new' });

  test('what it said before opens no incident again: the ticket is told once more', () => {
    const plan = planInbound(inboundOf({ live: resolved, link, event: opened }));
    expect(plan).toMatchObject({ ignored: 'unchanged', journal: [], resend: true });
    expect(plan.update).toBeUndefined();
    const next = planDelivery(deliveryOf({ incident: resolved, link: plan.link, events: [], now: at(12) }));
    expect(next).toMatchObject({ do: 'update', change: { status: 'resolved' } });
  });

  test('what we may have written ourselves closes no incident that was opened since', () => {
    const live = incidentOf({ status: 'active' }, 8);
    const closed = eventOf({ kind: 'closed', status: 'resolved' });
    const before = { ...link, base: { ...link.base, status: 'active' } };
    const plan = planInbound(inboundOf({ live, link: before, event: closed }));
    expect(plan.update).toBeUndefined();
    const next = planDelivery(deliveryOf({ incident: live, link: plan.link, events: [], now: at(12) }));
    expect(next).toMatchObject({ do: 'update', change: { status: 'new' } });
  });

  test('nobody is taken out of an incident whose ticket may never have had them', () => {
    const live = incidentOf({ assignedTo: 'ana@contoso.example' }, 5);
    const taken = { ...doubted(live, { assignee: 'u-ana' }), base: { assignedTo: 'ana@contoso.example' } };
    const plan = planInbound(inboundOf({ live, link: taken, event: eventOf({ assignee: null }) }));
    expect(plan).toMatchObject({ resend: true });
    expect(plan.update).toBeUndefined();
  });

  test.each<[string, Partial<TicketEvent>, string]>([
    ['says that it was opened again', { kind: 'reopened', status: 'new' }, 'active'],
    ['is where neither the write nor its making has put it', { status: 'inProgress' }, 'inProgress'],
  ])('a ticket that %s was moved by its people', (_, said, status) => {
    expect(planInbound(inboundOf({ live: resolved, link, event: eventOf(said) })).update).toEqual({ status });
  });

  test('once its echo has come it is agreed on, and what differs is a move', () => {
    const own = eventOf({ actor: { id: 'u-relay', name: null }, status: 'resolved', occurredAt: at(6, 2) });
    const known = planInbound(inboundOf({ live: resolved, link, event: own }));
    expect(known.ignored).toBe('echo');
    const plan = planInbound(inboundOf({ live: resolved, link: known.link, event: opened }));
    expect(plan.update).toEqual({ status: 'active' });
  });

  describe('its echo is as good as the answer', () => {
    const live = incidentOf({ assignedTo: 'bo@contoso.example' }, 8);
    const tried = doubted(incidentOf(), { status: 'resolved', assignee: 'u-ana' });
    const own = { status: 'resolved', assignee: 'u-ana', occurredAt: at(6, 2) } as const;

    test.each([
      ['who did it', { id: 'u-relay', name: null }],
      ['the ledger', null],
    ])('where it is known by %s: an incident that is as before has to be told again', (_, actor) => {
      const { link: known } = planInbound(inboundOf({ live, link: tried, event: eventOf({ ...own, actor }) }));
      expect(known).toMatchObject({
        tickets: [{ state: 'closed' }],
        base: { status: 'resolved', assignedTo: 'ana@contoso.example' },
        setAt: { status: at(6), assignedTo: at(6) },
        applied: [{ field: 'status', from: 'defender' }, { field: 'assignedTo' }],
        unsure: {},
      });
      const next = planDelivery(deliveryOf({ incident: live, link: known, now: at(12) }));
      expect(next).toMatchObject({ do: 'update', change: { status: 'new', assignee: 'u-bo' } });
    });

    test('and what its people said since is not undone by it', () => {
      const spoken = { value: 'waiting', version: null, at: at(7), isOverwritten: false };
      const since = { ...tried, said: { status: spoken } };
      const event = eventOf({ ...own, actor: { id: 'u-relay', name: null } });
      expect(planInbound(inboundOf({ live, link: since, event })).link).toMatchObject({
        tickets: [{ state: 'open' }],
        base: { status: 'active', assignedTo: 'ana@contoso.example' },
        said: { status: spoken },
        unsure: {},
      });
    });

    test('and a person who says the same proves nothing', () => {
      const plan = planInbound(
        inboundOf({ live: incidentOf(), link: tried, event: eventOf({ ...own, kind: 'closed' }) }),
      );
      expect(plan).toMatchObject({ resend: true, link: { unsure: tried.unsure, base: tried.base } });
      expect(plan.link.ledger.some(({ side, echo }) => side === 'ticket' && echo !== undefined)).toBe(false);
    });
  });
});

describe('order', () => {
  test('a version older than what the ticket said since is dropped, of that field alone', () => {
    const connection = plainConnection;
    const newer = planInbound(inboundOf({ connection, event: eventOf({ status: 'inProgress', version: '10' }) }));
    const event = eventOf({ status: 'resolved', assignee: 'u-ana', version: '9', occurredAt: at(9) });
    const live = incidentOf({ status: 'inProgress' }, 11);
    expect(planInbound(inboundOf({ live, link: newer.link, event })).update).toEqual({
      assignedTo: 'ana@contoso.example',
    });
  });

  test('the same event twice comes to nothing', () => {
    const first = planInbound(inboundOf({ event: { ...closed, version: '3' } }));
    const live = incidentOf({ status: 'resolved' }, 12);
    const second = planInbound(inboundOf({ live, link: first.link, event: { ...closed, version: '3' } }));
    expect(second).toMatchObject({ ignored: 'old', comments: [], journal: [], resend: false });
  });

  test('what is stored and older than our own write is not taken for a change', () => {
    const plan = planInbound(inboundOf({ event: closed }));
    const stale = deliveryOf({ incident: incidentOf({}, 0), link: plan.link, now: at(12) });
    expect(planDelivery({ ...stale, link: { ...plan.link, seen: incidentOf({}, 11).version } })).toMatchObject({
      do: 'nothing',
      retryAt: at(13),
    });
    expect(atVersion(plan.link, beginning).seen).toBe(plan.link.seen);
  });
});

describe('the state of a ticket that was closed and opened again by us', () => {
  const resolved = incidentOf({ status: 'resolved' }, 8);
  const live = incidentOf({ status: 'active' }, 9);
  const told = (incident: IncidentState, link: Link, now: string): Link => {
    const plan = planDelivery(deliveryOf({ incident, link, now }));
    if (plan.do !== 'update') throw new Error(plan.do);
    return plan.after();
  };
  // Closed at minute 9 and opened again at minute 10.
  const link = told(live, told(resolved, linkedTo(incidentOf()), at(9)), at(10));
  test.each<[string, 'open' | 'closed', Partial<InboundInput>]>([
    ['a late echo of the closing', 'open', { event: { ...closed, occurredAt: at(9, 1) }, ownAccount: null }],
    ['the late word of a person', 'open', { event: { ...closed, occurredAt: at(9, 30) } }],
    ['what a person did since', 'closed', { event: { ...closed, occurredAt: at(11) } }],
  ])('after %s is %s', (_, state, given) => {
    const plan = planInbound(inboundOf({ live, link, now: at(12), ...given }));
    expect(plan.link.tickets).toMatchObject([{ state }]);
  });
});

describe('people', () => {
  test.each([
    ['u-ana', null, { assignedTo: 'ana@contoso.example' }],
    ['u-nobody', null, undefined],
    [null, 'ana@contoso.example', { assignedTo: null }],
    [null, 'unmapped@contoso.example', undefined],
  ])('assignee %s where %s is the owner', (assignee, assignedTo, update) => {
    const live = incidentOf({ assignedTo });
    const base = { status: 'active', classification: null, determination: null, assignedTo };
    const plan = planInbound(inboundOf({ live, link: linkedTo(live, { base }), event: eventOf({ assignee }) }));
    expect(plan.update).toEqual(update);
  });

  test.each([null, 'ana@contoso.example'])(
    'a ticket that was %s’s takes nobody out whom it never had',
    (assignedTo) => {
      const live = incidentOf({ assignedTo: 'bo@contoso.example' }, 5);
      const link = linkedTo(live, { base: { status: 'active', assignedTo } });
      const plan = planInbound(inboundOf({ live, link, event: eventOf({ assignee: null }) }));
      expect(plan.update).toBeUndefined();
      const next = planDelivery(deliveryOf({ incident: live, link: plan.link, now: at(12) }));
      expect(next).toMatchObject({ do: 'update', change: { assignee: 'u-bo' } });
    },
  );
});

describe('comments', () => {
  const said = (visibility: 'internal' | 'public') =>
    eventOf({ kind: 'commented', comment: { id: null, text: 'seen', visibility } });
  test.each([
    ['none', 'public', 0],
    ['public', 'public', 1],
    ['public', 'internal', 0],
    ['all', 'internal', 1],
  ] as const)('inbound %s, a %s one: %d', (comments, visibility, count) => {
    const plan = planInbound(inboundOf({ connection: inbound({ comments }), event: said(visibility) }));
    expect(plan.comments).toHaveLength(count);
  });

  test('a weak sender may comment', () => {
    expect(planInbound(inboundOf({ isWeak: true, event: said('public') })).comments).toHaveLength(1);
  });

  test('without write-back it stands in the journal', () => {
    const plan = planInbound(inboundOf({ writeBack: false, event: said('public') }));
    expect(plan).toMatchObject({ comments: [], journal: [{ kind: 'comment', state: 'noted' }] });
  });

  describe('told by a webhook and listed by the tool', () => {
    const told = (change: Partial<TicketEvent>, id: string | null = null, text = 'seen'): TicketEvent =>
      eventOf({ kind: 'commented', comment: { id, text, visibility: 'public' }, ...change });
    const after = (event: TicketEvent, connection = plainConnection): Link =>
      planInbound(inboundOf({ connection, event })).link;

    test.each<[string, TicketEvent, TicketEvent]>([
      ['its id', told({}, '7'), told({ actor: { id: 'u-cy', name: null }, occurredAt: at(10, 40) }, '7')],
      [
        'who wrote what at about that second',
        told({}),
        told({ actor: { id: 'u-cy', name: null }, occurredAt: at(10, 2) }),
      ],
    ])('is known again by %s', (_, first, second) => {
      for (const [one, other] of [
        [first, second],
        [second, first],
      ] as const)
        expect(planInbound(inboundOf({ link: after(one), event: other }))).toMatchObject({
          ignored: 'old',
          comments: [],
        });
    });

    test.each<[string, TicketEvent, TicketEvent]>([
      ['another id', told({}, '7'), told({}, '8')],
      ['another time', told({}), told({ occurredAt: at(10, 3) })],
      ['another author', told({}), told({ actor: { id: 'u-di', name: 'Cy Young' } })],
      ['other words', told({}), told({}, null, 'seen too')],
    ])('is another by %s', (_, first, second) => {
      expect(planInbound(inboundOf({ link: after(first), event: second })).comments).toHaveLength(1);
    });

    test('of a sender who writes bodies of their own, no id says anything', () => {
      const connection = { ...plainConnection, tool: 'webhook' as const };
      const link = after(told({}, '7'), connection);
      const plan = planInbound(inboundOf({ connection, link, event: told({ occurredAt: at(10, 1) }, '7', 'more') }));
      expect(plan.comments).toHaveLength(1);
    });
  });

  test('one that the incident shows already is not written again, though the link was lost', () => {
    const [comment = ''] = planInbound(inboundOf({ event: said('public') })).comments;
    const live = incidentOf({}, 0, { comments: [{ comment }] });
    expect(planInbound(inboundOf({ live, event: said('public') })).comments).toEqual([]);
  });
});

describe('the breaker', () => {
  const flip = (index: number) => ({
    atMs: Date.parse(at(6 + index)),
    field: 'status' as const,
    value: index % 2 === 0 ? 'resolved' : 'active',
    from: index % 2 === 0 ? ('defender' as const) : ('ticket' as const),
  });
  test('stops two sides that keep correcting each other, and says so', () => {
    const live = incidentOf({ status: 'resolved' });
    const link = linkedTo(live, { applied: [0, 1, 2].map(flip) });
    const plan = planInbound(inboundOf({ live, link, event: eventOf({ status: 'new' }), now: at(11) }));
    expect(plan.update).toBeUndefined();
    expect(plan.link.suspended?.because).toContain('status');
    expect(plan.journal.map(({ kind }) => kind)).toEqual(['suspended', 'overruled']);
    expect(planInbound(inboundOf({ live, link: plan.link, event: closed })).ignored).toBe('suspended');
    expect(planDelivery(deliveryOf({ link: plan.link }))).toMatchObject({ do: 'nothing' });
  });

  test('lets ten changes in ten minutes pass, not eleven', () => {
    const change = (second: number) => ({
      atMs: Date.parse(at(10, second)),
      field: 'status' as const,
      value: `v${second}`,
      from: 'ticket' as const,
    });
    const live = incidentOf();
    const of = (count: number) => linkedTo(live, { applied: Array.from({ length: count }, (_, i) => change(i)) });
    expect(planInbound(inboundOf({ live, link: of(9), event: closed })).update).toBeDefined();
    expect(planInbound(inboundOf({ live, link: of(10), event: closed })).update).toBeUndefined();
  });
});

test('a deleted ticket changes no status; people are told', () => {
  const plan = planInbound(inboundOf({ event: eventOf({ kind: 'deleted' }) }));
  expect(plan.update).toBeUndefined();
  expect(plan.comments[0]).toContain('INC1 was deleted by Cy Young');
  expect(plan.link.tickets[0]?.state).toBe('deleted');
});

describe('the ticket of an incident that was merged away', () => {
  const live = incidentOf({ incidentId: '43', status: 'inProgress' });
  const linkWith = (state: LinkedTicket['state'], given: Partial<Link> = {}): Link => {
    const [ticket] = linkedTo(live).tickets;
    return linkedTo(live, { tickets: [{ ...ticket!, state }], ...given });
  };
  const reopened = eventOf({ kind: 'reopened', status: 'inProgress' });
  const heard = (link: Link, event = reopened, isAside = false) =>
    planInbound(inboundOf({ live, link, event, isAside }));

  test('opened again stands in the journal, and the merge is carried out once more', () => {
    const plan = heard(linkWith('absorbed'));
    expect(plan.update).toBeUndefined();
    expect(plan.journal).toMatchObject([{ kind: 'overruled', state: 'noted', actor: 'Cy Young' }]);
    expect(plan.journal[0]?.because).toContain('ticket INC1 is not the one in step any more');
    expect(plan).toMatchObject({ resend: true, link: { tickets: [{ state: 'open' }] } });
    expect(heard(linkWith('absorbed')).journal).toEqual(plan.journal);
  });

  test('taken for closed and opened before the merge is delivered, is open when it is', () => {
    const plan = heard(linkWith('closed'), reopened, true);
    expect(plan.update).toBeUndefined();
    expect(plan).toMatchObject({ resend: true, link: { tickets: [{ state: 'open' }] } });
    expect(heard(linkWith('open'), reopened, true)).toMatchObject({ resend: false, journal: [] });
  });

  test('is as it was where it says that it is closed, or no more than it said before', () => {
    const resolved = incidentOf({ incidentId: '43', status: 'resolved' });
    const plan = planInbound(inboundOf({ live: resolved, link: linkWith('absorbed'), event: closed }));
    expect(plan).toMatchObject({ journal: [], resend: false, link: { tickets: [{ state: 'absorbed' }] } });
    const again = heard(linkWith('absorbed', { said: heard(linkWith('absorbed')).link.said ?? {} }));
    expect(again).toMatchObject({ ignored: 'notInStep', resend: false });
  });

  test('is as it was where it was opened before we closed it; in doubt it is closed once more', () => {
    const closedAt = (minutes: number) =>
      linkWith('absorbed', {
        applied: [{ atMs: Date.parse(at(minutes)), field: 'status', value: 'resolved', from: 'defender' }],
      });
    expect(heard(closedAt(11))).toMatchObject({ ignored: 'notInStep', resend: false });
    expect(heard(closedAt(10)).resend).toBe(true);
  });

  test('is left to its people where they, or a rule of their tool, keep opening it', () => {
    const change = (minute: number, from: 'ticket' | 'defender') => ({
      ...{ atMs: Date.parse(at(minute)), field: 'status' as const, from },
      value: from === 'ticket' ? 'inProgress' : 'resolved',
    });
    const plan = heard(
      linkWith('absorbed', { applied: [change(5, 'defender'), change(6, 'ticket'), change(7, 'defender')] }),
    );
    expect(plan.ignored).toBe('suspended');
    expect(plan.journal.map(({ kind }) => kind)).toEqual(['suspended']);
    expect(plan).toMatchObject({ resend: false, link: { tickets: [{ state: 'open' }] } });
  });

  test('that is one of a storm, or not its newest, stays what it is', () => {
    expect(heard(linkWith('closed', { storm: 'k' }), reopened, true).resend).toBe(false);
    const [ticket] = linkWith('closed').tickets;
    const tickets = [ticket!, { ...ticket!, ticketId: 't2', generation: 2 }];
    expect(heard(linkWith('closed', { tickets })).resend).toBe(false);
  });
});

test('a ticket nobody linked, and an incident that was merged away, change nothing', () => {
  expect(planInbound(inboundOf({ event: { ...closed, ticketId: 'x' } })).ignored).toBe('unknownTicket');
  expect(planInbound(inboundOf({ live: incidentOf({ status: 'redirected' }), event: closed })).ignored).toBe(
    'redirected',
  );
});
