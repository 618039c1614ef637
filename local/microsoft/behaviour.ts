import type { Poisons } from './poison';
import { createPoisons } from './poison';
import type { LimitedService, Rate } from './rates';
import type { Tenant } from './world/incident';

/** How the cloud treats a customer's tenant; `noDefender`: it has not even the service principals of the two Defender APIs. */
export const conditions = ['consented', 'notConsented', 'roleMissing', 'noLicence', 'noDefender'] as const;
export type Condition = (typeof conditions)[number];

export const services = ['entra', 'identity', 'vault', 'graph', 'defender', 'endpoint'] as const;
export type Service = (typeof services)[number];

export interface Settings {
  /** Graph answers after so many milliseconds. */
  graphDelayMs: number;
  /** The Defender API answers after so many milliseconds. */
  defenderDelayMs: number;
  /** Defender for Endpoint answers after so many milliseconds. */
  endpointDelayMs: number;
  /** Mean number of incidents of the tenant that change right after each list answer. */
  updatesPerPage: number;
  /** Whether Graph and the Defender APIs compress for callers that accept it. */
  gzip: boolean;
  /** How often each tenant may be read; null, the default: as often as anyone likes. */
  rates: Record<LimitedService, Rate | null>;
  /** How long it takes until an administrator's consent holds, default 0. */
  consentDelayMs: number;
  /** What a device is told to wait between two polls, default 5. */
  deviceCodeIntervalSeconds: number;
  /** By which of Microsoft's two pages the Defender API takes the four determinations they name differently; default `update`. */
  determinationNames: 'update' | 'resource';
}

/** A service whose rate is not named keeps the one it has. */
export type SettingsChange = Partial<Omit<Settings, 'rates'>> & {
  rates?: Partial<Settings['rates']>;
};

export interface Fault {
  /** `token` is the token endpoint of the tenant; `vault` belongs to the home tenant. */
  service: 'graph' | 'defender' | 'endpoint' | 'token' | 'vault';
  tenantId: string;
  status: number;
  headers?: Record<string, string> | undefined;
  /** As sent: text, or anything else as JSON. */
  body?: unknown;
  /** How many of the next calls, default 1. */
  times?: number | undefined;
}

/** Lists that lack a part: 206, the first half of the rows and no nextLink. */
export interface PartialAnswer {
  tenantId: string;
  /** How many of the next lists, default 1. */
  times?: number | undefined;
  /** The `Warning` header. */
  warning?: string | undefined;
}

/** What can be changed about the cloud while it runs. */
export interface Behaviour extends Poisons {
  readonly settings: Settings;
  change(settings: SettingsChange): void;
  conditionOf(tenantId: string): Condition;
  /** What was granted or revoked one by one in this tenant is forgotten, unless the condition is about licences. */
  setCondition(tenantId: string, condition: Condition): void;
  /** Conditional Access for workload identities: the application gets no token of its own in this tenant. */
  setBlockedByPolicy(tenantId: string, clientId: string, blocked: boolean): void;
  isBlockedByPolicy(tenantId: string, clientId: string): boolean;
  /** Takes a right to the vault from the managed identity, as `keys/sign`, for one name or all; or gives it back. */
  denyVault(operation: string, denied: boolean, name?: string): void;
  isVaultDenied(operation: string, name: string): boolean;
  failNext(fault: Fault): void;
  /** The fault that takes this call, used up by one; oldest first. */
  takeFault(service: Fault['service'], tenantId: string): Fault | undefined;
  partialNext(partial: PartialAnswer): void;
  /** The `Warning` of the partial answer this list gets, used up by one; oldest first. */
  takePartial(tenantId: string): string | undefined;
  /** Runs before each list page of either API is taken out of the world: a test may change the world between two pages. */
  beforeList: ((tenant: Tenant, url: string) => void) | undefined;
}

/** As the documentation of Graph's federated answers writes it. */
const usualWarning = '199 - "Microsoft/Microsoft 365 Defender/504/10000"';

/** `onCondition` hears of each condition about consent. */
export function createBehaviour(onCondition: (tenantId: string) => void = () => undefined): Behaviour {
  const settings: Settings = {
    graphDelayMs: 0,
    defenderDelayMs: 0,
    endpointDelayMs: 0,
    updatesPerPage: 0,
    gzip: true,
    rates: { graph: null, defender: null, endpoint: null },
    consentDelayMs: 0,
    deviceCodeIntervalSeconds: 5,
    determinationNames: 'update',
  };
  const conditionByTenant = new Map<string, Condition>();
  const blockedByPolicy = new Set<string>();
  const vaultDenied = new Set<string>();
  const faults: { fault: Fault; left: number }[] = [];
  const partials: { tenantId: string; warning: string; left: number }[] = [];
  return {
    ...createPoisons(),
    settings,
    change: ({ rates, ...changed }) => {
      Object.assign(settings, changed);
      Object.assign(settings.rates, rates);
    },
    conditionOf: (tenantId) => conditionByTenant.get(tenantId) ?? 'consented',
    setCondition: (tenantId, condition) => {
      conditionByTenant.set(tenantId, condition);
      if (condition !== 'noLicence') onCondition(tenantId);
    },
    setBlockedByPolicy: (tenantId, clientId, blocked) => {
      if (blocked) blockedByPolicy.add(`${tenantId} ${clientId}`);
      else blockedByPolicy.delete(`${tenantId} ${clientId}`);
    },
    isBlockedByPolicy: (tenantId, clientId) => blockedByPolicy.has(`${tenantId} ${clientId}`),
    denyVault: (operation, denied, name = '') => {
      if (denied) vaultDenied.add(`${operation} ${name}`);
      else vaultDenied.delete(`${operation} ${name}`);
    },
    isVaultDenied: (operation, name) => vaultDenied.has(`${operation} `) || vaultDenied.has(`${operation} ${name}`),
    failNext: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    takeFault: (service, tenantId) => {
      const position = faults.findIndex(({ fault }) => fault.service === service && fault.tenantId === tenantId);
      const entry = faults[position];
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) faults.splice(position, 1);
      return entry.fault;
    },
    partialNext: ({ tenantId, times = 1, warning = usualWarning }) =>
      void partials.push({ tenantId, warning, left: times }),
    takePartial: (tenantId) => {
      const position = partials.findIndex((each) => each.tenantId === tenantId);
      const entry = partials[position];
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) partials.splice(position, 1);
      return entry.warning;
    },
    beforeList: undefined,
  };
}
