import type { Connection } from '../../model/connection';
import { targetIdOf } from '../../model/connection';
import type { JsonObject } from '../../model/incident';
import { newLink } from '../../model/link';
import type { EventType } from '../../model/outbox';
import type { Tenant } from '../../model/tenant';
import type { TicketContent } from '../../model/ticket';
import type { Blobs, Clock, Table } from '../../ports';
import { incidentStore } from '../../store/incidents';
import type { ToolDefinition } from '../connector';
import type { DeliveryInput, IncidentState } from '../rules/deliveryPlan';
import { passesFilter } from '../rules/passesFilter';
import { planDelivery } from '../rules/planDelivery';
import { sendable } from '../rules/sendable';
import { isResolved } from '../rules/status';
import type { StoredRange } from './storedIncidents';
import { incidentsIn, readStored } from './storedIncidents';
import type { Placed } from './storms';
import { startStorms } from './storms';

export interface RehearseDeps {
  readonly incidents: Table;
  readonly bodies: Blobs;
  readonly clock: Clock;
}

export interface RehearseAsked {
  readonly connection: Connection;
  readonly tenant: Tenant;
  readonly delivers: ToolDefinition['delivers'];
  readonly range: StoredRange;
}

/** What would have been made of one incident. */
export interface RehearsedItem {
  readonly incidentId: string;
  /** Last update of what was looked at. */
  readonly version: string;
  readonly kind: 'ticket' | 'stormTicket' | 'event';
  /** Null: it is an event. */
  readonly ticket: TicketContent | null;
  /** Null: it is a ticket. */
  readonly event: { readonly type: string; readonly data: JsonObject } | null;
}

export interface LeftOut {
  readonly because: string;
  readonly count: number;
  /** The first of them. */
  readonly incidentIds: readonly string[];
}

export interface Rehearsal {
  readonly tenantId: string;
  readonly connectionId: string;
  readonly from: string;
  readonly to: string;
  /** Incidents looked at. */
  readonly looked: number;
  /** False where there are more in the range: the newest were looked at. */
  readonly complete: boolean;
  /** That would have been made; events, of what carries events. */
  readonly made: number;
  /** Incidents that would have joined the ticket of a storm. */
  readonly joined: number;
  /** The most frequent reason first. */
  readonly leftOut: readonly LeftOut[];
  /** The first of what would have been made, as it would have been sent. */
  readonly items: readonly RehearsedItem[];
}

const mostLooked = 2_000;
const mostMs = 20_000;
const mostItems = 50;
const mostItemChars = 1_000_000;
const mostNamed = 20;
const sideBySide = 25;

/**
 * Runs the connection's rules, as they are now, over what is stored of a tenant, as if no ticket had been made yet. Nothing is sent and
 * nothing is written; `since`, `settleSeconds` and whether it is switched on do not count.
 */
export const rehearse = async (deps: RehearseDeps, asked: RehearseAsked): Promise<Rehearsal> => {
  const { tenant, connection, range } = asked;
  const store = incidentStore(tenant.tenantId, deps.incidents, deps.bodies);
  const { found, all } = await incidentsIn(store, range, mostLooked);
  const course = startCourse(asked, new Date(deps.clock.now()).toISOString());
  const endsAtMs = deps.clock.elapsedMs() + mostMs;
  let looked = 0;
  for (let start = 0; start < found.length && deps.clock.elapsedMs() < endsAtMs; start += sideBySide) {
    const some = found.slice(start, start + sideBySide);
    const states = await Promise.all(some.map(({ header }) => readStored(deps, tenant, header.incidentId)));
    for (const [index, { header, at }] of some.entries()) course.take(header.incidentId, states[index], at);
    looked += some.length;
  }
  return {
    tenantId: tenant.tenantId,
    connectionId: connection.connectionId,
    from: range.from,
    to: range.to,
    looked,
    complete: all && looked === found.length,
    ...course.outcome(),
  };
};

type Outcome = Pick<Rehearsal, 'made' | 'joined' | 'leftOut' | 'items'>;

/** An incident that gets a ticket: of its own, or, where it is the first of a storm, that of the storm. */
interface Wanted {
  readonly incidentId: string;
  readonly version: string;
  readonly own: TicketContent;
  readonly ofStorm: TicketContent;
}

interface Course {
  take(incidentId: string, state: IncidentState | undefined, at: string): void;
  outcome(): Outcome;
}

/** What has been made so far, of incidents in the order in which they came. */
const startCourse = ({ connection: given, tenant, delivers, range }: RehearseAsked, now: string): Course => {
  const connection: Connection = { ...given, since: range.from, settleSeconds: 0 };
  const items: RehearsedItem[] = [];
  const leftOut = new Map<string, { count: number; incidentIds: string[] }>();
  const storms = startStorms<Wanted>(connection);
  const stormTickets = new Set<string>();
  let [made, joined, chars] = [0, 0, 0];

  const leave = (incidentId: string, because: string): void => {
    const known = leftOut.get(because) ?? { count: 0, incidentIds: [] };
    known.count += 1;
    if (known.incidentIds.length < mostNamed) known.incidentIds.push(incidentId);
    leftOut.set(because, known);
  };
  const show = (item: RehearsedItem): void => {
    made += 1;
    const size = JSON.stringify(item).length;
    if (items.length >= mostItems || chars + size > mostItemChars) return;
    chars += size;
    items.push(item);
  };
  const takeEvent = (incidentId: string, state: IncidentState): void => {
    if (!passesFilter(connection.filters, state, tenant)) {
      leave(incidentId, 'the filters leave it out');
      return;
    }
    const type = typesOf(state).find((each) => connection.outbound.events.includes(each));
    if (type === undefined) leave(incidentId, 'no event of a kind that the connection asks for');
    else {
      const data = sendable(state.body, connection.contract.send);
      const event = { type: `xdr-relay.incident.${type}`, data };
      show({ incidentId, version: state.version, kind: 'event', ticket: null, event });
    }
  };
  const takeTicket = (incidentId: string, state: IncidentState, at: string): void => {
    const input: DeliveryInput = {
      connection,
      tenant,
      incident: state,
      events: typesOf(state).map((type) => ({ type, version: state.version })),
      link: newLink(tenant.tenantId, targetIdOf(connection), incidentId),
      storm: null,
      now,
    };
    const alone = planDelivery(input);
    if (alone.do !== 'create') {
      leave(incidentId, alone.do === 'nothing' ? alone.because : 'it was merged into another');
      return;
    }
    const ofStorm = planDelivery({ ...input, storm: { key: '' } });
    const what: Wanted = {
      incidentId,
      version: state.version,
      own: alone.content,
      ofStorm: ofStorm.do === 'create' ? ofStorm.content : alone.content,
    };
    storms.take({ incidentId, atMs: Date.parse(at), severity: state.header.severity, what }).forEach(make);
  };
  const make = ({ what, stormKey }: Placed<Wanted>): void => {
    const { incidentId, version, own, ofStorm } = what;
    if (stormKey === null) show({ incidentId, version, kind: 'ticket', ticket: own, event: null });
    else if (stormTickets.has(stormKey)) joined += 1;
    else {
      stormTickets.add(stormKey);
      show({ incidentId, version, kind: 'stormTicket', ticket: { ...ofStorm, key: stormKey }, event: null });
    }
  };
  return {
    take: (incidentId, state, at) => {
      if (state === undefined) leave(incidentId, 'what is stored of it cannot be read');
      else if (delivers === 'events') takeEvent(incidentId, state);
      else takeTicket(incidentId, state, at);
    },
    outcome: () => {
      storms.rest().forEach(make);
      return {
        made,
        joined,
        leftOut: [...leftOut]
          .map(([because, known]) => ({ because, ...known }))
          .sort((one, other) => other.count - one.count),
        items,
      };
    },
  };
};

/** Kinds of events it may have brought until now, first things first. */
const typesOf = ({ header }: IncidentState): readonly EventType[] => [
  'created',
  isResolved(header.status) ? 'resolved' : 'updated',
];
