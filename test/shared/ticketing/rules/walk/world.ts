import type { JournalEntry } from '../../../../../shared/model/conflict';
import type { Connection, FieldOwner } from '../../../../../shared/model/connection';
import { targetIdOf } from '../../../../../shared/model/connection';
import type { IncidentHeader } from '../../../../../shared/model/incident';
import type { Link } from '../../../../../shared/model/link';
import { newLink } from '../../../../../shared/model/link';
import type { EventType } from '../../../../../shared/model/outbox';
import type { OutgoingComment, TicketChange, TicketEvent, TicketStatus } from '../../../../../shared/model/ticket';
import type { Time7 } from '../../../../../shared/model/time7';
import { mustBeTime7 } from '../../../../../shared/model/time7';
import type { DeliveryPlan, IncidentState } from '../../../../../shared/ticketing/rules/deliveryPlan';
import { atVersion, planInbound } from '../../../../../shared/ticketing/rules/planInbound';
import { planDelivery } from '../../../../../shared/ticketing/rules/planDelivery';
import { incidentOf, plainConnection, plainTenant, tenantId } from '../plain';

export interface Comment {
  readonly text: string;
  readonly visibility: 'internal' | 'public';
}

/** A tool with one ticket, as simple as can be: it does what it is told and tells everybody what happened. */
export interface Desk {
  readonly connection: Connection;
  /** Whether its webhooks say who it was. */
  readonly tellsActor: boolean;
  /** Whether a closed ticket can be opened again by us. */
  readonly reopens: boolean;
  link: Link;
  pending: { type: EventType; version: Time7 }[];
  mustResend: boolean;
  tickets: { id: string; status: TicketStatus; assignee: string | null; version: number; comments: Comment[] }[];
  /** Webhooks under way, in the order they were sent. */
  hooks: TicketEvent[];
  /** Delivered before: any of them may come again. */
  delivered: TicketEvent[];
  writes: number;
}

/** A person's change of a status: what has to hold, or to be explained. */
export interface Said {
  readonly step: number;
  readonly by: 'defender' | number;
  readonly value: string;
  /** Back to what a ticket was told last: to who compares, that side did not move. */
  readonly isReturn: boolean;
}

export interface World {
  nowMs: number;
  step: number;
  header: IncidentHeader;
  version: Time7;
  comments: { comment: string; createdByDisplayName: string; createdDateTime: string }[];
  stored: IncidentState;
  announced: string;
  desks: readonly Desk[];
  journal: Map<string, JournalEntry>;
  said: Said[];
  /** Every status that Defender, and each ticket, had. */
  shown: { step: number; where: 'defender' | number; status: string }[];
  writesToDefender: number;
  humanChanges: number;
  nextComment: number;
}

export interface DeskOptions {
  readonly owner: FieldOwner;
  readonly tellsActor: boolean;
  readonly reopens: boolean;
  readonly mayClose: boolean;
  readonly commentsIn: 'none' | 'public' | 'all';
  readonly commentsOut: 'none' | 'own' | 'all';
  readonly as: 'internal' | 'public';
}

export const newWorld = (desks: readonly DeskOptions[]): World => {
  const incident = incidentOf();
  return {
    nowMs: Date.parse(incident.version),
    step: 0,
    header: incident.header,
    version: incident.version,
    comments: [],
    stored: incident,
    announced: '',
    desks: desks.map((options, index) => newDesk(options, index)),
    journal: new Map(),
    said: [],
    shown: [{ step: 0, where: 'defender', status: 'active' }],
    writesToDefender: 0,
    humanChanges: 0,
    nextComment: 0,
  };
};

const newDesk = (options: DeskOptions, index: number): Desk => {
  const { owner } = options;
  const connection: Connection = {
    ...plainConnection,
    connectionId: `desk-${index}`,
    inbound: {
      ...plainConnection.inbound,
      closes: { upTo: options.mayClose ? 'high' : 'none', else: 'propose' },
      comments: options.commentsIn,
    },
    outbound: { ...plainConnection.outbound, comments: options.commentsOut, as: options.as },
    ownership: { status: owner, classification: owner, determination: owner, assignedTo: owner },
  };
  return {
    connection,
    tellsActor: options.tellsActor,
    reopens: options.reopens,
    link: newLink(tenantId, targetIdOf(connection), '42'),
    pending: [],
    mustResend: false,
    tickets: [],
    hooks: [],
    delivered: [],
    writes: 0,
  };
};

const iso = (world: World): string => new Date(world.nowMs).toISOString();

/** Something changes in Defender, whoever did it. */
const touch = (world: World, change: Partial<IncidentHeader>): void => {
  world.nowMs += 1;
  world.header = { ...world.header, ...change, lastUpdateDateTime: iso(world) };
  world.version = mustBeTime7(world.header.lastUpdateDateTime, 'x');
  if (change.status !== undefined)
    world.shown.push({ step: world.step, where: 'defender', status: change.status ?? 'none' });
};

const live = (world: World): IncidentState => ({
  header: world.header,
  version: world.version,
  body: { id: '42', comments: world.comments },
});

export const changeIncident = (world: World, change: Partial<IncidentHeader>): void => {
  world.humanChanges += 1;
  const isNews = change.status !== undefined && change.status !== world.header.status;
  touch(world, change);
  if (isNews)
    world.said.push({
      step: world.step,
      by: 'defender',
      value: change.status ?? 'none',
      isReturn: world.desks.some(({ link }) => link.base.status === change.status),
    });
};

export const commentIncident = (world: World): void => {
  world.humanChanges += 1;
  touch(world, {});
  world.comments.push({
    comment: `word-${world.nextComment++}-by-defender`,
    createdByDisplayName: 'Ana',
    createdDateTime: iso(world),
  });
};

const emit = (world: World, desk: Desk, by: string, said: Partial<TicketEvent>): void => {
  const ticket = desk.tickets.at(-1)!;
  ticket.version += 1;
  desk.hooks.push({
    ticketId: ticket.id,
    kind: 'updated',
    actor: desk.tellsActor ? { id: by, name: by } : null,
    occurredAt: iso(world),
    version: desk.tellsActor ? String(ticket.version) : null,
    ...said,
  });
};

export const changeTicket = (
  world: World,
  index: number,
  change: { status?: TicketStatus; assignee?: string | null; resolution?: string; comment?: 'internal' | 'public' },
): void => {
  const desk = world.desks[index]!;
  const ticket = desk.tickets.at(-1);
  if (ticket === undefined) return;
  world.humanChanges += 1;
  world.nowMs += 1;
  if (change.status !== undefined && change.status !== ticket.status) {
    ticket.status = change.status;
    world.shown.push({ step: world.step, where: index, status: change.status });
    world.said.push({
      step: world.step,
      by: index,
      value: change.status,
      isReturn: toDone(change.status) === desk.link.base.status,
    });
    const { status, resolution } = change;
    emit(world, desk, 'u-cy', { status, ...(resolution === undefined ? {} : { resolution }) });
  }
  if (change.assignee !== undefined && change.assignee !== ticket.assignee) {
    ticket.assignee = change.assignee;
    emit(world, desk, 'u-cy', { assignee: change.assignee });
  }
  if (change.comment === undefined) return;
  const comment = { text: `word-${world.nextComment++}-${change.comment}-by-${index}`, visibility: change.comment };
  ticket.comments.push(comment);
  emit(world, desk, 'u-cy', { kind: 'commented', comment: { id: null, ...comment } });
};

const digest = ({ header, body }: IncidentState): string =>
  JSON.stringify([header.status, header.classification, header.determination, header.assignedTo, body.comments]);

/** The incident is read and stored; what people watch becomes an event for each connection. */
export const sync = (world: World): void => {
  world.stored = { ...live(world), body: { id: '42', comments: [...world.comments] } };
  const now = digest(world.stored);
  if (now === world.announced) return;
  world.announced = now;
  for (const desk of world.desks) desk.pending.push({ type: 'updated', version: world.version });
};

/** One turn of a connection's lane; `meanwhile` happens between the plan and the write. */
export const deliver = (world: World, index: number, meanwhile: () => void = () => undefined): void => {
  const desk = world.desks[index]!;
  if (desk.pending.length === 0 && !desk.mustResend) return;
  const plan = planDelivery({
    connection: desk.connection,
    tenant: plainTenant,
    incident: world.stored,
    events: desk.pending,
    link: desk.link,
    storm: null,
    now: iso(world),
  });
  carryOut(world, index, plan, meanwhile);
};

const carryOut = (world: World, index: number, plan: DeliveryPlan, meanwhile: () => void): void => {
  const desk = world.desks[index]!;
  keep(world, plan.journal);
  if (plan.do === 'nothing') {
    desk.link = plan.link;
    if (plan.retryAt !== undefined) return;
    desk.pending = [];
    desk.mustResend = false;
    return;
  }
  meanwhile();
  desk.writes += 1;
  world.nowMs += 500;
  if (plan.do === 'create') {
    const { content } = plan;
    const id = `t${desk.tickets.length + 1}`;
    desk.tickets.push({ id, status: content.status, assignee: content.assignee ?? null, version: 0, comments: [] });
    world.shown.push({ step: world.step, where: index, status: content.status });
    emit(world, desk, 'u-relay', { status: content.status, assignee: content.assignee ?? null });
    take(world, index, content.comments);
    desk.link = plan.after({ ticketId: id, number: `NO-${id}`, url: null });
  } else if (plan.do === 'update') {
    const ticket = desk.tickets.find(({ id }) => id === plan.ticketId)!;
    const opens = plan.change.status !== undefined && plan.change.status !== 'resolved';
    if (!desk.reopens && opens && (ticket.status === 'resolved' || ticket.status === 'cancelled')) {
      carryOut(world, index, plan.otherwise('ticketClosed'), () => undefined);
      return;
    }
    write(world, index, plan.change);
    desk.link = plan.after();
  } else throw new Error('nothing merges here');
  desk.pending = [];
  desk.mustResend = false;
};

/** Called off or resolved: to an incident it is one. */
const toDone = (status: string): string => (status === 'cancelled' ? 'resolved' : status);

const write = (world: World, index: number, change: TicketChange): void => {
  const desk = world.desks[index]!;
  const ticket = desk.tickets.at(-1)!;
  if (change.status !== undefined) {
    // A person who said so a moment before agrees with what was being written.
    world.said = world.said.map((said) =>
      said.by === index && toDone(said.value) === toDone(change.status ?? '') ? { ...said, isReturn: true } : said,
    );
    ticket.status = change.status;
    world.shown.push({ step: world.step, where: index, status: change.status });
    emit(world, desk, 'u-relay', { status: change.status });
  }
  if (change.assignee !== undefined) {
    ticket.assignee = change.assignee;
    emit(world, desk, 'u-relay', { assignee: change.assignee });
  }
  take(world, index, change.comments);
};

const take = (world: World, index: number, comments: readonly OutgoingComment[]): void => {
  const desk = world.desks[index]!;
  for (const { text, visibility } of comments) {
    desk.tickets.at(-1)!.comments.push({ text, visibility });
    emit(world, desk, 'u-relay', { kind: 'commented', comment: { id: null, text, visibility } });
  }
};

/** One of the webhooks under way arrives, not always the oldest; or one that came before comes again. */
export const receive = (world: World, index: number, pick: number, again = false): void => {
  const desk = world.desks[index]!;
  const from = again ? desk.delivered : desk.hooks;
  const event = from[pick % Math.max(from.length, 1)];
  if (event === undefined) return;
  if (!again) {
    desk.hooks = desk.hooks.filter((other) => other !== event);
    desk.delivered.push(event);
  }
  takeIn(world, index, event);
};

export const takeIn = (world: World, index: number, event: TicketEvent): void => {
  const desk = world.desks[index]!;
  world.nowMs += 100;
  const plan = planInbound({
    connection: desk.connection,
    writeBack: true,
    link: desk.link,
    event,
    live: live(world),
    ownAccount: desk.tellsActor ? 'u-relay' : null,
    isWeak: false,
    now: iso(world),
  });
  keep(world, plan.journal);
  desk.link = plan.link;
  if (plan.resend) desk.mustResend = true;
  if (plan.update === undefined && plan.comments.length === 0) return;
  const { update } = plan;
  if (update !== undefined) touch(world, update);
  for (const comment of plan.comments) {
    touch(world, {});
    world.comments.push({ comment, createdByDisplayName: 'xdr-relay', createdDateTime: iso(world) });
  }
  world.writesToDefender += 1;
  // Every other time nobody tells the link the version, as after a crash.
  if (world.writesToDefender % 2 === 0) desk.link = atVersion(desk.link, world.version);
};

const keep = (world: World, entries: readonly JournalEntry[]): void => {
  for (const entry of entries) world.journal.set(entry.entryId, entry);
};
