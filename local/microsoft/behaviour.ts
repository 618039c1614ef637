/** How the cloud treats a customer's tenant. */
export const conditions = ['consented', 'notConsented', 'roleMissing', 'noLicence'] as const;
export type Condition = (typeof conditions)[number];

export const services = ['entra', 'identity', 'vault', 'graph'] as const;
export type Service = (typeof services)[number];

export interface Settings {
  /** Graph answers after so many milliseconds. */
  graphDelayMs: number;
  /** Mean number of incidents of the tenant that change right after each list answer. */
  updatesPerPage: number;
  /** Whether Graph compresses for callers that accept it. */
  gzip: boolean;
}

export interface Fault {
  /** `token` is the token endpoint of the tenant; `vault` belongs to the home tenant. */
  service: 'graph' | 'token' | 'vault';
  tenantId: string;
  status: number;
  headers?: Record<string, string> | undefined;
  /** As sent: text, or anything else as JSON. */
  body?: unknown;
  /** How many of the next calls, default 1. */
  times?: number | undefined;
}

/** What can be changed about the cloud while it runs. */
export interface Behaviour {
  readonly settings: Settings;
  change(settings: Partial<Settings>): void;
  conditionOf(tenantId: string): Condition;
  setCondition(tenantId: string, condition: Condition): void;
  failNext(fault: Fault): void;
  /** The fault that takes this call, used up by one; oldest first. */
  takeFault(service: Fault['service'], tenantId: string): Fault | undefined;
}

export function createBehaviour(): Behaviour {
  const settings: Settings = { graphDelayMs: 0, updatesPerPage: 0, gzip: true };
  const conditionByTenant = new Map<string, Condition>();
  const faults: { fault: Fault; left: number }[] = [];
  return {
    settings,
    change: (changed) => void Object.assign(settings, changed),
    conditionOf: (tenantId) => conditionByTenant.get(tenantId) ?? 'consented',
    setCondition: (tenantId, condition) => void conditionByTenant.set(tenantId, condition),
    failNext: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    takeFault: (service, tenantId) => {
      const position = faults.findIndex(({ fault }) => fault.service === service && fault.tenantId === tenantId);
      const entry = faults[position];
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) faults.splice(position, 1);
      return entry.fault;
    },
  };
}
