import type { JournalEntry } from '../model/conflict';
import type { FoundLink, Link } from '../model/link';
import { newLink } from '../model/link';
import { ConflictError, TargetError, UpstreamError } from '../errors';
import { isHeld, linkStore } from '../store/links';
import type { DeliveryChange, StoredEvent } from '../store/outbox';
import type { Connector } from '../ticketing/connector';
import type { DeliveryInput, DeliveryPlan, IncidentState, MergePlan, Refusal } from '../ticketing/rules/deliveryPlan';
import { inDoubt } from '../ticketing/rules/inDoubt';
import { keyOf } from '../ticketing/rules/keyOf';
import { planDelivery } from '../ticketing/rules/planDelivery';
import { adopt, withIntent } from './adopt';
import { delivered, superseded, waitsUntil } from './afterTry';
import type { Called } from './callTarget';
import { callTarget } from './callTarget';
import type { LaneDeps } from './laneDeps';
import type { LaneFacts } from './laneFacts';
import { readIncident, readSurvivor } from './laneFacts';
import type { LaneResult } from './laneResult';
import type { HeldLink } from './laneWriter';
import { heldLink, writeLane } from './laneWriter';
import { settleFailure } from './settleFailure';
import type { JoinedStorm } from './storm';
import { isUncounted, stormOf } from './storm';

const busy: LaneResult = { outcome: 'busy', againInMs: 5_000 };
/** Events of one batch, beside links and journal. */
const maxEvents = 80;
/** A merge takes a few steps; more than that is a circle. */
const maxSteps = 6;

/** Brings the ticket to the newest state of its incident: all that waits is said with it. */
export const deliverTicket = async (
  deps: LaneDeps,
  facts: LaneFacts,
  connect: () => Connector,
): Promise<LaneResult> => {
  const { lane, tenant } = facts;
  const { tenantId, targetId, incidentId } = lane;
  const [found, incident] = await Promise.all([
    linkStore(tenantId, deps.incidents).get(targetId, incidentId),
    readIncident(deps, tenant, incidentId),
  ]);
  if (found !== undefined && isHeld(found)) return busy;
  const events = facts.events.slice(-maxEvents);
  const attempt = createAttempt(deps, { ...facts, events }, connect, found);
  if (incident === undefined) {
    const change = superseded(deps.clock.now(), 'The incident is not stored any more.');
    return attempt.end(
      [],
      events.map((stored) => ({ stored, change })),
      [],
    );
  }
  return deliverState(
    deps,
    { ...facts, events },
    attempt,
    incident,
    found?.link ?? newLink(tenantId, targetId, incidentId),
  );
};

/** Nothing is sent to a tool that is down; still each new incident counts when it comes, or a storm would begin when the tool is back. */
export const countArrival = async (deps: LaneDeps, facts: LaneFacts): Promise<void> => {
  const { lane, tenant, events } = facts;
  const [found, incident] = await Promise.all([
    linkStore(lane.tenantId, deps.incidents).get(lane.targetId, lane.incidentId),
    readIncident(deps, tenant, lane.incidentId),
  ]);
  const link = found?.link ?? newLink(lane.tenantId, lane.targetId, lane.incidentId);
  const some = events.slice(-maxEvents);
  if (incident === undefined || !isUncounted(some)) return;
  if (!isArrival(inputOf(deps, { ...facts, events: some }, incident, link, undefined))) return;
  const counted = await stormOf(deps, { ...facts, events: some }, incident.header.severity, noCall);
  const untilMs = typeof counted === 'object' && 'untilMs' in counted ? counted.untilMs : deps.clock.now();
  const changes = some.map((stored) => ({ stored, change: waitsUntil(untilMs) }));
  await writeLane(deps.incidents, { links: [], events: changes, journal: [] });
};

const noCall = () => Promise.reject(new UpstreamError('Its connection is down'));

interface Change {
  readonly stored: StoredEvent;
  readonly change: Partial<DeliveryChange>;
}

interface LinkToWrite {
  readonly held: HeldLink;
  readonly link: Link;
}

/** What one attempt does to storage and tool. */
interface Attempt {
  readonly held: HeldLink;
  readonly isUpAgain: boolean;
  /** A ticket was found that an earlier attempt had made. */
  isAdopted: boolean;
  readonly call: <T>(work: (connector: Connector) => Promise<T>) => Promise<Called<T>>;
  /** Everything in one batch. */
  end(links: readonly LinkToWrite[], events: readonly Change[], journal: readonly JournalEntry[]): Promise<LaneResult>;
  fail(
    link: Link,
    call: Extract<Called<unknown>, { readonly ok: false }>,
    journal: readonly JournalEntry[],
  ): Promise<LaneResult>;
}

const createAttempt = (
  deps: LaneDeps,
  facts: LaneFacts,
  connect: () => Connector,
  found: FoundLink | undefined,
): Attempt => {
  const { lane, events } = facts;
  const held = heldLink(deps.incidents, lane.tenantId, found, facts.by);
  let isUpAgain = false;
  const up = () => (isUpAgain ? { isUpAgain } : {});
  const end: Attempt['end'] = async (links, changes, journal) => {
    await writeLane(deps.incidents, { links, events: changes, journal });
    return { outcome: 'done', ...up() };
  };
  return {
    held,
    isAdopted: false,
    get isUpAgain() {
      return isUpAgain;
    },
    call: async (work) => {
      const called = await callTarget(deps, facts, () => work(connect()));
      isUpAgain ||= called.isUpAgain;
      return called;
    },
    end,
    fail: async (link, called, journal) => {
      const newest = events.at(-1);
      if (newest === undefined) return end([{ held, link }], [], journal);
      const settled = await settleFailure(deps, facts, newest, called);
      // Where nothing was settled all stays as it is: also the older ones.
      const older = settled.events.length === 0 ? [] : events.slice(0, -1);
      const because = 'A newer version takes its place.';
      const changes = [
        ...older.map((stored) => ({ stored, change: superseded(deps.clock.now(), because) })),
        ...settled.events,
      ];
      await end([{ held, link }], changes, journal);
      return { ...settled.result, ...up() };
    },
  };
};

const newTickets = (link: Link, before: Link): readonly string[] => {
  const known = new Set(before.tickets.map(({ ticketId }) => ticketId));
  return link.tickets.map(({ ticketId }) => ticketId).filter((ticketId) => ticketId !== '' && !known.has(ticketId));
};

const deliverState = async (
  deps: LaneDeps,
  facts: LaneFacts,
  attempt: Attempt,
  incident: IncidentState,
  stored: Link,
): Promise<LaneResult> => {
  const { held } = attempt;
  let link = stored;
  if (link.intent !== null) {
    const { key } = link.intent;
    await held.hold(link);
    const called = await attempt.call((connector) => connector.find(key));
    if (!called.ok) return attempt.fail(link, called, []);
    const ref = called.value;
    if (ref === undefined) link = { ...link, intent: null };
    else {
      const adopted = adopt(link, ref, isoNow(deps), await planWithout(deps, facts, incident, link, key));
      attempt.isAdopted = true;
      await putTickets(deps, facts, adopted.link, stored);
      const { rest } = adopted;
      const said = rest === null ? undefined : await attempt.call((connector) => connector.update(ref.ticketId, rest));
      const isRefused = said?.ok === false;
      if (isRefused && refusalOf(said) === undefined)
        return attempt.fail(said.failure.kind === 'content' ? adopted.unsaid : link, said, []);
      // Closed or deleted by its people since: its comments are still to be said, should there be another ticket.
      link = isRefused ? { ...adopted.link, comments: link.comments } : adopted.link;
    }
  }
  // Asked for by a person: as if the ticket had never been told.
  if (facts.events.some(({ event }) => event.isReplay)) link = { ...link, told: null, version: null };
  return step(deps, facts, attempt, incident, link, [], 1);
};

const isoNow = ({ clock }: LaneDeps): string => new Date(clock.now()).toISOString();

/** Tickets new in a link are in the ticket index before it: a webhook of theirs finds its way at once. */
const putTickets = async (deps: LaneDeps, { connection }: LaneFacts, link: Link, before: Link): Promise<void> => {
  for (const ticketId of newTickets(link, before))
    await deps.tickets.put(connection, ticketId, { tenantId: link.tenantId, incidentId: link.incidentId });
};

type Survivor = Awaited<ReturnType<typeof readSurvivor>>;

const inputOf = (
  deps: LaneDeps,
  { lane, connection, tenant, events }: LaneFacts,
  incident: IncidentState,
  link: Link,
  survivor: Survivor,
): DeliveryInput => ({
  connection,
  tenant,
  incident,
  events: events.map(({ event: { type, version } }) => ({ type, version })),
  link,
  ...(survivor === undefined
    ? {}
    : {
        survivor: {
          incidentId: survivor.incidentId,
          link: survivor.found?.link ?? newLink(lane.tenantId, lane.targetId, survivor.incidentId),
        },
      }),
  storm: null,
  now: isoNow(deps),
  isBacklog: events.every(({ event }) => event.version < connection.since),
});

/** What would be done with a link if the ticket of `key` had not been tried. */
const planWithout = async (
  deps: LaneDeps,
  facts: LaneFacts,
  incident: IncidentState,
  link: Link,
  key: string,
): Promise<DeliveryPlan> => {
  const survivor = await readSurvivor(deps, facts.lane, incident.header.redirectIncidentId);
  const input = inputOf(deps, facts, incident, { ...link, intent: null }, survivor);
  return planDelivery(link.intent?.then?.storm === key ? { ...input, storm: { key } } : input);
};

/** Plans and does one step; a merge takes several. */
const step = async (
  deps: LaneDeps,
  facts: LaneFacts,
  attempt: Attempt,
  incident: IncidentState,
  link: Link,
  journal: readonly JournalEntry[],
  steps: number,
): Promise<LaneResult> => {
  const { lane } = facts;
  const survivor = await readSurvivor(deps, lane, incident.header.redirectIncidentId);
  if (survivor?.found !== undefined && isHeld(survivor.found)) return release(attempt, link, journal, busy);
  const survivorBefore = survivor?.found?.link;
  const input = inputOf(deps, facts, incident, link, survivor);
  const alone = planDelivery(input);
  const storm = isArrival(input) ? await stormOf(deps, facts, incident.header.severity, attempt.call) : undefined;
  if (storm === 'busy') return release(attempt, link, journal, busy);
  if (storm !== undefined && 'untilMs' in storm) {
    const settledMs = alone.do === 'nothing' ? Date.parse(alone.retryAt ?? '') : 0;
    return waitForOthers(deps, facts, attempt, link, Math.max(storm.untilMs, settledMs));
  }
  const plan = storm === undefined ? alone : planDelivery({ ...input, storm: storm.ticket });
  const survivorHeld = heldLink(deps.incidents, lane.tenantId, survivor?.found, facts.by);
  const context = { deps, facts, attempt, incident, storm, survivorHeld, survivorBefore, steps };
  return carryOut(context, plan, link, journal);
};

/** Whether it wants the incident's first ticket, now or once it has settled. */
const isArrival = (input: DeliveryInput): boolean => {
  const { connection, tenant, incident, link } = input;
  if (connection.storm === undefined || link.tickets.length > 0) return false;
  const plan = planDelivery({ ...input, connection: { ...connection, settleSeconds: 0 } });
  return plan.do === 'create' && plan.content.key === keyOf(tenant.tenantId, incident.header.incidentId);
};

const waitForOthers = async (
  deps: LaneDeps,
  { events }: LaneFacts,
  attempt: Attempt,
  link: Link,
  untilMs: number,
): Promise<LaneResult> => {
  const { held } = attempt;
  const links = held.isHeld ? [{ held, link }] : [];
  const waits = events.map((stored) => ({ stored, change: waitsUntil(untilMs) }));
  const ended = await attempt.end(links, waits, []);
  return { ...ended, outcome: 'waiting', againInMs: untilMs - deps.clock.now() };
};

interface Context {
  readonly deps: LaneDeps;
  readonly facts: LaneFacts;
  readonly attempt: Attempt;
  readonly incident: IncidentState;
  readonly storm: JoinedStorm | undefined;
  readonly survivorHeld: HeldLink;
  readonly survivorBefore: Link | undefined;
  readonly steps: number;
}

/** Lets go of a link that this attempt holds. */
const release = async (
  attempt: Attempt,
  link: Link,
  journal: readonly JournalEntry[],
  result: LaneResult,
): Promise<LaneResult> => {
  if (attempt.held.isHeld) await attempt.end([{ held: attempt.held, link }], [], journal);
  return { ...result, ...(attempt.isUpAgain ? { isUpAgain: true } : {}) };
};

const carryOut = async (
  context: Context,
  plan: DeliveryPlan,
  link: Link,
  before: readonly JournalEntry[],
): Promise<LaneResult> => {
  const { deps, facts, attempt } = context;
  const { held } = attempt;
  const journal = [...before, ...plan.journal];
  switch (plan.do) {
    case 'nothing': {
      const nowMs = deps.clock.now();
      const change =
        plan.retryAt === undefined ? superseded(nowMs, plan.because) : waitsUntil(Date.parse(plan.retryAt));
      const isSame = plan.link === link && !held.isHeld;
      // Its ticket was found, made by an attempt whose answer was lost: that one told it.
      const isTold = plan.retryAt === undefined && attempt.isAdopted;
      const links = isSame ? [] : [{ held, link: plan.link }];
      const ended = await attempt.end(
        links,
        isTold ? told(context) : facts.events.map((stored) => ({ stored, change })),
        journal,
      );
      if (plan.retryAt === undefined) return ended;
      return { ...ended, outcome: 'waiting', againInMs: Math.max(0, Date.parse(plan.retryAt) - nowMs) };
    }
    case 'create': {
      const { key } = plan.content;
      const intended = withIntent(link, key, isoNow(deps), plan.after);
      await held.hold(intended);
      const called = await attempt.call((connector) => connector.create(plan.content));
      // Whatever the answer was: it may be that of a later call, when the ticket was there already.
      if (!called.ok) return attempt.fail(intended, called, journal);
      if (context.storm?.ticket.key === key) await context.storm.made(called.value);
      const after: Link = { ...plan.after(called.value), intent: null };
      await putTickets(deps, facts, after, link);
      return attempt.end([{ held, link: after }], told(context), journal);
    }
    case 'update': {
      if (isOfOneBefore(facts.connection, link)) await putTickets(deps, facts, link, { ...link, tickets: [] });
      const unsure = inDoubt(link, plan.change, isoNow(deps));
      await held.hold(unsure);
      const called = await attempt.call((connector) => connector.update(plan.ticketId, plan.change));
      const refusal = refusalOf(called);
      if (refusal !== undefined && context.steps < maxSteps)
        return carryOut({ ...context, steps: context.steps + 1 }, plan.otherwise(refusal), link, before);
      // Several tools write in more than one call: a part of it may be there whatever the answer was.
      if (!called.ok) return attempt.fail(unsure, called, before);
      return attempt.end([{ held, link: plan.after() }], told(context), journal);
    }
    case 'merge':
      return mergeStep(context, plan, link, before);
  }
};

/** Its connection was removed and put again since: what led to its tickets may be gone with the first. */
const isOfOneBefore = ({ createdAt }: LaneFacts['connection'], { tickets }: Link): boolean =>
  tickets.some((ticket) => ticket.createdAt < createdAt);

/** All that waited is said by the newest. */
const told = ({ deps, facts: { events } }: Context): readonly Change[] => {
  const nowMs = deps.clock.now();
  const because = 'A newer version was delivered in its place.';
  return events.map((stored, at) => ({
    stored,
    change: at === events.length - 1 ? delivered(stored, nowMs, null) : superseded(nowMs, because),
  }));
};

const refusalOf = (called: Called<unknown>): Refusal | undefined => {
  if (called.ok || !(called.failure.error instanceof TargetError)) return undefined;
  const { reason } = called.failure.error;
  return reason === 'ticketClosed' || reason === 'ticketGone' ? reason : undefined;
};

const mergeStep = async (
  context: Context,
  plan: MergePlan,
  link: Link,
  before: readonly JournalEntry[],
): Promise<LaneResult> => {
  const { deps, facts, attempt, survivorHeld, survivorBefore, steps } = context;
  const { held } = attempt;
  const journal = [...before, ...plan.journal];
  await held.hold(link);
  const after = plan.after();
  const survivorAsItWas = survivorBefore ?? newLink(link.tenantId, link.targetId, after.survivorLink.incidentId);
  try {
    await survivorHeld.hold(survivorAsItWas);
  } catch (error) {
    if (error instanceof ConflictError) return release(attempt, link, before, busy);
    throw error;
  }
  const called = await attempt.call((connector) => connector.update(plan.ticketId, plan.change));
  const refusal = refusalOf(called);
  if (!called.ok) {
    const letGo = { held: survivorHeld, link: survivorAsItWas };
    await attempt.end([letGo], [], []);
    if (refusal === undefined || steps >= maxSteps) return attempt.fail(link, called, before);
    return carryOut({ ...context, steps: steps + 1 }, plan.otherwise(refusal), link, before);
  }
  const links = [
    { held, link: after.link },
    { held: survivorHeld, link: after.survivorLink },
  ];
  await putTickets(deps, facts, after.survivorLink, survivorAsItWas);
  if (!plan.again || steps >= maxSteps) return attempt.end(links, told(context), journal);
  await attempt.end(links, [], journal);
  return step(deps, facts, attempt, context.incident, after.link, [], steps + 1);
};
