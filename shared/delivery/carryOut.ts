import type { Link } from '../model/link';
import type { CreatePlan, NothingPlan, Refusal, UpdatePlan } from '../ticketing/rules/deliveryPlan';
import { inDoubt } from '../ticketing/rules/inDoubt';
import { planDelivery } from '../ticketing/rules/planDelivery';
import { withIntent } from './adopt';
import { superseded, waitsUntil } from './afterTry';
import { carryOutMerge } from './carryOutMerge';
import { isoNow } from './deliveryInput';
import { indexTickets } from './indexTickets';
import type { LaneFacts } from './laneFacts';
import type { LaneResult } from './laneResult';
import { busy } from './laneResult';
import type { Followed, PlannedStep, Step } from './planStep';
import { refusalOf } from './refusalOf';
import { told } from './ticketAttempt';

/** Does what a step plans, one call and one batch. @throws ConflictError where the lane is another's by now */
export const carryOut = async (step: Step): Promise<Followed> => {
  const { plan } = step;
  switch (plan.do) {
    case 'nothing':
      return { ended: await doNothing(step, plan) };
    case 'create':
      return { ended: await create(step, plan) };
    case 'update':
      return update(step, plan);
    case 'merge':
      return carryOutMerge(step, plan);
  }
};

const doNothing = async ({ attempt, link }: PlannedStep, plan: NothingPlan): Promise<LaneResult> => {
  const { deps, facts, held } = attempt;
  const nowMs = deps.clock.now();
  const change = plan.retryAt === undefined ? superseded(nowMs, plan.because) : waitsUntil(Date.parse(plan.retryAt));
  const links = plan.link === link && !held.isHeld ? [] : [{ held, link: plan.link }];
  // Its ticket was found, made by an attempt whose answer was lost: that one told it.
  const isTold = plan.retryAt === undefined && attempt.isAdopted;
  const events = isTold ? told(attempt) : facts.events.map((stored) => ({ stored, change }));
  const ended = await attempt.end(links, events, plan.journal);
  if (plan.retryAt === undefined) return ended;
  return { ...ended, outcome: 'waiting', againInMs: Math.max(0, Date.parse(plan.retryAt) - nowMs) };
};

const create = async ({ attempt, link, storm }: PlannedStep, plan: CreatePlan): Promise<LaneResult> => {
  const { deps, facts, held } = attempt;
  const { key } = plan.content;
  const intended = withIntent(link, key, isoNow(deps.clock), plan.after);
  await held.hold(intended);
  const called = await attempt.call((connector) => connector.create(plan.content));
  // Whatever the answer was: it may be that of a later call, when the ticket was there already.
  if (!called.ok) return attempt.fail(intended, called);
  if (storm?.ticket.key === key) await storm.made(called.value);
  const after: Link = { ...plan.after(called.value), intent: null };
  await indexTickets(deps, facts, after, link);
  return attempt.end([{ held, link: after }], told(attempt), plan.journal);
};

const update = async (step: Step, plan: UpdatePlan): Promise<Followed> => {
  const { attempt, link, isLast } = step;
  const { deps, facts, held } = attempt;
  if (isOfOneBefore(facts.connection, link)) await indexTickets(deps, facts, link, { tickets: [] });
  const unsure = inDoubt(link, plan.change, isoNow(deps.clock));
  await held.hold(unsure);
  const called = await attempt.call((connector) => connector.update(plan.ticketId, plan.change));
  const refusal = refusalOf(called);
  if (refusal !== undefined && !isLast) return otherwise(step, plan, refusal);
  // Several tools write in more than one call: a part of it may be there whatever the answer was.
  if (!called.ok) return { ended: await attempt.fail(unsure, called) };
  return { ended: await attempt.end([{ held, link: plan.after() }], told(attempt), plan.journal) };
};

/** A storm's ticket that takes no more is followed by another of the same storm. */
const otherwise = async (step: PlannedStep, plan: UpdatePlan, refusal: Refusal): Promise<Followed> => {
  const { attempt, input, link, storm } = step;
  if (storm?.ticket.ticket === undefined) return { instead: plan.otherwise(refusal), storm };
  const next = await storm.closed();
  if (next === 'busy') return { ended: await attempt.release(link, busy) };
  return { instead: planDelivery({ ...input, storm: next.ticket }), storm: next };
};

/** Its connection was removed and put again since: what led to its tickets may be gone with the first. */
const isOfOneBefore = ({ createdAt }: LaneFacts['connection'], { tickets }: Link): boolean =>
  tickets.some((ticket) => ticket.createdAt < createdAt);
