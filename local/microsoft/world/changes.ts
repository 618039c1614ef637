import { newAlertSeed } from './alerts';
import { generateIncident } from './generateIncidents';
import type { Classification, Determination, Incident, Severity, Status, Tenant } from './incident';
import { seedOf } from './random';
import type { TenantIncidents } from './tenantIncidents';
import type { Ticks } from './time7';
import { formatTime7 } from './time7';

/** Redirected is what Defender alone makes. */
export type WritableStatus = Exclude<Status, 'redirected'>;

/** What may be asked for, as plain JSON. */
export type Change =
  | {
      kind: 'create';
      tenantId: string;
      displayName?: string;
      severity?: Severity;
      assignedTo?: string;
      seed?: number;
      /** ISO 8601 UTC, past: shown from now on, but created and last updated then. */
      at?: string;
    }
  | {
      kind: 'update';
      tenantId: string;
      incidentId: string;
      severity?: Severity;
      assignedTo?: string | null;
      customTags?: readonly string[];
      status?: 'active' | 'inProgress' | 'awaitingAction';
      comment?: string;
      /** Name the comment is shown under. */
      author?: string;
      /** How many alerts join. */
      addAlerts?: number;
      /** ISO 8601 UTC, past: shown from now on, but with this last update; not before the creation nor, unless forced, the last one. */
      at?: string;
      force?: boolean;
    }
  | {
      kind: 'resolve';
      tenantId: string;
      incidentId: string;
      classification: Classification;
      determination: Determination;
      resolvingComment?: string;
    }
  | { kind: 'reopen'; tenantId: string; incidentId: string }
  /** As the APIs write: what is not named stays. */
  | {
      kind: 'write';
      tenantId: string;
      incidentId: string;
      /** The name of the person or application that writes. */
      by: string;
      status?: WritableStatus;
      classification?: Classification;
      determination?: Determination;
      assignedTo?: string | null;
      customTags?: readonly string[];
      comment?: string;
    }
  | {
      kind: 'redirect';
      tenantId: string;
      incidentId: string;
      into: string;
      /** Allows what no merge of Defender's should give: cycles, and pointers turned elsewhere. */
      force?: boolean;
    }
  /** It is gone, as if it had never been. */
  | { kind: 'remove'; tenantId: string; incidentId: string };

/** A change with what made it definite; applying it again to the same world gives the same result. */
export type AppliedChange = Change & {
  /** The incident it is about; of `create`, the new one. */
  incidentId: string;
  /** ISO 8601 UTC, 7 digits: the last update it gave. A redirect gives the survivor the tick after. */
  at: string;
};

export class ChangeError extends Error {
  override readonly name = 'ChangeError';

  constructor(
    readonly code: 'notFound' | 'refused',
    message: string,
  ) {
    super(message);
  }
}

/** Puts one change into a tenant's incidents at `ticks` and answers what was done.
 *  @throws ChangeError when there is no such incident or it cannot be changed like that; nothing has changed then. */
export function applyChange(tenant: Tenant, incidents: TenantIncidents, change: Change, ticks: Ticks): AppliedChange {
  const at = formatTime7(ticks);
  if (change.kind === 'create') {
    const incident = createIncident(tenant, incidents, change, ticks);
    incidents.add(incident);
    return { ...change, seed: incident.seed, incidentId: incident.id, at };
  }
  const incident = find(incidents, change.incidentId);
  if (change.kind === 'remove') {
    incidents.remove(incident);
    return { ...change, at };
  }
  const forced = change.kind === 'redirect' && change.force === true;
  if (incident.status === 'redirected' && !forced)
    refuse(`incident ${incident.id} was merged into ${String(incident.redirectIncidentId)}`);
  if (change.kind === 'redirect') {
    redirect(incidents, incident, find(incidents, change.into), ticks, forced);
    return { ...change, at };
  }
  if (change.kind === 'reopen' && incident.status !== 'resolved') refuse(`incident ${incident.id} is not resolved`);
  if (change.kind === 'update') checkTime(incident, change, ticks);
  incidents.alter(incident, () => {
    touch(incident, ticks);
    if (change.kind === 'update') update(incident, change, ticks);
    if (change.kind === 'write') write(incident, change, ticks);
    if (change.kind === 'resolve') {
      Object.assign(incident, {
        status: 'resolved',
        classification: change.classification,
        determination: change.determination,
        resolvingComment: change.resolvingComment ?? null,
      });
    }
    if (change.kind === 'reopen') {
      Object.assign(incident, {
        status: 'active',
        classification: 'unknown',
        determination: 'unknown',
        resolvingComment: null,
      });
    }
  });
  return { ...change, at };
}

/** Defender's last update never goes back; a world may be made to. */
function checkTime(incident: Incident, { force = false }: Extract<Change, { kind: 'update' }>, ticks: Ticks): void {
  if (ticks < incident.createdTicks) refuse(`incident ${incident.id} was created after that`);
  if (ticks < incident.lastUpdateTicks && !force) refuse(`incident ${incident.id} was last updated after that`);
}

function createIncident(
  tenant: Tenant,
  incidents: TenantIncidents,
  change: Extract<Change, { kind: 'create' }>,
  ticks: Ticks,
): Incident {
  const number = incidents.lastNumber + 1;
  const seed = change.seed ?? seedOf(tenant.tenantId, number, ticks.toString());
  const incident = generateIncident(tenant, number, ticks, ticks, seed);
  return {
    ...incident,
    displayName: change.displayName ?? incident.displayName,
    severity: change.severity ?? incident.severity,
    alerts: incident.alerts.map((alert) => ({ ...alert, severity: change.severity ?? alert.severity })),
    assignedTo: change.assignedTo ?? null,
    createdDateTime: formatTime7(ticks),
    lastUpdateTicks: ticks,
    lastUpdateDateTime: formatTime7(ticks),
    status: 'active',
    classification: 'unknown',
    determination: 'unknown',
    resolvingComment: null,
    lastWriter: null,
    comments: [],
  };
}

function update(incident: Incident, change: Extract<Change, { kind: 'update' }>, ticks: Ticks): void {
  incident.severity = change.severity ?? incident.severity;
  incident.status = change.status ?? incident.status;
  incident.customTags = change.customTags ?? incident.customTags;
  if (change.assignedTo !== undefined) incident.assignedTo = change.assignedTo;
  if (change.comment !== undefined) comment(incident, change.comment, change.author ?? 'Megan Bowen', ticks);
  const joining = Array.from({ length: change.addAlerts ?? 0 }, (_, position) =>
    newAlertSeed({
      seed: seedOf(incident.seed, ticks.toString(), position),
      createdTicks: ticks,
      severity: incident.severity,
      scenario: incident.scenario,
    }),
  );
  incident.alerts = [...incident.alerts, ...joining];
}

function write(incident: Incident, change: Extract<Change, { kind: 'write' }>, ticks: Ticks): void {
  incident.lastWriter = change.by;
  incident.status = change.status ?? incident.status;
  incident.classification = change.classification ?? incident.classification;
  incident.determination = change.determination ?? incident.determination;
  incident.customTags = change.customTags ?? incident.customTags;
  if (change.assignedTo !== undefined) incident.assignedTo = change.assignedTo;
  if (change.comment !== undefined) comment(incident, change.comment, change.by, ticks);
}

function comment(incident: Incident, text: string, createdByDisplayName: string, ticks: Ticks): void {
  incident.comments = [
    ...incident.comments,
    { comment: text, createdByDisplayName, createdDateTime: formatTime7(ticks) },
  ];
}

/** The survivor takes the alerts over; both count as changed. */
function redirect(
  incidents: TenantIncidents,
  incident: Incident,
  survivor: Incident,
  ticks: Ticks,
  forced: boolean,
): void {
  if (survivor === incident && !forced) refuse(`incident ${incident.id} cannot be merged into itself`);
  if (survivor.status === 'redirected' && !forced) refuse(`incident ${survivor.id} was itself merged into another`);
  const { alerts } = incident;
  incidents.alter(incident, () => {
    touch(incident, ticks);
    Object.assign(incident, {
      status: 'redirected',
      redirectIncidentId: survivor.id,
      classification: 'unknown',
      determination: 'unknown',
      resolvingComment: null,
      alerts: [],
    });
  });
  if (survivor === incident) return;
  incidents.alter(survivor, () => {
    touch(survivor, ticks + 1n);
    // A pointer has no alerts: in a cycle nobody keeps them.
    if (survivor.status !== 'redirected') survivor.alerts = [...survivor.alerts, ...alerts];
  });
}

function touch(incident: Incident, ticks: Ticks): void {
  incident.lastUpdateTicks = ticks;
  incident.lastUpdateDateTime = formatTime7(ticks);
  incident.revision += 1;
  incident.lastWriter = null;
}

function find(incidents: TenantIncidents, incidentId: string): Incident {
  const incident = incidents.byId.get(incidentId);
  if (incident === undefined) throw new ChangeError('notFound', `no incident ${incidentId} in this tenant`);
  return incident;
}

function refuse(message: string): never {
  throw new ChangeError('refused', message);
}
