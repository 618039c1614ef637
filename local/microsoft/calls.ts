import type { Service } from './behaviour';

export interface ServiceCalls {
  calls: number;
  byStatus: Record<string, number>;
}

/** What an application shows of itself at the token endpoint; `none` of a public one. */
export type CredentialKind = 'secret' | 'certificate' | 'federated' | 'none';

export interface GrantCounts {
  /** By `grant_type`, whatever the answer. */
  grants: Record<string, number>;
  /** By what was shown, right or wrong; never what it was. */
  credentials: Partial<Record<CredentialKind, number>>;
}

export interface CallCounts {
  services: Record<Service, ServiceCalls>;
  /** Calls made for each tenant, of the services that know one. */
  tenants: Record<string, Partial<Record<Service, number>>>;
  /** What was asked of the vault by its caller, as `secrets/get relay-app-secret`, whatever the answer. */
  vault: Record<string, number>;
  /** What the token endpoints were asked for, by client id; `unknown` for those that are not registered. */
  tokens: Record<string, GrantCounts>;
}

export interface CallLog {
  count(service: Service, tenantId: string | undefined, status: number): void;
  countVault(operation: string): void;
  countGrant(clientId: string | undefined, grant: string, shown: CredentialKind): void;
  /** A copy of what was counted since the start. */
  counts(): CallCounts;
}

export function createCallLog(): CallLog {
  const counted: CallCounts = {
    services: {
      entra: { calls: 0, byStatus: {} },
      identity: { calls: 0, byStatus: {} },
      vault: { calls: 0, byStatus: {} },
      graph: { calls: 0, byStatus: {} },
      defender: { calls: 0, byStatus: {} },
      endpoint: { calls: 0, byStatus: {} },
    },
    tenants: {},
    vault: {},
    tokens: {},
  };
  return {
    count: (service, tenantId, status) => {
      const { byStatus } = counted.services[service];
      counted.services[service].calls += 1;
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      if (tenantId === undefined) return;
      const tenant = (counted.tenants[tenantId] ??= {});
      tenant[service] = (tenant[service] ?? 0) + 1;
    },
    countVault: (operation) => void (counted.vault[operation] = (counted.vault[operation] ?? 0) + 1),
    countGrant: (clientId = 'unknown', grant, shown) => {
      const { grants, credentials } = (counted.tokens[clientId] ??= { grants: {}, credentials: {} });
      grants[grant] = (grants[grant] ?? 0) + 1;
      credentials[shown] = (credentials[shown] ?? 0) + 1;
    },
    counts: () => structuredClone(counted),
  };
}
