import type { Row, RowOperation } from '../../../shared/ports';
import type { History, ShownVersion } from '../day/history';
import { idOfRowKey, unescaped } from '../day/shownId';
import type { Storage, TableName } from '../day/storage';
import { createEventCheck } from './events';

/**
 * Judges what is stored by what Defender made visible, from the promises alone: it knows the shape of rows and states, and nothing of the
 * code that writes them.
 */
export interface Checker {
  /** Of the tenant, now: what is shown and not stored as shown. */
  missing(tenantId: string): readonly Missing[];
  readonly commits: number;
  /** Rows written wrongly, states that claim too much: each a broken promise. */
  readonly breaches: readonly string[];
  /** Versions a commit claimed and did not hold. */
  readonly overclaims: number;
  readonly regressions: number;
  /** Rows in another tenant's partition. */
  readonly foreignRows: number;
  /** When each version was first stored, for delays: milliseconds after it became visible. */
  readonly delays: readonly Delay[];
  /** The tenant's incident rows were taken away. */
  forget(tenantId: string): void;
  readonly events: number;
  readonly eventFaults: number;
  /** In a gap of that very instant, which holds one for which this is true: no list can show the one without the other. */
  sharesInstant(tenantId: string, version: string, isPoisoned: (incidentId: string) => boolean): boolean;
  /** In quarantine, or in a gap of the state as last committed. */
  isWrittenDown(tenantId: string, incidentId: string, version: string): boolean;
}

export interface Delay {
  readonly tenantId: string;
  readonly visibleAtMs: number;
  readonly ms: number;
}

export interface Missing {
  readonly incidentId: string;
  readonly shown: ShownVersion;
  readonly stored: string;
}

export interface CheckerOptions {
  readonly storage: Storage;
  readonly history: History;
  readonly tenantIds: readonly string[];
  readonly now: () => number;
  readonly overlapMinutes: number;
  readonly targets: readonly { readonly connectionId: string; readonly since: string }[];
  /** The world does not say what its readers see of it. */
  readonly isDisguised: (tenantId: string, incidentId: string) => boolean;
  /** Alerts asked for apart may be those of the next version; that one is on its way. */
  readonly wasReadApart: (tenantId: string, incidentId: string) => boolean;
  /** Hears of each write of a tenant's `access` rows: one for each registration it is read with. */
  readonly onAccess: (row: Row) => void;
  /** Hears of each state that was committed. */
  readonly onState: (row: Row) => void;
  readonly tell: (what: string) => void;
}

interface Stored {
  readonly version: string;
  readonly status: string | null;
  readonly displayName: string | null;
  readonly alertsCount: number;
}

export const createChecker = (options: CheckerOptions): Checker => {
  const { storage, history, tenantIds, now, tell } = options;
  const known = new Set(tenantIds);
  const stored = new Map<string, Map<string, Stored>>();
  const quarantined = new Map<string, Set<string>>();
  const breaches: string[] = [];
  const delays: Delay[] = [];
  /** Claimed without being held: told once. */
  const claimed = new Set<string>();
  const lastGaps = new Map<string, readonly Range[]>();
  const counts = { commits: 0, overclaims: 0, regressions: 0, foreignRows: 0 };

  const of = <T>(map: Map<string, T>, tenantId: string, make: () => T): T => {
    const found = map.get(tenantId) ?? make();
    map.set(tenantId, found);
    return found;
  };
  const storedOf = (tenantId: string): Map<string, Stored> => of(stored, tenantId, () => new Map<string, Stored>());
  const quarantineOf = (tenantId: string): Set<string> => of(quarantined, tenantId, () => new Set<string>());
  const breach = (what: string): void => {
    breaches.push(what);
    tell(`BREACH ${what}`);
  };

  /** Once stored without its alerts: when they come, one version changes what people watch twice. */
  const incomplete = new Set<string>();
  const events = createEventCheck({
    targets: options.targets,
    isUnclear: (tenantId, incidentId) =>
      options.isDisguised(tenantId, incidentId) ||
      options.wasReadApart(tenantId, incidentId) ||
      incomplete.has(`${tenantId} ${incidentId}`),
    breach,
  });

  const judgeIncident = (row: Row): void => {
    const tenantId = row.partitionKey;
    const incidentId = idOfRowKey(row.rowKey);
    if (row.complete !== true) incomplete.add(`${tenantId} ${incidentId}`);
    const version = text(row.version) ?? '';
    const seen: Stored = {
      version,
      status: text(row.status),
      displayName: text(row.displayName),
      alertsCount: typeof row.alertsCount === 'number' ? row.alertsCount : 0,
    };
    const shown = history.find(tenantId, incidentId, version);
    if (shown === undefined) {
      counts.foreignRows += 1;
      breach(`${tenantId} ${incidentId}: version ${version} was stored and never shown`);
    } else {
      if (differs(shown, seen, row.complete === true))
        breach(`${tenantId} ${incidentId} ${version}: stored ${JSON.stringify(seen)}, shown ${JSON.stringify(shown)}`);
      const before = storedOf(tenantId).get(incidentId);
      if (before === undefined || before.version < version)
        delays.push({ tenantId, visibleAtMs: shown.visibleAtMs, ms: now() - shown.visibleAtMs });
    }
    const before = storedOf(tenantId).get(incidentId);
    if (before !== undefined && before.version > version) {
      counts.regressions += 1;
      breach(`${tenantId} ${incidentId}: ${before.version} was replaced by the older ${version}`);
    }
    storedOf(tenantId).set(incidentId, seen);
  };

  /** A state must never say that more is read than is. */
  const judgeState = (row: Row): void => {
    counts.commits += 1;
    const tenantId = row.partitionKey;
    const head = text(row.head);
    const readThrough = text(row.readThrough);
    const gaps = gapsOf(row);
    tell(`${tenantId.slice(0, 4)} commit: head ${head}, readThrough ${readThrough}, gaps ${JSON.stringify(gaps)}`);
    lastGaps.set(tenantId, gaps);
    const held = storedOf(tenantId);
    const overlapMs = options.overlapMinutes * 60_000;
    for (const shown of history.current(tenantId).values()) {
      const { incidentId, version, visibleAtMs, onTime } = shown;
      const isPassed = onTime && head !== null && version <= head;
      const isCovered =
        readThrough !== null &&
        version <= readThrough &&
        // At that very millisecond it may have come after the answer.
        visibleAtMs < Date.parse(readThrough) &&
        visibleAtMs - Date.parse(version) <= overlapMs - 60_000;
      if (!isPassed && !isCovered) continue;
      if ((held.get(incidentId)?.version ?? '') >= version) continue;
      if (quarantineOf(tenantId).has(incidentId)) continue;
      if (gaps.some(({ from, to }) => from <= version && version <= to)) continue;
      const claim = `${tenantId} ${incidentId} ${version}`;
      if (claimed.has(claim)) continue;
      claimed.add(claim);
      counts.overclaims += 1;
      breach(
        `${tenantId} ${incidentId}: ${version}, visible since ${new Date(visibleAtMs).toISOString()}, is not stored, but head is ${head} and readThrough ${readThrough}`,
      );
    }
  };

  const hear = (table: TableName, operations: readonly RowOperation[]): void => {
    if (table !== 'incidents') return;
    // Within one transaction the state comes with its rows.
    const states: Row[] = [];
    const stands: ShownVersion[] = [];
    const told: Row[] = [];
    let tenant = '';
    for (const operation of operations) {
      const rowKey = operation.kind === 'delete' ? operation.rowKey : operation.row.rowKey;
      const tenantId = operation.kind === 'delete' ? operation.partitionKey : operation.row.partitionKey;
      tenant = tenantId;
      if (!known.has(tenantId)) {
        counts.foreignRows += 1;
        breach(`a row of the unknown partition ${tenantId} was written`);
      }
      if (rowKey.startsWith('q_')) {
        const name = operation.kind === 'delete' ? unescaped(rowKey.slice(2)) : (text(operation.row.incidentId) ?? '');
        const reason =
          operation.kind === 'delete' ? '' : `${text(operation.row.stage) ?? ''}: ${text(operation.row.reason) ?? ''}`;
        tell(`${tenantId.slice(0, 4)} quarantine: ${operation.kind} ${name} ${reason}`);
        if (operation.kind === 'delete') quarantineOf(tenantId).delete(name);
        else quarantineOf(tenantId).add(name);
      }
      if (operation.kind === 'delete') {
        if (rowKey.startsWith('i_')) storedOf(tenantId).delete(idOfRowKey(rowKey));
        continue;
      }
      if (rowKey.startsWith('i_')) {
        judgeIncident(operation.row);
        const shown = history.find(tenantId, idOfRowKey(rowKey), text(operation.row.version) ?? '');
        if (shown !== undefined) stands.push(shown);
      }
      if (rowKey.startsWith('o_')) told.push(operation.row);
      if (/^access(?:_|$)/.test(rowKey)) options.onAccess(operation.row);
      if (rowKey === 'state') states.push(operation.row);
    }
    events.judge(tenant, stands, told);
    for (const row of states) {
      judgeState(row);
      options.onState(row);
    }
  };
  storage.watch(hear);

  return {
    breaches,
    delays,
    get commits() {
      return counts.commits;
    },
    get overclaims() {
      return counts.overclaims;
    },
    get regressions() {
      return counts.regressions;
    },
    get foreignRows() {
      return counts.foreignRows;
    },
    sharesInstant: (tenantId, version, isPoisoned) =>
      (lastGaps.get(tenantId) ?? []).some(({ from, to }) => from === version && to === version) &&
      [...history.current(tenantId).values()].some((each) => each.version === version && isPoisoned(each.incidentId)),
    isWrittenDown: (tenantId, incidentId, version) =>
      quarantineOf(tenantId).has(incidentId) ||
      (lastGaps.get(tenantId) ?? []).some(({ from, to }) => from <= version && version <= to),
    forget: (tenantId) => {
      storedOf(tenantId).clear();
      events.forget(tenantId);
    },
    get events() {
      return events.events;
    },
    get eventFaults() {
      return events.faults;
    },
    missing: (tenantId) => {
      const held = storedOf(tenantId);
      return [...history.current(tenantId).values()].flatMap((shown): Missing[] => {
        const own = held.get(shown.incidentId);
        const isHeld = own?.version === shown.version && !differs(shown, own, true);
        return isHeld
          ? []
          : [{ incidentId: shown.incidentId, shown, stored: own === undefined ? 'never' : JSON.stringify(own) }];
      });
    },
  };
};

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

interface Range {
  readonly from: string;
  readonly to: string;
}

const gapsOf = (row: Row): readonly Range[] =>
  typeof row.gaps === 'string' ? (JSON.parse(row.gaps) as readonly Range[]) : [];

const differs = (shown: ShownVersion, own: Stored, complete: boolean): boolean =>
  own.status !== shown.status ||
  (own.displayName ?? '') !== (shown.displayName ?? '') ||
  (complete && own.alertsCount !== shown.alertsCount);
