import { ConflictError } from '../errors';
import type { Link } from '../model/link';
import { newLink } from '../model/link';
import type { TenantLane } from '../store/openLanes';
import type { MergePlan } from '../ticketing/rules/deliveryPlan';
import { indexTickets } from './indexTickets';
import { busy } from './laneResult';
import type { Followed, Step } from './planStep';
import { refusalOf } from './refusalOf';
import { told } from './ticketAttempt';

/** One step of a merge, while both links are held. */
export const carryOutMerge = async (step: Step, plan: MergePlan): Promise<Followed> => {
  const { attempt, link, storm, survivorHeld, isLast } = step;
  const { deps, facts, held } = attempt;
  await held.hold(link);
  const after = plan.after();
  const survivorLink = step.survivorLink ?? newLink(link.tenantId, link.targetId, after.survivorLink.incidentId);
  try {
    await survivorHeld.hold(survivorLink);
  } catch (error) {
    if (error instanceof ConflictError) return { ended: await attempt.release(link, busy) };
    throw error;
  }
  // The ticket will still show what it was told of the absorbed one. The lane that tells it more waits while its link is held.
  if (plan.step === 'relink') await deps.resend(laneOf(survivorLink));
  const called = await attempt.call((connector) => connector.update(plan.ticketId, plan.change));
  if (!called.ok) {
    await attempt.end([{ held: survivorHeld, link: survivorLink }], [], []);
    const refusal = refusalOf(called);
    if (refusal === undefined || isLast) return { ended: await attempt.fail(link, called) };
    return { instead: plan.otherwise(refusal), storm };
  }
  const links = [
    { held, link: after.link },
    { held: survivorHeld, link: after.survivorLink },
  ];
  await indexTickets(deps, facts, after.survivorLink, survivorLink);
  if (!plan.again || isLast) return { ended: await attempt.end(links, told(attempt), plan.journal) };
  await attempt.end(links, [], plan.journal);
  return { link: after.link };
};

const laneOf = ({ tenantId, targetId, incidentId }: Link): TenantLane => ({ tenantId, targetId, incidentId });
