import { believableChange } from './believableChange';
import type { AppliedChange } from './changes';
import type { World } from './createWorld';
import type { Severity, Tenant } from './incident';
import { createRandom, seedOf } from './random';

export interface LiveOptions {
  /** Over all tenants together. */
  changesPerMinute: number;
  onEvent?: (event: LiveEvent) => void;
}

/** One change, told for a screen. */
export interface LiveEvent {
  tenantId: string;
  tenantName: string;
  incidentId: string;
  /** A few words: `new incident`, `2 alerts joined`, `resolved as truePositive`. */
  what: string;
  title: string;
  severity: Severity;
}

export interface Live {
  stop(): void;
}

/** Lets the world go on by itself until stopped. The same seed makes the same choices, at the timer's own moments. */
export function live(world: World, { changesPerMinute, onEvent }: LiveOptions): Live {
  const random = createRandom(seedOf(world.seed, 'live'));
  const [first, ...others] = world.tenants;
  if (first === undefined || changesPerMinute <= 0) return { stop: () => undefined };
  const timer = setInterval(() => {
    const tenant = random.pick([first, ...others]);
    const applied = world.apply(believableChange(tenant, world.incidentsOf(tenant), random));
    onEvent?.(describe(world, tenant, applied));
  }, 60_000 / changesPerMinute);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function describe(world: World, tenant: Tenant, change: AppliedChange): LiveEvent {
  const incident = world.incidentsOf(tenant).byId.get(change.incidentId);
  return {
    tenantId: tenant.tenantId,
    tenantName: tenant.displayName,
    incidentId: change.incidentId,
    what: inWords(change),
    title: incident?.displayName ?? '',
    severity: incident?.severity ?? 'unknown',
  };
}

function inWords(change: AppliedChange): string {
  switch (change.kind) {
    case 'create':
      return 'new incident';
    case 'resolve':
      return `resolved as ${change.classification}`;
    case 'reopen':
      return 'reopened';
    case 'remove':
      return 'removed';
    case 'redirect':
      return `merged into ${change.into}`;
    case 'write':
      return `changed by ${change.by}`;
    case 'update':
      if (change.addAlerts !== undefined)
        return change.addAlerts === 1 ? '1 alert joined' : `${change.addAlerts} alerts joined`;
      if (change.comment !== undefined) return 'comment added';
      if (change.severity !== undefined) return `severity set to ${change.severity}`;
      if (change.customTags !== undefined) return `tagged ${change.customTags.join(', ')}`;
      return `taken by ${change.assignedTo ?? 'nobody'}`;
  }
}
