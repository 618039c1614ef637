import { underContract } from '../incidents/underContract';
import type { Connection, ConnectionState } from '../model/connection';
import type { FoundLink } from '../model/link';
import type { Tenant } from '../model/tenant';
import { incidentStore } from '../store/incidents';
import { linkStore } from '../store/links';
import type { StoredEvent } from '../store/outbox';
import type { TenantLane } from '../store/openLanes';
import type { IncidentState } from '../ticketing/rules/deliveryPlan';
import type { LaneDeps } from './laneDeps';
import type { CallSlot } from './laneResult';

/** One attempt at one lane, and what is known when it begins. */
export interface LaneFacts {
  readonly lane: TenantLane;
  readonly connection: Connection;
  readonly tenant: Tenant;
  /** As it was before this attempt. */
  readonly state: ConnectionState;
  /** Sent though the connection is down, to see whether it is up again. */
  readonly isProbe: boolean;
  /** Those that wait, oldest version first; never empty. */
  readonly events: readonly StoredEvent[];
  /** This attempt's name. */
  readonly by: string;
  /** Of `clock.elapsedMs`: its claim holds no longer, so that no call may. */
  readonly untilMs: number;
  readonly slot: CallSlot;
}

/** An incident as it may be shown to this tenant's tools: its contract may have become stricter since it was stored. */
export const readIncident = async (
  { incidents, bodies }: Pick<LaneDeps, 'incidents' | 'bodies'>,
  { tenantId, contract }: Pick<Tenant, 'tenantId' | 'contract'>,
  incidentId: string,
): Promise<IncidentState | undefined> => {
  const found = await incidentStore(tenantId, incidents, bodies).whole(incidentId);
  if (found === undefined) return undefined;
  const { header, version } = found.incident;
  return { version, ...underContract({ header, body: found.body }, contract.never) };
};

/** A chain of merges, or a circle, ends here. */
const maxHops = 10;

/** Where a redirected incident went in the end, with its link of the same connection; undefined: not known yet. */
export const readSurvivor = async (
  { incidents, bodies }: Pick<LaneDeps, 'incidents' | 'bodies'>,
  { tenantId, targetId, incidentId }: TenantLane,
  redirectedTo: string | null,
): Promise<{ readonly incidentId: string; readonly found: FoundLink | undefined } | undefined> => {
  const store = incidentStore(tenantId, incidents, bodies);
  let last: string | undefined;
  let next = redirectedTo;
  for (let hop = 0; next !== null && hop < maxHops; hop += 1) {
    if (next === incidentId) return undefined;
    const survivor = await store.header(next);
    if (survivor === undefined) return undefined;
    last = next;
    next = survivor.header.redirectIncidentId;
  }
  if (last === undefined || next !== null) return undefined;
  return { incidentId: last, found: await linkStore(tenantId, incidents).get(targetId, last) };
};
