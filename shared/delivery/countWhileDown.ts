import { ConflictError } from '../errors';
import { newLink } from '../model/link';
import { isHeld, linkStore } from '../store/links';
import { deliveryInput, wantsFirstTicket } from './deliveryInput';
import type { LaneDeps } from './laneDeps';
import type { LaneFacts } from './laneFacts';
import { readIncident } from './laneFacts';
import { heldLink, writeLane } from './laneWriter';
import { arrive } from './storm';

/** Nothing is sent to a tool that is down; still each new incident counts when it comes, or a storm would begin when the tool is back. */
export const countWhileDown = async (deps: LaneDeps, facts: LaneFacts): Promise<void> => {
  const { lane, tenant, connection } = facts;
  const { tenantId, targetId, incidentId } = lane;
  const { storm: limit } = connection;
  if (limit === undefined) return;
  const [found, incident] = await Promise.all([
    linkStore(tenantId, deps.incidents).get(targetId, incidentId),
    readIncident(deps, tenant, incidentId),
  ]);
  if (incident === undefined || found?.link.heardAt !== undefined || (found !== undefined && isHeld(found))) return;
  const link = found?.link ?? newLink(tenantId, targetId, incidentId);
  if (!wantsFirstTicket(deliveryInput(deps.clock, facts, incident, link))) return;
  const { heardAt } = await arrive(deps, connection, limit, link, incident.header.severity);
  const held = heldLink(deps.incidents, tenantId, found, facts.by);
  try {
    await writeLane(deps.incidents, { links: [{ held, link: { ...link, heardAt } }], events: [], journal: [] });
  } catch (error) {
    // Another attempt has it: there it counts as the same.
    if (!(error instanceof ConflictError)) throw error;
  }
};
