export type CloudName = 'public' | 'usgov' | 'usgovdod' | 'china';

/** How one tenant's incidents are read. */
export type BackEnd = 'graph' | 'defender';

/** A customer's Entra tenant as registered with us: the PUT body of design section 6. */
export interface Tenant {
  readonly tenantId: string;
  readonly name: string;
  readonly cloud: CloudName;
  readonly backend: BackEnd;
  /** Entra group object ids whose members see this tenant; empty: RELAY_UNGROUPED_TENANTS decides. */
  readonly groups: readonly string[];
  /** Admins configure but do not read. */
  readonly sealed: boolean;
  /** Undefined: SYNC_INTERVAL_SECONDS. */
  readonly intervalSeconds: number | undefined;
  readonly enabled: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly contract: { readonly never: readonly string[] };
}
