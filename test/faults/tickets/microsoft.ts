import { NotFoundError, RequestError, ThrottledError, UpstreamError } from '../../../shared/errors';
import { fromGraphIncident } from '../../../shared/incidents/graph/fromGraphIncident';
import type { ObservedIncident } from '../../../shared/model/incident';
import type { Time7 } from '../../../shared/model/time7';
import { fromTicks } from '../../../shared/model/time7';
import type { IncidentUpdate, IncidentWriter } from '../../../shared/ports';
import type { RandomSource } from '../../support/randomSource';
import type { TicketSteps } from './steps';
import type { Timeline } from '../day/timeline';
import type { TicketRates } from './plan';
import type { TicketTally } from './ticketFaults';

/** An incident as Defender has it. */
export interface DefenderIncident {
  readonly tenantId: string;
  readonly id: string;
  readonly severity: string;
  title: string;
  status: string;
  classification: string | null;
  determination: string | null;
  assignedTo: string | null;
  redirectIncidentId: string | null;
  readonly comments: {
    readonly comment: string;
    readonly createdByDisplayName: string;
    readonly createdDateTime: string;
  }[];
  version: Time7;
  readonly created: Time7;
  /** How often people changed it. */
  changes: number;
}

/** What the relay wrote. */
export interface RelayWrite {
  readonly atMs: number;
  readonly tenantId: string;
  readonly incidentId: string;
  readonly update?: IncidentUpdate;
  readonly comment?: string;
  /** Its answer came, and the process lived on for long enough to write it down. */
  isHeard: boolean;
  /** When storage refused the process a write. */
  readonly refusedWritesMs: readonly number[];
}

/** Defender of all tenants, in memory; it keeps all that the relay ever wrote. */
export interface Microsoft {
  readonly incidents: ReadonlyMap<string, DefenderIncident>;
  readonly writes: readonly RelayWrite[];
  /** Of a tenant, by those not in step with what was read. */
  create(tenantId: string, id: string, severity: string): DefenderIncident;
  change(incident: DefenderIncident, change: Partial<DefenderIncident>): void;
  comment(incident: DefenderIncident, by: string, text: string): void;
  observe(incident: DefenderIncident): ObservedIncident;
  writer(tenantId: string, steps: TicketSteps): IncidentWriter;
  /** Hears of each version. */
  onVersion: (incident: DefenderIncident) => void;
  /** Where it went in the end. */
  survivorOf(incident: DefenderIncident): DefenderIncident;
  find(tenantId: string, id: string): DefenderIncident | undefined;
}

export interface MicrosoftOptions {
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: TicketTally;
  readonly rates: TicketRates;
  readonly faultsOn: () => boolean;
}

/** From a write to the batch that says it is done. */
const longestTryMs = 60_000;

export const createMicrosoft = (options: MicrosoftOptions): Microsoft => {
  const { timeline, random, tally, rates, faultsOn } = options;
  const incidents = new Map<string, DefenderIncident>();
  const writes: RelayWrite[] = [];
  let last = 0n;
  const nextVersion = (): Time7 => {
    const now = BigInt(timeline.now()) * 10_000n;
    last = now > last ? now : last + 1n;
    return fromTicks(last);
  };
  const keyOf = (tenantId: string, id: string): string => `${tenantId} ${id}`;
  const find = (tenantId: string, id: string) => incidents.get(keyOf(tenantId, id));
  const touch = (incident: DefenderIncident): void => {
    incident.version = nextVersion();
    world.onVersion(incident);
  };
  const observe = (incident: DefenderIncident): ObservedIncident => {
    const { id, title, comments, version, created, severity, status, redirectIncidentId } = incident;
    const { classification, determination, assignedTo } = incident;
    const body = {
      ...{ severity, status, classification, determination, assignedTo, redirectIncidentId },
      id,
      displayName: title,
      lastUpdateDateTime: version,
      createdDateTime: created,
      comments: comments.map((one) => ({ ...one })),
      alerts: [],
    };
    return fromGraphIncident(body, { never: [], expanded: true, asOf: fromTicks(BigInt(timeline.now()) * 10_000n) });
  };
  /** True where the answer of what was done is lost. */
  const fails = (): boolean => {
    if (!faultsOn() || random.next() >= rates.microsoftFails) return false;
    tally.hit('7 defender away');
    const kind = random.below(4);
    if (kind === 0) throw new ThrottledError('Defender asks to wait', 1000 * (1 + random.below(60)));
    if (kind === 1) throw new UpstreamError('503 of Defender');
    return true;
  };
  const world: Microsoft = {
    incidents,
    writes,
    onVersion: () => undefined,
    find,
    create: (tenantId, id, severity) => {
      const version = nextVersion();
      const incident: DefenderIncident = {
        ...{ tenantId, id, severity, title: `Incident ${id}`, status: 'active', classification: null },
        ...{ determination: null, assignedTo: null, redirectIncidentId: null, comments: [], version, created: version },
        changes: 1,
      };
      incidents.set(keyOf(tenantId, id), incident);
      world.onVersion(incident);
      return incident;
    },
    change: (incident, change) => {
      Object.assign(incident, change);
      incident.changes += 1;
      touch(incident);
    },
    comment: (incident, by, text) => {
      incident.comments.push({
        comment: text,
        createdByDisplayName: by,
        createdDateTime: new Date(timeline.now()).toISOString(),
      });
      incident.changes += 1;
      touch(incident);
    },
    observe,
    survivorOf: (incident) => {
      let at = incident;
      for (let hops = 0; at.redirectIncidentId !== null && hops < 20; hops += 1)
        at = find(at.tenantId, at.redirectIncidentId) ?? at;
      return at;
    },
    writer: (tenantId, steps) => {
      const call = <T>(what: string, work: () => T): Promise<T> =>
        steps.take('http', `defender ${what}`, () => {
          const isLost = fails();
          const result = work();
          if (isLost) throw new UpstreamError('the answer of Defender was lost');
          return result;
        });
      const open = (id: string): DefenderIncident => {
        const incident = find(tenantId, id);
        if (incident === undefined) throw new NotFoundError('no such incident');
        if (incident.redirectIncidentId !== null) throw new RequestError('The incident was merged');
        return incident;
      };
      const note = async <T>(
        write: Pick<RelayWrite, 'incidentId' | 'update' | 'comment'>,
        work: () => T,
      ): Promise<T> => {
        const made: RelayWrite[] = [];
        const result = await call(write.update === undefined ? 'comment' : 'update', () => {
          const after = work();
          made.push({
            ...write,
            atMs: timeline.now(),
            tenantId,
            isHeard: false,
            refusedWritesMs: steps.refusedWritesMs,
          });
          writes.push(...made);
          return after;
        });
        for (const each of made) {
          each.isHeard = true;
          void steps.died.then(() => {
            if (timeline.now() - each.atMs < longestTryMs) each.isHeard = false;
          });
        }
        return result;
      };
      return {
        get: (id) =>
          call('get', () => {
            const incident = find(tenantId, id);
            return incident && observe(incident);
          }),
        update: (id, update) =>
          note({ incidentId: id, update }, () => {
            const incident = open(id);
            Object.assign(incident, update);
            touch(incident);
            return observe(incident);
          }),
        comment: (id, text) =>
          note({ incidentId: id, comment: text }, () => {
            const incident = open(id);
            incident.comments.push({
              comment: text,
              createdByDisplayName: 'xdr-relay',
              createdDateTime: new Date(timeline.now()).toISOString(),
            });
            touch(incident);
          }),
      };
    },
  };
  return world;
};
