import { messageOf } from '../errors';
import type { Caller } from './caller';
import { readTenants } from './readTenants';
import type { HttpServices } from './services';
import type { TenantHealth } from './tenantHealth';
import { tenantHealth } from './tenantHealth';
import { tenantsInSight } from './tenantPage';

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
  readonly warnings: readonly Omit<Check, 'ok'>[];
  /** Of the tenants in the caller's sight, the first `counted` of them; null where storage did not answer. */
  readonly tenants:
    (Readonly<Record<TenantHealth['state'], number>> & { readonly counted: number; readonly all: boolean }) | null;
}

const maxTenants = 500;
const storageTimeoutMs = 10_000;

/** Whether the app can do its work, and how the tenants do. A tenant's trouble does not make the app unready. @throws GroupsOverageError */
export const readiness = async (services: HttpServices, caller: Caller, functionCount: number): Promise<Readiness> => {
  const storage = await storageCheck(services);
  const checks = [settingsCheck(services), functionsCheck(functionCount), storage];
  return {
    status: checks.every(({ ok }) => ok) ? 'ok' : 'failed',
    checks,
    warnings: warningsOf(services),
    tenants: storage.ok ? await tenantCounts(services, caller) : null,
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

const warningsOf = ({ config }: HttpServices): Readiness['warnings'] =>
  config.allowPrivateTargets
    ? [
        {
          name: 'privateTargets',
          detail: 'RELAY_ALLOW_PRIVATE_TARGETS is on: targets on this machine and in private networks may be called.',
          cure: 'Leave it on for local use only; elsewhere remove the setting.',
        },
      ]
    : [];

const tenantCounts = async (services: HttpServices, caller: Caller): Promise<Readiness['tenants']> => {
  const tenants = await tenantsInSight(services, caller, undefined, maxTenants + 1);
  const counted = tenants.slice(0, maxTenants);
  const states = (await readTenants(services, counted)).map((facts) => tenantHealth(facts).state);
  const numberOf = (state: TenantHealth['state']): number => states.filter((one) => one === state).length;
  return {
    ok: numberOf('ok'),
    degraded: numberOf('degraded'),
    down: numberOf('down'),
    counted: counted.length,
    all: tenants.length <= maxTenants,
  };
};
