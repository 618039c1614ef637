import type { Access } from '../model/access';
import type { Tenant } from '../model/tenant';
import type { TenantState } from '../model/tenantState';

export interface TenantHealth {
  readonly state: 'ok' | 'degraded' | 'down';
  /** Sentences for people, the cure inside; may explain an `ok` too. */
  readonly reasons: readonly string[];
}

export interface TenantFacts {
  readonly tenant: Tenant;
  readonly state: TenantState;
  readonly access: Access;
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
    ...accessFindings(facts.access),
    ...runFindings(facts),
    ...gapFindings(facts.state),
    ...delayFindings(facts),
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

const gapFindings = ({ cursor: { gaps } }: TenantState): readonly Finding[] =>
  gaps.length === 0
    ? []
    : [['degraded', `${gaps.length} time range(s) could not be read whole; they are tried again by themselves.`]];

/** Two turns may be missed to a throttle or a restart. */
const toleratedIntervals = 3;
const toleranceMs = 5 * 60_000;

const delayFindings = ({ tenant, state, nowMs, defaultIntervalSeconds }: TenantFacts): readonly Finding[] => {
  if (state.lastSuccess === undefined) return [];
  const intervalMs = (tenant.intervalSeconds ?? defaultIntervalSeconds) * 1000;
  const isLate = nowMs - Date.parse(state.lastSuccess) > toleratedIntervals * intervalMs + toleranceMs;
  return isLate
    ? [['degraded', `No complete run since ${state.lastSuccess}. If this lasts, check that the app's timer runs.`]]
    : [];
};
