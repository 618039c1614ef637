import type { AccessByRegistration } from '../../access/overallAccess';
import { overallAccess } from '../../access/overallAccess';
import type { ExpiryStage } from '../../health/expiry';
import { expiryWarnings } from '../../health/expiry';
import type { Access } from '../../model/access';
import type { Expiring } from '../../model/expiring';
import type { QuarantineEntry } from '../../model/quarantine';
import type { Tenant } from '../../model/tenant';
import type { TenantState } from '../../model/tenantState';
import { toleratedDelayMs } from '../../sync/coverage/toleratedDelay';
import { isPlanned } from '../../sync/position/gaps';
import { isSilent } from '../../sync/run/rhythm';

export interface TenantHealth {
  readonly state: 'ok' | 'degraded' | 'down';
  /** Sentences for people, the cure inside; may explain an `ok` too. */
  readonly reasons: readonly string[];
}

export interface TenantFacts {
  readonly tenant: Tenant;
  readonly state: TenantState;
  /** Through the registration that it is read with. */
  readonly access: Access;
  /** Through each registration that was asked for. */
  readonly accesses: AccessByRegistration;
  /** Read only where the state says that there are any. */
  readonly quarantined: readonly QuarantineEntry[];
  /** What of its own ends one day. */
  readonly expiring: readonly Expiring[];
  readonly nowMs: number;
  readonly defaultIntervalSeconds: number;
}

type Finding = readonly [TenantHealth['state'], string];

const worst = (findings: readonly Finding[]): TenantHealth['state'] => {
  if (findings.some(([state]) => state === 'down')) return 'down';
  return findings.some(([state]) => state === 'degraded') ? 'degraded' : 'ok';
};

/** How a tenant does: `down` brings no incidents at all, `degraded` not all of them or not in time. */
export const tenantHealth = (facts: TenantFacts): TenantHealth => {
  if (!facts.tenant.enabled)
    return { state: 'ok', reasons: ['Reading is switched off. Set enabled to true to go on.'] };
  const findings = [
    ...accessFindings(overallAccess(facts.tenant.backend, facts.accesses)),
    ...runFindings(facts),
    ...gapFindings(facts.state),
    ...quarantineFindings(facts),
    ...countFindings(facts),
    ...delayFindings(facts),
    ...silenceFindings(facts),
    ...expiryFindings(facts),
  ];
  return { state: worst(findings), reasons: findings.map(([, reason]) => reason) };
};

const accessFindings = ({ state, cure }: Access): readonly Finding[] => {
  if (state === 'blocked')
    return [['down', cure ?? 'Access is blocked; it is tried again by itself every 15 minutes.']];
  return state === 'partial' ? [['degraded', cure ?? 'Access is granted in part only.']] : [];
};

const runFindings = ({ state: { lastRun, lastSuccess }, access }: TenantFacts): readonly Finding[] => {
  if (lastRun === undefined) return access.state === 'blocked' ? [] : [['ok', 'Waiting for its first run.']];
  if (lastRun.state !== 'failed' || access.state === 'blocked') return [];
  const reason = `The last run failed${lastRun.code === null ? '' : ` (${lastRun.code})`}; it is tried again by itself.`;
  return [[lastSuccess === undefined ? 'down' : 'degraded', reason]];
};

const gapFindings = ({ cursor: { gaps } }: TenantState): readonly Finding[] => {
  const planned = gaps.filter(isPlanned).length;
  const unread = gaps.length - planned;
  const waiting: Finding = ['ok', `${planned} time range(s) still wait to be read; the next runs go on with them.`];
  const broken: Finding = [
    'degraded',
    `${unread} time range(s) could not be read whole; they are tried again by themselves.`,
  ];
  return [...(planned === 0 ? [] : [waiting]), ...(unread === 0 ? [] : [broken])];
};

const quarantineFindings = ({ state, quarantined }: TenantFacts): readonly Finding[] => {
  const count = Math.max(state.quarantined, quarantined.length);
  if (count === 0) return [];
  const next = quarantined.map(({ nextTry }) => nextTry).sort()[0];
  const when = next === undefined ? '' : `, the next time at ${next}`;
  return [
    [
      'degraded',
      `${count} incident(s) cannot be taken in whole; sync.quarantined names them. They are tried again by themselves${when}; everything else is read.`,
    ],
  ];
};

/** For so long a late finding is told. */
const lateToldMs = 7 * 24 * 60 * 60_000;

/** Of the ledger's open window, or told by the last deep read that found something. */
const lateCount = ({ window, foundLate }: TenantState, nowMs: number): number => {
  const isTold = foundLate !== undefined && nowMs - Date.parse(foundLate.at) < lateToldMs;
  return Math.max(window?.foundLate ?? 0, isTold ? foundLate.count : 0);
};

const countFindings = ({ state, nowMs }: TenantFacts): readonly Finding[] => {
  const { disagreement } = state;
  const lateVersions = lateCount(state, nowMs);
  const disagreed: Finding = [
    'degraded',
    `The counts of the last run do not agree (${disagreement ?? ''}). Ask for a reconcile, which reads it again; if it comes back, report it.`,
  ];
  const late: Finding = [
    'degraded',
    `${lateVersions} version(s) were found only by a deep read; they are stored now. If this comes back, raise SYNC_OVERLAP_MINUTES.`,
  ];
  return [...(disagreement === undefined ? [] : [disagreed]), ...(lateVersions === 0 ? [] : [late])];
};

const delayFindings = (facts: TenantFacts): readonly Finding[] =>
  isOverdue(facts)
    ? [
        [
          'degraded',
          `No complete run since ${facts.state.lastSuccess ?? ''}. If this lasts, check that the app's timer runs.`,
        ],
      ]
    : [];

/** True where a tenant that is to be read had no complete run for longer than two missed turns explain. */
export const isOverdue = ({ tenant, state, nowMs, defaultIntervalSeconds }: TenantFacts): boolean =>
  tenant.enabled &&
  state.lastSuccess !== undefined &&
  nowMs - Date.parse(state.lastSuccess) > toleratedDelayMs(tenant.intervalSeconds ?? defaultIntervalSeconds);

const silenceFindings = ({ state: { rhythm, cursor } }: TenantFacts): readonly Finding[] =>
  isSilent(rhythm, cursor.readThrough)
    ? [
        [
          'degraded',
          `Nothing new since ${rhythm?.lastChange ?? ''}, which is unusual for this tenant. Reading works; see in its Defender portal whether incidents still arise there.`,
        ],
      ]
    : [];

const pressing: ReadonlySet<ExpiryStage> = new Set<ExpiryStage>(['urgent', 'over']);

const expiryFindings = ({ expiring, nowMs }: TenantFacts): readonly Finding[] =>
  expiryWarnings(expiring, nowMs).map(({ stage, detail, cure }) => [
    pressing.has(stage) ? 'degraded' : 'ok',
    `${detail} ${cure}`,
  ]);
