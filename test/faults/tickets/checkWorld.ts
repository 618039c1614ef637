import { allTenants } from '../../../shared/model/connection';
import type { DeskTicket } from './desk';
import type { DefenderIncident, RelayWrite } from './microsoft';
import { checkStorms, linesOf, placesIn } from './checkStorms';
import type { Target, World } from './world';

export interface Checked {
  readonly breaches: readonly string[];
  readonly counts: {
    readonly deliveries: number;
    readonly tickets: number;
    readonly extra: number;
    readonly newIds: number;
    readonly doubleTickets: number;
    readonly unaccounted: number;
  };
}

const isDone = (status: string): boolean => status === 'resolved' || status === 'cancelled';

/** The tenant and incident that a ticket is about. */
const namedBy = ({
  follows,
}: Pick<DeskTicket, 'follows'>): { readonly tenantId: string; readonly incidentId: string } => {
  const [tenantId = '', incidentId = ''] = follows.split(':');
  return { tenantId, incidentId };
};

/** The ticket of a storm lists incidents of several, and is named after none. */
const isOfStorm = ({ key }: DeskTicket): boolean => key.split(':')[1] === 'storm';

/** Whether the promises were kept, once all is quiet: from what people, tools and Defender saw, and from rows that people are shown. */
export const checkWorld = (world: World): Checked => {
  const sinks = checkSinks(world);
  const desks = checkDesks(world);
  return {
    breaches: [
      ...sinks.breaches,
      ...desks.breaches,
      ...checkHooks(world),
      ...checkWrites(world),
      ...checkSecrets(world),
    ],
    counts: {
      deliveries: sinks.taken + desks.writes,
      tickets: desks.tickets,
      extra: sinks.extra,
      newIds: sinks.newIds,
      doubleTickets: desks.doubles,
      unaccounted: sinks.unaccounted + desks.unaccounted,
    },
  };
};

/** Every version to every receiver, under one id each. */
const checkSinks = ({ targets, announced, tables, microsoft, ambiguous }: World) => {
  const breaches: string[] = [];
  let [taken, extra, newIds, unaccounted] = [0, 0, 0, 0];
  const states = new Map(
    tables.incidents.rows().map((row) => [`${row.partitionKey} ${row.rowKey}`, String(row.state)]),
  );
  for (const target of targets) {
    const { sink } = target;
    if (sink === undefined) continue;
    breaches.push(...sink.faults);
    const ids = new Map<string, string>();
    for (const { id, eventId, tenantId, incidentId, version } of sink.taken) {
      taken += 1;
      const key = `${tenantId} ${incidentId} ${version}`;
      const known = ids.get(key);
      if (id !== eventId || (known !== undefined && known !== id)) {
        newIds += 1;
        breaches.push(`one version was sent under two ids: ${key}`);
      } else if (known !== undefined) extra += 1;
      ids.set(key, id);
      if (target.scope !== allTenants && tenantId !== target.scope)
        breaches.push(`a receiver was told of another tenant: ${key}`);
    }
    if (target.removedAtMs !== undefined) continue;
    for (const [key, event] of announced) {
      const isMine =
        event.targetId === target.targetId && (target.scope === allTenants || target.scope === event.tenantId);
      if (!isMine) continue;
      const sent = ids.get(`${event.tenantId} ${event.incidentId} ${event.version}`);
      if (sent === undefined && states.get(key) !== 'dead') {
        unaccounted += 1;
        breaches.push(`a receiver never got ${event.incidentId} of ${event.version} (${states.get(key) ?? 'no row'})`);
      } else if (states.get(key) === 'dead') {
        unaccounted += 1;
        breaches.push(`a dead letter could not be replayed: ${event.incidentId} of ${event.version}`);
      }
      if (sent !== undefined && sent !== event.eventId) {
        newIds += 1;
        breaches.push(`an event was sent under another id than it was announced with: ${key}`);
      }
    }
    for (const incident of microsoft.incidents.values()) {
      if (target.scope !== allTenants && target.scope !== incident.tenantId) continue;
      const newest = sink.taken
        .filter((one) => one.tenantId === incident.tenantId && one.incidentId === incident.id)
        .reduce((last, one) => (one.version > (last?.version ?? '') ? one : last), sink.taken[-1]);
      if (newest?.status !== incident.status)
        breaches.push(`a receiver thinks ${incident.id} is ${newest?.status ?? 'unknown'}, it is ${incident.status}`);
    }
  }
  if (extra > ambiguous())
    breaches.push(`${extra} messages were sent again, though only ${ambiguous()} answers or writes were lost`);
  return { breaches, taken, extra, newIds, unaccounted };
};

const keyOf = (tenantId: string, incidentId: string): string => `${tenantId}:${incidentId}`;

/** Incidents by where they went in the end. */
const groupsOf = ({ microsoft }: World): ReadonlyMap<DefenderIncident, readonly DefenderIncident[]> => {
  const groups = new Map<DefenderIncident, DefenderIncident[]>();
  for (const incident of microsoft.incidents.values()) {
    const survivor = microsoft.survivorOf(incident);
    groups.set(survivor, [...(groups.get(survivor) ?? []), incident]);
  }
  return groups;
};

/** Text of the journal about these incidents in one connection. */
const journalOf = (
  { tables }: World,
  { targetId }: Target,
  incidents: readonly DefenderIncident[],
): readonly string[] => {
  const names = incidents.map(({ tenantId, id }) => `${tenantId} ${id}`);
  return tables.incidents
    .rows()
    .filter(
      (row) =>
        row.rowKey.startsWith('c_') &&
        row.targetId === targetId &&
        names.includes(`${row.partitionKey} ${String(row.incidentId)}`),
    )
    .map((row) => JSON.stringify(row));
};

const checkDesks = (world: World) => {
  const { targets, tenantIds, tables } = world;
  const breaches: string[] = [];
  let [writes, tickets, doubles, unaccounted] = [0, 0, 0, 0];
  const groups = groupsOf(world);
  for (const target of targets) {
    const { desk, scope } = target;
    if (desk === undefined) continue;
    const all = [...desk.tickets.values()];
    tickets += all.length;
    const keys = new Set<string>();
    const survivorOf = (key: string): DefenderIncident | undefined => {
      const { tenantId, incidentId } = namedBy({ follows: key });
      return [...groups].find(([, group]) =>
        group.some((incident) => incident.tenantId === tenantId && incident.id === incidentId),
      )?.[0];
    };
    for (const ticket of all) {
      writes += ticket.writes;
      const { tenantId } = namedBy(ticket);
      if (keys.has(ticket.key)) {
        doubles += 1;
        breaches.push(`two tickets for ${ticket.key}`);
      }
      keys.add(ticket.key);
      const isElsewhere =
        isOfStorm(ticket) || scope !== allTenants ? tenantId !== scope : !tenantIds.includes(tenantId);
      if (isElsewhere) breaches.push(`a ticket of another tenant: ${ticket.key}`);
      const isAstray = survivorOf(ticket.key) !== survivorOf(ticket.follows);
      if (isAstray) breaches.push(`${ticket.ticketId} of ${ticket.key} was told of ${ticket.follows}`);
    }
    if (target.removedAtMs !== undefined) continue;
    const places = placesIn(desk);
    breaches.push(...checkStorms(world, target, places));
    for (const [survivor, group] of groups) {
      if (scope !== allTenants && scope !== survivor.tenantId) continue;
      const names = new Set(group.map(({ tenantId, id }) => keyOf(tenantId, id)));
      const own = all.filter((ticket) => names.has(keyOf(namedBy(ticket).tenantId, namedBy(ticket).incidentId)));
      const what = `${keyOf(survivor.tenantId.slice(0, 8), survivor.id)} (${group.length}) in ${target.targetId}`;
      const listed = group.flatMap((incident) => linesOf(places, incident));
      if (own.length === 0 && listed.length > 0) continue;
      if (own.length === 0) {
        unaccounted += 1;
        breaches.push(`no ticket was made for ${what}`);
        continue;
      }
      const open = own.filter(({ status, isDeleted }) => !isDeleted && !isDone(status));
      const journal = journalOf(world, target, group);
      // A ticket whose making was given up is nobody's until it is found by a replay. What its people did before is heard neither by a
      // webhook nor by looking through the tool, and adopting it leaves its state as it is.
      const isUnheard = world.hooks.messages.some(
        ({ hookId, isUnheard: unheard, isPassedBy, isTaken, news }) =>
          (unheard || (isPassedBy && !isTaken)) &&
          hookId === target.hookId &&
          own.some(({ ticketId }) => ticketId === news.deed?.ticketId),
      );
      // Without a key nothing that comes from the tool is believed, so that it is as if nothing came.
      const isExplained =
        isUnheard ||
        target.inboundKey === undefined ||
        journal.some((text) => text.includes('"field":"status"') || text.includes('suspended'));
      const isSuspended = tables.incidents
        .rows()
        .some(
          (row) =>
            row.rowKey.startsWith('l_') &&
            row.targetId === target.targetId &&
            row.suspended !== undefined &&
            group.some(({ tenantId, id }) => row.partitionKey === tenantId && row.incidentId === id),
        );
      const isOpen = survivor.status !== 'resolved';
      // Of several that were merged, one is followed in the ticket of a storm.
      if (listed.length > 0) continue;
      if (isOpen !== open.length > 0 && !isExplained)
        breaches.push(
          `${what} is ${survivor.status}, its tickets are ${own.map(({ ticketId, status }) => `${ticketId} ${status}`).join(', ')}, and no journal says why`,
        );
      if (open.length > 1 && !isExplained)
        breaches.push(
          `${what} has ${open.length} open tickets: ${open.map(({ ticketId, key }) => `${ticketId} ${key.slice(37)}`).join(', ')}`,
        );
      const hasItsOwn = own.some((ticket) => namedBy(ticket).incidentId === survivor.id && !ticket.isDeleted);
      const aside = open.filter((ticket) => namedBy(ticket).incidentId !== survivor.id);
      // Whenever its people opened it, and whatever the journal says, a ticket beside the survivor's is closed once they are heard.
      const isHeard = !isUnheard && target.inboundKey !== undefined;
      if (hasItsOwn && aside.length > 0 && isHeard && !isSuspended)
        breaches.push(
          `${what} has its own ticket, and open beside it ${aside.map(({ ticketId }) => ticketId).join(', ')}`,
        );
      const [only] = open;
      if (isSuspended || only === undefined || open.length > 1) continue;
      // Opened where nothing that its people do is heard: closed for all we know, it was left as it was when its incident was merged into
      // one with a ticket of its own, and no journal can say so.
      const isOpenedUnheard =
        target.inboundKey === undefined &&
        namedBy(only).incidentId !== survivor.id &&
        desk.deeds.some(
          ({ ticketId, status }) => ticketId === only.ticketId && status !== undefined && !isDone(status),
        );
      if (isOpenedUnheard && hasItsOwn) continue;
      if (!only.title.includes(survivor.title)) {
        unaccounted += 1;
        breaches.push(`ticket ${only.ticketId} of ${what} says "${only.title}", the incident "${survivor.title}"`);
      }
      for (const { comment, createdByDisplayName } of survivor.comments) {
        const [token] = /remark-\d+-/.exec(comment) ?? [];
        if (token === undefined || createdByDisplayName !== 'Ada') continue;
        const times = own.map(({ comments }) => comments.filter(({ text }) => text.includes(token)).length);
        if (!times.includes(1) || Math.max(...times) > 1)
          breaches.push(`tickets of ${what} hold ${token} ${times.join(', ')} times`);
      }
    }
  }
  return { breaches, writes, tickets, doubles, unaccounted };
};

/** What people said in tools, and were told is well, is in Defender or in the journal, once. */
const checkHooks = (world: World): readonly string[] => {
  const { hooks, targets, microsoft, tables } = world;
  const journal = tables.incidents
    .rows()
    .filter(({ rowKey }) => rowKey.startsWith('c_'))
    .map((row) => JSON.stringify(row))
    .join('\n');
  const comments = [...microsoft.incidents.values()].flatMap((incident) =>
    incident.comments.map(({ comment }) => comment),
  );
  const suspended = new Set(
    tables.incidents
      .rows()
      .filter((row) => row.rowKey.startsWith('l_') && row.suspended !== undefined)
      .map((row) => row.targetId),
  );
  return hooks.messages.flatMap((message) => {
    const token = message.news.deed?.comment;
    const target = targets.find(({ hookId }) => hookId === message.hookId);
    if (token === undefined || target === undefined) return [];
    const times = comments.filter((text) => text.includes(token)).length;
    if (times > 1) return [`${token} of a ticket is ${times} times in Defender`];
    const mayBeLeft =
      target.removedAtMs !== undefined || message.isUnheard || suspended.has(target.targetId) || !message.isTaken;
    return times === 1 || mayBeLeft || journal.includes(token)
      ? []
      : [
          `${token} of ticket ${message.news.deed?.ticketId ?? ''} was taken from ${target.targetId} of ${target.scope.slice(0, 8)} and is nowhere`,
        ];
  });
};

/** Each write has a person behind it, and nobody is written to again and again. */
const checkWrites = (world: World): readonly string[] => {
  const { microsoft, targets, ambiguous } = world;
  const breaches: string[] = [];
  for (const [survivor, group] of groupsOf(world)) {
    const names = new Set(group.map(({ tenantId, id }) => keyOf(tenantId, id)));
    const serving = targets.filter(
      ({ scope, desk }) => desk !== undefined && (scope === allTenants || scope === survivor.tenantId),
    );
    const own = serving.flatMap(({ desk, scheme }) =>
      [...(desk?.tickets.values() ?? [])]
        .filter((ticket) => names.has(keyOf(namedBy(ticket).tenantId, namedBy(ticket).incidentId)))
        .map((ticket) => ({
          ticket,
          deeds: desk?.deeds.filter(({ ticketId }) => ticketId === ticket.ticketId) ?? [],
          // Who proves himself by a shared secret alone may comment and propose, never act.
          mayAct: scheme !== 'header',
        })),
    );
    const deeds = own.flatMap((one) => one.deeds);
    const words = own.flatMap((one) => (one.mayAct ? one.deeds : []));
    const written = microsoft.writes.filter(
      ({ tenantId, incidentId }) => tenantId === survivor.tenantId && group.some(({ id }) => id === incidentId),
    );
    const updates = written.filter(({ update }) => update !== undefined);
    for (const { atMs, update, incidentId } of updates) {
      const status = update?.status;
      if (status === undefined) continue;
      const isAsked = words.some(
        (deed) => deed.status !== undefined && deed.atMs <= atMs && isDone(deed.status) === (status === 'resolved'),
      );
      if (!isAsked)
        breaches.push(`the relay set ${incidentId} to ${status}, and nobody in a ticket had asked for that`);
    }
    const asked = words.filter(({ status }) => status !== undefined).length;
    if (updates.length - madeAnew(world, group, updates) > asked)
      breaches.push(
        `${updates.length} changes of ${keyOf(survivor.tenantId.slice(0, 8), survivor.id)} in Defender for ${asked} in its tickets: ${updates
          .map(
            ({ atMs, incidentId, update }) => `${new Date(atMs).toISOString()} ${incidentId} ${JSON.stringify(update)}`,
          )
          .join(', ')}`,
      );
    const changes = group.reduce((sum, one) => sum + one.changes, 0) + deeds.length;
    for (const { ticket } of own) {
      const most = 2 * changes + 6 + ambiguous();
      if (ticket.writes > most)
        breaches.push(`ticket ${ticket.ticketId} was written ${ticket.writes} times for ${changes} changes`);
    }
  }
  return breaches;
};

/**
 * How many changes were made once more, because the relay could not know that an earlier try had come through: its answer was lost, or the
 * process ended before it could write it down, or storage took neither that it is done nor that it is in. Defender knows no condition for a write, so what people set back before the next look is a
 * conflict, and the ticket may win it; between the two the journal says so.
 */
const madeAnew = ({ tables }: World, group: readonly DefenderIncident[], updates: readonly RelayWrite[]): number => {
  const overruled = tables.incidents
    .rows()
    .filter(
      (row) =>
        row.rowKey.startsWith('c_') &&
        group.some(({ tenantId, id }) => row.partitionKey === tenantId && row.incidentId === id) &&
        row.kind === 'overruled' &&
        row.side === 'defender' &&
        row.field === 'status',
    );
  return updates.filter(({ incidentId, update, atMs }, place) => {
    const first = updates
      .slice(0, place)
      .findLast((one) => one.incidentId === incidentId && one.update?.status === update?.status);
    if (first === undefined || (first.isHeard && !isForgotten(first))) return false;
    return overruled.some(
      ({ at, holds }) =>
        holds === update?.status && Date.parse(String(at)) > first.atMs && Date.parse(String(at)) <= atMs,
    );
  }).length;
};

/** Two writes in a row were refused at once after it. */
const isForgotten = ({ atMs, refusedWritesMs }: RelayWrite): boolean =>
  refusedWritesMs.filter((refusedMs) => refusedMs >= atMs && refusedMs - atMs < 2_000).length >= 2;

const checkSecrets = ({ canaries, tables, logged, queued }: World): readonly string[] => {
  const rows = Object.entries(tables).map(([name, table]) => [`table ${name}`, JSON.stringify(table.rows())] as const);
  const places = [...rows, ['the log', logged.join('\n')] as const, ['a queue', queued.join('\n')] as const];
  return canaries.flatMap((canary) =>
    places.filter(([, text]) => text.includes(canary)).map(([place]) => `a secret stands in ${place}`),
  );
};
