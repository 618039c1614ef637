import { messageOf } from '../../errors';
import { expiryWarnings } from '../../health/expiry';
import { allTenants } from '../../model/connection';
import type { Expiring } from '../../model/expiring';
import { readSweepMark } from '../../store/sweepMark';
import type { Caller } from '../callers/caller';
import { endsOfScope, readTenants } from './readTenants';
import type { HttpServices } from '../services';
import type { TenantHealth } from './tenantHealth';
import { isOverdue, tenantHealth } from './tenantHealth';
import { tenantsInSight } from './tenantPage';
import type { SeenTenants, Warning } from './tenantWarnings';
import { blockedWarnings, firstWarnings, hasAccess, overdueWarnings, tenantExpiryWarnings } from './tenantWarnings';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do where it is not ok. */
  readonly cure: string | null;
}

export interface Readiness {
  readonly status: 'ok' | 'failed';
  readonly checks: readonly Check[];
  readonly warnings: readonly Warning[];
  /** Of the tenants in the caller's sight, the first `counted` of them; null where storage did not answer. */
  readonly tenants:
    | (Readonly<Record<TenantHealth['state'], number>> & {
        /** Without a complete run for longer than two missed turns explain. */
        readonly overdue: number;
        /** By access: parked, or granted in part. */
        readonly blocked: number;
        readonly partial: number;
        readonly counted: number;
        readonly all: boolean;
      })
    | null;
}

const maxTenants = 500;
const storageTimeoutMs = 10_000;

/** Whether the app can do its work, and how the tenants do. A tenant's trouble does not make the app unready. @throws GroupsOverageError */
export const readiness = async (services: HttpServices, caller: Caller, functionCount: number): Promise<Readiness> => {
  const storage = await storageCheck(services);
  const checks = [settingsCheck(services), functionsCheck(functionCount), storage];
  const status = checks.every(({ ok }) => ok) ? 'ok' : 'failed';
  const warnings = [...targetWarnings(services), ...credentialWarnings(services)];
  if (!storage.ok) return { status, checks, warnings, tenants: null };
  const [seen, sweeps, ...ends] = await Promise.all([
    seenTenants(services, caller),
    sweepWarnings(services),
    services.credentialEnds.ofApp(),
    endsOfScope(services, allTenants),
  ]);
  const nowMs = services.clock.now();
  return {
    status,
    checks,
    warnings: [
      ...warnings,
      ...appExpiryWarnings(ends.flat(), nowMs),
      ...blockedWarnings(seen),
      ...tenantExpiryWarnings(seen, nowMs),
      ...overdueWarnings(seen),
      ...sweeps,
    ],
    tenants: tenantCounts(seen),
  };
};

/** Unusable settings never come this far: every route answers with all their faults. */
const settingsCheck = ({ config }: HttpServices): Check => ({
  name: 'settings',
  ok: true,
  detail: `Usable: home tenant ${config.home.tenantId}, cloud ${config.home.cloud}, task hub ${config.taskHubName}.`,
  cure: null,
});

/** A file that throws while loading can leave an app that looks alive and has no functions. */
const functionsCheck = (count: number): Check => ({
  name: 'functions',
  ok: count > 0,
  detail: `${count} HTTP functions are registered.`,
  cure: count > 0 ? null : 'Read the start of the log: a file of the app failed to load.',
});

const storageCheck = async ({ storage }: HttpServices): Promise<Check> => {
  const asked = Promise.all([
    storage.tenants.get('000', 'none'),
    storage.incidents.get('none', 'none'),
    storage.index.get('none', 'none'),
  ]);
  try {
    await within(asked, storageTimeoutMs);
    return { name: 'storage', ok: true, detail: 'Tables answer.', cure: null };
  } catch (error) {
    const cure =
      'Check RELAY_STORAGE (or AzureWebJobsStorage), the network, and that the identity may read and write table data.';
    return { name: 'storage', ok: false, detail: messageOf(error), cure };
  }
};

const within = async <T>(work: Promise<T>, timeoutMs: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

const targetWarnings = ({ config }: HttpServices): readonly Warning[] =>
  config.allowPrivateTargets
    ? [
        {
          name: 'privateTargets',
          detail: 'RELAY_ALLOW_PRIVATE_TARGETS is on: targets on this machine and in private networks may be called.',
          cure: 'Leave it on for local use only; elsewhere remove the setting.',
        },
      ]
    : [];

const appExpiryWarnings = (ends: readonly Expiring[], nowMs: number): readonly Warning[] =>
  firstWarnings(
    expiryWarnings(ends, nowMs).map(({ detail, cure }) => ({ name: 'expiry', detail, cure })),
    'GET /connections names those of connections of all tenants.',
  );

/** Tenants go on with the last good one, so that no tenant would tell of it before it is too late. */
const credentialWarnings = ({ credentialTroubles }: HttpServices): readonly Warning[] =>
  credentialTroubles().map(({ name, detail }) => ({
    name: 'credential',
    detail: `${name}: ${detail}. The last good one serves while Entra takes it and this process lives.`,
    cure: 'See that the vault answers, that its managed identity may read there, and that the name is stored and enabled.',
  }));

const seenTenants = async (services: HttpServices, caller: Caller): Promise<SeenTenants> => {
  const tenants = await tenantsInSight(services, caller, undefined, maxTenants + 1);
  return { facts: await readTenants(services, tenants.slice(0, maxTenants)), all: tenants.length <= maxTenants };
};

const tenantCounts = ({ facts, all }: SeenTenants): Readiness['tenants'] => {
  const states = facts.map((one) => tenantHealth(one).state);
  const numberOf = (state: TenantHealth['state']): number => states.filter((one) => one === state).length;
  return {
    ok: numberOf('ok'),
    degraded: numberOf('degraded'),
    down: numberOf('down'),
    overdue: facts.filter(isOverdue).length,
    blocked: facts.filter((one) => hasAccess(one, 'blocked')).length,
    partial: facts.filter((one) => hasAccess(one, 'partial')).length,
    counted: facts.length,
    all,
  };
};

/** Sweeps come every five minutes by default; this one may be set to an hour. */
const sweepToleranceMs = 65 * 60_000;

const sweepWarnings = async ({ storage, clock }: HttpServices): Promise<readonly Warning[]> => {
  const last = await readSweepMark(storage.runs);
  if (last === undefined || clock.now() - Date.parse(last.at) <= sweepToleranceMs) return [];
  return [
    {
      name: 'sweep',
      detail: `The sweep, which starts again what is overdue, last ran at ${last.at}.`,
      cure: 'Check SWEEP_SCHEDULE and that the sweep timer of the Function App runs.',
    },
  ];
};
